#include "widgets/plot/scatter_view.hpp"

#include <QFontMetricsF>
#include <QImage>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "widgets/legend.hpp"
#include "widgets/number_text.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr int small_pixels = 11;
constexpr double labels_below = 38;
constexpr double reach = 12;  // how near the pointer must be to a dot
constexpr double air = 8;     // so that dots at an end are whole

}  // namespace

struct ScatterView::Implementation {
  explicit Implementation(ScatterView* owner) : view(owner) {}

  const ValueColumn* column(int at) const {
    return at >= 0 && at < static_cast<int>(items.columns.size()) ? &items.columns[static_cast<std::size_t>(at)]
                                                                  : nullptr;
  }
  double valueOf(int at, std::size_t item) const {
    const auto* known = column(at);
    return known && item < known->values.size() ? known->values[item] : std::numeric_limits<double>::quiet_NaN();
  }
  void changed();
  QRectF plot(const QSizeF& size) const;
  QPointF pixel(std::size_t item, const QRectF& plot) const;
  bool has(std::size_t item) const { return std::isfinite(valueOf(x, item)) && std::isfinite(valueOf(y, item)); }
  QColor colorOf(std::size_t item) const;
  double radius() const { return items.size() > 400 ? 3 : 4.5; }
  void paintAxes(QPainter& painter, const QSizeF& size) const;
  void paintDots(QPainter& painter, const QRectF& plot) const;
  void point(int item);

  ScatterView* view;
  ItemTable items;
  int x = 0, y = 1, color = -1;
  bool log_x = false, log_y = false;
  ValueAxis x_axis, y_axis, color_axis;
  int pointed = -1;
  QImage dots;  ///< as the screen shows them; empty: to be made
};

void ScatterView::Implementation::changed() {
  if (const auto* known = column(x)) x_axis = ValueAxis(*known, log_x);
  if (const auto* known = column(y)) y_axis = ValueAxis(*known, log_y);
  if (const auto* known = column(color)) color_axis = ValueAxis(*known, known->log_scale);
  dots = {};
  pointed = -1;
  view->setAccessibleDescription(view->subtitle());
  view->update();
  emit view->titleChanged();
}

QRectF ScatterView::Implementation::plot(const QSizeF& size) const {
  const QFontMetricsF metrics(themeFont(small_pixels));
  double widest = metrics.horizontalAdvance("0.00");
  for (const Tick& tick : y_axis.ticks(6)) widest = std::max(widest, metrics.horizontalAdvance(tick.text));
  const double left = std::min(std::ceil(widest) + 12, size.width() / 3);
  const double top = 22;
  return QRectF(left, top, std::max(size.width() - left - 12, 20.0),
                std::max(size.height() - labels_below - top, 20.0));
}

QPointF ScatterView::Implementation::pixel(std::size_t item, const QRectF& where) const {
  const double along = x_axis.position(valueOf(x, item)), up = y_axis.position(valueOf(y, item));
  return {where.left() + air + along * (where.width() - 2 * air),
          where.bottom() - air - up * (where.height() - 2 * air)};
}

QColor ScatterView::Implementation::colorOf(std::size_t item) const {
  if (!column(color)) return seriesColor(item < items.colors.size() ? items.colors[item] : 0);
  const double at = color_axis.position(valueOf(color, item));
  return std::isfinite(at) ? viridis(at) : blended(theme().panel, theme().secondary, 0.7);
}

