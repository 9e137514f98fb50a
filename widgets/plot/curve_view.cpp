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
#include <map>
#include <optional>

#include "widgets/number_text.hpp"
#include "widgets/plot/curve_frame.hpp"
#include "widgets/series_name.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr int redraw_ms = 33;         // at most 30 times a second
constexpr int describe_ms = 1000;     // screen readers need no more
constexpr double mark_distance = 48;  // pixels between the marks of a pale series
constexpr double line_width = 1.8;
constexpr std::size_t dense_points = 200;
constexpr int most_points = 24'000;  // of all curves together: what the screen takes without a stutter
constexpr int least_columns = 48;

/// "Loss" and "loss", "F1 macro" and "f1_macro" are the same curve.
QString plainName(QString name) {
  return name.toLower().replace(' ', '_').replace('-', '_');
}

/// What the chart holds of one curve.
struct Drawn {
  std::vector<QLineSeries*> lines;  ///< owned by the chart; those not needed are hidden
  std::vector<QPointF> marks;       ///< step and axis value
};

}  // namespace

struct CurveView::Implementation {
  class Canvas;

  Implementation(CurveView* owner, QString named);

  void changed();
  void redraw();
  void describe();
  void feed(const CurveFrame& shown);
  void feedOne(const Curve& curve, const CurveFrame& shown);
  void place(const CurveFrame& shown);
  void paintAbove(QPainter& painter, const CurveFrame& shown) const;
  void remove(Curve* curve);

  void hover(std::optional<std::int64_t> step);
  void moveHover(int direction);
  void zoomAround(double step, double factor);
  void zoomTo(const Span& wanted);

  CurveView* view;
  QString name;
  CurveSet curves;
  CurveLayout layout;
  CurveFrame frame;
  std::map<const Curve*, Drawn> drawn;
  QChart* chart = nullptr;
  QValueAxis* x_axis = nullptr;
  QValueAxis* y_axis = nullptr;
  Canvas* canvas = nullptr;
  QTimer timer;
  QElapsedTimer since_redraw;
  QElapsedTimer since_description;
  std::int64_t marker = -1;
  std::optional<std::int64_t> hovered;
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
  void drawBackground(QPainter* painter, const QRectF&) override { owner_->frame.paintBelow(*painter, owner_->curves); }
  void drawForeground(QPainter* painter, const QRectF&) override { owner_->paintAbove(*painter, owner_->frame); }

  void wheelEvent(QWheelEvent* event) override {
    const double turns = event->angleDelta().y() / 120.0;
    if (!owner_->frame.plot.isEmpty())
      owner_->zoomAround(owner_->frame.stepAt(event->position().x()), std::pow(0.8, turns));
    event->accept();
  }

  void mousePressEvent(QMouseEvent* event) override {
    owner_->view->setFocus(Qt::MouseFocusReason);
    if (event->button() == Qt::LeftButton) dragged_from_ = event->position().x();
  }

  void mouseMoveEvent(QMouseEvent* event) override {
    const double x = event->position().x();
    const CurveFrame& frame = owner_->frame;
    if (dragged_from_ && owner_->layout.zoomed() && event->buttons().testFlag(Qt::LeftButton)) {
      const double steps = frame.stepAt(*dragged_from_) - frame.stepAt(x);
      dragged_from_ = x;
      owner_->zoomTo({frame.x.low + steps, frame.x.high + steps});
    } else if (frame.plot.adjusted(-4, -4, 4, 4).contains(event->position())) {
      owner_->hover(owner_->curves.nearestStep(frame.stepAt(x)));
    } else {
      owner_->hover(std::nullopt);
    }
  }

