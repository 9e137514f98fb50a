#include "widgets/plot/parallel_view.hpp"

#include <QFontMetricsF>
#include <QImage>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPointer>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <utility>

#include "widgets/legend.hpp"
#include "widgets/number_text.hpp"
#include "widgets/theme.hpp"
#include "widgets/threads.hpp"

namespace gb {
namespace {

constexpr int small_pixels = 11;
constexpr double names_above = 26;          // the columns' names
constexpr double scale_below = 26;          // what the colours mean
constexpr double none_below = 24;           // where lines without a value pass
constexpr double grip = 11;                 // pixels beside an axis that still are it
constexpr double edge = 6;                  // pixels beside the end of a stretch that still are it
constexpr double reach = 9;                 // how near the pointer must be to a line
constexpr double least_brush = 0.004;       // shorter ones were clicks
constexpr double key_step = 0.05;           // of an axis, a key press
constexpr std::size_t most_vectors = 2000;  // more lines are saved as a picture within the file

using Positions = std::vector<float>;  ///< items x columns

/// Where things stand, for one size.
struct Plan {
  QRectF plot;
  std::vector<double> x;
  bool none = false;  ///< some line has no value somewhere

  double pixelY(double position) const {
    return std::isfinite(position) ? plot.bottom() - position * plot.height() : plot.bottom() + none_below - 6;
  }
  double positionAt(double pixel) const {
    return std::clamp((plot.bottom() - pixel) / std::max(plot.height(), 1.0), 0.0, 1.0);
  }
};

/// What is needed to draw the lines, for any thread.
struct Lines {
  std::shared_ptr<const Positions> positions;
  std::vector<QRgb> colors;
  std::vector<char> kept;
  QRgb faint = 0;
  Plan plan;

  QPolygonF polygon(std::size_t item) const {
    QPolygonF line;
    const std::size_t columns = plan.x.size();
    for (std::size_t i = 0; i < columns; ++i) line << QPointF(plan.x[i], plan.pixelY((*positions)[item * columns + i]));
    return line;
  }
  /// False when it was called off.
  bool paint(QPainter& painter, const std::atomic<bool>* cancelled) const {
    const auto shown = static_cast<double>(std::count(kept.begin(), kept.end(), 1));
    const int strength = static_cast<int>(std::clamp(1400 / std::sqrt(shown + 1), 60.0, 230.0));
    for (const bool above : {false, true})
      for (std::size_t item = 0; item < kept.size(); ++item) {
        if ((kept[item] != 0) != above) continue;
        if (cancelled && item % 64 == 0 && *cancelled) return false;
        QColor color = QColor::fromRgb(above ? colors[item] : faint);
        color.setAlpha(above ? strength : 70);
        painter.setPen(QPen(color, above ? 1.5 : 1));
        painter.drawPolyline(polygon(item));
      }
    return true;
  }
};

}  // namespace

struct ParallelView::Implementation {
  explicit Implementation(ParallelView* owner) : view(owner) {}
  ~Implementation() { *cancelled = true; }

  Plan plan(const QSizeF& size) const;
  Lines lines(const Plan& plan) const;
  std::vector<char> mask() const;
  void changed();
  void draw();
  void describe();
  void paintAxes(QPainter& painter, const Plan& plan, bool for_screen) const;
  void paintScale(QPainter& painter, const QSizeF& size) const;
  void paintPointed(QPainter& painter, const Plan& plan, const QSizeF& size) const;
  std::optional<int> axisAt(const QPointF& pixel) const;
  int nearest(const QPointF& pixel) const;
  void setBrush(int column, const std::optional<Span>& brush);
  void moveBrush(double low_by, double high_by);
  void walk(int direction);
  QString brushText(int column) const;

  ParallelView* view;
  ItemTable items;
  std::vector<ValueAxis> axes;
  std::shared_ptr<const Positions> positions = std::make_shared<Positions>();
  std::vector<std::optional<Span>> brushes;
  int color_column = -1;

