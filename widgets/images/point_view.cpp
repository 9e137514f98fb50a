#include "widgets/images/point_view.hpp"

#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QTimer>
#include <QWheelEvent>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <optional>

#include "widgets/images/point_raster.hpp"
#include "widgets/legend.hpp"
#include "widgets/number_text.hpp"
#include "widgets/plot/axis_ticks.hpp"
#include "widgets/theme.hpp"
#include "widgets/threads.hpp"

namespace gb {
namespace {

constexpr int small_pixels = 11;
constexpr double reach_pixels = 9;          // how near the pointer must be to a point
constexpr int rest_ms = 120;                // a pointer that stays so long on a point asks about it
constexpr double lasso_distance = 4;        // pixels between two corners of a lasso
constexpr std::size_t most_vectors = 4000;  // more points are saved as a picture within the file

QString text(const std::string& bytes) {
  return QString::fromStdString(bytes);
}

/// Where things stand, for one size.
struct Plan {
  double legend = 0;
  QRectF plot;
  std::vector<Tick> x_ticks, y_ticks;
};

}  // namespace

struct PointView::Implementation {
  explicit Implementation(PointView* owner) : view(owner) {
    rest.setSingleShot(true);
    rest.setInterval(rest_ms);
    rest.callOnTimeout(view, [this] { askAboutPoint(); });
  }
  ~Implementation() { *cancelled = true; }

  std::size_t count() const { return points && points->xy ? points->xy->size() / 2 : 0; }
  QPointF at(std::size_t i) const { return {(*points->xy)[2 * i], (*points->xy)[2 * i + 1]}; }
  std::int64_t rowOf(std::size_t i) const {
    return points->rows && i < points->rows->size() ? (*points->rows)[i] : static_cast<std::int64_t>(i);
  }
  QString groupName(std::size_t i) const;
  std::vector<LegendEntry> legend() const;
  QRectF extent();
  QRectF shown() const { return zoomed.value_or(whole); }

  void take(std::shared_ptr<const Points> made);
  Plan plan(const QSizeF& size) const;
  QPointF pixel(const QPointF& position, const QRectF& plot) const;
  QPointF position(const QPointF& pixel, const QRectF& plot) const;
  PointPicture picture(const QRectF& plot, double ratio) const;
  void request();
  void arrived(QImage made, const QRectF& view_of_it);
  void paint(QPainter& painter, const QSizeF& size, const QImage& cloud, const QRectF& cloud_view) const;
  void paintAxes(QPainter& painter, const Plan& plan, const QSizeF& size) const;
  void paintCentres(QPainter& painter, const QRectF& plot) const;
  void paintPointer(QPainter& painter, const QRectF& plot, const QSizeF& size) const;

  std::optional<std::size_t> nearest(const QPointF& pixel, double reach) const;
  void select(const std::vector<std::size_t>& chosen, bool add, const QString& description);
  void selectOne(std::optional<std::size_t> point, bool add);
  void finishLasso(bool add);
  void zoomAround(const QPointF& pixel, double factor);
  void panBy(const QPointF& pixels);
  void walk(int dx, int dy);
  /// The point that is pointed at by whatever means.
  std::optional<std::size_t> pointed() const { return hovered ? hovered : view->hasFocus() ? cursor : std::nullopt; }
  void pointChanged();
  void askAboutPoint();
  void paintMarks(QPainter& painter, const QRectF& plot, const QPointF& middle) const;

  PointView* view;
  std::shared_ptr<const Points> points;
  QRectF whole{0, 0, 1, 1};  ///< left and top are the smallest x and y
  SteadySpan steady_x, steady_y;
  std::optional<QRectF> zoomed;
  std::shared_ptr<const std::vector<std::int64_t>> selected;

  std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);
  std::uint64_t job = 0;  ///< the newest one asked for
  bool working = false, asked_again = false;
  QImage cloud;
  QRectF cloud_view;

