#include "app/studio/augment_page.hpp"

#include <QCheckBox>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <utility>

#include "app/studio/augment_section.hpp"
#include "app/studio/core_text.hpp"
#include "app/studio/labels.hpp"
#include "core/data/augment.hpp"
#include "widgets/images/image_wall.hpp"
#include "widgets/params/parameter_form.hpp"

namespace gb {

namespace {

constexpr int variants = 11;
/// Far from one picture to the next: neighbours in a file are often alike.
constexpr std::size_t stride = 7919;

/// The picture itself, then what the first epochs would make of it.
std::shared_ptr<const Images> variantsOf(const Dataset& dataset, std::size_t row, const Augmentation& augmentation,
                                         std::uint64_t seed, const std::vector<std::string>& captions) {
  const ImageSet& set = *dataset.images();
  auto images = std::make_shared<Images>();
  images->view = "variants";
  images->count = variants + 1;
  images->channels = static_cast<int>(set.channels);
  images->height = static_cast<int>(set.height);
  images->width = static_cast<int>(set.width);
  images->captions = captions;
  images->pixels.assign(set.image(row), set.image(row) + set.pixels_each());
  for (std::int64_t epoch = 0; epoch < variants; ++epoch) {
    const auto varied = augmented(set, row, augmentation, seed, epoch);
    images->pixels.insert(images->pixels.end(), varied.begin(), varied.end());
  }
  return images;
}

/// What is valid of the fields that are written.
Json validFields(const Json& written) {
  Json values = Json::object();
  if (!written.is_object()) return values;
  for (const auto& spec : augmentation_schema().specs()) {
    if (!written.contains(spec.name)) continue;
    try {
      values[spec.name] = validated_value(spec, written[spec.name], spec.name);
    } catch (const ParamError&) {
      continue;  // the form says so at the field
    }
  }
  return values;
}

}  // namespace

AugmentPage::AugmentPage(ExperimentDocument& document, QWidget* parent) : QWidget(parent), document_(document) {
  setObjectName("augment-page");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(14, 10, 14, 10);
  layout->setSpacing(10);
  auto* head = new QHBoxLayout;
  head->setSpacing(10);
  auto* back = new QPushButton(tr("Back to the run"));
  back->setObjectName("augment-back");
  another_ = new QPushButton(tr("Another picture"));
  another_->setObjectName("augment-another");
  head->addWidget(roleLabel("title", tr("Varied pictures")));
  head->addWidget(roleLabel("secondary", tr("one picture as the first epochs may see it")), 1);
  head->addWidget(another_);
  head->addWidget(back);
  layout->addLayout(head);

  auto* columns = new QHBoxLayout;
  columns->setSpacing(12);
  auto* left = new QFrame;
  left->setProperty("card", true);
  auto* inner = new QVBoxLayout(left);
  inner->setContentsMargins(4, 4, 4, 4);
  wall_ = new ImageWall;
  wall_->setObjectName("variants");
  wall_->setCellSize(112);
  wall_->setAccessibleName(tr("Variants of one picture"));
  inner->addWidget(wall_, 1);
  note_ = roleLabel("secondary", {});
  note_->setWordWrap(true);
  note_->setContentsMargins(10, 0, 10, 8);
  inner->addWidget(note_);
  columns->addWidget(left, 1);

  auto* right = new QFrame;
  right->setProperty("card", true);
  right->setFixedWidth(320);
  auto* outer = new QVBoxLayout(right);
  outer->setContentsMargins(1, 6, 1, 6);
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);
  outer->addWidget(scroll);
  auto* body = new QWidget;
  body->setProperty("scrolled", true);
  scroll->setWidget(body);
  auto* fields = new QVBoxLayout(body);
  fields->setContentsMargins(14, 6, 14, 10);
  fields->setSpacing(8);
  box_ = new QCheckBox(tr("Vary the pictures"));
  box_->setObjectName("augment-switch");
  form_ = new ParameterForm;
  form_->setObjectName("augment-form");
  form_->setFollowed(true);
  form_->setSchema(augmentation_schema().specs(), Json::object());
  fields->addWidget(box_);
  fields->addWidget(form_);
  fields->addStretch(1);
  columns->addWidget(right);
  layout->addLayout(columns, 1);