  QImage picture;
  Plan picture_plan;
  bool working = false, asked_again = false;
  std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);

  enum class Drag { none, make, move, low, high };
  Drag drag = Drag::none;
  int dragged = -1;         ///< column
  double dragged_from = 0;  ///< position
  Span dragged_span;        ///< as it was
  int pointed = -1;         ///< item
  int axis = 0;             ///< the keyboard's
};

Plan ParallelView::Implementation::plan(const QSizeF& size) const {
  Plan made;
  const auto columns = axes.size();
  made.none = std::any_of(positions->begin(), positions->end(), [](float at) { return !std::isfinite(at); });
  const double below = scale_below + (made.none ? none_below : 8);
  const double side = 58;
  made.plot = QRectF(side, names_above, std::max(size.width() - side - 40, 10.0),
                     std::max(size.height() - names_above - below, 10.0));
  for (std::size_t i = 0; i < columns; ++i)
    made.x.push_back(made.plot.left() +
                     made.plot.width() *
                         (columns > 1 ? static_cast<double>(i) / static_cast<double>(columns - 1) : 0.5));
  return made;
}

std::vector<char> ParallelView::Implementation::mask() const {
  std::vector<char> kept(items.size(), 1);
  for (std::size_t column = 0; column < brushes.size(); ++column) {
    if (!brushes[column]) continue;
    const Span span = *brushes[column];
    for (std::size_t item = 0; item < kept.size(); ++item) {
      const double at = (*positions)[item * axes.size() + column];
      // A hair of tolerance: a stretch up to the end of an axis holds the value there.
      if (!(at >= span.low - 1e-6 && at <= span.high + 1e-6)) kept[item] = 0;
    }
  }
  return kept;
}

Lines ParallelView::Implementation::lines(const Plan& where) const {
  Lines made{positions, {}, mask(), blended(theme().panel, theme().secondary, 0.35).rgb(), where};
  made.colors.reserve(items.size());
  const QColor grey = blended(theme().panel, theme().secondary, 0.7);
  const auto column = static_cast<std::size_t>(std::max(color_column, 0));
  for (std::size_t item = 0; item < items.size(); ++item) {
    if (color_column < 0 || column >= axes.size()) {
      made.colors.push_back(seriesColor(item < items.colors.size() ? items.colors[item] : 0).rgb());
      continue;
    }
    const double at = (*positions)[item * axes.size() + column];
    made.colors.push_back((std::isfinite(at) ? viridis(at) : grey).rgb());
  }
  return made;
}

void ParallelView::Implementation::changed() {
  draw();
  describe();
  view->update();
  emit view->titleChanged();
}