  std::optional<std::size_t> hovered, cursor;
  QTimer rest;
  std::int64_t asked_row = -1;            ///< told by rowHovered()
  std::vector<std::size_t> behind_point;  ///< the points marked for it
  std::optional<QPointF> pressed;
  std::vector<QPointF> lasso;  ///< pixels
  bool panning = false, space = false;
};

QString PointView::Implementation::groupName(std::size_t i) const {
  if (i >= points->group.size() || points->group[i] < 0) return {};
  const auto group = static_cast<std::size_t>(points->group[i]);
  return group < points->group_names.size() ? text(points->group_names[group]) : QString::number(group);
}

std::vector<LegendEntry> PointView::Implementation::legend() const {
  std::vector<LegendEntry> entries;
  if (points)
    for (std::size_t group = 0; group < points->group_names.size(); ++group)
      entries.push_back(
          {text(points->group_names[group]), {}, seriesColor(static_cast<int>(group)), LegendEntry::Sample::disc});
  return entries;
}

QRectF PointView::Implementation::extent() {
  if (points->region) {
    const Region& region = *points->region;
    if (region.x_max > region.x_min && region.y_max > region.y_min)
      return {region.x_min, region.y_min, region.x_max - region.x_min, region.y_max - region.y_min};
  }
  float left = HUGE_VALF, right = -HUGE_VALF, low = HUGE_VALF, high = -HUGE_VALF;
  const auto widen = [&](const std::vector<float>& xy) {
    for (std::size_t i = 0; i + 1 < xy.size(); i += 2) {
      if (!std::isfinite(xy[i]) || !std::isfinite(xy[i + 1])) continue;
      left = std::min(left, xy[i]);
      right = std::max(right, xy[i]);
      low = std::min(low, xy[i + 1]);
      high = std::max(high, xy[i + 1]);
    }
  };
  widen(*points->xy);
  widen(points->centers);
  // Ellipses are to be seen whole; lines without an end would show nothing else.
  for (const Outline& outline : points->outlines)
    if (outline.xy.size() >= 4 && outline.xy[0] == outline.xy[outline.xy.size() - 2] &&
        outline.xy[1] == outline.xy.back())
      widen(outline.xy);
  if (!(left <= right)) return {0, 0, 1, 1};
  // Clouds that move (an embedding being learnt) must not make the axes tremble.
  const double x_air = 0.05 * (right > left ? right - left : 1), y_air = 0.05 * (high > low ? high - low : 1);
  const Span x = steady_x.follow({left, right}, {left - x_air, right + x_air});
  const Span y = steady_y.follow({low, high}, {low - y_air, high + y_air});
  return {x.low, y.low, x.length(), y.length()};
}

void PointView::Implementation::take(std::shared_ptr<const Points> made) {
  if (!made->xy) return;
  const bool same_cloud =
      points && points->xy == made->xy && static_cast<bool>(points->region) == static_cast<bool>(made->region);
  points = std::move(made);
  if (!same_cloud) {
    whole = extent();
    hovered.reset();
    if (cursor && *cursor >= count()) cursor.reset();
    pointChanged();
  }
  view->setAccessibleDescription(PointView::tr("A cloud of %1 points in %2 groups: %3 against %4.")
                                     .arg(wholeText(static_cast<std::int64_t>(count())))
                                     .arg(points->group_names.size())
                                     .arg(text(points->y_label), text(points->x_label)));
  request();
  view->update();
  emit view->titleChanged();
}

