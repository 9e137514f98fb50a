#include "app/studio/gallery_page.hpp"

#include <QGuiApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QScrollArea>
#include <QTextLayout>
#include <QVBoxLayout>
#include <algorithm>

#include "app/studio/labels.hpp"
#include "app/studio/responsive_grid.hpp"
#include "core/base/file.hpp"
#include "widgets/theme.hpp"

namespace gb {

namespace {

constexpr int picture_height = 150;
constexpr int text_height = 82;
constexpr int card_radius = 10;
constexpr int side_margin = 80;
constexpr int least_card = 260;

/// The ground of the dashed line below the cards: says where a file may be dropped.
class DropLine : public QLabel {
 public:
  using QLabel::QLabel;

 protected:
  void paintEvent(QPaintEvent* event) override {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(blended(theme().line, theme().secondary, 0.35), 1, Qt::DashLine));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), card_radius, card_radius);
    painter.end();
    QLabel::paintEvent(event);
  }
};

/// Up to `lines` lines of text, the last one elided.
void drawLines(QPainter& painter, const QRect& area, const QString& text, int lines) {
  QTextLayout layout(text, painter.font());
  QTextOption option;
  option.setWrapMode(QTextOption::WordWrap);
  layout.setTextOption(option);
  layout.beginLayout();
  const QFontMetrics metrics(painter.font());
  const int spacing = metrics.height() + 1;
  for (int i = 0; i < lines; ++i) {
    QTextLine line = layout.createLine();
    if (!line.isValid()) break;
    line.setLineWidth(area.width());
    const QString rest = text.mid(line.textStart());
    const bool cut = i + 1 == lines && line.textStart() + line.textLength() < text.size();
    const QString shown =
        cut ? metrics.elidedText(rest, Qt::ElideRight, area.width()) : text.mid(line.textStart(), line.textLength());
    painter.drawText(area.x(), area.y() + i * spacing + metrics.ascent(), shown);
  }
  layout.endLayout();
}

}  // namespace

GalleryCard::GalleryCard(const GalleryEntry& entry, QWidget* parent) : QFrame(parent), entry_(entry) {
  setFocusPolicy(Qt::StrongFocus);
  setCursor(Qt::PointingHandCursor);
  setAccessibleName(entry.title);
  setAccessibleDescription(entry.description);
  setToolTip(entry.description);
  setObjectName(QStringLiteral("card-") + entry.picture());
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

int GalleryCard::heightForWidth(int) const {
  return picture_height + text_height;
}

QSize GalleryCard::sizeHint() const {
  return {306, picture_height + text_height};
}

const QPixmap& GalleryCard::picture() {
  const bool dark = theme().dark;
  if (picture_.isNull() || picture_dark_ != dark) {
    const QString name =
        QStringLiteral("%1-%2.png").arg(entry_.picture(), dark ? QStringLiteral("dark") : QStringLiteral("light"));
    const auto file = resource_folder() / "icons" / "gallery" / name.toStdString();
    picture_.load(QString::fromStdString(file.string()));
    picture_dark_ = dark;
  }
  return picture_;
}

void GalleryCard::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
  const QRectF frame = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
  QPainterPath shape;
  shape.addRoundedRect(frame, card_radius, card_radius);
  painter.fillPath(shape, theme().panel);
  painter.save();
  painter.setClipPath(shape);
  const QRect head(0, 0, width(), picture_height);
  painter.fillRect(head, theme().window);
  const QPixmap& image = picture();
  if (!image.isNull()) {
    // Pictures are drawn twice as large as they are shown and keep their proportions; what is too wide is cut evenly.
    const double scale = std::max(double(width()) / image.width(), double(picture_height) / image.height());
    const QSizeF size(image.width() * scale, image.height() * scale);
    painter.drawPixmap(
        QRectF((width() - size.width()) / 2, (picture_height - size.height()) / 2, size.width(), size.height()), image,
        QRectF(image.rect()));
  }
  painter.restore();
  const bool marked = hasFocus() || underMouse();
  painter.setPen(QPen(marked ? theme().accent : theme().line, hasFocus() ? 1.6 : 1));
  painter.drawPath(shape);

  const int left = 15;
  const QRect text(left, picture_height + 14, width() - 2 * left, text_height);
  painter.setFont(themeFont(14, QFont::DemiBold));
  painter.setPen(theme().text);
  painter.drawText(QRect(text.left(), text.top(), text.width(), 18), Qt::AlignLeft | Qt::AlignVCenter,
                   painter.fontMetrics().elidedText(entry_.title, Qt::ElideRight, text.width()));
  painter.setFont(themeFont(13));
  painter.setPen(theme().secondary);
  drawLines(painter, text.adjusted(0, 22, 0, 0), entry_.description, 2);
}