  connect(back, &QPushButton::clicked, this, &AugmentPage::backRequested);
  connect(another_, &QPushButton::clicked, this, [this] {
    if (!dataset_ || dataset_->rows() == 0) return;
    row_ = (row_ + stride) % dataset_->rows();
    remake();
  });
  connect(box_, &QCheckBox::toggled, this, [this](bool on) { switchAugment(document_, on); });
  connect(form_, &ParameterForm::valueChanged, this, [this](const QString& name, const Json& value) {
    form_->setFieldError(name, {});
    const auto* spec = find_spec(augmentation_schema().specs(), name.toStdString());
    document_.edit(tr("Change of %1").arg(coreText(spec->label)), QStringLiteral("augment.") + name, [&](Json& json) {
      Json& augment = json["augment"];
      if (!augment.is_object()) augment = Json::object();
      if (value == spec->default_value)
        augment.erase(spec->name);
      else
        augment[spec->name] = value;
    });
  });
  connect(&document, &ExperimentDocument::changed, this, &AugmentPage::refresh);
  refresh();
}

bool AugmentPage::applies() const {
  return augmentApplies(document_) || !augmentOf(document_).is_null();
}

void AugmentPage::setDataset(const std::shared_ptr<const Dataset>& dataset) {
  if (dataset == dataset_) return;
  dataset_ = dataset;
  row_ = 0;
  refresh();
}

void AugmentPage::setRunning(bool running) {
  form_->setRunning(running);
  box_->setEnabled(!running);
}

void AugmentPage::setError(const QString& field, const QString& reason) {
  if (field.section('.', 0, 0) == QLatin1String("augment")) form_->setFieldError(field.section('.', 1), reason);
}

void AugmentPage::refresh() {
  const Json written = augmentOf(document_);
  const bool on = !written.is_null();
  {
    const QSignalBlocker quiet(box_);
    box_->setChecked(on);
  }
  form_->setVisible(on);
  Json complete = Json::object();
  const Json valid = validFields(written);
  for (const auto& spec : augmentation_schema().specs())
    complete[spec.name] = valid.contains(spec.name) ? valid[spec.name] : spec.default_value;
  if (complete != form_->values()) form_->setValues(written.is_null() ? Json::object() : written);
  remake();
}

void AugmentPage::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (stale_) remake();
}

/// One job at a time: what changes meanwhile is made when that is done, so that a slider never waits for a queue.
void AugmentPage::remake() {
  stale_ = true;
  const bool pictures = dataset_ && dataset_->images() && dataset_->rows() > 0;
  another_->setEnabled(pictures && dataset_->rows() > 1);
  if (!pictures) {
    wall_->setImages(nullptr);
    wall_->setEmptyText(dataset_ ? tr("The data is a table: only pictures can be varied.")
                                 : tr("Variants are shown once the data has been read."));
    note_->hide();
    return;
  }
  if (!isVisible() || background_.busy()) return;
  stale_ = false;
  const Json fields = validFields(augmentOf(document_));
  const Augmentation augmentation = augmentation_schema().read(fields, "augment");
  note_->setText(augmentation.blends() ? tr("Mixup and CutMix blend the pictures of a batch; that is not shown here.")
                 : !augmentation.changes_pictures() ? tr("Nothing is varied: every epoch sees the same picture.")
                                                    : QString());
  note_->setVisible(!note_->text().isEmpty());
  const Json seed = document_.json().value("seed", Json(0));
  std::vector<std::string> captions{tr("as it is").toStdString()};
  for (int epoch = 1; epoch <= variants; ++epoch)
    captions.push_back(tr("epoch %1").arg(QLocale().toString(epoch)).toStdString());
  const auto again = [this] {
    if (stale_) remake();
  };
  background_.run(
      [data = dataset_, row = row_, augmentation, captions,
       seed = seed.is_number_integer() ? seed.get<std::uint64_t>() : 0] {
        return variantsOf(*data, row, augmentation, seed, captions);
      },
      [this, again](const std::shared_ptr<const Images>& images) {
        if (dataset_) wall_->setImages(images);
        if (!stale_) emit previewed();
        again();
      },
      [this, again](const std::exception_ptr& error) {
        try {
          std::rethrow_exception(error);
        } catch (const std::exception& reason) {
          wall_->setImages(nullptr);
          wall_->setEmptyText(QString::fromUtf8(reason.what()));
        }
        again();
      });
}

}  // namespace gb
