#include "widgets/plot/curve_view.hpp"

#include <QChart>
#include <QChartView>
#include <QCoreApplication>
#include <QElapsedTimer>
#include <QKeyEvent>
#include <QLineSeries>
#include <QMouseEvent>
#include <QTimer>
#include <QVBoxLayout>
#include <QValueAxis>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <optional>

#include "widgets/legend.hpp"
#include "widgets/number_text.hpp"
#include "widgets/plot/axis_ticks.hpp"
#include "widgets/plot/curve_levels.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr int redraw_ms = 33;  // at most 30 times a second
constexpr int small_pixels = 11;
constexpr double mark_distance = 48;  // pixels between the marks of a pale series

struct Curve {
  QString key, label;
  int color = 0;
  bool dashed = false;
  CurveLevels raw;
  CurveLevels smooth;  ///< empty while nothing is smoothed
  double average = 0;  ///< exponential moving average and the weight it holds, to undo the bias of the start
  double held = 0;
  std::vector<QLineSeries*> lines;  ///< owned by the chart; a pool, those not needed are hidden
  std::vector<QPointF> marks;       ///< in axis units

  const CurveLevels& drawn() const { return smooth.empty() ? raw : smooth; }
  bool marked() const { return color % 8 >= 5; }
  LegendEntry entry(std::size_t index) const {
    return {label, valueText(raw.value(index)), seriesColor(color),
            dashed ? LegendEntry::Sample::dashes : LegendEntry::Sample::line, marked()};
  }
};

/// "Loss" and "loss", "F1 macro" and "f1_macro" are the same curve.
QString plainName(QString name) {
  return name.toLower().replace(' ', '_');
}

QString translated(const QString& text) {
  return QCoreApplication::translate("core", text.toUtf8().constData());
}

}  // namespace

/// Where things stand, for one size: on screen or on paper.
struct Frame {
  QSizeF size;
  double legend = 0;
  QRectF plot;
  Span x, y;
  std::vector<Tick> x_ticks, y_ticks;

  double pixelX(double step) const { return plot.left() + (step - x.low) / x.length() * plot.width(); }
  double pixelY(double at) const { return plot.bottom() - (at - y.low) / y.length() * plot.height(); }
  double stepAt(double pixel) const { return x.low + (pixel - plot.left()) / plot.width() * x.length(); }
};

struct CurveView::Implementation {
  class Canvas;

  explicit Implementation(CurveView* owner, QString named);

  Curve* find(const QString& key);
  Curve& findOrAdd(const QString& series);
  void push(Curve& curve, std::int64_t step, double value);
  void smoothOne(Curve& curve, std::int64_t step, double value);
  void smoothAll(Curve& curve);
  void changed();
  void redraw();
  void describe();

  std::vector<LegendEntry> legend() const;
  double axisValue(double value) const { return log_scale ? std::log10(value) : value; }
  std::optional<Span> stepsKnown() const;
  std::optional<Span> valuesWithin(const Span& steps) const;
  Frame frameFor(const QSizeF& size);
  void feed(const Frame& shown);
  void place(const Frame& shown);
  void paintBelow(QPainter& painter, const Frame& shown) const;
  void paintAbove(QPainter& painter, const Frame& shown) const;
  void paintHover(QPainter& painter, const Frame& shown) const;

  void hoverAt(double step);
  void moveHover(int direction);
  void zoomAround(double step, double factor);
  void zoomTo(Span wanted);

  CurveView* view;
  QString name;
  std::vector<std::unique_ptr<Curve>> curves;
  QChart* chart = nullptr;
  QValueAxis* x_axis = nullptr;
  QValueAxis* y_axis = nullptr;
  Canvas* canvas = nullptr;
  QTimer timer;
  QElapsedTimer since_redraw;
  QElapsedTimer since_description;

  bool log_scale = false;
  double smoothing = 0;
  std::int64_t marker = -1;
  std::optional<Span> zoomed;
  std::optional<std::int64_t> hovered;
  SteadySpan steady_x, steady_y;
  Frame frame;
};

