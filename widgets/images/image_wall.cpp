#include "widgets/images/image_wall.hpp"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QScrollBar>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <set>

#include "widgets/number_text.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr double gap = 8;
constexpr double caption_height = 16;
constexpr int usual_side = 56;  // what a picture measures where the size is left to the wall
constexpr int scroll_width = 10;

QString text(const std::string& bytes) {
  return QString::fromStdString(bytes);
}

/// Where things stand, for one width.
struct Plan {
  int columns = 1;
  double side = usual_side;
  double caption = 0;
  double left = 0;

  double pitch() const { return side + caption + gap; }
  QRectF at(int index) const {
    return {left + (index % columns) * (side + gap), (index / columns) * pitch() + 1, side, side};
  }
};

}  // namespace

struct ImageWall::Implementation {
  explicit Implementation(ImageWall* owner) : view(owner) {}

  int count() const { return images ? images->count : 0; }
  bool ofRows() const { return images && !images->rows.empty(); }
  std::int64_t rowOf(int index) const {
    const auto i = static_cast<std::size_t>(index);
    return i < images->rows.size() ? images->rows[i] : index;
  }
  QString caption(int index) const {
    const auto i = static_cast<std::size_t>(index);
    return i < images->captions.size() ? text(images->captions[i]) : QString();
  }
  Plan plan(double width) const;
  double heightNeeded(double width) const;
  QImage image(int index) const;
  void paint(QPainter& painter, const QSizeF& size, double scrolled, bool interactive) const;
  void hold(std::shared_ptr<const Images> made);
  void arrange();
  int indexAt(const QPointF& at) const;
  void take(int index, bool add);
  void choose(int index, bool add);
  void moveCursor(int by);

  ImageWall* view;
  QScrollBar* scroll = nullptr;
  std::shared_ptr<const Images> images;
  int cell_size = 0;
  QString empty_text;
  std::set<std::int64_t> selected;
  int cursor = -1;
};

Plan ImageWall::Implementation::plan(double width) const {
  Plan made;
  made.caption = images && !images->captions.empty() ? caption_height : 0;
  const double room = std::max(width - 2, 8.0);  // outlines need a pixel on either side
  if (cell_size > 0) {
    made.side = std::min<double>(cell_size, room);
    made.columns = std::max(1, static_cast<int>((room + gap) / (made.side + gap)));
  } else {
    made.columns = std::max(1, static_cast<int>(std::lround((room + gap) / (usual_side + gap))));
    made.columns = std::clamp(made.columns, 1, std::max(1, count()));
    made.side = std::min(std::floor((room + gap) / made.columns - gap), 160.0);
  }
  made.side = std::max(made.side, 4.0);
  made.left = 1;
  return made;
}

double ImageWall::Implementation::heightNeeded(double width) const {
  const Plan made = plan(width);
  const int lines = (count() + made.columns - 1) / made.columns;
  return lines > 0 ? lines * made.pitch() - gap + 2 : 0;
}

QImage ImageWall::Implementation::image(int index) const {
  const auto plane = static_cast<std::size_t>(images->width) * static_cast<std::size_t>(images->height);
  const std::uint8_t* pixels =
      images->pixels.data() + static_cast<std::size_t>(index) * plane * static_cast<std::size_t>(images->channels);
  if (images->channels == 1) {
    QImage grey(images->width, images->height, QImage::Format_Grayscale8);
    for (int y = 0; y < images->height; ++y)
      std::copy_n(pixels + static_cast<std::size_t>(y) * static_cast<std::size_t>(images->width), images->width,
                  grey.scanLine(y));
    return grey;
  }
  QImage color(images->width, images->height, QImage::Format_RGB32);
  for (int y = 0; y < images->height; ++y) {
    auto* line = reinterpret_cast<QRgb*>(color.scanLine(y));
    for (int x = 0; x < images->width; ++x) {
      const std::size_t at =
          static_cast<std::size_t>(y) * static_cast<std::size_t>(images->width) + static_cast<std::size_t>(x);
      const std::size_t second = images->channels >= 3 ? plane : 0;
      line[x] = qRgb(pixels[at], pixels[at + second], pixels[at + 2 * second]);
    }
  }
  return color;
}