void ParallelView::Implementation::draw() {
  if (working) {
    asked_again = true;
    *cancelled = true;
    return;
  }
  if (view->size().isEmpty() || items.size() == 0 || axes.empty()) {
    picture = {};
    return;
  }
  working = true;
  cancelled = std::make_shared<std::atomic<bool>>(false);
  auto job = std::make_shared<std::pair<Lines, QImage>>(lines(plan(view->size())), QImage());
  const double ratio = view->devicePixelRatioF();
  doElsewhere([this, job, ratio, size = view->size(), stop = cancelled, self = QPointer<QObject>(view)] {
    QImage image(size * ratio, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(ratio);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool whole = job->first.paint(painter, stop.get());
    painter.end();
    if (whole) job->second = std::move(image);
    callOnWindowThread(self, [this, job] {
      working = false;
      if (!job->second.isNull()) {
        picture = std::move(job->second);
        picture_plan = job->first.plan;
      }
      if (std::exchange(asked_again, false)) draw();
      view->update();
    });
  });
}

QString ParallelView::Implementation::brushText(int column) const {
  const auto at = static_cast<std::size_t>(column);
  if (!brushes[at]) return {};
  return ParallelView::tr("from %1 to %2").arg(axes[at].textAt(brushes[at]->low), axes[at].textAt(brushes[at]->high));
}

void ParallelView::Implementation::describe() {
  QStringList parts{ParallelView::tr("%1 of %2 kept")
                        .arg(wholeText(static_cast<std::int64_t>(view->kept().size())),
                             wholeText(static_cast<std::int64_t>(items.size())))};
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (brushes[i]) parts << items.columns[i].name + QLatin1Char(' ') + brushText(static_cast<int>(i));
  if (view->hasFocus() && axis < static_cast<int>(axes.size()))
    parts << ParallelView::tr("axis %1").arg(items.columns[static_cast<std::size_t>(axis)].name);
  view->setAccessibleDescription(parts.join(QStringLiteral("; ")));
}

void ParallelView::Implementation::paintAxes(QPainter& painter, const Plan& where, bool for_screen) const {
  const Theme& colors = theme();
  const double spacing = where.x.size() > 1 ? where.x[1] - where.x[0] : where.plot.width();
  QColor ground = colors.panel;
  ground.setAlphaF(0.78F);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const double x = where.x[i];
    const bool chosen = for_screen && view->hasFocus() && axis == static_cast<int>(i);
    painter.setPen(QPen(chosen ? colors.accent : blended(colors.panel, colors.secondary, 0.8), chosen ? 2 : 1.2));
    painter.drawLine(QPointF(x, where.plot.top()), QPointF(x, where.plot.bottom()));
    if (brushes[i]) {
      const QRectF box(QPointF(x - 7, where.pixelY(brushes[i]->high)), QPointF(x + 7, where.pixelY(brushes[i]->low)));
      QColor fill = colors.accent;
      fill.setAlphaF(0.22F);
      painter.setBrush(fill);
      painter.setPen(QPen(colors.accent, 1.4));
      painter.drawRoundedRect(box, 3, 3);
      painter.setBrush(Qt::NoBrush);
    }
    painter.setFont(themeFont(small_pixels));
    const QFontMetricsF small(painter.font());
    for (const Tick& tick : axes[i].ticks(std::clamp(static_cast<int>(where.plot.height() / 34), 2, 8))) {
      const double y = where.pixelY(tick.at);
      painter.setPen(QPen(blended(colors.panel, colors.secondary, 0.8), 1));
      painter.drawLine(QPointF(x - 3, y), QPointF(x + 3, y));
      const double most = std::min(i == 0 ? where.x[0] - 8 : spacing - 24, 150.0);
      const QString text = small.elidedText(tick.text, Qt::ElideRight, most);
      const double width = small.horizontalAdvance(text);
      const QRectF box(x - 9 - width, y - 8, width, 16);
      painter.fillRect(box.adjusted(-2, 1, 2, -1), ground);
      painter.setPen(colors.secondary);
      painter.drawText(box, Qt::AlignRight | Qt::AlignVCenter, text);
    }
    if (where.none) {
      painter.setPen(colors.secondary);
      painter.drawText(QRectF(x - 40, where.plot.bottom() + none_below - 14, 31, 16), Qt::AlignRight | Qt::AlignVCenter,
                       ParallelView::tr("none", "no value"));
    }
    painter.setFont(themeFont(12, chosen ? QFont::DemiBold : QFont::Medium));
    painter.setPen(chosen ? colors.accent : colors.text);
    const double room = std::max(spacing - 10, 30.0);
    const QString name =
        QFontMetricsF(painter.font()).elidedText(items.columns[i].name, Qt::ElideRight, std::min(room, 180.0));
    const double half = QFontMetricsF(painter.font()).horizontalAdvance(name) / 2 + 1;
    const double middle = std::clamp(x, half, std::max(half, where.plot.right() + 38 - half));
    painter.drawText(QRectF(middle - half, 0, 2 * half, 18), Qt::AlignCenter, name);
  }
}