/// The chart with what Qt Charts does not draw as we want it: grid and labels beneath, marker and values above.
class CurveView::Implementation::Canvas : public QChartView {
 public:
  Canvas(QChart* chart, Implementation* owner) : QChartView(chart, nullptr), owner_(owner) {
    setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
    setFrameShape(QFrame::NoFrame);
    setViewportUpdateMode(FullViewportUpdate);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::NoFocus);
    setMouseTracking(true);
    setStyleSheet("background: transparent");
  }

 protected:
  void drawBackground(QPainter* painter, const QRectF&) override { owner_->paintBelow(*painter, owner_->frame); }
  void drawForeground(QPainter* painter, const QRectF&) override { owner_->paintAbove(*painter, owner_->frame); }

  void wheelEvent(QWheelEvent* event) override {
    const double turns = event->angleDelta().y() / 120.0;
    owner_->zoomAround(owner_->frame.stepAt(event->position().x()), std::pow(0.8, turns));
    event->accept();
  }

  void mousePressEvent(QMouseEvent* event) override {
    owner_->view->setFocus(Qt::MouseFocusReason);
    if (event->button() == Qt::LeftButton) dragged_from_ = event->position().x();
  }

  void mouseMoveEvent(QMouseEvent* event) override {
    const double x = event->position().x();
    const Frame& frame = owner_->frame;
    if (dragged_from_ && owner_->zoomed && event->buttons().testFlag(Qt::LeftButton)) {
      const double steps = (*dragged_from_ - x) / frame.plot.width() * frame.x.length();
      dragged_from_ = x;
      owner_->zoomTo({frame.x.low + steps, frame.x.high + steps});
    } else if (frame.plot.adjusted(-4, -4, 4, 4).contains(event->position())) {
      owner_->hoverAt(frame.stepAt(x));
    } else {
      leaveEvent(nullptr);
    }
  }

  void mouseReleaseEvent(QMouseEvent*) override { dragged_from_.reset(); }
  void mouseDoubleClickEvent(QMouseEvent*) override { owner_->view->resetZoom(); }

  void leaveEvent(QEvent*) override {
    if (!owner_->hovered) return;
    owner_->hovered.reset();
    viewport()->update();
  }

 private:
  Implementation* owner_;
  std::optional<double> dragged_from_;
};

CurveView::Implementation::Implementation(CurveView* owner, QString named) : view(owner), name(std::move(named)) {
  chart = new QChart;
  chart->legend()->hide();
  chart->setBackgroundVisible(false);
  chart->setMargins({});
  chart->setAnimationOptions(QChart::NoAnimation);
  x_axis = new QValueAxis;
  y_axis = new QValueAxis;
  chart->addAxis(x_axis, Qt::AlignBottom);
  chart->addAxis(y_axis, Qt::AlignLeft);
  x_axis->setVisible(false);
  y_axis->setVisible(false);
  canvas = new Canvas(chart, this);
  auto* layout = new QVBoxLayout(view);
  layout->setContentsMargins({});
  layout->addWidget(canvas);
  timer.setSingleShot(true);
  QObject::connect(&timer, &QTimer::timeout, view, [this] { redraw(); });
  since_redraw.start();
}

Curve* CurveView::Implementation::find(const QString& key) {
  const auto found = std::find_if(curves.begin(), curves.end(), [&](const auto& curve) { return curve->key == key; });
  return found == curves.end() ? nullptr : found->get();
}

Curve& CurveView::Implementation::findOrAdd(const QString& series) {
  if (Curve* known = find(series)) return *known;
  const QString part = series.contains('/') ? series.section('/', 0, -2) : series;
  const QStringList usual = {"train", "validation", "test"};
  int color = static_cast<int>(usual.indexOf(part));
  for (int next = 0; color < 0; ++next)
    if (std::none_of(curves.begin(), curves.end(), [&](const auto& curve) { return curve->color == next; }))
      color = next;
  view->addSeries(series, translated(part), color, part == "validation");
  return *find(series);
}

void CurveView::Implementation::push(Curve& curve, std::int64_t step, double value) {
  const bool replaced = curve.raw.append(step, value);
  if (smoothing <= 0) return;
  if (replaced)
    smoothAll(curve);
  else
    smoothOne(curve, step, value);
}

void CurveView::Implementation::smoothOne(Curve& curve, std::int64_t step, double value) {
  if (std::isfinite(value)) {
    curve.average = smoothing * curve.average + (1 - smoothing) * value;
    curve.held = smoothing * curve.held + (1 - smoothing);
    value = curve.average / curve.held;
  }
  curve.smooth.append(step, value);
}

