#include "widgets/tree/tree_picture.hpp"

#include <QFontMetricsF>
#include <QPainter>
#include <QPolygonF>
#include <algorithm>
#include <cmath>

#include "widgets/number_text.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr int small_pixels = 11;
constexpr double least_width = 2;  // of a subtree, pixels: what is thinner is a line
constexpr double widest_box = 168, highest_box = 44;
constexpr double least_word = 40;       // a box that is narrower has no words
constexpr double least_leaf_slot = 11;  // pixels between names of leaves
constexpr std::size_t most_measured = 200;

QString text(const std::string& bytes) {
  return QString::fromStdString(bytes);
}

}  // namespace

TreePicture::TreePicture(std::shared_ptr<const Tree> tree, std::shared_ptr<const TreeLayout> layout, const QSizeF& size,
                         const std::optional<QRectF>& view)
    : tree_(std::move(tree)), layout_(std::move(layout)), size_(size) {
  view_ = view.value_or(whole(*tree_, *layout_));
  measure(size);
  visit();
}

QRectF TreePicture::whole(const Tree& tree, const TreeLayout& layout) {
  const double width = std::max<double>(static_cast<double>(layout.leaves().size()), 1);
  if (!tree.heights) return {0, -0.5, width, layout.deepest() + 1};
  const Span heights = niceSpan({0, layout.deepest()}, 6);
  return {0, heights.low, width, heights.length()};
}

std::vector<LegendEntry> TreePicture::legend() const {
  std::vector<LegendEntry> entries;
  for (std::size_t group = 0; group < tree_->group_names.size(); ++group)
    entries.push_back(
        {text(tree_->group_names[group]), {}, seriesColor(static_cast<int>(group)), LegendEntry::Sample::disc, false});
  return entries;
}

void TreePicture::measure(const QSizeF& size) {
  const QFontMetricsF metrics(themeFont(small_pixels));
  legend_ = legendHeight(legend(), size.width(), 2);
  const double top = legend_ > 0 ? legend_ + 6 : 4;
  double left = 2;
  if (tree_->heights) {
    ticks_ = ticks({view_.top(), view_.bottom()}, std::clamp(static_cast<int>(size.height() / 40), 2, 6));
    for (const auto& tick : ticks_) left = std::max(left, metrics.horizontalAdvance(tick.text) + 10);
    const double slot = (size.width() - left - 4) / view_.width();
    if (slot >= least_leaf_slot) {
      const auto& leaves = layout_->leaves();
      const auto first = static_cast<std::size_t>(std::max(0.0, std::floor(view_.left())));
      double widest = 0;
      for (std::size_t i = first; i < std::min({leaves.size(), first + most_measured,
                                                static_cast<std::size_t>(std::max(0.0, std::ceil(view_.right())))});
           ++i)
        widest =
            std::max(widest, metrics.horizontalAdvance(text(tree_->nodes[static_cast<std::size_t>(leaves[i])].label)));
      if (widest > 0) names_ = std::min(widest, size.height() * 0.3) + 8;
    }
  }
  plot_ = QRectF(left, top, std::max(20.0, size.width() - left - 4), std::max(20.0, size.height() - top - names_ - 4));
}

double TreePicture::pixelY(double y) const {
  const double share = (y - view_.top()) / view_.height();
  return tree_->heights ? plot_.bottom() - share * plot_.height() : plot_.top() + share * plot_.height();
}

QPointF TreePicture::position(const QPointF& pixel) const {
  const double share = (pixel.y() - plot_.top()) / plot_.height();
  return {view_.left() + (pixel.x() - plot_.left()) / plot_.width() * view_.width(),
          view_.top() + (tree_->heights ? 1 - share : share) * view_.height()};
}

QRectF TreePicture::place(std::int32_t node) const {
  const auto& at = layout_->at(node);
  const double x = pixelX(at.x), y = pixelY(at.y);
  if (tree_->heights) {
    const auto below = layout_->children(node);
    if (below.empty()) return {x - 2, y - 2, 4, 4};
    return QRectF(QPointF(pixelX(layout_->at(below.front()).x), y), QPointF(pixelX(layout_->at(below.back()).x), y));
  }
  const double slot = (at.right - at.left) / view_.width() * plot_.width();
  const double level = plot_.height() / view_.height();
  const double width = std::clamp(slot * 0.94, 1.5, widest_box), height = std::clamp(level * 0.6, 1.5, highest_box);
  return {x - width / 2, y - height / 2, width, height};
}

