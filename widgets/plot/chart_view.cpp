#include "widgets/plot/chart_view.hpp"

#include <QCoreApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "widgets/number_text.hpp"
#include "widgets/plot/chart_frame.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

QString coreName(const std::string& name) {
  return QCoreApplication::translate("core", name.c_str());
}

}  // namespace

struct ChartView::Implementation {
  explicit Implementation(ChartView* owner) : view(owner) {}

  void take(std::shared_ptr<const Chart> made);
  ChartFrame frame(const QSizeF& size) { return ChartFrame::of(content, size, zoomed, steady); }
  ChartFrame frame() { return frame(view->size()); }
  void paint(QPainter& painter, const QSizeF& size);
  void hover(std::optional<ChartContent::Place> place);
  void walk(int direction);
  void zoomAround(double at, double factor);
  void zoomTo(const Span& wanted);

  ChartView* view;
  ChartContent content;
  SteadySpan steady;
  std::optional<Span> zoomed;
  std::optional<ChartContent::Place> hovered;
  std::optional<double> dragged_from;
};

void ChartView::Implementation::take(std::shared_ptr<const Chart> made) {
  const bool other = !content.chart() || content.chart()->kind != made->kind || content.chart()->view != made->view;
  content = ChartContent(std::move(made));
  if (other) {
    zoomed.reset();
    steady.forget();
  }
  if (hovered && (hovered->line >= content.chart()->lines.size() || hovered->index >= content.count(hovered->line)))
    hovered.reset();
  QStringList parts;
  for (const std::size_t line : content.lines())
    parts << ChartView::tr("%1: %2 values")
                 .arg(coreName(content.chart()->lines[line].name))
                 .arg(wholeText(static_cast<std::int64_t>(content.count(line))));
  view->setAccessibleDescription(content.bars() ? ChartView::tr("Bars. %1.").arg(parts.join("; "))
                                                : ChartView::tr("Lines. %1.").arg(parts.join("; ")));
  view->update();
  emit view->titleChanged();
}

void ChartView::Implementation::paint(QPainter& painter, const QSizeF& size) {
  if (content.empty()) {
    painter.setFont(themeFont(13));
    painter.setPen(theme().secondary);
    painter.drawText(QRectF(QPointF(), size), Qt::AlignCenter, ChartView::tr("Waiting for the first values"));
    return;
  }
  frame(size).paint(painter, content);
}

void ChartView::Implementation::hover(std::optional<ChartContent::Place> place) {
  if (place == hovered) return;
  hovered = place;
  view->update();
}

void ChartView::Implementation::walk(int direction) {
  const auto& order = content.order();
  if (order.empty()) return;
  const ChartFrame shown = frame();
  auto at = hovered ? std::find(order.begin(), order.end(), *hovered) : order.end();
  if (at == order.end()) {
    at = direction > 0 ? order.begin() : order.end() - 1;
  } else {
    // To another x, at least a pixel away where values lie denser than that.
    const double from = content.x(*at);
    const double pixel = content.bars() ? 0 : shown.x.length() / shown.plot.width();
    while (std::abs(content.x(*at) - from) <= pixel) {
      if (direction > 0 ? at + 1 == order.end() : at == order.begin()) break;
      at += direction;
    }
  }
  hover(*at);
  QStringList values;
  for (const auto& entry : content.valuesAt(content.x(*at))) values << entry.label + ' ' + entry.value;
  view->setAccessibleDescription(content.xText(content.x(*at)) + ": " + values.join("; "));
}

void ChartView::Implementation::zoomAround(double at, double factor) {
  const Span now = zoomed.value_or(content.xs());
  zoomTo({at - (at - now.low) * factor, at + (now.high - at) * factor});
}

void ChartView::Implementation::zoomTo(const Span& wanted) {
  const Span whole = content.xs();
  if (content.empty() || !(wanted.length() > whole.length() * 1e-6)) return;
  steady.forget();
  if (wanted.length() >= whole.length() * 0.999) {
    zoomed.reset();
  } else {
    const double low = std::clamp(wanted.low, whole.low, whole.high - wanted.length());
    zoomed = Span{low, low + wanted.length()};
  }
  view->update();
}

ChartView::ChartView(QWidget* parent) : View(parent), implementation_(std::make_unique<Implementation>(this)) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setAccessibleName(title());
  setAccessibleDescription(tr("A chart; no values yet."));
}

ChartView::~ChartView() = default;

QString ChartView::title() const {
  const Chart* chart = implementation_->content.chart();
  return chart && !chart->title.empty() ? coreName(chart->title) : tr("Chart");
}