void CurveView::Implementation::smoothAll(Curve& curve) {
  curve.smooth.clear();
  curve.average = curve.held = 0;
  if (smoothing <= 0) return;
  curve.smooth.reserve(curve.raw.size());
  for (std::size_t i = 0; i < curve.raw.size(); ++i) smoothOne(curve, curve.raw.step(i), curve.raw.value(i));
}

void CurveView::Implementation::changed() {
  if (timer.isActive()) return;
  const auto passed = since_redraw.elapsed();
  timer.start(static_cast<int>(std::clamp<qint64>(redraw_ms - passed, 0, redraw_ms)));
}

void CurveView::Implementation::redraw() {
  timer.stop();
  since_redraw.restart();
  if (!view->isVisible()) return;
  frame = frameFor(canvas->size());
  feed(frame);
  place(frame);
  canvas->viewport()->update();
  if (!since_description.isValid() || since_description.elapsed() > 1000) describe();
}

void CurveView::Implementation::describe() {
  since_description.restart();
  QStringList parts;
  for (const auto& curve : curves)
    if (!curve->raw.empty())
      parts << CurveView::tr("%1 %2 at step %3")
                   .arg(curve->label, valueText(curve->raw.value(curve->raw.size() - 1)),
                        wholeText(curve->raw.step(curve->raw.size() - 1)));
  view->setAccessibleDescription(parts.isEmpty() ? CurveView::tr("Curves over steps; no values yet.")
                                                 : CurveView::tr("Curves over steps: %1.").arg(parts.join("; ")));
}

std::vector<LegendEntry> CurveView::Implementation::legend() const {
  std::vector<LegendEntry> entries;
  for (const auto& curve : curves) {
    if (curve->raw.empty()) continue;
    entries.push_back(curve->entry(curve->raw.size() - 1));
  }
  return entries;
}

std::optional<Span> CurveView::Implementation::stepsKnown() const {
  std::optional<Span> all;
  for (const auto& curve : curves) {
    if (curve->raw.empty()) continue;
    const Span own{static_cast<double>(curve->raw.step(0)),
                   static_cast<double>(curve->raw.step(curve->raw.size() - 1))};
    all = all ? Span{std::min(all->low, own.low), std::max(all->high, own.high)} : own;
  }
  return all;
}

std::optional<Span> CurveView::Implementation::valuesWithin(const Span& steps) const {
  std::optional<Span> all;
  for (const auto& curve : curves) {
    const CurveLevels& values = curve->drawn();
    const auto found =
        values.extremes(values.find(steps.low), values.find(std::nextafter(steps.high, HUGE_VAL)), log_scale);
    if (!found.found) continue;
    const Span own{axisValue(values.value(found.lowest)), axisValue(values.value(found.highest))};
    all = all ? Span{std::min(all->low, own.low), std::max(all->high, own.high)} : own;
  }
  return all;
}

Frame CurveView::Implementation::frameFor(const QSizeF& size) {
  Frame made;
  made.size = size;
  made.legend = legendHeight(legend(), size.width());
  const QFontMetricsF metrics(themeFont(small_pixels));
  const double top = made.legend + (made.legend > 0 ? 8 : 10);
  const double bottom = size.height() - 36;
  const double height = std::max(bottom - top, 20.0);

  const auto steps = stepsKnown();
  if (!steps) return made;
  const Span wanted_x = niceSpan(*steps, 6, true);
  const Span all_x = steady_x.follow(*steps, wanted_x);
  made.x = zoomed.value_or(all_x);

  const int most_y = std::clamp(static_cast<int>(height / 30), 2, 6);
  const Span values = valuesWithin(made.x).value_or(log_scale ? Span{-1, 0} : Span{0, 1});
  made.y = steady_y.follow(values, log_scale ? niceLogSpan(values) : niceSpan(values, most_y));
  made.y_ticks = log_scale ? logTicks(made.y, most_y) : ticks(made.y, most_y);

  double label_width = metrics.horizontalAdvance("0.00");
  for (const auto& tick : made.y_ticks) label_width = std::max(label_width, metrics.horizontalAdvance(tick.text));
  const double left = std::ceil(label_width) + 10;
  made.plot = QRectF(left, top, std::max(size.width() - left - 10, 20.0), height);

  const double widest = metrics.horizontalAdvance(wholeText(static_cast<std::int64_t>(made.x.high)));
  made.x_ticks = ticks(made.x, std::clamp(static_cast<int>(made.plot.width() / (widest + 28)), 1, 8), true);
  return made;
}