void TreePicture::visit() {
  std::vector<std::int32_t> waiting(layout_->roots().rbegin(), layout_->roots().rend());
  const double slot = plot_.width() / view_.width();
  while (!waiting.empty()) {
    const std::int32_t node = waiting.back();
    waiting.pop_back();
    const auto& at = layout_->at(node);
    if (at.right < view_.left() || at.left > view_.right()) continue;
    // All that is below a node is below it on the screen, too.
    if (tree_->heights ? at.y < view_.top() && !layout_->children(node).empty() : at.y - 1 > view_.bottom()) continue;
    const auto below = layout_->children(node);
    const bool closed = !below.empty() && (at.right - at.left) * slot < least_width;
    drawn_.push_back({node, place(node), closed});
    if (!closed) waiting.insert(waiting.end(), below.rbegin(), below.rend());
  }
}

QColor TreePicture::color(std::int32_t node) const {
  const Tree::Node& one = tree_->nodes[static_cast<std::size_t>(node)];
  const Theme& colors = theme();
  if (one.group < 0) return tree_->heights ? blended(colors.panel, colors.secondary, 0.8) : colors.hover;
  const double purity = std::isfinite(one.purity) ? std::clamp<double>(one.purity, 0, 1) : 0;
  const QColor full = seriesColor(one.group);
  return tree_->heights ? full : blended(colors.panel, full, 0.1 + 0.75 * purity);
}

void TreePicture::paintAxis(QPainter& painter) const {
  const Theme& colors = theme();
  painter.setFont(themeFont(small_pixels));
  for (const auto& tick : ticks_) {
    const double line = std::round(pixelY(tick.at)) + 0.5;
    painter.setPen(QPen(colors.grid, 1));
    painter.drawLine(QPointF(plot_.left(), line), QPointF(plot_.right(), line));
    painter.setPen(colors.secondary);
    const double middle = std::clamp(line, plot_.top() + 5, plot_.bottom() - 5);
    painter.drawText(QRectF(0, middle - 10, plot_.left() - 7, 20), Qt::AlignRight | Qt::AlignVCenter, tick.text);
  }
}

/// From a box down to its children; the more rows go a way, the thicker it is.
void TreePicture::paintEdges(QPainter& painter) const {
  const Theme& colors = theme();
  const double level = plot_.height() / view_.height();
  for (const Drawn& each : drawn_) {
    if (each.closed) {
      painter.setPen(QPen(color(each.node), std::clamp(each.rect.width(), 1.0, 2.0)));
      painter.drawLine(each.rect.center(), QPointF(each.rect.center().x(), pixelY(layout_->at(each.node).lowest)));
      continue;
    }
    const auto below = layout_->children(each.node);
    const double rows = static_cast<double>(tree_->nodes[static_cast<std::size_t>(each.node)].rows);
    for (const std::int32_t child : below) {
      const double share =
          rows > 0 ? static_cast<double>(tree_->nodes[static_cast<std::size_t>(child)].rows) / rows : 0.5;
      QPen pen(blended(colors.panel, colors.secondary, 0.55),
               std::min(1 + 2 * std::clamp(share, 0.0, 1.0), std::max(each.rect.width() / 6, 0.4)));
      pen.setJoinStyle(Qt::RoundJoin);
      painter.setPen(pen);
      const QPointF from(each.rect.center().x(), each.rect.bottom());
      const auto& at = layout_->at(child);
      const QPointF to(pixelX(at.x), pixelY(at.y));
      const double bend = (from.y() + to.y() - level * 0.3) / 2;
      painter.drawPolyline(QPolygonF{from, QPointF(from.x(), bend), QPointF(to.x(), bend), to});
    }
  }
}

void TreePicture::paintBoxes(QPainter& painter) const {
  const Theme& colors = theme();
  const QFont font = themeFont(small_pixels), small = themeFont(10);
  const QFontMetricsF metrics(font), small_metrics(small);
  for (const Drawn& each : drawn_) {
    if (!each.rect.intersects(plot_)) continue;
    const QColor ground = color(each.node);
    const bool words = each.rect.width() >= least_word && each.rect.height() >= metrics.height();
    painter.setBrush(ground);
    painter.setPen(each.rect.width() >= 8 ? QPen(blended(ground, colors.text, 0.25), 1) : QPen(Qt::NoPen));
    const double round = std::min({5.0, each.rect.width() / 3, each.rect.height() / 3});
    painter.drawRoundedRect(each.rect, round, round);
    painter.setBrush(Qt::NoBrush);
    if (!words) continue;
    const Tree::Node& node = tree_->nodes[static_cast<std::size_t>(each.node)];
    const QRectF room = each.rect.adjusted(5, 1, -5, -1);
    const bool two_lines = room.height() >= metrics.height() + small_metrics.height() + 1 && node.rows > 0;
    const double between = two_lines ? room.center().y() + 2 : room.bottom();
    painter.setPen(letterOn(ground));
    painter.setFont(font);
    painter.drawText(QRectF(room.left(), room.top(), room.width(), between - room.top()),
                     Qt::AlignHCenter | (two_lines ? Qt::AlignBottom : Qt::AlignVCenter),
                     metrics.elidedText(text(node.label), Qt::ElideMiddle, room.width()));
    if (!two_lines) continue;
    painter.setFont(small);
    painter.drawText(QRectF(room.left(), between, room.width(), room.bottom() - between),
                     Qt::AlignHCenter | Qt::AlignTop,
                     small_metrics.elidedText(wholeText(node.rows), Qt::ElideRight, room.width()));
  }
}