Plan PointView::Implementation::plan(const QSizeF& size) const {
  Plan made;
  const QFontMetricsF metrics(themeFont(small_pixels));
  made.legend = legendHeight(legend(), size.width(), 2);
  const double top = made.legend > 0 ? made.legend + 6 : 2;
  const bool x_title = points && !points->x_label.empty(), y_title = points && !points->y_label.empty();
  const double bottom = size.height() - (x_title ? 34 : 20);
  const QRectF seen = shown();
  made.y_ticks = ticks({seen.top(), seen.bottom()}, std::clamp(static_cast<int>((bottom - top) / 40), 2, 6));
  double label_width = 0;
  for (const auto& tick : made.y_ticks) label_width = std::max(label_width, metrics.horizontalAdvance(tick.text));
  const double left = std::ceil(label_width) + 8 + (y_title ? 16 : 0);
  made.plot = QRectF(left, top, std::max(20.0, size.width() - left - 2), std::max(20.0, bottom - top));
  made.x_ticks = ticks({seen.left(), seen.right()}, std::clamp(static_cast<int>(made.plot.width() / 64), 2, 8));
  return made;
}

QPointF PointView::Implementation::pixel(const QPointF& position, const QRectF& plot) const {
  const QRectF seen = shown();
  return {plot.left() + (position.x() - seen.left()) / seen.width() * plot.width(),
          plot.bottom() - (position.y() - seen.top()) / seen.height() * plot.height()};
}

QPointF PointView::Implementation::position(const QPointF& pixel, const QRectF& plot) const {
  const QRectF seen = shown();
  return {seen.left() + (pixel.x() - plot.left()) / plot.width() * seen.width(),
          seen.top() + (plot.bottom() - pixel.y()) / plot.height() * seen.height()};
}

PointPicture PointView::Implementation::picture(const QRectF& plot, double ratio) const {
  PointPicture made;
  made.points = points;
  made.selected = selected;
  made.view = shown();
  made.size = (plot.size() * ratio).toSize();
  made.radius = pointRadius(count(), plot.size()) * ratio;
  made.scale = ratio;
  made.colors = theme();
  return made;
}

/// Asks for a new picture. One is made at a time; what is asked for meanwhile is made once, afterwards, so that a
/// stream of events shows a stream of pictures and never a queue of them.
void PointView::Implementation::request() {
  ++job;
  if (!points || view->width() < 40 || view->height() < 40) return;
  if (working) {
    asked_again = true;
    return;
  }
  working = true;
  asked_again = false;
  doElsewhere([this, self = QPointer<QObject>(view), stop = cancelled,
               wanted = picture(plan(view->size()).plot, view->devicePixelRatioF())] {
    callOnWindowThread(self, [this, made = rasterise(wanted, *stop), seen = wanted.view] { arrived(made, seen); });
  });
}

void PointView::Implementation::arrived(QImage made, const QRectF& view_of_it) {
  working = false;
  if (!made.isNull()) {
    cloud = std::move(made);
    cloud_view = view_of_it;
    view->update();
  }
  if (asked_again) request();
}

void PointView::Implementation::paintAxes(QPainter& painter, const Plan& plan, const QSizeF& size) const {
  const Theme& colors = theme();
  painter.setFont(themeFont(small_pixels));
  const QFontMetricsF metrics(painter.font());
  painter.setPen(QPen(colors.line, 1));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(plan.plot);
  for (const auto& tick : plan.x_ticks) {
    const double x = pixel({tick.at, 0}, plan.plot).x();
    const double half = metrics.horizontalAdvance(tick.text) / 2 + 1;
    const double middle = std::clamp(x, plan.plot.left(), std::max(half, size.width() - half));
    painter.setPen(QPen(colors.line, 1));
    painter.drawLine(QPointF(x, plan.plot.bottom()), QPointF(x, plan.plot.bottom() + 3));
    painter.setPen(colors.secondary);
    painter.drawText(QRectF(middle - half, plan.plot.bottom() + 4, 2 * half, 14), Qt::AlignCenter, tick.text);
  }
  for (const auto& tick : plan.y_ticks) {
    const double y = pixel({0, tick.at}, plan.plot).y();
    painter.setPen(QPen(colors.line, 1));
    painter.drawLine(QPointF(plan.plot.left() - 3, y), QPointF(plan.plot.left(), y));
    painter.setPen(colors.secondary);
    const double middle = std::clamp(y, plan.plot.top() + 5, plan.plot.bottom() - 5);
    painter.drawText(QRectF(0, middle - 10, plan.plot.left() - 6, 20), Qt::AlignRight | Qt::AlignVCenter, tick.text);
  }
  if (!points->x_label.empty())
    painter.drawText(QRectF(plan.plot.left(), plan.plot.bottom() + 18, plan.plot.width(), 16), Qt::AlignCenter,
                     metrics.elidedText(text(points->x_label), Qt::ElideMiddle, plan.plot.width()));
  if (!points->y_label.empty()) {
    painter.save();
    painter.translate(7, plan.plot.center().y());
    painter.rotate(-90);
    painter.drawText(QRectF(-plan.plot.height() / 2, -8, plan.plot.height(), 16), Qt::AlignCenter,
                     metrics.elidedText(text(points->y_label), Qt::ElideMiddle, plan.plot.height()));
    painter.restore();
  }
}