void ScatterView::Implementation::paintAxes(QPainter& painter, const QSizeF& size) const {
  const Theme& colors = theme();
  const QRectF where = plot(size);
  const QRectF inner = where.adjusted(air, air, -air, -air);
  painter.setFont(themeFont(small_pixels));
  const QFontMetricsF metrics(painter.font());
  for (const Tick& tick : y_axis.ticks(std::clamp(static_cast<int>(where.height() / 34), 2, 8))) {
    const double at = std::round(inner.bottom() - tick.at * inner.height()) + 0.5;
    painter.setPen(QPen(colors.grid, 1));
    painter.drawLine(QPointF(where.left(), at), QPointF(where.right(), at));
    painter.setPen(colors.secondary);
    painter.drawText(QRectF(0, at - 9, where.left() - 8, 18), Qt::AlignRight | Qt::AlignVCenter,
                     metrics.elidedText(tick.text, Qt::ElideRight, where.left() - 8));
  }
  const int most = std::clamp(static_cast<int>(where.width() / 80), 2, 10);
  for (const Tick& tick : x_axis.ticks(most)) {
    const double at = std::round(inner.left() + tick.at * inner.width()) + 0.5;
    painter.setPen(QPen(colors.grid, 1));
    painter.drawLine(QPointF(at, where.top()), QPointF(at, where.bottom()));
    painter.setPen(colors.secondary);
    const QString text = metrics.elidedText(tick.text, Qt::ElideRight, where.width() / most - 6);
    const double half = metrics.horizontalAdvance(text) / 2 + 1;
    const double middle = std::clamp(at, half, std::max(half, size.width() - half));
    painter.drawText(QRectF(middle - half, where.bottom() + 4, 2 * half, 16), Qt::AlignCenter, text);
  }
  painter.setPen(colors.secondary);
  if (const auto* known = column(y))
    painter.drawText(QRectF(0, 0, size.width() * 0.6, 16), Qt::AlignLeft | Qt::AlignVCenter, known->name);
  if (const auto* known = column(x))
    painter.drawText(QRectF(where.left(), where.bottom() + 20, where.width(), 16), Qt::AlignCenter, known->name);
  const auto* scale = column(color);
  if (!scale) return;
  double right = size.width() - 12;
  const auto write = [&](const QString& text) {
    const double width = metrics.horizontalAdvance(text) + 2;
    painter.drawText(QRectF(right - width, 0, width, 16), Qt::AlignRight | Qt::AlignVCenter, text);
    right -= width + 6;
  };
  write(color_axis.textAt(1));
  QLinearGradient gradient(right - 80, 0, right, 0);
  for (int i = 0; i <= 16; ++i) gradient.setColorAt(i / 16.0, viridis(i / 16.0));
  painter.fillRect(QRectF(right - 80, 4, 80, 8), gradient);
  right -= 86;
  write(color_axis.textAt(0));
  write(metrics.elidedText(scale->name, Qt::ElideRight, 160));
}

void ScatterView::Implementation::paintDots(QPainter& painter, const QRectF& where) const {
  for (std::size_t item = 0; item < items.size(); ++item) {
    if (!has(item)) continue;
    QColor fill = colorOf(item);
    fill.setAlphaF(items.size() > 400 ? 0.6F : 0.85F);
    painter.setPen(items.size() > 400 ? QPen(Qt::NoPen) : QPen(theme().panel, 1));
    painter.setBrush(fill);
    painter.drawEllipse(pixel(item, where), radius(), radius());
  }
  painter.setBrush(Qt::NoBrush);
}

void ScatterView::Implementation::point(int item) {
  if (pointed == item) return;
  pointed = item;
  view->update();
}

ScatterView::ScatterView(QWidget* parent) : View(parent), implementation_(std::make_unique<Implementation>(this)) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setAccessibleName(title());
}

ScatterView::~ScatterView() = default;

void ScatterView::setItems(ItemTable items) {
  implementation_->items = std::move(items);
  implementation_->changed();
}

void ScatterView::setColumns(int x, int y, int color) {
  auto& self = *implementation_;
  if (self.x == x && self.y == y && self.color == color) return;
  self.x = x;
  self.y = y;
  self.color = color;
  self.changed();
}

void ScatterView::setLogX(bool on) {
  if (std::exchange(implementation_->log_x, on) != on) implementation_->changed();
}

void ScatterView::setLogY(bool on) {
  if (std::exchange(implementation_->log_y, on) != on) implementation_->changed();
}

int ScatterView::shown() const {
  int count = 0;
  for (std::size_t item = 0; item < implementation_->items.size(); ++item) count += implementation_->has(item);
  return count;
}

int ScatterView::pointedAt() const {
  return implementation_->pointed;
}

QPointF ScatterView::pixelOf(int item) const {
  return implementation_->pixel(static_cast<std::size_t>(item), implementation_->plot(size()));
}

QString ScatterView::title() const {
  const auto* x = implementation_->column(implementation_->x);
  const auto* y = implementation_->column(implementation_->y);
  return x && y ? tr("%1 against %2").arg(y->name, x->name) : tr("Scatter");
}

QString ScatterView::subtitle() const {
  const int all = static_cast<int>(implementation_->items.size()), lacking = all - shown();
  return lacking == 0 ? tr("%n runs", "", all) : tr("%n runs lack one of the values", "", lacking);
}

View::Numbers ScatterView::numbers() const {
  const auto& self = *implementation_;
  Numbers all;
  all.columns << tr("name");
  const int columns[] = {self.x, self.y, self.color};
  for (const int at : columns)
    if (const auto* known = self.column(at)) all.columns << known->name;
  for (std::size_t item = 0; item < self.items.size(); ++item) {
    if (!self.has(item)) continue;
    QStringList row{self.items.names[static_cast<qsizetype>(item)]};
    for (const int at : columns)
      if (const auto* known = self.column(at))
        row << (known->categories.isEmpty() && std::isfinite(self.valueOf(at, item)) ? exactText(self.valueOf(at, item))
                                                                                     : known->text(item));
    all.rows.push_back(row);
  }
  return all;
}

