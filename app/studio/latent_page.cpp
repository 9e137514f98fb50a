#include "app/studio/latent_page.hpp"

#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QFrame>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QPushButton>
#include <QSlider>
#include <QStandardPaths>
#include <QVBoxLayout>

#include "app/studio/error_text.hpp"
#include "app/studio/labels.hpp"
#include "core/base/file.hpp"
#include "core/run/pictures.hpp"
#include "widgets/images/image_wall.hpp"

namespace gb {

namespace {

constexpr Eigen::Index samples_shown = 48, frames = 10;
constexpr int slider_steps = 60;
constexpr float slider_reach = 6;  ///< how far a slider moves along its direction, in deviations

QString written(const QString& path, const Picture& picture) {
  try {
    write_file_atomically(path.toStdString(), to_png(picture));
    return {};
  } catch (const std::exception& error) {
    return QString::fromUtf8(error.what());
  }
}

/// All images in one row, without frames.
Picture strip(const Images& images) {
  Picture all;
  all.width = images.count * images.width;
  all.height = images.height;
  all.rgb.resize(static_cast<std::size_t>(all.width) * static_cast<std::size_t>(all.height) * 3);
  for (int i = 0; i < images.count; ++i) {
    const Picture one = plain(images, i);
    for (int y = 0; y < one.height; ++y)
      std::copy_n(one.rgb.begin() + std::ptrdiff_t{y} * one.width * 3, one.width * 3,
                  all.rgb.begin() + (std::ptrdiff_t{y} * all.width + std::ptrdiff_t{i} * one.width) * 3);
  }
  return all;
}

/// A folder of this name under a name that file systems take.
QString folderName(const std::string& name) {
  QString text = QString::fromStdString(name);
  for (QChar& letter : text)
    if (!letter.isLetterOrNumber() && letter != '-' && letter != '_' && letter != ' ') letter = '_';
  return text.isEmpty() ? QStringLiteral("class") : text;
}

}  // namespace

QString writeSamples(const PictureMaker& maker, const std::vector<std::int32_t>& classes, const QString& folder,
                     int count, std::uint64_t seed) {
  const auto images = maker.images(maker.latents(count, seed), classes);
  const QDir place(folder);
  for (int i = 0; i < images->count; ++i) {
    const QString kind = classes.empty()
                             ? QStringLiteral("generated")
                             : folderName(maker.form.classes[static_cast<std::size_t>(classes[std::size_t(i)])]);
    if (!place.mkpath(kind)) return LatentPage::tr("The folder %1 cannot be made.").arg(place.filePath(kind));
    const QString file = QStringLiteral("/generated-%1.png").arg(i + 1, 6, 10, QLatin1Char('0'));
    const QString problem = written(place.filePath(kind + file), plain(*images, i));
    if (!problem.isEmpty()) return problem;
  }
  return {};
}

LatentPage::LatentPage(QWidget* parent) : QWidget(parent) {
  setObjectName("latent-page");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(14, 10, 14, 10);
  layout->setSpacing(10);

  auto* head = new QHBoxLayout;
  head->setSpacing(10);
  class_ = new QComboBox;
  class_->setObjectName("latent-class");
  class_->setAccessibleName(tr("Class to make"));
  auto* fresh = new QPushButton(tr("New samples"));
  fresh->setObjectName("latent-new");
  auto* save = new QPushButton(tr("Save"));
  save->setObjectName("latent-save");
  auto* menu = new QMenu(save);
  menu->addAction(tr("Samples as one picture..."), this, [this] { askForGrid(false); });
  menu->addAction(tr("The way as a strip..."), this, [this] { askForGrid(true); });
  menu->addAction(tr("Samples as files..."), this, [this] { askForFiles(false); });
  menu->addSeparator();
  menu->addAction(tr("Samples as data of a new experiment..."), this, [this] { askForFiles(true); });
  save->setMenu(menu);
  auto* back = new QPushButton(tr("Back to the run"));
  back->setObjectName("latent-back");
  head->addWidget(roleLabel("title", tr("Explore")));
  auto* hint = new ElidingLabel(tr("Click a sample to change it; hold Ctrl for a second and a third one."));
  hint->setProperty("role", "secondary");
  head->addWidget(hint, 1);
  head->addWidget(class_);
  head->addWidget(fresh);
  head->addWidget(save);
  head->addWidget(back);
  layout->addLayout(head);

  auto* columns = new QHBoxLayout;
  columns->setSpacing(12);
  QVBoxLayout* left = nullptr;
  columns->addWidget(card(left, 6), 3);
  samples_ = new ImageWall;
  samples_->setObjectName("latent-samples");
  samples_->setCellSize(64);
  samples_->setAccessibleName(tr("Samples"));
  left->addWidget(samples_, 1);

  QVBoxLayout* right = nullptr;
  columns->addWidget(card(right, 6), 2);
  words_ = roleLabel("section", {});
  right->addWidget(words_);
  picture_ = new ImageWall;
  picture_->setObjectName("latent-picture");
  picture_->setCellSize(120);
  picture_->setFixedHeight(132);
  picture_->setAccessibleName(tr("The picture that the sliders change"));
  right->addWidget(picture_);
  for (std::size_t i = 0; i < sliders_.size(); ++i) {
    auto* row = new QWidget;
    auto* line = new QHBoxLayout(row);
    line->setContentsMargins(0, 0, 0, 0);
    auto* slider = new QSlider(Qt::Horizontal);
    slider->setObjectName(QStringLiteral("latent-slider-%1").arg(i + 1));
    slider->setRange(-slider_steps, slider_steps);
    slider->setAccessibleName(tr("Direction %1").arg(i + 1));
    auto* label = roleLabel("secondary", tr("Direction %1").arg(i + 1));
    label->setBuddy(slider);
    label->setMinimumWidth(84);
    line->addWidget(label);
    line->addWidget(slider, 1);
    connect(slider, &QSlider::valueChanged, this, &LatentPage::remake);
    sliders_[i] = slider;
    slider_rows_.push_back(row);
    right->addWidget(row);
  }
  auto* buttons = new QHBoxLayout;
  auto* reset = new QPushButton(tr("Sliders to the middle"));
  reset->setObjectName("latent-reset");
  sum_ = new QPushButton(tr("First - second + third"));
  sum_->setObjectName("latent-sum");
  sum_->setToolTip(
      tr("With three samples chosen: what tells the first from the second, added to the third "
         "(Radford et al. 2016)"));
  buttons->addWidget(reset);
  buttons->addWidget(sum_);
  buttons->addStretch(1);
  right->addLayout(buttons);
  right->addStretch(1);
  layout->addLayout(columns, 1);

  QVBoxLayout* below = nullptr;
  layout->addWidget(card(below, 6));
  walk_words_ = roleLabel("section", {});
  below->addWidget(walk_words_);
  walk_ = new ImageWall;
  walk_->setObjectName("latent-walk");
  walk_->setCellSize(56);
  walk_->setFixedHeight(68);
  walk_->setAccessibleName(tr("The way from the first chosen sample to the second"));
  below->addWidget(walk_);

  connect(back, &QPushButton::clicked, this, &LatentPage::backRequested);
  connect(fresh, &QPushButton::clicked, this, [this] {
    ++seed_;
    drawSamples();
  });
  connect(class_, &QComboBox::currentIndexChanged, this, [this] { drawSamples(); });
  connect(reset, &QPushButton::clicked, this, [this] {
    resetSliders();
    remake();
  });
  connect(sum_, &QPushButton::clicked, this, [this] {
    if (chosen_.size() < 3) return;
    const auto row = [&](std::size_t i) { return latents_.row(static_cast<Eigen::Index>(chosen_[i])); };
    base_ = row(0) - row(1) + row(2);
    resetSliders();
    remake();
  });
  connect(samples_, &View::rowsSelected, this,
          [this](const std::vector<std::int64_t>& rows, const QString&) { choose(rows); });
  refreshWords();
}

void LatentPage::setMaker(std::shared_ptr<const PictureMaker> maker) {
  if (maker_ == maker) return;
  maker_ = std::move(maker);
  sampling_.forget();
  making_.forget();
  const QSignalBlocker quiet(class_);
  class_->clear();
  class_->setVisible(maker_ && !maker_->form.classes.empty());
  if (!maker_) return;
  class_->addItem(tr("All classes"));
  for (const auto& name : maker_->form.classes) class_->addItem(QString::fromStdString(name));
  for (std::size_t i = 0; i < slider_rows_.size(); ++i)
    slider_rows_[i]->setVisible(static_cast<Eigen::Index>(i) < maker_->directions.rows());
  seed_ = 1;
  drawSamples();
}

std::vector<std::int32_t> LatentPage::classesFor(Eigen::Index count) const {
  std::vector<std::int32_t> classes;
  const auto kinds = static_cast<int>(maker_->form.classes.size());
  for (int i = 0; kinds > 0 && i < count; ++i)
    classes.push_back(class_->currentIndex() > 0 ? class_->currentIndex() - 1 : i % kinds);
  return classes;
}

void LatentPage::drawSamples() {
  if (!maker_) return;
  latents_ = maker_->latents(samples_shown, seed_);
  chosen_ = {0, 1};
  base_ = latents_.topRows(1);
  resetSliders();
  sampling_.run([maker = maker_, latents = latents_,
                 classes = classesFor(samples_shown)] { return maker->images(latents, classes); },
                [this](const std::shared_ptr<const Images>& images) {
                  shown_samples_ = images;
                  samples_->setImages(images);
                  samples_->highlightRows({0, 1});
                  remake();
                },
                [this](std::exception_ptr error) { emit failed(errorText(error).sentence()); });
  refreshWords();
}

void LatentPage::choose(const std::vector<std::int64_t>& rows) {
  if (!maker_) return;
  // The wall tells the set; the order is that of the clicks.
  std::vector<std::size_t> kept;
  const auto wanted = [&](std::size_t row) {
    return std::find(rows.begin(), rows.end(), static_cast<std::int64_t>(row)) != rows.end();
  };
  for (const std::size_t row : chosen_)
    if (wanted(row)) kept.push_back(row);
  for (const auto row : rows)
    if (std::find(kept.begin(), kept.end(), static_cast<std::size_t>(row)) == kept.end())
      kept.push_back(static_cast<std::size_t>(row));
  if (kept.size() > 3) kept.erase(kept.begin(), kept.end() - 3);
  const bool another = kept.empty() || chosen_.empty() || kept.front() != chosen_.front();
  chosen_ = kept;
  std::vector<std::int64_t> marked(chosen_.begin(), chosen_.end());
  samples_->highlightRows(marked);
  if (another && !chosen_.empty()) {
    base_ = latents_.row(static_cast<Eigen::Index>(chosen_.front()));
    resetSliders();
  }
  refreshWords();
  remake();
}

void LatentPage::resetSliders() {
  for (QSlider* slider : sliders_) {
    const QSignalBlocker quiet(slider);
    slider->setValue(0);
  }
}

MatrixF LatentPage::current() const {
  MatrixF vector = base_;
  for (Eigen::Index i = 0; i < maker_->directions.rows(); ++i) {
    const int value = sliders_[static_cast<std::size_t>(i)]->value();
    vector += slider_reach * static_cast<float>(value) / slider_steps * maker_->directions.row(i);
  }
  return vector;
}

void LatentPage::remake() {
  if (!maker_ || base_.rows() == 0) return;
  const auto all = classesFor(samples_shown);
  const std::size_t first = chosen_.empty() ? 0 : chosen_.front();
  std::vector<std::int32_t> own, along;
  if (!all.empty()) {
    own = {all[first]};
    along.assign(static_cast<std::size_t>(frames), all[first]);
  }
  MatrixF way;
  if (chosen_.size() > 1)
    way = latent_walk(latents_.row(static_cast<Eigen::Index>(chosen_[0])),
                      latents_.row(static_cast<Eigen::Index>(chosen_[1])), frames);
  struct Made {
    std::shared_ptr<const Images> picture, walk;
  };
  making_.run(
      [maker = maker_, vector = current(), own, way, along] {
        return Made{maker->images(vector, own), way.rows() > 0 ? maker->images(way, along) : nullptr};
      },
      [this](const Made& what) {
        picture_->setImages(what.picture);
        shown_walk_ = what.walk;
        walk_->setImages(what.walk ? what.walk : std::make_shared<const Images>());
        emit made();
      },
      [this](std::exception_ptr error) { emit failed(errorText(error).sentence()); });
}

void LatentPage::refreshWords() {
  const auto number = [&](std::size_t i) { return QLocale().toString(qulonglong(chosen_[i] + 1)); };
  words_->setText(chosen_.empty() ? tr("No sample chosen") : tr("Sample %1, changed by the sliders").arg(number(0)));
  walk_words_->setText(chosen_.size() > 1 ? tr("The way from sample %1 to sample %2").arg(number(0), number(1))
                                          : tr("Choose a second sample to see the way there"));
  sum_->setEnabled(chosen_.size() == 3);
}

QString LatentPage::saveGrid(const QString& path) const {
  return shown_samples_ ? written(path, draw(*shown_samples_)) : tr("There are no samples yet.");
}

QString LatentPage::saveWalk(const QString& path) const {
  return shown_walk_ ? written(path, strip(*shown_walk_)) : tr("Choose two samples first.");
}

void LatentPage::askForGrid(bool walk) {
  const QString place = QStandardPaths::writableLocation(QStandardPaths::PicturesLocation);
  const QString path = QFileDialog::getSaveFileName(
      this, walk ? tr("Save the way") : tr("Save the samples"),
      QDir(place).filePath(walk ? QStringLiteral("walk.png") : QStringLiteral("samples.png")), tr("Pictures (*.png)"));
  if (path.isEmpty()) return;
  const QString problem = walk ? saveWalk(path) : saveGrid(path);
  if (problem.isEmpty())
    emit told(tr("Saved %1.").arg(path));
  else
    emit failed(problem);
}

void LatentPage::askForFiles(bool asDataset) {
  if (!maker_) return;
  bool agreed = false;
  const int count =
      QInputDialog::getInt(this, tr("Samples as files"), tr("How many pictures?"), 200, 1, 100000, 100, &agreed);
  if (!agreed) return;
  const QString folder = QFileDialog::getExistingDirectory(this, tr("Folder for the pictures"));
  if (folder.isEmpty()) return;
  writing_.run([maker = maker_, classes = classesFor(count), folder, count,
                seed = seed_ + 1000] { return writeSamples(*maker, classes, folder, count, seed); },
               [this, folder, asDataset](const QString& problem) {
                 if (!problem.isEmpty())
                   emit failed(problem);
                 else if (asDataset)
                   emit datasetRequested(folder);
                 else
                   emit told(tr("Saved the samples in %1.").arg(folder));
               },
               [this](std::exception_ptr error) { emit failed(errorText(error).sentence()); });
}

}  // namespace gb