void PointView::Implementation::paintCentres(QPainter& painter, const QRectF& plot) const {
  for (std::size_t i = 0; i + 1 < points->centers.size(); i += 2) {
    const QPointF centre = pixel({points->centers[i], points->centers[i + 1]}, plot);
    if (!std::isfinite(centre.x()) || !std::isfinite(centre.y()) || !plot.contains(centre)) continue;
    // Dark on a pale halo: seen on every ground and group.
    for (const auto& [color, width, arm] :
         {std::tuple(QColor(255, 255, 255, 220), 6.0, 7.5), std::tuple(QColor("#10151c"), 3.0, 6.0)}) {
      painter.setPen(QPen(color, width, Qt::SolidLine, Qt::RoundCap));
      painter.drawLine(centre - QPointF(arm, 0), centre + QPointF(arm, 0));
      painter.drawLine(centre - QPointF(0, arm), centre + QPointF(0, arm));
    }
  }
}

void PointView::Implementation::paintPointer(QPainter& painter, const QRectF& plot, const QSizeF& size) const {
  const Theme& colors = theme();
  if (lasso.size() > 1) {
    QPainterPath path(lasso.front());
    for (const QPointF& corner : lasso) path.lineTo(corner);
    path.closeSubpath();
    QColor fill = colors.accent;
    fill.setAlphaF(0.12F);
    painter.setBrush(fill);
    painter.setPen(QPen(colors.accent, 1.4, Qt::DashLine));
    painter.drawPath(path);
    painter.setBrush(Qt::NoBrush);
    return;
  }
  const auto point = pointed();
  if (!point || *point >= count()) return;
  const QPointF middle = pixel(at(*point), plot);
  if (!plot.contains(middle)) return;
  paintMarks(painter, plot, middle);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(colors.text, 1.6));
  painter.drawEllipse(middle, 6, 6);
  std::vector<LegendEntry> values;
  if (const QString group = groupName(*point); !group.isEmpty())
    values.push_back({group, {}, seriesColor(points->group[*point]), LegendEntry::Sample::disc});
  const QPointF here = at(*point);
  const QString head =
      PointView::tr("row %1 · %2, %3").arg(wholeText(rowOf(*point)), valueText(here.x()), valueText(here.y()));
  paintValueBox(painter, head, values, middle - QPointF(0, 12), QRectF(QPointF(), size));
}

void PointView::Implementation::paintMarks(QPainter& painter, const QRectF& plot, const QPointF& middle) const {
  painter.save();
  painter.setClipRect(plot);
  painter.setBrush(Qt::NoBrush);
  // On a halo, as they lie over other points and any ground.
  QColor halo = theme().panel;
  halo.setAlphaF(0.8F);
  for (const auto& [color, width] : {std::pair(halo, 4.0), std::pair(theme().accent, 1.8)}) {
    painter.setPen(QPen(color, width));
    for (const std::size_t other : behind_point) {
      const QPointF there = pixel(at(other), plot);
      const QLineF line(middle, there);
      // From ring to ring.
      if (line.length() > 13) painter.drawLine(line.pointAt(6 / line.length()), line.pointAt(1 - 7 / line.length()));
      painter.drawEllipse(there, 7, 7);
    }
  }
  painter.restore();
}