void GalleryCard::mousePressEvent(QMouseEvent* event) {
  pressed_ = event->button() == Qt::LeftButton;
}

void GalleryCard::mouseReleaseEvent(QMouseEvent* event) {
  if (pressed_ && event->button() == Qt::LeftButton && rect().contains(event->pos())) emit clicked();
  pressed_ = false;
}

void GalleryCard::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space)
    emit clicked();
  else
    QFrame::keyPressEvent(event);
}

void GalleryCard::enterEvent(QEnterEvent*) {
  update();
}

void GalleryCard::leaveEvent(QEvent*) {
  update();
}

void GalleryCard::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) update();
  QFrame::changeEvent(event);
}

GalleryPage::GalleryPage(QWidget* parent) : QWidget(parent) {
  setObjectName("gallery");
  auto* page = new QVBoxLayout(this);
  page->setContentsMargins(0, 0, 0, 0);
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);
  page->addWidget(scroll);
  content_ = new QWidget;
  content_->setProperty("scrolled", true);
  scroll->setWidget(content_);
  outer_ = new QVBoxLayout(content_);
  outer_->setContentsMargins(side_margin, 36, side_margin, 36);
  outer_->setSpacing(0);
  outer_->addWidget(roleLabel("heading", tr("What would you like to watch learn?")));
  outer_->addSpacing(6);
  auto* line = roleLabel("secondary", tr("Pick one and press Run. Everything stays on this machine."));
  line->setFont(themeFont(14));
  outer_->addWidget(line);
  outer_->addSpacing(22);
  auto* holder = new QWidget;
  grid_ = new ResponsiveGrid(holder, least_card, 4, 18);
  outer_->addWidget(holder);
  outer_->addSpacing(24);
  auto* drop = new DropLine(tr("Drop a CSV, IDX or NPY file, or an experiment, anywhere"));
  drop->setProperty("role", "secondary");
  drop->setAlignment(Qt::AlignCenter);
  drop->setFixedHeight(60);
  outer_->addWidget(drop);
  outer_->addStretch(1);
}

void GalleryPage::setEntries(const std::vector<GalleryEntry>& entries) {
  for (auto* card : cards_) delete card;
  cards_.clear();
  for (const auto& entry : entries) {
    auto* card = new GalleryCard(entry);
    addCard(card);
    connect(card, &GalleryCard::clicked, this, [this, card] { emit chosen(card->entry()); });
  }
}

void GalleryPage::addCard(GalleryCard* card) {
  grid_->addWidget(card);
  cards_.push_back(card);
}

void GalleryPage::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  const int side = std::clamp(width() / 18, 24, side_margin);
  // Cards never grow past what their pictures bear.
  const int spare = std::max(0, width() - 2 * side - 1400) / 2;
  outer_->setContentsMargins(side + spare, 36, side + spare, 36);
}

void GalleryPage::keyPressEvent(QKeyEvent* event) {
  const auto focused =
      std::find_if(cards_.begin(), cards_.end(), [](const GalleryCard* card) { return card->hasFocus(); });
  if (focused == cards_.end()) return QWidget::keyPressEvent(event);
  const int columns = grid_->columnsAt(grid_->geometry().width());
  int step = 0;
  switch (event->key()) {
    case Qt::Key_Left:
      step = -1;
      break;
    case Qt::Key_Right:
      step = 1;
      break;
    case Qt::Key_Up:
      step = -columns;
      break;
    case Qt::Key_Down:
      step = columns;
      break;
    default:
      return QWidget::keyPressEvent(event);
  }
  const auto next = (focused - cards_.begin()) + step;
  if (next >= 0 && next < static_cast<std::ptrdiff_t>(cards_.size()))
    cards_[static_cast<std::size_t>(next)]->setFocus(Qt::TabFocusReason);
}

}  // namespace gb