void ScatterView::paintTo(QPainter& painter, const QRectF& area) {
  painter.save();
  painter.translate(area.topLeft());
  painter.setRenderHint(QPainter::Antialiasing);
  implementation_->paintAxes(painter, area.size());
  implementation_->paintDots(painter, implementation_->plot(area.size()));
  painter.restore();
}

QSize ScatterView::sizeHint() const {
  return {600, 380};
}
QSize ScatterView::minimumSizeHint() const {
  return {240, 160};
}

void ScatterView::paintEvent(QPaintEvent*) {
  auto& self = *implementation_;
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  if (shown() == 0) {
    painter.setFont(themeFont(13));
    painter.setPen(theme().secondary);
    painter.drawText(rect(), Qt::AlignCenter, tr("No run has both values."));
    return;
  }
  self.paintAxes(painter, size());
  // Thousands of dots are painted once; the pointer moves above the picture.
  const double ratio = devicePixelRatioF();
  if (self.dots.size() != size() * ratio) {
    self.dots = QImage(size() * ratio, QImage::Format_ARGB32_Premultiplied);
    self.dots.setDevicePixelRatio(ratio);
    self.dots.fill(Qt::transparent);
    QPainter inner(&self.dots);
    inner.setRenderHint(QPainter::Antialiasing);
    self.paintDots(inner, self.plot(size()));
  }
  painter.drawImage(QPointF(), self.dots);
  if (self.pointed < 0) return;
  const auto item = static_cast<std::size_t>(self.pointed);
  const QPointF at = pixelOf(self.pointed);
  painter.setPen(QPen(theme().text, 1.5));
  painter.setBrush(self.colorOf(item));
  painter.drawEllipse(at, self.radius() + 2, self.radius() + 2);
  painter.setBrush(Qt::NoBrush);
  std::vector<LegendEntry> entries;
  for (const int place : {self.x, self.y, self.color})
    if (const auto* known = self.column(place))
      entries.push_back({known->name, known->text(item), self.colorOf(item), LegendEntry::Sample::disc});
  paintValueBox(painter, self.items.names[self.pointed], std::move(entries), at, QRectF(rect()));
}

void ScatterView::mouseMoveEvent(QMouseEvent* event) {
  auto& self = *implementation_;
  const QRectF where = self.plot(size());
  int best = -1;
  double best_distance = reach;
  for (std::size_t item = 0; item < self.items.size(); ++item) {
    if (!self.has(item)) continue;
    const QPointF apart = self.pixel(item, where) - event->position();
    const double distance = std::hypot(apart.x(), apart.y());
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = static_cast<int>(item);
  }
  self.point(best);
}

void ScatterView::mouseDoubleClickEvent(QMouseEvent* event) {
  View::mouseDoubleClickEvent(event);
  if (implementation_->pointed >= 0) emit itemActivated(implementation_->pointed);
}

void ScatterView::leaveEvent(QEvent* event) {
  View::leaveEvent(event);
  implementation_->point(-1);
}

void ScatterView::keyPressEvent(QKeyEvent* event) {
  auto& self = *implementation_;
  const bool back = event->key() == Qt::Key_Left;
  if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && self.pointed >= 0) {
    emit itemActivated(self.pointed);
    return;
  }
  if (!back && event->key() != Qt::Key_Right) return View::keyPressEvent(event);
  // From left to right, whatever order the items have.
  std::vector<int> order;
  for (std::size_t item = 0; item < self.items.size(); ++item)
    if (self.has(item)) order.push_back(static_cast<int>(item));
  if (order.empty()) return;
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return self.valueOf(self.x, static_cast<std::size_t>(a)) < self.valueOf(self.x, static_cast<std::size_t>(b));
  });
  const auto at = std::find(order.begin(), order.end(), self.pointed);
  auto place = at == order.end() ? (back ? static_cast<std::ptrdiff_t>(order.size()) - 1 : 0)
                                 : at - order.begin() + (back ? -1 : 1);
  place = std::clamp<std::ptrdiff_t>(place, 0, static_cast<std::ptrdiff_t>(order.size()) - 1);
  self.point(order[static_cast<std::size_t>(place)]);
  const auto item = static_cast<std::size_t>(self.pointed);
  QStringList parts{self.items.names[self.pointed]};
  for (const int place_of : {self.x, self.y})
    if (const auto* known = self.column(place_of)) parts << known->name + QLatin1Char(' ') + known->text(item);
  setAccessibleDescription(parts.join(QStringLiteral("; ")));
}

void ScatterView::changeEvent(QEvent* event) {
  View::changeEvent(event);
  if (implementation_ && (event->type() == QEvent::PaletteChange || event->type() == QEvent::LanguageChange))
    implementation_->changed();
}

}  // namespace gb