void CurveView::Implementation::feed(const Frame& shown) {
  const int columns = std::max(1, static_cast<int>(shown.plot.width()));
  for (auto& curve : curves) {
    std::vector<std::vector<QPointF>> lines;
    if (!shown.plot.isEmpty()) lines = curve->drawn().lines(shown.x.low, shown.x.high, columns, log_scale);
    const double dot = shown.x.length() / columns;
    curve->marks.clear();
    double last_mark = -mark_distance;
    QPen pen(seriesColor(curve->color), 1.8);
    pen.setJoinStyle(Qt::RoundJoin);
    pen.setCapStyle(curve->dashed ? Qt::FlatCap : Qt::RoundCap);
    if (curve->dashed) pen.setDashPattern({3, 2});
    for (std::size_t i = 0; i < lines.size(); ++i) {
      QList<QPointF> points;
      points.reserve(static_cast<qsizetype>(lines[i].size()) + 1);
      for (const QPointF& point : lines[i]) {
        points.emplace_back(point.x(), axisValue(point.y()));
        if (curve->marked() && shown.pixelX(point.x()) - last_mark >= mark_distance) {
          curve->marks.push_back(points.back());
          last_mark = shown.pixelX(point.x());
        }
      }
      // A value alone between two gaps is seen as a dot.
      if (points.size() == 1) points = {points[0] - QPointF(dot, 0), points[0] + QPointF(dot, 0)};
      if (i == curve->lines.size()) {
        auto* line = new QLineSeries;
        chart->addSeries(line);
        line->attachAxis(x_axis);
        line->attachAxis(y_axis);
        curve->lines.push_back(line);
      }
      curve->lines[i]->setPen(pen);
      curve->lines[i]->replace(points);
      curve->lines[i]->setVisible(true);
    }
    for (std::size_t i = lines.size(); i < curve->lines.size(); ++i) {
      curve->lines[i]->replace(QList<QPointF>());
      curve->lines[i]->setVisible(false);
    }
  }
}

void CurveView::Implementation::place(const Frame& shown) {
  if (shown.plot.isEmpty()) return;
  // Two pixels of air above and below, so that a line along the edge keeps its width.
  const double air = shown.y.length() / shown.plot.height() * 2;
  chart->resize(shown.size);
  chart->setPlotArea(shown.plot.adjusted(0, -2, 0, 2));
  x_axis->setRange(shown.x.low, shown.x.high);
  y_axis->setRange(shown.y.low - air, shown.y.high + air);
}

void CurveView::Implementation::paintBelow(QPainter& painter, const Frame& shown) const {
  const Theme& colors = theme();
  const bool empty = shown.plot.isEmpty();
  if (empty) {
    painter.setFont(themeFont(13));
    painter.setPen(colors.secondary);
    painter.drawText(QRectF(QPointF(), shown.size.isEmpty() ? QSizeF(canvas->size()) : shown.size), Qt::AlignCenter,
                     CurveView::tr("Waiting for the first step"));
    return;
  }
  paintLegend(painter, legend(), QRectF(0, 0, shown.size.width(), shown.legend));
  painter.setFont(themeFont(small_pixels));
  const QFontMetricsF metrics(painter.font());
  for (const auto& tick : shown.y_ticks) {
    const double y = std::round(shown.pixelY(tick.at)) + 0.5;
    painter.setPen(QPen(colors.grid, 1));
    painter.drawLine(QPointF(shown.plot.left(), y), QPointF(shown.plot.right(), y));
    painter.setPen(colors.secondary);
    painter.drawText(QRectF(0, y - 10, shown.plot.left() - 8, 20), Qt::AlignRight | Qt::AlignVCenter, tick.text);
  }
  painter.setPen(colors.secondary);
  for (const auto& tick : shown.x_ticks) {
    const double half = metrics.horizontalAdvance(tick.text) / 2 + 1;
    const double x = std::clamp(shown.pixelX(tick.at), half, std::max(half, shown.size.width() - half));
    painter.drawText(QRectF(x - half, shown.plot.bottom() + 4, 2 * half, 16), Qt::AlignCenter, tick.text);
  }
  painter.drawText(QRectF(shown.plot.left(), shown.plot.bottom() + 18, shown.plot.width(), 16), Qt::AlignCenter,
                   CurveView::tr("step"));
}