  void mouseReleaseEvent(QMouseEvent*) override { dragged_from_.reset(); }
  void mouseDoubleClickEvent(QMouseEvent*) override { owner_->view->resetZoom(); }
  void leaveEvent(QEvent*) override { owner_->hover(std::nullopt); }

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
  auto* box = new QVBoxLayout(view);
  box->setContentsMargins({});
  box->addWidget(canvas);
  timer.setSingleShot(true);
  QObject::connect(&timer, &QTimer::timeout, view, [this] { redraw(); });
  since_redraw.start();
}

void CurveView::Implementation::changed() {
  if (timer.isActive()) return;
  timer.start(static_cast<int>(std::clamp<qint64>(redraw_ms - since_redraw.elapsed(), 0, redraw_ms)));
}

void CurveView::Implementation::redraw() {
  timer.stop();
  since_redraw.restart();
  if (!view->isVisible()) return;
  frame = layout.frame(curves, canvas->size());
  feed(frame);
  place(frame);
  canvas->viewport()->update();
  if (!since_description.isValid() || since_description.elapsed() > describe_ms) describe();
}

void CurveView::Implementation::describe() {
  since_description.restart();
  QStringList parts;
  for (const auto& curve : curves) {
    const CurveLevels& known = curve->raw();
    if (!known.empty())
      parts << CurveView::tr("%1 %2 at step %3")
                   .arg(curve->label, valueText(known.value(known.size() - 1)),
                        wholeText(known.step(known.size() - 1)));
  }
  view->setAccessibleDescription(parts.isEmpty() ? CurveView::tr("Curves over steps; no values yet.")
                                                 : CurveView::tr("Curves over steps: %1.").arg(parts.join("; ")));
}

void CurveView::Implementation::feed(const CurveFrame& shown) {
  for (const auto& curve : curves) feedOne(*curve, shown);
}

void CurveView::Implementation::feedOne(const Curve& curve, const CurveFrame& shown) {
  const int width = std::max(1, static_cast<int>(shown.plot.width()));
  const int share = most_points / 2 / std::max(1, static_cast<int>(curves.size()));
  const int columns = std::min(width, std::max(share, least_columns));
  std::vector<std::vector<QPointF>> lines;
  if (!shown.plot.isEmpty())
    lines = curve.drawn().lines(shown.x.low, shown.x.high, columns, curves.logScale(), shown.log_steps);
  Drawn& held = drawn[&curve];
  held.marks.clear();
  QPen pen(seriesColor(curve.color), line_width);
  pen.setJoinStyle(Qt::RoundJoin);
  // Round ends are what is seen of a corner where points lie apart; Qt strokes them a hundred times slower.
  std::size_t count = 0;
  for (const auto& line : lines) count += line.size();
  const Qt::PenCapStyle cap = count < dense_points ? Qt::RoundCap : Qt::SquareCap;
  const auto dashes = dashPattern(curve.sample());
  pen.setCapStyle(dashes.isEmpty() ? cap : Qt::FlatCap);
  if (!dashes.isEmpty()) pen.setDashPattern(dashes);
  double last_mark = -mark_distance;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    QList<QPointF> points;
    points.reserve(static_cast<qsizetype>(lines[i].size()) + 1);
    for (const QPointF& point : lines[i]) {
      points.emplace_back(shown.axisX(point.x()), curves.axisValue(point.y()));
      if (curve.marked() && shown.pixelX(point.x()) - last_mark >= mark_distance) {
        held.marks.emplace_back(point.x(), points.back().y());
        last_mark = shown.pixelX(point.x());
      }
    }
    // A value alone between two gaps is seen as a dot.
    const QPointF half_pixel(shown.axisSpan().length() / width, 0);
    if (points.size() == 1) points = {points[0] - half_pixel, points[0] + half_pixel};
    if (i == held.lines.size()) {
      auto* line = new QLineSeries;
      chart->addSeries(line);
      line->attachAxis(x_axis);
      line->attachAxis(y_axis);
      held.lines.push_back(line);
    }
    held.lines[i]->setPen(pen);
    held.lines[i]->replace(points);
    held.lines[i]->setVisible(true);
  }
  for (std::size_t i = lines.size(); i < held.lines.size(); ++i) {
    held.lines[i]->replace(QList<QPointF>());
    held.lines[i]->setVisible(false);
  }
}