void ImageWall::Implementation::paint(QPainter& painter, const QSizeF& size, double scrolled, bool interactive) const {
  const Theme& colors = theme();
  painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
  if (count() == 0) {
    painter.setFont(themeFont(13));
    painter.setPen(colors.secondary);
    painter.drawText(QRectF(QPointF(), size), Qt::AlignCenter | Qt::TextWordWrap,
                     empty_text.isEmpty() ? ImageWall::tr("No pictures yet") : empty_text);
    return;
  }
  const Plan made = plan(size.width());
  const QFont font = themeFont(11);
  const QFontMetricsF metrics(font);
  const double ratio = painter.device() ? painter.device()->devicePixelRatioF() : 1;
  const int first = std::max(0, static_cast<int>(scrolled / made.pitch())) * made.columns;
  for (int i = first; i < count(); ++i) {
    const QRectF cell = made.at(i).translated(0, -scrolled);
    if (cell.top() > size.height()) break;
    const QImage picture = image(i);
    // Enlarged pixels stay pixels; only what is made smaller is smoothed.
    const QSizeF fitted = QSizeF(picture.size()).scaled(cell.size(), Qt::KeepAspectRatio);
    const bool larger = fitted.width() * ratio >= picture.width();
    QRectF target(QPointF(), fitted);
    target.moveCenter(cell.center());
    QPainterPath rounded;
    rounded.addRoundedRect(target, 4, 4);
    painter.save();
    painter.setClipPath(rounded);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, !larger);
    painter.drawImage(
        target,
        larger ? picture : picture.scaled((fitted * ratio).toSize(), Qt::IgnoreAspectRatio, Qt::SmoothTransformation));
    painter.restore();
    if (made.caption > 0) {
      painter.setFont(font);
      painter.setPen(colors.secondary);
      painter.drawText(QRectF(cell.left() - gap / 2, cell.bottom() + 1, cell.width() + gap, caption_height),
                       Qt::AlignCenter, metrics.elidedText(caption(i), Qt::ElideMiddle, cell.width() + gap - 2));
    }
    const bool chosen = ofRows() && selected.count(rowOf(i)) > 0;
    const bool pointed = interactive && view->hasFocus() && i == cursor;
    if (chosen || pointed) {
      painter.setBrush(Qt::NoBrush);
      painter.setPen(QPen(chosen ? colors.accent : colors.text, chosen ? 2 : 1.4));
      painter.drawRoundedRect(target, 4, 4);
    }
  }
}

void ImageWall::Implementation::hold(std::shared_ptr<const Images> made) {
  if (made) {
    const std::size_t needed =
        static_cast<std::size_t>(std::max(made->count, 0)) * static_cast<std::size_t>(std::max(made->channels, 0)) *
        static_cast<std::size_t>(std::max(made->height, 0)) * static_cast<std::size_t>(std::max(made->width, 0));
    if (needed == 0 && made->count > 0) return;
    if (made->pixels.size() < needed) return;  // shorter than it says
  }
  images = std::move(made);
  if (cursor >= count()) cursor = -1;
  view->setAccessibleDescription(ImageWall::tr("%1 pictures.").arg(wholeText(count())));
  arrange();
  view->updateGeometry();
  view->update();
  emit view->titleChanged();
}

void ImageWall::Implementation::arrange() {
  const bool overflows = heightNeeded(view->width()) > view->height();
  scroll->setVisible(overflows);
  scroll->setGeometry(view->width() - scroll_width, 0, scroll_width, view->height());
  const double content = heightNeeded(overflows ? view->width() - scroll_width : view->width());
  scroll->setRange(0, overflows ? static_cast<int>(std::ceil(content - view->height())) : 0);
  scroll->setPageStep(view->height());
  scroll->setSingleStep(std::max(8, static_cast<int>(plan(view->width()).pitch() / 2)));
}

int ImageWall::Implementation::indexAt(const QPointF& at) const {
  for (int i = 0; i < count(); ++i)
    if (view->imageRect(i).contains(at)) return i;
  return -1;
}

void ImageWall::Implementation::take(int index, bool add) {
  if (ofRows()) return choose(index, add);
  // Pictures of no row (samples, filters, feature maps) select nothing.
  cursor = index;
  view->update();
  emit view->madePicked(images, index);
}

void ImageWall::Implementation::choose(int index, bool add) {
  cursor = index;
  const std::int64_t row = rowOf(index);
  const bool known = selected.count(row) > 0;
  const bool alone = selected.size() == 1;
  if (!add) selected.clear();
  if (known && (add || alone))
    selected.erase(row);
  else
    selected.insert(row);
  view->update();
  QString description;
  if (selected.size() == 1) {
    description = ImageWall::tr("image %1").arg(wholeText(*selected.begin()));
    if (!caption(index).isEmpty() && *selected.begin() == row) description += QStringLiteral(" · ") + caption(index);
  } else if (!selected.empty()) {
    description = ImageWall::tr("%1 images").arg(wholeText(static_cast<std::int64_t>(selected.size())));
  }
  emit view->rowsSelected({selected.begin(), selected.end()}, description);
}

