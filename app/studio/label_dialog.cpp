#include "app/studio/label_dialog.hpp"

#include <QCheckBox>
#include <QDir>
#include <QFrame>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "app/studio/error_text.hpp"
#include "app/studio/labels.hpp"
#include "app/studio/picture_stage.hpp"
#include "core/base/file.hpp"
#include "core/data/picture_file.hpp"
#include "core/data/picture_listing.hpp"

namespace gb {

namespace {

constexpr int largest_side = 1600;  ///< of a picture that is kept for the screen
constexpr std::size_t far = 8;      ///< pictures further away than this are forgotten

/// Null where it cannot be read.
QImage readImage(const std::filesystem::path& file) {
  try {
    load_picture_codecs();
    const std::string bytes = read_file(file, most_picture_bytes);
    DecodedPicture picture;
    const std::span<const std::uint8_t> span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    const auto header = picture_header(span);
    if (header.format == PictureFormat::none || !decode_picture(span, picture).empty()) return {};
    const auto format = picture.channels == 1   ? QImage::Format_Grayscale8
                        : picture.channels == 3 ? QImage::Format_RGB888
                                                : QImage::Format_RGBA8888;
    const QImage whole(picture.pixels.data(), static_cast<int>(picture.width), static_cast<int>(picture.height),
                       static_cast<qsizetype>(picture.width * picture.channels), format);
    if (std::max(whole.width(), whole.height()) <= largest_side) return whole.copy();
    return whole.scaled(largest_side, largest_side, Qt::KeepAspectRatio, Qt::SmoothTransformation);
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace

LabelDialog::LabelDialog(const QString& folder, QWidget* parent)
    : QDialog(parent), folder_(QDir::cleanPath(folder).toStdString()), file_(folder_ / picture_labels_name) {
  setObjectName("label-dialog");
  setWindowTitle(tr("Label pictures"));
  resize(1120, 680);
  setMinimumSize(860, 540);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(20, 16, 20, 16);
  layout->setSpacing(10);
  stack_ = new QStackedWidget;
  layout->addWidget(stack_);
  waiting_ = roleLabel("secondary", tr("Looking for pictures\u2026"));
  waiting_->setObjectName("label-waiting");
  waiting_->setAlignment(Qt::AlignCenter);
  waiting_->setWordWrap(true);
  stack_->addWidget(waiting_);

  auto* content = new QWidget;
  auto* columns = new QHBoxLayout(content);
  columns->setContentsMargins({});
  columns->setSpacing(16);
  auto* left = new QVBoxLayout;
  left->setSpacing(8);
  name_ = new ElidingLabel;
  name_->setProperty("role", "title");
  name_->setObjectName("label-name");
  left->addWidget(name_);
  stage_ = new PictureStage;
  stage_->setAccessibleName(tr("The picture and its neighbours"));
  left->addWidget(stage_, 1);
  columns->addLayout(left, 1);
  columns->addWidget(makeSide());
  stack_->addWidget(content);

  connect(stage_, &PictureStage::chosen, this, [this](qulonglong picture) { goTo(std::size_t(picture)); });
  lister_.run([folder = folder_, file = file_] { return list(folder, file); },
              [this](Listing listing) {
                if (listing.names.empty()) {
                  waiting_->setText(tr("There are no pictures in %1.").arg(QString::fromStdString(folder_.string())));
                } else {
                  labelling_ = std::make_unique<PictureLabelling>(std::move(listing.names), std::move(listing.labels));
                  const auto first = labelling_->unlabelled(0, true);
                  stack_->setCurrentIndex(1);
                  stage_->setFocus();
                  goTo(first < labelling_->size() ? first : 0);
                }
                emit listed();
              },
              [this](const std::exception_ptr& error) {
                waiting_->setText(errorText(error).sentence());
                emit listed();
              });
}

LabelDialog::~LabelDialog() = default;

LabelDialog::Listing LabelDialog::list(const std::filesystem::path& folder, const std::filesystem::path& file) {
  Listing listing;
  listing.names = picture_names(folder);
  std::error_code code;
  if (std::filesystem::exists(file, code)) {
    listing.labels = read_picture_labels(file, "data.labels");
    return listing;
  }
  // Sub-folders are classes already: nobody has to give them again.
  const auto sorted = list_pictures(folder);
  for (const auto& each : sorted.files)
    if (each.label >= 0 && std::binary_search(listing.names.begin(), listing.names.end(), each.name))
      listing.labels.classes[each.name] = sorted.classes[static_cast<std::size_t>(each.label)];
  return listing;
}

QWidget* LabelDialog::makeSide() {
  auto* frame = new QFrame;
  frame->setProperty("card", true);
  frame->setFixedWidth(270);
  auto* side = new QVBoxLayout(frame);
  side->setContentsMargins(14, 12, 14, 12);
  side->setSpacing(8);
  progress_ = roleLabel("secondary", {});
  progress_->setObjectName("label-progress");
  progress_->setWordWrap(true);
  bar_ = new QProgressBar;
  bar_->setTextVisible(false);
  bar_->setAccessibleName(tr("Labelled so far"));
  side->addWidget(progress_);
  side->addWidget(bar_);
  side->addWidget(sectionLabel(tr("Classes")));
  classes_ = new QListWidget;
  classes_->setObjectName("label-classes");
  classes_->setAccessibleName(tr("Classes and their keys"));
  classes_->setFocusPolicy(Qt::NoFocus);
  side->addWidget(classes_, 1);
  new_class_ = new QLineEdit;
  new_class_->setObjectName("label-new-class");
  new_class_->setPlaceholderText(tr("New class, then Enter"));
  new_class_->setAccessibleName(tr("Name of a new class"));
  new_class_->setMaxLength(80);
  new_class_->installEventFilter(this);
  side->addWidget(new_class_);
  only_ = new QCheckBox(tr("Only pictures without a class"));
  only_->setObjectName("label-only");
  side->addWidget(only_);
  auto* walk = new QHBoxLayout;
  previous_ = new QPushButton(tr("Back"));
  previous_->setObjectName("label-previous");
  next_ = new QPushButton(tr("Next"));
  next_->setObjectName("label-next");
  undo_ = new QPushButton(tr("Undo"));
  undo_->setObjectName("label-undo");
  for (auto* button : {previous_, next_, undo_}) walk->addWidget(button);
  side->addLayout(walk);
  auto* hint = roleLabel("secondary", tr("Keys 1\u20139 and letters give a class, arrows move, Delete takes it away."));
  hint->setWordWrap(true);
  side->addWidget(hint);
  error_ = roleLabel("error", {});
  error_->setObjectName("label-error");
  error_->setWordWrap(true);
  error_->hide();
  side->addWidget(error_);
  use_ = new QPushButton(tr("Use as data"));
  use_->setObjectName("label-use");
  use_->setProperty("primary", true);
  auto* close = new QPushButton(tr("Close"));
  close->setObjectName("label-close");
  side->addWidget(use_);
  side->addWidget(close);
  for (auto* button : {previous_, next_, undo_, use_, close}) button->setAutoDefault(false);
  // A click leaves the keyboard with the picture, where the keys of the classes are.
  for (auto* button : {previous_, next_, undo_}) button->setFocusPolicy(Qt::TabFocus);

  connect(previous_, &QPushButton::clicked, this, [this] { step(-1); });
  connect(next_, &QPushButton::clicked, this, [this] { step(1); });
  connect(undo_, &QPushButton::clicked, this, &LabelDialog::undo);
  connect(close, &QPushButton::clicked, this, &QDialog::reject);
  connect(classes_, &QListWidget::itemClicked, this,
          [this](QListWidgetItem* item) { giveNth(std::size_t(classes_->row(item))); });
  connect(new_class_, &QLineEdit::returnPressed, this, &LabelDialog::addClass);
  connect(only_, &QCheckBox::toggled, this, [this](bool on) {
    if (on && !labelling_->label(current_).empty()) step(1);
    stage_->setFocus();
    refresh();
  });
  connect(use_, &QPushButton::clicked, this, [this] {
    if (!writeNow()) return;
    emit dataMade(QString::fromStdString(folder_.string()), file());
    accept();
  });
  return frame;
}

QString LabelDialog::file() const {
  return QString::fromStdString(file_.string());
}

bool LabelDialog::shows() const {
  return labelling_ && pictures_.contains(current_);
}

void LabelDialog::goTo(std::size_t picture) {
  if (!labelling_ || picture >= labelling_->size()) return;
  current_ = picture;
  load();
  refresh();
}

void LabelDialog::step(int by) {
  if (!labelling_) return;
  const bool forward = by > 0;
  if (forward ? current_ + 1 >= labelling_->size() : current_ == 0) return;
  const std::size_t beside = forward ? current_ + 1 : current_ - 1;
  if (!only_->isChecked()) return goTo(beside);
  goTo(labelling_->unlabelled(beside, forward));
}

void LabelDialog::give(const std::string& kind) {
  if (!labelling_->give(current_, kind)) {
    if (!kind.empty()) step(1);
    return;
  }
  write();
  const std::size_t given = current_;
  if (!kind.empty()) step(1);
  // Among those without a class the last one was given one: the next lies before it.
  if (only_->isChecked() && current_ == given) {
    const auto left = labelling_->unlabelled(0, true);
    if (left < labelling_->size()) goTo(left);
  }
  refresh();
}

void LabelDialog::giveNth(std::size_t place) {
  if (!labelling_ || place >= labelling_->classes().size()) return;
  const std::string kind = labelling_->classes()[place];
  give(kind);
}

void LabelDialog::takeAway() {
  if (labelling_) give({});
}

void LabelDialog::undo() {
  if (!labelling_ || !labelling_->canUndo()) return;
  const auto picture = labelling_->undo();
  write();
  goTo(picture);
}

void LabelDialog::addClass() {
  const std::string kind = new_class_->text().trimmed().toStdString();
  if (!labelling_ || kind.empty()) return;
  new_class_->clear();
  labelling_->addClass(kind);
  stage_->setFocus();
  refresh();
}

bool LabelDialog::eventFilter(QObject* watched, QEvent* event) {
  if (watched == new_class_ && event->type() == QEvent::KeyPress &&
      static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
    new_class_->clear();
    stage_->setFocus();
    return true;
  }
  return QDialog::eventFilter(watched, event);
}

void LabelDialog::keyPressEvent(QKeyEvent* event) {
  if (!labelling_) return QDialog::keyPressEvent(event);
  if (event->matches(QKeySequence::Undo)) return undo();
  const bool plain = !(event->modifiers() & (Qt::ControlModifier | Qt::AltModifier));
  switch (event->key()) {
    case Qt::Key_Right:
    case Qt::Key_Down:
      return step(1);
    case Qt::Key_Left:
    case Qt::Key_Up:
      return step(-1);
    case Qt::Key_Home:
      return goTo(0);
    case Qt::Key_End:
      return goTo(labelling_->size() - 1);
    case Qt::Key_Delete:
    case Qt::Key_Backspace:
      return takeAway();
    case Qt::Key_Return:
    case Qt::Key_Enter:
      new_class_->setFocus();
      return;
    default:
      break;
  }
  const QString typed = event->text().toLower();
  for (std::size_t place = 0; plain && place < labelling_->classes().size(); ++place) {
    const QString key = classKey(place);
    if (!key.isEmpty() && typed == key) return giveNth(place);
  }
  QDialog::keyPressEvent(event);
}

void LabelDialog::refresh() {
  if (!labelling_) return;
  const QLocale locale;
  const auto& label = labelling_->label(current_);
  name_->setText(QString::fromStdString(labelling_->name(current_)));
  name_->setToolTip(name_->text());
  std::vector<PictureStage::Neighbour> strip;
  const std::size_t begin = current_ >= PictureStage::neighbours ? current_ - PictureStage::neighbours : 0;
  const std::size_t end = std::min(labelling_->size(), current_ + PictureStage::neighbours + 1);
  for (std::size_t i = begin; i < end; ++i) {
    const auto found = pictures_.constFind(i);
    const bool read = found != pictures_.constEnd();
    strip.push_back(
        {i, read ? *found : QImage(), QString::fromStdString(labelling_->label(i)), read && found->isNull()});
  }
  stage_->setPictures(std::move(strip), static_cast<int>(current_ - begin));
  stage_->setAccessibleDescription(label.empty()
                                       ? tr("%1, no class yet").arg(name_->text())
                                       : tr("%1, class %2").arg(name_->text(), QString::fromStdString(label)));
  const auto labelled = labelling_->labelled();
  progress_->setText(tr("Picture %1 of %2 \u00b7 %3 labelled")
                         .arg(locale.toString(qulonglong(current_ + 1)),
                              locale.toString(qulonglong(labelling_->size())), locale.toString(qulonglong(labelled))));
  bar_->setRange(0, static_cast<int>(labelling_->size()));
  bar_->setValue(static_cast<int>(labelled));
  classes_->clear();
  for (std::size_t place = 0; place < labelling_->classes().size(); ++place) {
    const auto& kind = labelling_->classes()[place];
    const QString key = classKey(place);
    auto* item = new QListWidgetItem(QStringLiteral("%1   %2  (%3)")
                                         .arg(key.isEmpty() ? QStringLiteral(" ") : key, QString::fromStdString(kind),
                                              locale.toString(qulonglong(labelling_->count(kind)))),
                                     classes_);
    item->setToolTip(QString::fromStdString(kind));
    if (kind == label) classes_->setCurrentItem(item);
  }
  previous_->setEnabled(current_ > 0);
  next_->setEnabled(current_ + 1 < labelling_->size());
  undo_->setEnabled(labelling_->canUndo());
  use_->setEnabled(labelled > 0);
}

void LabelDialog::load() {
  for (auto it = pictures_.begin(); it != pictures_.end();) {
    const std::size_t away = it.key() > current_ ? it.key() - current_ : current_ - it.key();
    it = away > far ? pictures_.erase(it) : std::next(it);
  }
  // The picture itself first, then those beside it.
  std::vector<std::size_t> wanted;
  for (std::size_t away = 0; away <= PictureStage::neighbours; ++away) {
    if (current_ + away < labelling_->size()) wanted.push_back(current_ + away);
    if (away > 0 && current_ >= away) wanted.push_back(current_ - away);
  }
  std::erase_if(wanted, [&](std::size_t i) { return pictures_.contains(i); });
  if (wanted.empty()) return;
  const std::size_t next = wanted.front();
  loader_.run([file = folder_ / labelling_->name(next)] { return readImage(file); },
              [this, next](QImage image) {
                pictures_.insert(next, std::move(image));
                refresh();
                load();
              },
              [](const std::exception_ptr&) {});
}

void LabelDialog::write(Turn& turn, int number, const std::filesystem::path& file, const PictureLabels& labels) {
  const std::lock_guard lock(turn.mutex);
  if (number < turn.written) return;
  write_picture_labels(file, labels);
  turn.written = number;
}

void LabelDialog::write() {
  dirty_ = true;
  if (writer_.busy()) return;
  dirty_ = false;
  writer_.run(
      [turn = turn_, number = ++writings_, file = file_, labels = labelling_->labels()] {
        write(*turn, number, file, labels);
        return true;
      },
      [this](bool) {
        error_->hide();
        if (dirty_) write();
      },
      [this](const std::exception_ptr& error) {
        dirty_ = true;
        error_->setText(errorText(error).sentence());
        error_->show();
      });
}

bool LabelDialog::writeNow() {
  writer_.forget();
  try {
    write(*turn_, ++writings_, file_, labelling_->labels());
    dirty_ = false;
    return true;
  } catch (const Error&) {
    error_->setText(errorText(std::current_exception()).sentence());
    error_->show();
    return false;
  }
}

void LabelDialog::reject() {
  // What cannot be written is told once; whoever closes again wants to.
  if (labelling_ && (dirty_ || writer_.busy()) && !writeNow() && dirty_ && error_->property("told") != true) {
    error_->setProperty("told", true);
    return;
  }
  QDialog::reject();
}

}  // namespace gb