void ParallelView::Implementation::paintScale(QPainter& painter, const QSizeF& size) const {
  const auto column = static_cast<std::size_t>(std::max(color_column, 0));
  if (color_column < 0 || column >= axes.size()) return;
  painter.setFont(themeFont(small_pixels));
  painter.setPen(theme().secondary);
  const QFontMetricsF metrics(painter.font());
  const QString name = metrics.elidedText(items.columns[column].name, Qt::ElideRight, 200);
  const QString low = axes[column].textAt(0), high = axes[column].textAt(1);
  const double y = size.height() - 10;
  double x = 8;
  const auto write = [&](const QString& text) {
    painter.drawText(QRectF(x, y - 9, metrics.horizontalAdvance(text) + 2, 18), Qt::AlignLeft | Qt::AlignVCenter, text);
    x += metrics.horizontalAdvance(text) + 10;
  };
  write(name);
  write(low);
  const double bar = 120;
  QLinearGradient gradient(x, 0, x + bar, 0);
  for (int i = 0; i <= 16; ++i) gradient.setColorAt(i / 16.0, viridis(i / 16.0));
  painter.setBrush(gradient);
  painter.setPen(Qt::NoPen);
  painter.drawRoundedRect(QRectF(x, y - 4, bar, 8), 2, 2);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(theme().secondary);
  x += bar + 10;
  write(high);
}

