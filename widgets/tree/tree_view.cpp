#include "widgets/tree/tree_view.hpp"

#include <QCoreApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <optional>

#include "widgets/number_text.hpp"
#include "widgets/theme.hpp"
#include "widgets/tree/tree_picture.hpp"

namespace gb {
namespace {

constexpr double widest_slot = 260, highest_level = 140;  // pixels: nearer is of no use

}  // namespace

struct TreeView::Implementation {
  explicit Implementation(TreeView* owner) : view(owner) {}

  void take(std::shared_ptr<const Tree> made);
  bool shows() const { return tree && layout->size() > 0; }
  TreePicture picture(const QSizeF& size) const { return {tree, layout, size, seen}; }
  TreePicture picture() const { return picture(view->size()); }
  void paint(QPainter& painter, const QSizeF& size) const;
  void look(const QRectF& wanted);
  void hover(std::optional<std::int32_t> node, const QPoint& at);
  void walk(int key);

  TreeView* view;
  std::shared_ptr<const Tree> tree;
  std::shared_ptr<const TreeLayout> layout;
  std::optional<QRectF> seen;  ///< nothing while all is on show
  std::optional<std::int32_t> hovered, cursor;
  std::optional<QPointF> dragged_from;
};

void TreeView::Implementation::take(std::shared_ptr<const Tree> made) {
  const bool same_shape =
      tree && tree->heights == made->heights && tree->nodes.size() == made->nodes.size() &&
      std::equal(tree->nodes.begin(), tree->nodes.end(), made->nodes.begin(),
                 [](const Tree::Node& a, const Tree::Node& b) { return a.parent == b.parent && a.height == b.height; });
  tree = std::move(made);
  if (!same_shape) {
    layout = std::make_shared<const TreeLayout>(*tree);
    seen.reset();
    hovered.reset();
    cursor.reset();
  }
  view->setAccessibleDescription(TreeView::tr("A tree of %1 nodes, %2 of them leaves.")
                                     .arg(wholeText(static_cast<std::int64_t>(layout->size())),
                                          wholeText(static_cast<std::int64_t>(layout->leaves().size()))));
  view->update();
  emit view->titleChanged();
}

void TreeView::Implementation::paint(QPainter& painter, const QSizeF& size) const {
  if (shows()) return picture(size).paint(painter);
  painter.setFont(themeFont(13));
  painter.setPen(theme().secondary);
  painter.drawText(QRectF(QPointF(), size), Qt::AlignCenter, TreeView::tr("Waiting for the first tree"));
}

/// Shows this part, kept within the whole and above what is of use.
void TreeView::Implementation::look(const QRectF& wanted) {
  const QRectF whole = TreePicture::whole(*tree, *layout);
  const QSizeF room = picture().plot().size();
  const double least_width = std::min(whole.width(), room.width() / widest_slot);
  const double least_height = tree->heights ? whole.height() : std::min(whole.height(), room.height() / highest_level);
  QRectF next(0, 0, std::clamp(wanted.width(), least_width, whole.width()),
              std::clamp(wanted.height(), least_height, whole.height()));
  next.moveLeft(std::clamp(wanted.left(), whole.left(), whole.right() - next.width()));
  next.moveTop(std::clamp(wanted.top(), whole.top(), whole.bottom() - next.height()));
  seen = next;
  if (next.width() >= whole.width() * 0.999 && next.height() >= whole.height() * 0.999) seen.reset();
  view->update();
}

void TreeView::Implementation::hover(std::optional<std::int32_t> node, const QPoint& at) {
  if (node == hovered) return;
  hovered = node;
  if (node)
    QToolTip::showText(at, view->detail(*node), view);
  else
    QToolTip::hideText();
  view->update();
}

void TreeView::Implementation::walk(int key) {
  if (!cursor) {
    cursor = layout->roots().front();
  } else {
    const std::int32_t above = tree->nodes[static_cast<std::size_t>(*cursor)].parent;
    const auto below = layout->children(*cursor);
    const auto beside = above < 0 ? std::span<const std::int32_t>(layout->roots()) : layout->children(above);
    const auto at = std::find(beside.begin(), beside.end(), *cursor);
    if (key == Qt::Key_Up && above >= 0) cursor = above;
    if (key == Qt::Key_Down && !below.empty()) cursor = below.front();
    if (key == Qt::Key_Left && at != beside.begin()) cursor = *(at - 1);
    if (key == Qt::Key_Right && at + 1 != beside.end()) cursor = *(at + 1);
  }
  const auto& place = layout->at(*cursor);
  if (seen && !seen->adjusted(0, 0, 1e-9, 1e-9).contains(QPointF(place.x, place.y))) {
    QRectF moved = *seen;
    moved.moveCenter({place.x, place.y});
    look(moved);
  }
  view->setAccessibleDescription(view->detail(*cursor));
  view->update();
}

TreeView::TreeView(QWidget* parent) : View(parent), implementation_(std::make_unique<Implementation>(this)) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setAccessibleName(title());
  setAccessibleDescription(tr("A tree; no nodes yet."));
}

TreeView::~TreeView() = default;

QString TreeView::title() const {
  const auto& tree = implementation_->tree;
  return tree && !tree->title.empty() ? QCoreApplication::translate("core", tree->title.c_str()) : tr("Tree");
}

QString TreeView::subtitle() const {
  const auto& self = *implementation_;
  if (!self.shows()) return {};
  return tr("%1 leaves").arg(wholeText(static_cast<std::int64_t>(self.layout->leaves().size())));
}