/// Marks belong to the point that was asked about: they go at once, and another one is asked about when it is rested
/// on.
void PointView::Implementation::pointChanged() {
  behind_point.clear();
  rest.stop();
  const auto point = pointed();
  if (point && *point < count()) return rest.start();
  if (asked_row < 0) return;
  asked_row = -1;
  emit view->rowHovered(-1);
}

void PointView::Implementation::askAboutPoint() {
  const auto point = pointed();
  if (!point || *point >= count()) return;
  asked_row = rowOf(*point);
  emit view->rowHovered(asked_row);
}

void PointView::Implementation::paint(QPainter& painter, const QSizeF& size, const QImage& picture_of_it,
                                      const QRectF& seen) const {
  painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing | QPainter::SmoothPixmapTransform);
  if (!points) {
    painter.setFont(themeFont(13));
    painter.setPen(theme().secondary);
    painter.drawText(QRectF(QPointF(), size), Qt::AlignCenter, PointView::tr("Waiting for the first points"));
    return;
  }
  const Plan plan = this->plan(size);
  paintLegend(painter, legend(), QRectF(0, 0, size.width(), plan.legend), 2);
  painter.save();
  painter.setClipRect(plan.plot);
  if (!picture_of_it.isNull()) {
    // While a new picture is being made the old one is shown where its part of the plane now lies.
    if (seen == shown()) painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(QRectF(pixel(seen.bottomLeft(), plan.plot), pixel(seen.topRight(), plan.plot)), picture_of_it);
  }
  painter.restore();
  paintAxes(painter, plan, size);
  painter.save();
  painter.setClipRect(plan.plot);
  paintCentres(painter, plan.plot);
  painter.restore();
}

std::optional<std::size_t> PointView::Implementation::nearest(const QPointF& where, double reach) const {
  if (count() == 0) return {};
  const QRectF plot = plan(view->size()).plot;
  const QRectF seen = shown();
  // In pixels, without a call for each point: this runs with every move of the pointer.
  const double sx = plot.width() / seen.width(), sy = plot.height() / seen.height();
  const double x = (where.x() - plot.left()) / sx + seen.left(), y = (plot.bottom() - where.y()) / sy + seen.top();
  const std::vector<float>& xy = *points->xy;
  double best = reach * reach;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < count(); ++i) {
    const double dx = (xy[2 * i] - x) * sx, dy = (xy[2 * i + 1] - y) * sy;
    const double distance = dx * dx + dy * dy;
    if (distance < best) {
      best = distance;
      found = i;
    }
  }
  return found;
}

void PointView::Implementation::select(const std::vector<std::size_t>& chosen, bool add, const QString& description) {
  std::vector<std::int64_t> rows;
  if (add && selected) rows = *selected;
  for (const std::size_t point : chosen) rows.push_back(rowOf(point));
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  selected = rows.empty() ? nullptr : std::make_shared<const std::vector<std::int64_t>>(rows);
  request();
  view->update();
  emit view->rowsSelected(rows,
                          rows.empty() ? QString()
                          : rows.size() == 1 || !add
                              ? description
                              : PointView::tr("%1 points").arg(wholeText(static_cast<std::int64_t>(rows.size()))));
}

void PointView::Implementation::selectOne(std::optional<std::size_t> point, bool add) {
  if (!point) {
    if (!add) select({}, false, {});
    return;
  }
  QString description = PointView::tr("row %1").arg(wholeText(rowOf(*point)));
  if (const QString group = groupName(*point); !group.isEmpty()) description += QStringLiteral(" · ") + group;
  select({*point}, add, description);
}