QString ChartView::subtitle() const {
  const Chart* chart = implementation_->content.chart();
  return chart && !chart->part.empty() ? coreName(chart->part) : QString();
}

void ChartView::show(const Event& event) {
  const auto* chart = std::get_if<std::shared_ptr<const Chart>>(&event);
  if (chart && *chart) implementation_->take(*chart);
}

View::Numbers ChartView::numbers() const {
  const ChartContent& content = implementation_->content;
  Numbers all;
  if (!content.chart()) return all;
  const auto named = [](const std::string& label, const char* otherwise) {
    return label.empty() ? QString(otherwise) : QString::fromStdString(label);
  };
  all.columns = {"line", named(content.chart()->x_label, content.chart()->names.empty() ? "x" : "name"),
                 named(content.chart()->y_label, "y")};
  for (const std::size_t line : content.lines())
    for (std::size_t index = 0; index < content.count(line); ++index) {
      const double x = content.x({line, index});
      all.rows.push_back({QString::fromStdString(content.chart()->lines[line].name),
                          content.chart()->names.empty() ? exactText(x) : content.xText(x),
                          exactText(content.y({line, index}))});
    }
  return all;
}

void ChartView::paintTo(QPainter& painter, const QRectF& area) {
  painter.save();
  painter.translate(area.topLeft());
  implementation_->paint(painter, area.size());
  painter.restore();
}

QSize ChartView::sizeHint() const {
  return {420, 260};
}
QSize ChartView::minimumSizeHint() const {
  return {220, 150};
}

QPointF ChartView::pixelOf(const QPointF& value) const {
  const ChartFrame frame = implementation_->frame();
  return {frame.pixelX(value.x()), frame.pixelY(value.y())};
}

void ChartView::zoom(double from, double to) {
  if (to > from) implementation_->zoomTo({from, to});
}

void ChartView::resetZoom() {
  implementation_->zoomed.reset();
  implementation_->steady.forget();
  update();
}

void ChartView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  auto& self = *implementation_;
  self.paint(painter, size());
  if (self.hovered && !self.content.empty()) self.frame().paintValues(painter, self.content, *self.hovered);
}

void ChartView::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) implementation_->dragged_from = event->position().x();
}

void ChartView::mouseMoveEvent(QMouseEvent* event) {
  auto& self = *implementation_;
  if (self.content.empty()) return;
  const ChartFrame frame = self.frame();
  if (self.dragged_from && self.zoomed && event->buttons().testFlag(Qt::LeftButton)) {
    const double moved = (*self.dragged_from - event->position().x()) / frame.plot.width() * frame.x.length();
    self.dragged_from = event->position().x();
    self.zoomTo({frame.x.low + moved, frame.x.high + moved});
  } else if (frame.plot.adjusted(-4, -4, 4, 4).contains(event->position())) {
    self.hover(frame.nearest(self.content, event->position()));
  } else {
    self.hover(std::nullopt);
  }
}

void ChartView::mouseReleaseEvent(QMouseEvent*) {
  implementation_->dragged_from.reset();
}

void ChartView::mouseDoubleClickEvent(QMouseEvent*) {
  resetZoom();
}

void ChartView::wheelEvent(QWheelEvent* event) {
  auto& self = *implementation_;
  if (!self.content.empty())
    self.zoomAround(self.frame().valueX(event->position().x()), std::pow(0.8, event->angleDelta().y() / 120.0));
  event->accept();
}

void ChartView::leaveEvent(QEvent*) {
  implementation_->hover(std::nullopt);
}

void ChartView::keyPressEvent(QKeyEvent* event) {
  auto& self = *implementation_;
  const Span shown = self.zoomed.value_or(self.content.xs());
  const double middle = self.hovered ? self.content.x(*self.hovered) : (shown.low + shown.high) / 2;
  switch (event->key()) {
    case Qt::Key_Left:
      return self.walk(-1);
    case Qt::Key_Right:
      return self.walk(1);
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      return self.zoomAround(middle, 0.8);
    case Qt::Key_Minus:
      return self.zoomAround(middle, 1.25);
    case Qt::Key_Home:
    case Qt::Key_0:
      return resetZoom();
    default:
      View::keyPressEvent(event);
  }
}

void ChartView::focusOutEvent(QFocusEvent* event) {
  View::focusOutEvent(event);
  implementation_->hover(std::nullopt);
}

void ChartView::changeEvent(QEvent* event) {
  View::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) update();
  if (event->type() == QEvent::LanguageChange && implementation_) emit titleChanged();
}

}  // namespace gb