void CurveView::Implementation::paintAbove(QPainter& painter, const Frame& shown) const {
  if (shown.plot.isEmpty()) return;
  for (const auto& curve : curves)
    for (const QPointF& mark : curve->marks)
      paintMark(painter, seriesColor(curve->color), {shown.pixelX(mark.x()), shown.pixelY(mark.y())});
  const double at = static_cast<double>(marker);
  if (marker >= 0 && at >= shown.x.low && at <= shown.x.high) {
    QPen pen(theme().accent, 1.2);
    pen.setDashPattern({2.5, 2.5});
    painter.setPen(pen);
    const double x = shown.pixelX(at);
    painter.drawLine(QPointF(x, shown.plot.top()), QPointF(x, shown.plot.bottom()));
  }
  if (hovered) paintHover(painter, shown);
}

void CurveView::Implementation::paintHover(QPainter& painter, const Frame& shown) const {
  const Theme& colors = theme();
  const double step = static_cast<double>(*hovered);
  if (step < shown.x.low || step > shown.x.high) return;
  const double x = shown.pixelX(step);
  painter.setPen(QPen(blended(colors.panel, colors.secondary, 0.6), 1));
  painter.drawLine(QPointF(x, shown.plot.top()), QPointF(x, shown.plot.bottom()));

  std::vector<LegendEntry> values;
  for (const auto& curve : curves) {
    const CurveLevels& known = curve->raw;
    const std::size_t after = known.find(step + 1);
    if (after == 0) continue;
    const CurveLevels& drawn = curve->drawn();
    if (drawn.drawable(after - 1, log_scale)) {
      const QPointF dot(shown.pixelX(static_cast<double>(drawn.step(after - 1))),
                        shown.pixelY(axisValue(drawn.value(after - 1))));
      if (shown.plot.adjusted(-1, -3, 1, 3).contains(dot)) {
        painter.setPen(QPen(colors.panel, 1.5));
        painter.setBrush(seriesColor(curve->color));
        painter.drawEllipse(dot, 4, 4);
        painter.setBrush(Qt::NoBrush);
      }
    }
    values.push_back(curve->entry(after - 1));
  }
  paintValueBox(painter, CurveView::tr("step %1").arg(wholeText(*hovered)), std::move(values),
                {x, shown.plot.top() + 4}, QRectF(QPointF(), shown.size));
}

void CurveView::Implementation::hoverAt(double step) {
  std::optional<std::int64_t> nearest;
  for (const auto& curve : curves) {
    const std::size_t after = curve->raw.find(step);
    for (std::size_t i = after > 0 ? after - 1 : 0; i < std::min(after + 1, curve->raw.size()); ++i) {
      const std::int64_t known = curve->raw.step(i);
      if (!nearest || std::abs(static_cast<double>(known) - step) < std::abs(static_cast<double>(*nearest) - step))
        nearest = known;
    }
  }
  if (nearest == hovered) return;
  hovered = nearest;
  canvas->viewport()->update();
}

void CurveView::Implementation::moveHover(int direction) {
  if (!hovered) {
    if (const auto known = stepsKnown())
      hoverAt(direction > 0 ? std::max(known->low, frame.x.low) : std::min(known->high, frame.x.high));
  } else {
    // One pixel a key press where points lie denser than that.
    const double pixel = frame.plot.width() > 0 ? frame.x.length() / frame.plot.width() : 1;
    const double from = static_cast<double>(*hovered);
    std::optional<std::int64_t> next;
    for (const auto& curve : curves) {
      const CurveLevels& known = curve->raw;
      std::size_t i =
          direction > 0 ? known.find(from + std::max(1.0, pixel)) : known.find(from - std::max(0.0, pixel - 1));
      if (direction < 0 && i-- == 0) continue;
      if (i >= known.size()) continue;
      const std::int64_t step = known.step(i);
      if (!next || (direction > 0 ? step < *next : step > *next)) next = step;
    }
    if (next) hovered = next;
  }
  canvas->viewport()->update();
  if (!hovered) return;
  QStringList values;
  for (const auto& curve : curves)
    if (const std::size_t after = curve->raw.find(static_cast<double>(*hovered) + 1); after > 0)
      values << curve->label + ' ' + valueText(curve->raw.value(after - 1));
  view->setAccessibleDescription(CurveView::tr("Step %1: %2.").arg(wholeText(*hovered), values.join("; ")));
}