void PointView::Implementation::finishLasso(bool add) {
  const QRectF plot = plan(view->size()).plot;
  std::vector<QPointF> polygon;
  for (const QPointF& corner : lasso) polygon.push_back(position(corner, plot));
  lasso.clear();
  const auto inside = pointsInside(*points->xy, polygon);
  select(inside, add, PointView::tr("%1 points in the lasso").arg(wholeText(static_cast<std::int64_t>(inside.size()))));
}

void PointView::Implementation::zoomAround(const QPointF& where, double factor) {
  if (!points) return;
  const QRectF seen = shown();
  const QPointF fixed = position(where, plan(view->size()).plot);
  const double width = seen.width() * factor, height = seen.height() * factor;
  if (width >= whole.width() && height >= whole.height()) return view->resetZoom();
  if (width < whole.width() * 1e-4) return;
  zoomed = QRectF(fixed.x() - (fixed.x() - seen.left()) * factor, fixed.y() - (fixed.y() - seen.top()) * factor, width,
                  height);
  request();
  view->update();
}

void PointView::Implementation::panBy(const QPointF& pixels) {
  const QRectF seen = shown(), plot = plan(view->size()).plot;
  zoomed = seen.translated(-pixels.x() / plot.width() * seen.width(), pixels.y() / plot.height() * seen.height());
  request();
  view->update();
}

/// To the nearest point within 45 degrees of a direction; dy counts upwards.
void PointView::Implementation::walk(int dx, int dy) {
  if (count() == 0) return;
  const QRectF plot = plan(view->size()).plot;
  if (!cursor) {
    cursor = nearest(plot.center(), 1e9);
  } else {
    const QPointF from = pixel(at(*cursor), plot);
    double best = HUGE_VAL;
    std::optional<std::size_t> next;
    for (std::size_t i = 0; i < count(); ++i) {
      const QPointF offset = pixel(at(i), plot) - from;
      const double ahead = offset.x() * dx - offset.y() * dy;
      const double aside = std::abs(dx ? offset.y() : offset.x());
      if (ahead < 0.5 || aside > ahead) continue;
      const double distance = ahead + aside;
      if (distance < best) {
        best = distance;
        next = i;
      }
    }
    if (next) cursor = next;
  }
  hovered.reset();
  if (cursor)
    view->setAccessibleDescription(PointView::tr("Row %1 at %2, %3 %4")
                                       .arg(wholeText(rowOf(*cursor)), valueText(at(*cursor).x()),
                                            valueText(at(*cursor).y()), groupName(*cursor)));
  pointChanged();
  view->update();
}

PointView::PointView(QWidget* parent) : View(parent), implementation_(std::make_unique<Implementation>(this)) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setAccessibleName(title());
  setAccessibleDescription(tr("A cloud of points; no values yet."));
}

PointView::~PointView() = default;

QString PointView::title() const {
  return implementation_->points ? text(implementation_->points->title) : tr("Points");
}

QString PointView::subtitle() const {
  if (!implementation_->points) return {};
  return tr("%1 points").arg(wholeText(static_cast<std::int64_t>(implementation_->count())));
}

void PointView::show(const Event& event) {
  const auto* points = std::get_if<std::shared_ptr<const Points>>(&event);
  if (points && *points) implementation_->take(*points);
}

void PointView::highlightRows(const std::vector<std::int64_t>& rows) {
  auto& self = *implementation_;
  std::vector<std::int64_t> sorted = rows;
  std::sort(sorted.begin(), sorted.end());
  if (self.selected ? sorted == *self.selected : sorted.empty()) return;
  self.selected = sorted.empty() ? nullptr : std::make_shared<const std::vector<std::int64_t>>(std::move(sorted));
  self.request();
}

