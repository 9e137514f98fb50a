#include "app/studio/column_card.hpp"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHelpEvent>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QToolTip>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "app/studio/labels.hpp"
#include "widgets/theme.hpp"

namespace gb {

namespace {

constexpr int line_height = 24;

QString number(double value) {
  return QLocale().toString(value, 'g', 4);
}

QString spreadText(const ColumnSummary& summary) {
  switch (summary.type) {
    case ColumnType::numeric:
      return summary.bins.empty() ? QString()
                                  : ColumnCard::tr("%1 to %2, mean %3")
                                        .arg(number(summary.least), number(summary.most), number(summary.mean));
    case ColumnType::categorical:
      return ColumnCard::tr("%n levels", "", static_cast<int>(summary.distinct));
    case ColumnType::date:
    case ColumnType::text:
      break;
  }
  return {};
}

}  // namespace

QString columnTypeText(ColumnType type) {
  switch (type) {
    case ColumnType::numeric:
      return ColumnCard::tr("numeric");
    case ColumnType::categorical:
      return ColumnCard::tr("categorical");
    case ColumnType::text:
      return ColumnCard::tr("text");
    case ColumnType::date:
      return ColumnCard::tr("date");
  }
  return {};
}

ColumnCard::ColumnCard(const ColumnSummary& summary, bool target, bool changeable, QWidget* parent) : QWidget(parent) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 8, 0, 8);
  layout->setSpacing(4);
  auto* head = new QHBoxLayout;
  head->setSpacing(8);
  const QString columnName = QString::fromStdString(summary.name);
  name_ = columnName;
  auto* title = roleLabel("title", columnName);
  title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  title->setToolTip(columnName);
  head->addWidget(title, 1);
  if (target) head->addWidget(roleLabel("badge", tr("target")));
  type_ = new QComboBox;
  type_->setAccessibleName(tr("Type of %1").arg(columnName));
  for (const auto type : {ColumnType::numeric, ColumnType::categorical, ColumnType::text, ColumnType::date})
    type_->addItem(columnTypeText(type), QString::fromUtf8(column_type_name(type).data()));
  type_->setCurrentIndex(static_cast<int>(summary.type));
  type_->setEnabled(changeable);
  if (!changeable) type_->setToolTip(tr("This source says itself what its columns are."));
  type_->setFixedWidth(120);
  head->addWidget(type_);
  layout->addLayout(head);
  // Of words there is nothing to draw.
  if (!summary.bins.empty() || !summary.levels.empty()) {
    auto* bars = new DistributionBars(summary, false);
    bars->setFixedHeight(34);
    layout->addWidget(bars);
  }
  QStringList facts;
  if (const QString spread = spreadText(summary); !spread.isEmpty()) facts << spread;
  facts << (summary.missing > 0 ? tr("%n missing", "", static_cast<int>(summary.missing)) : tr("none missing"));
  auto* line = roleLabel("secondary", facts.join(QStringLiteral(" \u00b7 ")));
  line->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  layout->addWidget(line);
  connect(type_, &QComboBox::activated, this,
          [this, columnName](int index) { emit typeChosen(columnName, type_->itemData(index).toString()); });
}

void ColumnCard::setMarked(bool marked) {
  marked_ = marked;
  layout()->setContentsMargins(marked ? 12 : 0, 8, 0, 8);
  update();
}

void ColumnCard::paintEvent(QPaintEvent* event) {
  QWidget::paintEvent(event);
  if (!marked_) return;
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme().accent);
  painter.drawRoundedRect(QRectF(0, 8, 4, height() - 16), 2, 2);
}

DistributionBars::DistributionBars(ColumnSummary summary, bool named, QWidget* parent)
    : QWidget(parent), summary_(std::move(summary)), named_(named) {
  setAccessibleName(ColumnCard::tr("Distribution of %1").arg(QString::fromStdString(summary_.name)));
}

QSize DistributionBars::sizeHint() const {
  return {200, named_ ? static_cast<int>(summary_.levels.size()) * line_height : 34};
}

void DistributionBars::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  std::vector<std::size_t> counts = summary_.bins;
  if (summary_.type == ColumnType::categorical) {
    counts.clear();
    for (const auto& level : summary_.levels) counts.push_back(level.second);
  }
  const std::size_t highest = counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
  const std::size_t most = std::max(highest, whole_);
  if (most == 0) return;
  painter.setPen(Qt::NoPen);
  if (!named_) {
    painter.fillRect(0, height() - 1, width(), 1, theme().grid);
    const double step = double(width()) / double(counts.size());
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const double tall = (height() - 2) * double(counts[i]) / double(most);
      painter.setBrush(blended(theme().panel, theme().accent, 0.75));
      painter.drawRect(QRectF(double(i) * step + 0.5, height() - 1 - tall, std::max(1.0, step - 1.5), tall));
    }
    return;
  }
  painter.setFont(themeFont(12));
  const QFontMetrics metrics(painter.font());
  int label = 0, figure = 0;
  for (const auto& [name, count] : summary_.levels) {
    label = std::max(label, metrics.horizontalAdvance(QString::fromStdString(name)) + 2);
    figure = std::max(figure, metrics.horizontalAdvance(QLocale().toString(qulonglong(count))));
  }
  label = std::min(label, width() / 2);
  for (std::size_t i = 0; i < summary_.levels.size(); ++i) {
    const auto& [name, count] = summary_.levels[i];
    const QRect line(0, static_cast<int>(i) * line_height, width(), line_height);
    painter.setPen(theme().text);
    painter.drawText(QRect(line.left(), line.top(), label, line.height()), Qt::AlignVCenter | Qt::AlignLeft,
                     metrics.elidedText(QString::fromStdString(name), Qt::ElideRight, label));
    painter.setPen(theme().secondary);
    painter.drawText(line, Qt::AlignVCenter | Qt::AlignRight, QLocale().toString(qulonglong(count)));
    const double room = width() - label - figure - 24;
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme().grid);
    const QRectF groove(label + 12, line.center().y() - 3, room, 7);
    painter.drawRoundedRect(groove, 3.5, 3.5);
    painter.setBrush(theme().accent);
    painter.drawRoundedRect(QRectF(groove.left(), groove.top(), std::max(3.0, room * double(count) / double(most)), 7),
                            3.5, 3.5);
  }
}

int DistributionBars::barAt(const QPoint& point) const {
  const std::size_t count = summary_.type == ColumnType::categorical ? summary_.levels.size() : summary_.bins.size();
  if (count == 0 || width() == 0) return -1;
  const int bar = named_ ? point.y() / line_height : static_cast<int>(point.x() * static_cast<int>(count) / width());
  return bar >= 0 && bar < static_cast<int>(count) ? bar : -1;
}

bool DistributionBars::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  auto* help = static_cast<QHelpEvent*>(event);
  const int bar = barAt(help->pos());
  if (bar < 0) return true;
  const auto i = static_cast<std::size_t>(bar);
  if (summary_.type == ColumnType::categorical) {
    QToolTip::showText(help->globalPos(),
                       ColumnCard::tr("%1: %2").arg(QString::fromStdString(summary_.levels[i].first),
                                                    QLocale().toString(qulonglong(summary_.levels[i].second))),
                       this);
  } else {
    const double width = (summary_.most - summary_.least) / double(summary_.bins.size());
    QToolTip::showText(help->globalPos(),
                       ColumnCard::tr("%1 to %2: %3")
                           .arg(number(summary_.least + width * bar), number(summary_.least + width * (bar + 1)),
                                QLocale().toString(qulonglong(summary_.bins[i]))),
                       this);
  }
  return true;
}

}  // namespace gb