void CurveView::Implementation::place(const CurveFrame& shown) {
  if (shown.plot.isEmpty()) return;
  // Two pixels of air above and below, so that a line along the edge keeps its width.
  const double air = shown.y.length() / shown.plot.height() * 2;
  chart->resize(shown.size);
  chart->setPlotArea(shown.plot.adjusted(0, -2, 0, 2));
  x_axis->setRange(shown.axisSpan().low, shown.axisSpan().high);
  y_axis->setRange(shown.y.low - air, shown.y.high + air);
}

void CurveView::Implementation::paintAbove(QPainter& painter, const CurveFrame& shown) const {
  if (shown.plot.isEmpty()) return;
  for (const auto& [curve, held] : drawn)
    for (const QPointF& mark : held.marks)
      paintMark(painter, seriesColor(curve->color), {shown.pixelX(mark.x()), shown.pixelY(mark.y())});
  if (marker >= 0) shown.paintMarker(painter, marker);
  if (hovered) shown.paintValues(painter, curves, *hovered);
}

void CurveView::Implementation::remove(Curve* curve) {
  for (QLineSeries* line : drawn[curve].lines) {
    chart->removeSeries(line);
    delete line;
  }
  drawn.erase(curve);
  curves.remove(curve);
  layout.forget();
}

void CurveView::Implementation::hover(std::optional<std::int64_t> step) {
  if (step == hovered) return;
  hovered = step;
  canvas->viewport()->update();
}

void CurveView::Implementation::moveHover(int direction) {
  // One pixel a key press where steps lie denser than that.
  const double pixel = frame.plot.width() > 0 && !frame.log_steps ? frame.x.length() / frame.plot.width() : 1;
  const auto next = hovered ? curves.neighbour(*hovered, direction, pixel)
                            : curves.nearestStep(direction > 0 ? frame.x.low : frame.x.high);
  if (!next) return;
  hover(next);
  QStringList values;
  for (const auto& entry : curves.valuesAt(*next)) values << entry.label + ' ' + entry.value;
  view->setAccessibleDescription(CurveView::tr("Step %1: %2.").arg(wholeText(*next), values.join("; ")));
}

void CurveView::Implementation::zoomAround(double step, double factor) {
  const Span now = frame.x;
  zoomTo({step - (step - now.low) * factor, step + (now.high - step) * factor});
}

void CurveView::Implementation::zoomTo(const Span& wanted) {
  layout.zoom(wanted);
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
  Curve* known = self.curves.find(key);
  Curve& curve = known ? *known : self.curves.add(key);
  curve.label = label;
  curve.color = std::max(color, 0);
  curve.dashed = dashed;
  self.changed();
}

void CurveView::append(const QString& key, std::int64_t step, double value) {
  auto& self = *implementation_;
  Curve* curve = self.curves.find(key);
  if (!curve) return;
  curve->push(step, value, self.curves.smoothing());
  self.changed();
}

void CurveView::setSeries(const QString& key, std::vector<std::int64_t> steps, std::vector<double> values) {
  auto& self = *implementation_;
  Curve* curve = self.curves.find(key);
  if (!curve) return;
  curve->assign(steps, values, self.curves.smoothing());
  self.changed();
}

void CurveView::removeSeries(const QString& key) {
  auto& self = *implementation_;
  if (Curve* curve = self.curves.find(key)) self.remove(curve);
  self.changed();
}

void CurveView::clear() {
  auto& self = *implementation_;
  while (self.curves.size() > 0) self.remove(self.curves.begin()->get());
  self.layout.showAll();
  self.hovered.reset();
  self.marker = -1;
  self.since_description.invalidate();
  self.changed();
}