void PointView::markRows(std::int64_t row, const std::vector<std::int64_t>& rows) {
  auto& self = *implementation_;
  const auto point = self.pointed();
  if (self.behind_point.empty() && rows.empty()) return;
  self.behind_point.clear();
  if (point && *point < self.count() && self.rowOf(*point) == row && !rows.empty()) {
    std::vector<std::int64_t> wanted = rows;
    std::sort(wanted.begin(), wanted.end());
    for (std::size_t i = 0; i < self.count(); ++i)
      if (std::binary_search(wanted.begin(), wanted.end(), self.rowOf(i))) self.behind_point.push_back(i);
  }
  update();
}

View::Numbers PointView::numbers() const {
  const auto& self = *implementation_;
  Numbers all;
  if (!self.points) return all;
  const auto named = [](const std::string& label, const char* otherwise) {
    return label.empty() ? QString(otherwise) : text(label);
  };
  all.columns = {"row", named(self.points->x_label, "x"), named(self.points->y_label, "y"), "group"};
  all.rows.reserve(self.count());
  for (std::size_t i = 0; i < self.count(); ++i)
    all.rows.push_back(
        {QString::number(self.rowOf(i)), exactText(self.at(i).x()), exactText(self.at(i).y()), self.groupName(i)});
  return all;
}

void PointView::paintTo(QPainter& painter, const QRectF& area) {
  auto& self = *implementation_;
  painter.save();
  painter.translate(area.topLeft());
  QImage cloud;
  const bool vectors = self.count() <= most_vectors;
  const QRectF plot = self.points ? self.plan(area.size()).plot : QRectF();
  if (self.points) {
    PointPicture picture = self.picture(plot, 3);
    if (vectors) {  // the region alone; points stay sharp at every size
      auto bare = std::make_shared<Points>(*self.points);
      bare->xy = nullptr;
      picture.points = bare;
    }
    cloud = rasterise(picture, std::atomic<bool>(false));
  }
  self.paint(painter, area.size(), cloud, self.shown());
  if (self.points && vectors) {
    const double radius = pointRadius(self.count(), plot.size());
    const auto member = selectedPoints(*self.points, self.selected ? *self.selected : std::vector<std::int64_t>());
    painter.setClipRect(plot);
    for (std::size_t i = 0; i < self.count(); ++i) {
      const QPointF middle = self.pixel(self.at(i), plot);
      if (!plot.contains(middle)) continue;
      const std::int32_t group = i < self.points->group.size() ? self.points->group[i] : -1;
      QColor color = group < 0 ? theme().secondary : seriesColor(group);
      color.setAlphaF(self.selected && !member[i] ? 0.3F : 0.85F);
      painter.setPen(self.selected && member[i] ? QPen(theme().text, 1) : QPen(Qt::NoPen));
      painter.setBrush(color);
      painter.drawEllipse(middle, radius, radius);
      if (i >= self.points->marked.size() || !self.points->marked[i]) continue;
      painter.setBrush(Qt::NoBrush);
      painter.setPen(QPen(theme().text, markWidth(radius)));
      painter.drawEllipse(middle, markRadius(radius), markRadius(radius));
    }
    paintOutlines(
        painter, *self.points, [&](const QPointF& at) { return self.pixel(at, plot); }, plot, 1, theme());
    self.paintCentres(painter, plot);
  }
  painter.restore();
}

QSize PointView::sizeHint() const {
  return {420, 300};
}
QSize PointView::minimumSizeHint() const {
  return {220, 180};
}

QPointF PointView::pixelOf(const QPointF& position) const {
  return implementation_->pixel(position, implementation_->plan(size()).plot);
}

void PointView::resetZoom() {
  implementation_->zoomed.reset();
  implementation_->request();
  update();
}

void PointView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  implementation_->paint(painter, size(), implementation_->cloud, implementation_->cloud_view);
  if (implementation_->points) implementation_->paintPointer(painter, implementation_->plan(size()).plot, size());
}

void PointView::resizeEvent(QResizeEvent* event) {
  View::resizeEvent(event);
  implementation_->request();
}