void TreeView::show(const Event& event) {
  const auto* tree = std::get_if<std::shared_ptr<const Tree>>(&event);
  if (tree && *tree) implementation_->take(*tree);
}

QString TreeView::detail(int node) const {
  const Tree& tree = *implementation_->tree;
  const Tree::Node& one = tree.nodes[static_cast<std::size_t>(node)];
  QStringList lines;
  if (!one.label.empty()) lines << QString::fromStdString(one.label);
  if (!one.detail.empty()) lines << QString::fromStdString(one.detail);
  if (one.rows > 0) lines << tr("%1 rows").arg(wholeText(one.rows));
  const auto group = static_cast<std::size_t>(std::max(one.group, 0));
  if (one.group >= 0 && group < tree.group_names.size()) {
    const QString name = QString::fromStdString(tree.group_names[group]);
    lines << (tree.heights ? name : tr("%1, purity %2").arg(name, valueText(static_cast<double>(one.purity))));
  }
  if (tree.heights) lines << tr("height %1").arg(valueText(one.height));
  return lines.join('\n');
}

View::Numbers TreeView::numbers() const {
  const auto& self = *implementation_;
  Numbers all;
  if (!self.tree) return all;
  all.columns = {"node", "parent", "label", "detail", "rows", "group", "purity"};
  if (self.tree->heights) all.columns << "height";
  for (std::size_t i = 0; i < self.tree->nodes.size(); ++i) {
    const Tree::Node& node = self.tree->nodes[i];
    const auto group = static_cast<std::size_t>(std::max(node.group, 0));
    const bool named = node.group >= 0 && group < self.tree->group_names.size();
    QStringList line{QString::number(i),
                     node.parent < 0 ? QString() : QString::number(node.parent),
                     QString::fromStdString(node.label),
                     QString::fromStdString(node.detail),
                     QString::number(node.rows),
                     named             ? QString::fromStdString(self.tree->group_names[group])
                     : node.group >= 0 ? QString::number(node.group)
                                       : QString(),
                     exactText(static_cast<double>(node.purity))};
    if (self.tree->heights) line << exactText(node.height);
    all.rows.push_back(line);
  }
  return all;
}

void TreeView::paintTo(QPainter& painter, const QRectF& area) {
  painter.save();
  painter.translate(area.topLeft());
  implementation_->paint(painter, area.size());
  painter.restore();
}

QSize TreeView::sizeHint() const {
  return {520, 340};
}
QSize TreeView::minimumSizeHint() const {
  return {220, 160};
}

QRectF TreeView::nodeRect(int node) const {
  return implementation_->shows() ? implementation_->picture().rect(node) : QRectF();
}

std::size_t TreeView::nodesPainted() const {
  return implementation_->shows() ? implementation_->picture().drawn() : 0;
}

void TreeView::zoom(const QPointF& around, double factor) {
  auto& self = *implementation_;
  if (!self.shows()) return;
  const TreePicture picture = self.picture();
  const QPointF fixed = picture.position(around);
  const QRectF now = picture.view();
  self.look({fixed.x() - (fixed.x() - now.left()) * factor, fixed.y() - (fixed.y() - now.top()) * factor,
             now.width() * factor, now.height() * factor});
}

void TreeView::resetZoom() {
  implementation_->seen.reset();
  update();
}

void TreeView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const auto& self = *implementation_;
  self.paint(painter, size());
  if (!self.shows()) return;
  if (self.cursor && hasFocus()) self.picture().paintFrame(painter, *self.cursor, theme().accent);
  if (self.hovered) self.picture().paintFrame(painter, *self.hovered, theme().text);
}

void TreeView::mousePressEvent(QMouseEvent* event) {
  implementation_->dragged_from = event->position();
}

void TreeView::mouseMoveEvent(QMouseEvent* event) {
  auto& self = *implementation_;
  if (!self.shows()) return;
  const TreePicture picture = self.picture();
  if (self.dragged_from && self.seen && event->buttons() != Qt::NoButton) {
    const QPointF moved = picture.position(*self.dragged_from) - picture.position(event->position());
    self.dragged_from = event->position();
    self.look(picture.view().translated(moved));
    return;
  }
  self.hover(picture.nodeAt(event->position()), event->globalPosition().toPoint());
}

void TreeView::mouseReleaseEvent(QMouseEvent*) {
  implementation_->dragged_from.reset();
}

void TreeView::mouseDoubleClickEvent(QMouseEvent*) {
  resetZoom();
}

void TreeView::wheelEvent(QWheelEvent* event) {
  zoom(event->position(), std::pow(0.8, event->angleDelta().y() / 120.0));
  event->accept();
}

void TreeView::leaveEvent(QEvent*) {
  implementation_->hover(std::nullopt, {});
}

void TreeView::keyPressEvent(QKeyEvent* event) {
  auto& self = *implementation_;
  if (!self.shows()) return View::keyPressEvent(event);
  switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down:
      return self.walk(event->key());
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      return zoom(
          self.cursor && !nodeRect(*self.cursor).isNull() ? nodeRect(*self.cursor).center() : QRectF(rect()).center(),
          0.8);
    case Qt::Key_Minus:
      return zoom(QRectF(rect()).center(), 1.25);
    case Qt::Key_Home:
    case Qt::Key_0:
      return resetZoom();
    default:
      View::keyPressEvent(event);
  }
}

void TreeView::changeEvent(QEvent* event) {
  View::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) update();
  if (event->type() == QEvent::LanguageChange && implementation_) emit titleChanged();
}

}  // namespace gb