void CurveView::setMarker(std::int64_t step) {
  if (implementation_->marker == step) return;
  implementation_->marker = step;
  implementation_->canvas->viewport()->update();
}

void CurveView::setLogScale(bool on) {
  auto& self = *implementation_;
  if (self.curves.logScale() == on) return;
  self.curves.setLogScale(on);
  self.layout.forgetValues();
  self.changed();
  emit titleChanged();
}

void CurveView::setLogSteps(bool on) {
  auto& self = *implementation_;
  if (self.curves.logSteps() == on) return;
  self.curves.setLogSteps(on);
  self.layout.showAll();
  self.layout.forget();
  self.changed();
  emit titleChanged();
}

void CurveView::setSmoothing(double weight) {
  auto& self = *implementation_;
  weight = std::isfinite(weight) ? std::clamp(weight, 0.0, 0.99) : 0.0;
  if (self.curves.smoothing() == weight) return;
  self.curves.setSmoothing(weight);
  self.layout.forgetValues();
  self.changed();
  emit titleChanged();
}

QString CurveView::title() const {
  QString shown = implementation_->name;
  shown.replace('_', ' ').replace('-', ' ');
  if (!shown.isEmpty()) shown[0] = shown[0].toUpper();
  return QCoreApplication::translate("core", shown.toUtf8().constData());
}

QString CurveView::subtitle() const {
  const CurveSet& curves = implementation_->curves;
  QStringList parts;
  if (curves.logScale()) parts << tr("log");
  if (curves.logSteps()) parts << tr("log steps");
  if (curves.smoothing() > 0) parts << tr("smooth %1").arg(exactText(curves.smoothing()));
  return parts.join(QStringLiteral(" · "));
}

void CurveView::show(const Event& event) {
  auto& self = *implementation_;
  const auto* scalar = std::get_if<Scalar>(&event);
  if (!scalar) return;
  const QString series = QString::fromStdString(scalar->series);
  if (plainName(QString::fromStdString(seriesName(scalar->series).plot)) != plainName(self.name)) return;
  self.curves.findOrAdd(series).push(scalar->step, scalar->value, self.curves.smoothing());
  self.changed();
}

void CurveView::eachLine(const std::function<void(const QStringList&)>& take) const {
  QStringList line = {"step"};
  std::vector<const CurveLevels*> curves;
  for (const auto& curve : implementation_->curves) {
    line << curve->label;
    curves.push_back(&curve->raw());
  }
  take(line);
  // All curves side by side, by step: each has its own steps.
  std::vector<std::size_t> next(curves.size(), 0);
  for (;;) {
    std::optional<std::int64_t> step;
    for (std::size_t i = 0; i < curves.size(); ++i)
      if (next[i] < curves[i]->size() && (!step || curves[i]->step(next[i]) < *step)) step = curves[i]->step(next[i]);
    if (!step) return;
    line = QStringList{QString::number(*step)};
    for (std::size_t i = 0; i < curves.size(); ++i) {
      const bool here = next[i] < curves[i]->size() && curves[i]->step(next[i]) == *step;
      line << (here ? exactText(curves[i]->value(next[i]++)) : QString());
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
  const CurveFrame paper = self.layout.frame(self.curves, area.size());
  self.feed(paper);
  self.place(paper);
  painter.save();
  painter.translate(area.topLeft());
  painter.setRenderHint(QPainter::Antialiasing);
  paper.paintBelow(painter, self.curves);
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
  if (!(to > from) || !self.curves.steps()) return;
  self.layout.frame(self.curves, self.canvas->size());  // so that it knows what there is to zoom in on
  self.zoomTo({from, to});
}

void CurveView::resetZoom() {
  implementation_->layout.showAll();
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

void CurveView::focusOutEvent(QFocusEvent* event) {
  View::focusOutEvent(event);
  implementation_->hover(std::nullopt);
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