void CurveView::Implementation::zoomAround(double step, double factor) {
  const Span now = frame.x;
  zoomTo({step - (step - now.low) * factor, step + (now.high - step) * factor});
}

void CurveView::Implementation::zoomTo(Span wanted) {
  const Span all = steady_x.shown();
  const double length = std::max(wanted.length(), 2.0);
  if (length >= all.length() * 0.999) {
    view->resetZoom();
    return;
  }
  const double low = std::clamp(wanted.low, all.low, all.high - length);
  zoomed = Span{low, low + length};
  steady_y.forget();
  redraw();
}

CurveView::CurveView(const QString& title, QWidget* parent)
    : View(parent), implementation_(std::make_unique<Implementation>(this, title)) {
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setAccessibleName(this->title());
  implementation_->canvas->setAccessibleName(this->title());
  implementation_->describe();
}

CurveView::~CurveView() = default;

void CurveView::addSeries(const QString& key, const QString& label, int color, bool dashed) {
  auto& self = *implementation_;
  Curve* curve = self.find(key);
  if (!curve) curve = self.curves.emplace_back(std::make_unique<Curve>()).get();
  curve->key = key;
  curve->label = label;
  curve->color = std::max(color, 0);
  curve->dashed = dashed;
  self.changed();
}

void CurveView::append(const QString& key, std::int64_t step, double value) {
  Curve* curve = implementation_->find(key);
  if (!curve) return;
  implementation_->push(*curve, step, value);
  implementation_->changed();
}

void CurveView::setSeries(const QString& key, std::vector<std::int64_t> steps, std::vector<double> values) {
  Curve* curve = implementation_->find(key);
  if (!curve) return;
  curve->raw.clear();
  const std::size_t count = std::min(steps.size(), values.size());
  curve->raw.reserve(count);
  for (std::size_t i = 0; i < count; ++i) curve->raw.append(steps[i], values[i]);
  implementation_->smoothAll(*curve);
  implementation_->changed();
}

void CurveView::removeSeries(const QString& key) {
  auto& self = *implementation_;
  Curve* curve = self.find(key);
  if (!curve) return;
  for (QLineSeries* line : curve->lines) {
    self.chart->removeSeries(line);
    delete line;
  }
  std::erase_if(self.curves, [&](const auto& known) { return known.get() == curve; });
  self.steady_x.forget();
  self.steady_y.forget();
  self.changed();
}

void CurveView::clear() {
  auto& self = *implementation_;
  while (!self.curves.empty()) removeSeries(self.curves.back()->key);
  self.zoomed.reset();
  self.hovered.reset();
  self.marker = -1;
  self.since_description.invalidate();
}

void CurveView::setMarker(std::int64_t step) {
  if (implementation_->marker == step) return;
  implementation_->marker = step;
  implementation_->canvas->viewport()->update();
}

void CurveView::setLogScale(bool on) {
  if (implementation_->log_scale == on) return;
  implementation_->log_scale = on;
  implementation_->steady_y.forget();
  implementation_->changed();
  emit titleChanged();
}

void CurveView::setSmoothing(double weight) {
  weight = std::isfinite(weight) ? std::clamp(weight, 0.0, 0.99) : 0.0;
  if (implementation_->smoothing == weight) return;
  implementation_->smoothing = weight;
  for (auto& curve : implementation_->curves) implementation_->smoothAll(*curve);
  implementation_->steady_y.forget();
  implementation_->changed();
  emit titleChanged();
}

QString CurveView::title() const {
  QString shown = implementation_->name;
  shown.replace('_', ' ');
  if (!shown.isEmpty()) shown[0] = shown[0].toUpper();
  return translated(shown);
}

QString CurveView::subtitle() const {
  QStringList parts;
  if (implementation_->log_scale) parts << tr("log");
  if (implementation_->smoothing > 0) parts << tr("smooth %1").arg(exactText(implementation_->smoothing));
  return parts.join(QStringLiteral(" · "));
}