void PointView::mousePressEvent(QMouseEvent* event) {
  auto& self = *implementation_;
  if (!self.points) return;
  self.pressed = event->position();
  self.panning = event->button() == Qt::MiddleButton || (event->button() == Qt::LeftButton && self.space);
  if (self.panning) setCursor(Qt::ClosedHandCursor);
  self.lasso.clear();
}

void PointView::mouseMoveEvent(QMouseEvent* event) {
  auto& self = *implementation_;
  if (!self.points) return;
  const QPointF at = event->position();
  if (self.panning && self.pressed) {
    self.panBy(at - *self.pressed);
    self.pressed = at;
  } else if (self.pressed && event->buttons().testFlag(Qt::LeftButton)) {
    const QPointF last = self.lasso.empty() ? *self.pressed : self.lasso.back();
    if (QLineF(last, at).length() < lasso_distance) return;
    if (self.lasso.empty()) self.lasso.push_back(*self.pressed);
    self.lasso.push_back(at);
    update();
  } else {
    const auto near = self.nearest(at, reach_pixels);
    if (near == self.hovered) return;
    self.hovered = near;
    self.pointChanged();
    update();
  }
}

void PointView::mouseReleaseEvent(QMouseEvent* event) {
  auto& self = *implementation_;
  const bool add = event->modifiers().testFlag(Qt::ShiftModifier);
  const bool panned = std::exchange(self.panning, false);
  const auto pressed = std::exchange(self.pressed, std::nullopt);
  if (panned || !pressed || !self.points) {
    setCursor(self.space ? Qt::OpenHandCursor : Qt::ArrowCursor);
    return;
  }
  if (event->button() != Qt::LeftButton) return;
  if (self.lasso.size() > 2)
    self.finishLasso(add);
  else
    self.selectOne(self.nearest(event->position(), reach_pixels), add);
  self.lasso.clear();
  update();
}

void PointView::mouseDoubleClickEvent(QMouseEvent*) {
  resetZoom();
}

void PointView::leaveEvent(QEvent*) {
  implementation_->hovered.reset();
  implementation_->pointChanged();
  update();
}

void PointView::wheelEvent(QWheelEvent* event) {
  implementation_->zoomAround(event->position(), std::pow(0.8, event->angleDelta().y() / 120.0));
  event->accept();
}

void PointView::keyPressEvent(QKeyEvent* event) {
  auto& self = *implementation_;
  const bool add = event->modifiers().testFlag(Qt::ShiftModifier);
  switch (event->key()) {
    case Qt::Key_Left:
      return self.walk(-1, 0);
    case Qt::Key_Right:
      return self.walk(1, 0);
    case Qt::Key_Up:
      return self.walk(0, 1);
    case Qt::Key_Down:
      return self.walk(0, -1);
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (self.cursor) self.selectOne(self.cursor, add);
      return;
    case Qt::Key_Escape:
      if (self.selected) return self.select({}, false, {});
      return View::keyPressEvent(event);
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      return self.zoomAround(QRectF(rect()).center(), 0.8);
    case Qt::Key_Minus:
      return self.zoomAround(QRectF(rect()).center(), 1.25);
    case Qt::Key_Home:
    case Qt::Key_0:
      return resetZoom();
    case Qt::Key_Space:
      self.space = true;
      setCursor(Qt::OpenHandCursor);
      return;
    default:
      View::keyPressEvent(event);
  }
}

void PointView::keyReleaseEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Space && !event->isAutoRepeat()) {
    implementation_->space = false;
    setCursor(Qt::ArrowCursor);
  }
  View::keyReleaseEvent(event);
}

void PointView::changeEvent(QEvent* event) {
  View::changeEvent(event);
  if (!implementation_) return;
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) {
    implementation_->request();
    update();
  }
  if (event->type() == QEvent::LanguageChange) emit titleChanged();
}

}  // namespace gb