void ParallelView::Implementation::paintPointed(QPainter& painter, const Plan& where, const QSizeF& size) const {
  if (pointed < 0 || pointed >= static_cast<int>(items.size())) return;
  const auto item = static_cast<std::size_t>(pointed);
  const Lines all = lines(where);
  const QPolygonF line = all.polygon(item);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(theme().panel, 6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.drawPolyline(line);
  painter.setPen(QPen(QColor::fromRgb(all.colors[item]), 3, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.drawPolyline(line);
  std::vector<LegendEntry> entries;
  for (const auto& column : items.columns)
    entries.push_back({column.name, column.text(item), QColor::fromRgb(all.colors[item]), LegendEntry::Sample::disc});
  paintValueBox(painter, items.names[pointed], std::move(entries), line.at(line.size() / 2), QRectF(QPointF(), size));
}

std::optional<int> ParallelView::Implementation::axisAt(const QPointF& pixel) const {
  const Plan where = plan(view->size());
  for (std::size_t i = 0; i < where.x.size(); ++i)
    if (std::abs(pixel.x() - where.x[i]) <= grip && pixel.y() > where.plot.top() - 8 &&
        pixel.y() < where.plot.bottom() + 8)
      return static_cast<int>(i);
  return std::nullopt;
}

int ParallelView::Implementation::nearest(const QPointF& pixel) const {
  const Plan where = plan(view->size());
  if (where.x.size() < 2 || pixel.x() < where.x.front() || pixel.x() > where.x.back()) return -1;
  const auto right = std::max<std::ptrdiff_t>(
      1, std::min<std::ptrdiff_t>(std::upper_bound(where.x.begin(), where.x.end(), pixel.x()) - where.x.begin(),
                                  static_cast<std::ptrdiff_t>(where.x.size()) - 1));
  const auto i = static_cast<std::size_t>(right - 1);
  const double along = (pixel.x() - where.x[i]) / (where.x[i + 1] - where.x[i]);
  const auto kept = mask();
  int best = -1;
  double best_distance = reach;
  for (std::size_t item = 0; item < kept.size(); ++item) {
    if (!kept[item]) continue;
    const double left_y = where.pixelY((*positions)[item * axes.size() + i]);
    const double right_y = where.pixelY((*positions)[item * axes.size() + i + 1]);
    const double slope = (right_y - left_y) / (where.x[i + 1] - where.x[i]);
    const double distance = std::abs(left_y + along * (right_y - left_y) - pixel.y()) / std::hypot(1.0, slope);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = static_cast<int>(item);
  }
  return best;
}

void ParallelView::Implementation::setBrush(int column, const std::optional<Span>& brush) {
  if (column < 0 || column >= static_cast<int>(brushes.size())) return;
  auto& known = brushes[static_cast<std::size_t>(column)];
  if (!known && !brush) return;
  known = brush;
  if (known) known = Span{std::clamp(known->low, 0.0, 1.0), std::clamp(known->high, 0.0, 1.0)};
  changed();
  emit view->keptChanged();
}

void ParallelView::Implementation::moveBrush(double low_by, double high_by) {
  if (axis >= static_cast<int>(brushes.size())) return;
  Span span = brushes[static_cast<std::size_t>(axis)].value_or(Span{0, 1});
  if (low_by == high_by) {
    const double by = std::clamp(low_by, -span.low, 1 - span.high);
    span = {span.low + by, span.high + by};
  } else {
    span.low = std::clamp(span.low + low_by, 0.0, span.high);
    span.high = std::clamp(span.high + high_by, span.low, 1.0);
  }
  setBrush(axis, span);
}

void ParallelView::Implementation::walk(int direction) {
  const auto kept = view->kept();
  if (kept.empty()) return;
  const auto at = std::find(kept.begin(), kept.end(), pointed);
  auto place = at == kept.end() ? (direction > 0 ? 0 : static_cast<std::ptrdiff_t>(kept.size()) - 1)
                                : (at - kept.begin()) + direction;
  place = std::clamp<std::ptrdiff_t>(place, 0, static_cast<std::ptrdiff_t>(kept.size()) - 1);
  pointed = kept[static_cast<std::size_t>(place)];
  QStringList parts{items.names[pointed]};
  for (const auto& column : items.columns)
    parts << column.name + QLatin1Char(' ') + column.text(static_cast<std::size_t>(pointed));
  view->setAccessibleDescription(parts.join(QStringLiteral("; ")));
  view->update();
}

ParallelView::ParallelView(QWidget* parent) : View(parent), implementation_(std::make_unique<Implementation>(this)) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setAccessibleName(title());
}

ParallelView::~ParallelView() = default;

void ParallelView::setItems(ItemTable items) {
  auto& self = *implementation_;
  std::vector<std::optional<Span>> brushes;
  for (const auto& column : items.columns) {
    std::optional<Span> kept;
    for (std::size_t i = 0; i < self.brushes.size(); ++i)
      if (self.items.columns[i].name == column.name) kept = self.brushes[i];
    brushes.push_back(kept);
  }
  self.items = std::move(items);
  self.brushes = std::move(brushes);
  self.axes.clear();
  for (const auto& column : self.items.columns) self.axes.emplace_back(column, column.log_scale);
  auto positions = std::make_shared<Positions>();
  positions->reserve(self.items.size() * self.axes.size());
  for (std::size_t item = 0; item < self.items.size(); ++item)
    for (std::size_t i = 0; i < self.axes.size(); ++i) {
      const auto& values = self.items.columns[i].values;
      const double value = item < values.size() ? values[item] : std::numeric_limits<double>::quiet_NaN();
      positions->push_back(static_cast<float>(self.axes[i].position(value)));
    }
  self.positions = std::move(positions);
  self.pointed = -1;
  self.axis = std::min(self.axis, std::max(0, static_cast<int>(self.axes.size()) - 1));
  self.changed();
  emit keptChanged();
}

void ParallelView::setColorColumn(int column) {
  if (implementation_->color_column == column) return;
  implementation_->color_column = column;
  implementation_->changed();
}

void ParallelView::setBrush(int column, const std::optional<Span>& brush) {
  implementation_->setBrush(column, brush);
}

void ParallelView::clearBrushes() {
  auto& self = *implementation_;
  if (std::none_of(self.brushes.begin(), self.brushes.end(), [](const auto& each) { return each.has_value(); })) return;
  for (auto& each : self.brushes) each.reset();
  self.changed();
  emit keptChanged();
}

std::vector<int> ParallelView::kept() const {
  const auto mask = implementation_->mask();
  std::vector<int> items;
  for (std::size_t item = 0; item < mask.size(); ++item)
    if (mask[item]) items.push_back(static_cast<int>(item));
  return items;
}

QPointF ParallelView::pixelOf(int column, double position) const {
  const Plan where = implementation_->plan(size());
  return {where.x.at(static_cast<std::size_t>(column)), where.pixelY(position)};
}

int ParallelView::pointedAt() const {
  return implementation_->pointed;
}

bool ParallelView::drawn() const {
  return !implementation_->working && !implementation_->picture.isNull();
}

QString ParallelView::title() const {
  return tr("Parallel coordinates");
}

QString ParallelView::subtitle() const {
  const auto all = static_cast<std::int64_t>(implementation_->items.size());
  const auto kept = static_cast<std::int64_t>(this->kept().size());
  if (kept == all) return tr("drag along an axis to keep what passes there");
  return tr("%1 of %2", "kept of all").arg(wholeText(kept), wholeText(all));
}

View::Numbers ParallelView::numbers() const {
  const auto& items = implementation_->items;
  Numbers all;
  all.columns << tr("name");
  for (const auto& column : items.columns) all.columns << column.name;
  for (const int item : kept()) {
    QStringList row{items.names[item]};
    for (const auto& column : items.columns) {
      const auto at = static_cast<std::size_t>(item);
      const double value = at < column.values.size() ? column.values[at] : std::numeric_limits<double>::quiet_NaN();
      row << (!std::isfinite(value) ? QString() : column.categories.isEmpty() ? exactText(value) : column.text(at));
    }
    all.rows.push_back(row);
  }
  return all;
}

void ParallelView::paintTo(QPainter& painter, const QRectF& area) {
  auto& self = *implementation_;
  painter.save();
  painter.translate(area.topLeft());
  painter.setRenderHint(QPainter::Antialiasing);
  const Plan where = self.plan(area.size());
  const Lines lines = self.lines(where);
  if (self.items.size() <= most_vectors) {
    lines.paint(painter, nullptr);
  } else {
    QImage image((area.size() * 2).toSize(), QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(2);
    image.fill(Qt::transparent);
    QPainter inner(&image);
    inner.setRenderHint(QPainter::Antialiasing);
    lines.paint(inner, nullptr);
    inner.end();
    painter.drawImage(QPointF(), image);
  }
  self.paintAxes(painter, where, false);
  self.paintScale(painter, area.size());
  painter.restore();
}

QSize ParallelView::sizeHint() const {
  return {800, 380};
}
QSize ParallelView::minimumSizeHint() const {
  return {320, 180};
}

void ParallelView::paintEvent(QPaintEvent*) {
  auto& self = *implementation_;
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  if (self.items.size() == 0 || self.axes.empty()) {
    painter.setFont(themeFont(13));
    painter.setPen(theme().secondary);
    painter.drawText(rect(), Qt::AlignCenter, tr("There is nothing in which these differ."));
    return;
  }
  const Plan where = self.plan(size());
  // Until the new picture is there the old one stands, stretched to where its axes are now.
  if (!self.picture.isNull()) {
    if (self.picture_plan.plot == where.plot)
      painter.drawImage(QPointF(), self.picture);
    else
      painter.drawImage(QRectF(rect()), self.picture);
  }
  self.paintAxes(painter, where, true);
  self.paintScale(painter, size());
  self.paintPointed(painter, where, size());
}

void ParallelView::resizeEvent(QResizeEvent* event) {
  View::resizeEvent(event);
  implementation_->draw();
}

void ParallelView::mousePressEvent(QMouseEvent* event) {
  auto& self = *implementation_;
  if (event->button() != Qt::LeftButton) return View::mousePressEvent(event);
  const auto column = self.axisAt(event->position());
  if (!column) return;
  const Plan where = self.plan(size());
  using Drag = Implementation::Drag;
  self.axis = self.dragged = *column;
  self.dragged_from = where.positionAt(event->position().y());
  self.drag = Drag::make;
  if (const auto& brush = self.brushes[static_cast<std::size_t>(*column)]) {
    self.dragged_span = *brush;
    const double low = where.pixelY(brush->low), high = where.pixelY(brush->high), y = event->position().y();
    if (std::abs(y - high) <= edge)
      self.drag = Drag::high;
    else if (std::abs(y - low) <= edge)
      self.drag = Drag::low;
    else if (y > high && y < low)
      self.drag = Drag::move;
  }
  update();
}

void ParallelView::mouseMoveEvent(QMouseEvent* event) {
  auto& self = *implementation_;
  using Drag = Implementation::Drag;
  if (self.drag == Drag::none) {
    const auto column = self.axisAt(event->position());
    setCursor(column ? Qt::SplitVCursor : Qt::ArrowCursor);
    const int before = std::exchange(self.pointed, column ? -1 : self.nearest(event->position()));
    if (before != self.pointed) update();
    return;
  }
  const double at = self.plan(size()).positionAt(event->position().y());
  Span span = self.dragged_span;
  switch (self.drag) {
    case Drag::make:
      if (std::abs(at - self.dragged_from) < least_brush) return;
      span = {std::min(at, self.dragged_from), std::max(at, self.dragged_from)};
      break;
    case Drag::move: {
      const double by = std::clamp(at - self.dragged_from, -span.low, 1 - span.high);
      span = {span.low + by, span.high + by};
      break;
    }
    case Drag::low:
      span.low = std::min(at, span.high);
      break;
    case Drag::high:
      span.high = std::max(at, span.low);
      break;
    case Drag::none:
      return;
  }
  self.setBrush(self.dragged, span);
}

void ParallelView::mouseReleaseEvent(QMouseEvent* event) {
  auto& self = *implementation_;
  using Drag = Implementation::Drag;
  const auto was = std::exchange(self.drag, Drag::none);
  if (was == Drag::none) return View::mouseReleaseEvent(event);
  const double at = self.plan(size()).positionAt(event->position().y());
  if (std::abs(at - self.dragged_from) < least_brush) self.setBrush(self.dragged, std::nullopt);
}

void ParallelView::mouseDoubleClickEvent(QMouseEvent* event) {
  auto& self = *implementation_;
  if (!self.axisAt(event->position()) && self.pointed >= 0)
    emit itemActivated(self.pointed);
  else
    clearBrushes();
}

void ParallelView::leaveEvent(QEvent* event) {
  View::leaveEvent(event);
  implementation_->pointed = -1;
  update();
}

void ParallelView::keyPressEvent(QKeyEvent* event) {
  auto& self = *implementation_;
  const int last = static_cast<int>(self.axes.size()) - 1;
  const bool shift = event->modifiers() & Qt::ShiftModifier, control = event->modifiers() & Qt::ControlModifier;
  switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
      self.axis = std::clamp(self.axis + (event->key() == Qt::Key_Right ? 1 : -1), 0, std::max(last, 0));
      break;
    case Qt::Key_Up:
    case Qt::Key_Down: {
      const double by = event->key() == Qt::Key_Up ? key_step : -key_step;
      self.moveBrush(shift ? 0 : by, control ? 0 : by);
      return;
    }
    case Qt::Key_Space:
      self.setBrush(self.axis, Span{0.5, 1});
      return;
    case Qt::Key_Delete:
    case Qt::Key_Backspace:
      self.setBrush(self.axis, std::nullopt);
      return;
    case Qt::Key_Home:
      clearBrushes();
      return;
    case Qt::Key_PageDown:
      return self.walk(1);
    case Qt::Key_PageUp:
      return self.walk(-1);
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (self.pointed >= 0) emit itemActivated(self.pointed);
      return;
    default:
      return View::keyPressEvent(event);
  }
  self.describe();
  update();
}

void ParallelView::focusInEvent(QFocusEvent* event) {
  View::focusInEvent(event);
  implementation_->describe();
  update();
}

void ParallelView::focusOutEvent(QFocusEvent* event) {
  View::focusOutEvent(event);
  update();
}

void ParallelView::changeEvent(QEvent* event) {
  View::changeEvent(event);
  if (implementation_ && (event->type() == QEvent::PaletteChange || event->type() == QEvent::LanguageChange))
    implementation_->changed();
}

}  // namespace gb