void CurveView::show(const Event& event) {
  const auto* scalar = std::get_if<Scalar>(&event);
  if (!scalar) return;
  const QString series = QString::fromStdString(scalar->series);
  if (plainName(series.section('/', -1)) != plainName(implementation_->name)) return;
  implementation_->push(implementation_->findOrAdd(series), scalar->step, scalar->value);
  implementation_->changed();
}

void CurveView::eachLine(const std::function<void(const QStringList&)>& take) const {
  const auto& curves = implementation_->curves;
  QStringList line = {"step"};
  for (const auto& curve : curves) line << curve->label;
  take(line);
  // All curves side by side, by step: each has its own steps.
  std::vector<std::size_t> next(curves.size(), 0);
  for (;;) {
    std::optional<std::int64_t> step;
    for (std::size_t i = 0; i < curves.size(); ++i)
      if (next[i] < curves[i]->raw.size() && (!step || curves[i]->raw.step(next[i]) < *step))
        step = curves[i]->raw.step(next[i]);
    if (!step) return;
    line = QStringList{QString::number(*step)};
    for (std::size_t i = 0; i < curves.size(); ++i) {
      const bool here = next[i] < curves[i]->raw.size() && curves[i]->raw.step(next[i]) == *step;
      line << (here ? exactText(curves[i]->raw.value(next[i]++)) : QString());
    }
    take(line);
  }
}

View::Numbers CurveView::numbers() const {
  Numbers all;
  eachLine([&](const QStringList& line) {
    if (all.columns.isEmpty())
      all.columns = line;
    else
      all.rows.push_back(line);
  });
  return all;
}

void CurveView::paintTo(QPainter& painter, const QRectF& area) {
  auto& self = *implementation_;
  const auto hovered = std::exchange(self.hovered, std::nullopt);
  const Frame paper = self.frameFor(area.size());
  self.feed(paper);
  self.place(paper);
  painter.save();
  painter.translate(area.topLeft());
  painter.setRenderHint(QPainter::Antialiasing);
  self.paintBelow(painter, paper);
  if (!paper.plot.isEmpty()) {
    const QRectF whole(QPointF(), paper.size);
    painter.save();
    self.chart->scene()->render(&painter, whole, whole, Qt::IgnoreAspectRatio);
    painter.restore();
  }
  self.paintAbove(painter, paper);
  painter.restore();
  self.hovered = hovered;
  self.feed(self.frame);
  self.place(self.frame);
}

QSize CurveView::sizeHint() const {
  return {420, 240};
}
QSize CurveView::minimumSizeHint() const {
  return {220, 150};
}

void CurveView::zoom(double from, double to) {
  auto& self = *implementation_;
  if (const auto steps = self.stepsKnown(); steps && to > from) {
    self.steady_x.follow(*steps, niceSpan(*steps, 6, true));
    self.zoomTo({from, to});
  }
}

void CurveView::resetZoom() {
  implementation_->zoomed.reset();
  implementation_->steady_y.forget();
  implementation_->redraw();
}

void CurveView::showEvent(QShowEvent* event) {
  View::showEvent(event);
  implementation_->redraw();
}

void CurveView::resizeEvent(QResizeEvent* event) {
  View::resizeEvent(event);
  implementation_->changed();
}

void CurveView::keyPressEvent(QKeyEvent* event) {
  auto& self = *implementation_;
  const double middle = self.hovered ? static_cast<double>(*self.hovered) : (self.frame.x.low + self.frame.x.high) / 2;
  switch (event->key()) {
    case Qt::Key_Left:
      return self.moveHover(-1);
    case Qt::Key_Right:
      return self.moveHover(1);
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

void CurveView::focusInEvent(QFocusEvent* event) {
  View::focusInEvent(event);
  update();
}

void CurveView::focusOutEvent(QFocusEvent* event) {
  View::focusOutEvent(event);
  implementation_->hovered.reset();
  implementation_->canvas->viewport()->update();
}

void CurveView::changeEvent(QEvent* event) {
  View::changeEvent(event);
  if (!implementation_) return;
  if (event->type() == QEvent::LanguageChange) {
    implementation_->describe();
    emit titleChanged();
  }
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange ||
      event->type() == QEvent::FontChange || event->type() == QEvent::LanguageChange)
    implementation_->changed();
}

}  // namespace gb
