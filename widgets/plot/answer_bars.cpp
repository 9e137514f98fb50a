#include "widgets/plot/answer_bars.hpp"

#include <QEvent>
#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <numeric>

#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr int line_height = 24;
constexpr double value_width = 52, gap = 8;

}  // namespace

AnswerBars::AnswerBars(QWidget* parent) : QWidget(parent) {
  setObjectName("answer-bars");
  setAccessibleName(tr("Class probabilities"));
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Maximum);
}

void AnswerBars::setAnswers(const QStringList& names, const std::vector<float>& shares) {
  const bool resized = names.size() != names_.size();
  names_ = names;
  shares_ = shares;
  shares_.resize(static_cast<std::size_t>(names_.size()), 0.f);
  QStringList said;
  for (qsizetype i = 0; i < names_.size(); ++i)
    said << tr("%1 %2 %", "class and its probability")
                .arg(names_[i])
                .arg(100 * shares_[static_cast<std::size_t>(i)], 0, 'f', 1);
  setAccessibleDescription(said.join(QStringLiteral(", ")));
  if (resized) updateGeometry();
  update();
}

void AnswerBars::setBefore(const std::vector<float>& shares) {
  before_ = shares;
  update();
}

std::vector<int> AnswerBars::shown() const {
  std::vector<int> classes(shares_.size());
  std::iota(classes.begin(), classes.end(), 0);
  const auto room = static_cast<std::size_t>(std::max(1, height() / line_height));
  if (classes.size() <= room) return classes;
  std::stable_sort(classes.begin(), classes.end(),
                   [&](int a, int b) { return shares_[std::size_t(a)] > shares_[std::size_t(b)]; });
  classes.resize(room);
  return classes;
}

QSize AnswerBars::sizeHint() const {
  return {260, line_height * std::clamp(static_cast<int>(shares_.size()), 2, 12)};
}

QSize AnswerBars::minimumSizeHint() const {
  return {180, line_height * std::clamp(static_cast<int>(shares_.size()), 2, 4)};
}

void AnswerBars::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const Theme& colors = theme();
  painter.setFont(themeFont(13));
  const QFontMetricsF metrics(painter.font());
  const auto classes = shown();
  double names = 0;
  for (const int place : classes) names = std::max(names, metrics.horizontalAdvance(names_[place]));
  names = std::min(names, width() * 0.4);
  const auto best = std::max_element(shares_.begin(), shares_.end()) - shares_.begin();
  const double left = names + gap, room = std::max(10.0, width() - left - value_width - gap);
  double top = 0;
  for (const int place : classes) {
    const float share = std::clamp(shares_[std::size_t(place)], 0.f, 1.f);
    const bool first = place == best;
    painter.setFont(themeFont(13, first ? QFont::DemiBold : QFont::Normal));
    painter.setPen(first ? colors.text : colors.secondary);
    painter.drawText(QRectF(0, top, names, line_height), Qt::AlignRight | Qt::AlignVCenter,
                     metrics.elidedText(names_[place], Qt::ElideRight, names));
    const QRectF track(left, top + 5, room, line_height - 10);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colors.grid);
    painter.drawRoundedRect(track, 4, 4);
    if (share > 0) {
      painter.setBrush(first ? colors.accent : blended(colors.grid, colors.accent, 0.55));
      painter.drawRoundedRect(QRectF(track.left(), track.top(), std::max(2.0, room * share), track.height()), 4, 4);
    }
    if (std::size_t(place) < before_.size()) {
      const double x = track.left() + room * std::clamp(before_[std::size_t(place)], 0.f, 1.f);
      painter.setPen(QPen(colors.text, 1.5));
      painter.drawLine(QPointF(x, track.top() - 2), QPointF(x, track.bottom() + 2));
    }
    painter.setPen(first ? colors.text : colors.secondary);
    painter.drawText(QRectF(left + room + gap, top, value_width, line_height), Qt::AlignRight | Qt::AlignVCenter,
                     tr("%1 %").arg(100 * double(share), 0, 'f', 1));
    top += line_height;
  }
}

void AnswerBars::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) setAccessibleName(tr("Class probabilities"));
  QWidget::changeEvent(event);
}

}  // namespace gb