void ImageWall::Implementation::moveCursor(int by) {
  if (count() == 0) return;
  cursor = cursor < 0 ? 0 : std::clamp(cursor + by, 0, count() - 1);
  const QRectF cell = view->imageRect(cursor);
  if (cell.top() < 0) scroll->setValue(static_cast<int>(scroll->value() + cell.top() - 2));
  if (cell.bottom() + caption_height > view->height())
    scroll->setValue(static_cast<int>(std::ceil(scroll->value() + cell.bottom() + caption_height - view->height())));
  view->setAccessibleDescription(ImageWall::tr("Image %1: %2").arg(wholeText(rowOf(cursor)), caption(cursor)));
  view->update();
}

ImageWall::ImageWall(QWidget* parent) : View(parent), implementation_(std::make_unique<Implementation>(this)) {
  implementation_->scroll = new QScrollBar(Qt::Vertical, this);
  implementation_->scroll->hide();
  connect(implementation_->scroll, &QScrollBar::valueChanged, this, [this] { update(); });
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(title());
  setAccessibleDescription(tr("No pictures yet."));
}

ImageWall::~ImageWall() = default;

void ImageWall::setImages(std::shared_ptr<const Images> images) {
  implementation_->hold(std::move(images));
}

void ImageWall::setCellSize(int pixels) {
  implementation_->cell_size = std::max(pixels, 0);
  implementation_->arrange();
  updateGeometry();
  update();
}

void ImageWall::setEmptyText(const QString& text) {
  implementation_->empty_text = text;
  update();
}

QRectF ImageWall::imageRect(int index) const {
  const auto& self = *implementation_;
  if (index < 0 || index >= self.count()) return {};
  const double width = this->width() - (self.scroll->isHidden() ? 0 : scroll_width);
  return self.plan(width).at(index).translated(0, -self.scroll->value());
}

QString ImageWall::title() const {
  const auto& images = implementation_->images;
  return images && !images->title.empty() ? text(images->title) : tr("Images");
}

QString ImageWall::subtitle() const {
  return implementation_->images ? tr("%1 images").arg(wholeText(implementation_->count())) : QString();
}

void ImageWall::show(const Event& event) {
  const auto* images = std::get_if<std::shared_ptr<const Images>>(&event);
  if (images && *images) implementation_->hold(*images);
}

void ImageWall::highlightRows(const std::vector<std::int64_t>& rows) {
  implementation_->selected = {rows.begin(), rows.end()};
  update();
}

View::Numbers ImageWall::numbers() const {
  const auto& self = *implementation_;
  Numbers all;
  if (!self.images) return all;
  all.columns = {"image", "row", "caption"};
  for (int i = 0; i < self.count(); ++i)
    all.rows.push_back(
        {QString::number(i), self.images->rows.empty() ? QString() : QString::number(self.rowOf(i)), self.caption(i)});
  return all;
}

void ImageWall::paintTo(QPainter& painter, const QRectF& area) {
  painter.save();
  painter.translate(area.topLeft());
  painter.setClipRect(QRectF(QPointF(), area.size()));
  implementation_->paint(painter, area.size(), 0, false);
  painter.restore();
}

QSize ImageWall::sizeHint() const {
  return {280, std::clamp(heightForWidth(280), 80, 400)};
}
QSize ImageWall::minimumSizeHint() const {
  return {64, 64};
}
int ImageWall::heightForWidth(int width) const {
  return std::max(64, static_cast<int>(std::ceil(implementation_->heightNeeded(width))));
}

void ImageWall::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const auto& self = *implementation_;
  const double bar = self.scroll->isHidden() ? 0 : scroll_width;
  self.paint(painter, QSizeF(width() - bar, height()), self.scroll->value(), true);
}

void ImageWall::resizeEvent(QResizeEvent* event) {
  View::resizeEvent(event);
  implementation_->arrange();
}

void ImageWall::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return View::mousePressEvent(event);
  const int index = implementation_->indexAt(event->position());
  if (index >= 0) implementation_->take(index, event->modifiers().testFlag(Qt::ControlModifier));
}

void ImageWall::wheelEvent(QWheelEvent* event) {
  if (implementation_->scroll->isHidden()) return View::wheelEvent(event);
  QCoreApplication::sendEvent(implementation_->scroll, event);
}

void ImageWall::keyPressEvent(QKeyEvent* event) {
  auto& self = *implementation_;
  const int columns = self.plan(width()).columns;
  switch (event->key()) {
    case Qt::Key_Left:
      return self.moveCursor(-1);
    case Qt::Key_Right:
      return self.moveCursor(1);
    case Qt::Key_Up:
      return self.moveCursor(-columns);
    case Qt::Key_Down:
      return self.moveCursor(columns);
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
      if (self.cursor >= 0) self.take(self.cursor, event->modifiers().testFlag(Qt::ControlModifier));
      return;
    default:
      View::keyPressEvent(event);
  }
}

void ImageWall::changeEvent(QEvent* event) {
  View::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) update();
  if (event->type() == QEvent::LanguageChange && implementation_) emit titleChanged();
}

}  // namespace gb