void TreePicture::paintBrackets(QPainter& painter) const {
  for (const Drawn& each : drawn_) {
    const auto& at = layout_->at(each.node);
    if (each.closed) {
      painter.setPen(QPen(color(each.node), 1));
      painter.drawLine(QPointF(pixelX(at.x), pixelY(at.y)), QPointF(pixelX(at.x), pixelY(at.lowest)));
      continue;
    }
    const auto below = layout_->children(each.node);
    if (below.empty()) continue;
    QPen pen(color(each.node), 1.4);
    pen.setCapStyle(Qt::SquareCap);
    painter.setPen(pen);
    const double y = pixelY(at.y);
    // Far beyond the edges nobody sees where a bar ends.
    painter.drawLine(QPointF(std::max(each.rect.left(), -10.0), y),
                     QPointF(std::min(each.rect.right(), size_.width() + 10), y));
    for (const std::int32_t child : below) {
      const auto& under = layout_->at(child);
      if (tree_->nodes[static_cast<std::size_t>(child)].group >= 0) {
        pen.setColor(color(child));
        painter.setPen(pen);
      }
      painter.drawLine(QPointF(pixelX(under.x), y), QPointF(pixelX(under.x), pixelY(under.y)));
    }
  }
}

void TreePicture::paintLeafNames(QPainter& painter) const {
  if (names_ <= 0) return;
  const QFont font = themeFont(small_pixels);
  const QFontMetricsF metrics(font);
  painter.setFont(font);
  for (const Drawn& each : drawn_) {
    if (!layout_->children(each.node).empty()) continue;
    const double x = pixelX(layout_->at(each.node).x);
    if (x < plot_.left() || x > plot_.right()) continue;
    painter.setPen(theme().secondary);
    painter.save();
    painter.translate(x, plot_.bottom() + 4);
    painter.rotate(-90);
    painter.drawText(
        QRectF(-names_ + 4, -10, names_ - 4, 20), Qt::AlignRight | Qt::AlignVCenter,
        metrics.elidedText(text(tree_->nodes[static_cast<std::size_t>(each.node)].label), Qt::ElideRight, names_ - 6));
    painter.restore();
  }
}

void TreePicture::paint(QPainter& painter) const {
  painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
  paintLegend(painter, legend(), QRectF(0, 0, size_.width(), legend_), 2);
  if (tree_->heights) paintAxis(painter);
  painter.save();
  painter.setClipRect(plot_.adjusted(-1, -1, 1, 1));
  if (tree_->heights) {
    paintBrackets(painter);
  } else {
    paintEdges(painter);
    paintBoxes(painter);
  }
  painter.restore();
  paintLeafNames(painter);
}

void TreePicture::paintFrame(QPainter& painter, std::int32_t node, const QColor& color) const {
  QRectF frame = rect(node);
  if (frame.isNull()) return;
  painter.save();
  painter.setClipRect(plot_.adjusted(-4, -4, 4, 4));
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(color, 2));
  if (tree_->heights) frame.adjust(-3, -3, 3, 3);
  painter.drawRoundedRect(frame.adjusted(-1, -1, 1, 1), 5, 5);
  painter.restore();
}

std::optional<std::int32_t> TreePicture::nodeAt(const QPointF& pixel) const {
  const double reach = tree_->heights ? 4 : 1;
  std::optional<std::int32_t> found;
  double least = HUGE_VAL;
  for (const Drawn& each : drawn_) {
    const QRectF area = each.rect.adjusted(-reach, -reach, reach, reach);
    // Of brackets over one another the shortest is meant.
    if (!area.contains(pixel) || area.width() > least) continue;
    least = area.width();
    found = each.node;
  }
  return found;
}

QRectF TreePicture::rect(std::int32_t node) const {
  const auto found = std::find_if(drawn_.begin(), drawn_.end(), [&](const Drawn& each) { return each.node == node; });
  return found == drawn_.end() ? QRectF() : found->rect;
}

}  // namespace gb
