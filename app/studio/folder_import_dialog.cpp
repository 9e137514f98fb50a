#include "app/studio/folder_import_dialog.hpp"

#include <QCheckBox>
#include <QFileInfo>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "app/studio/column_card.hpp"
#include "app/studio/data_preview.hpp"
#include "app/studio/data_report.hpp"
#include "app/studio/error_text.hpp"
#include "app/studio/import_foot.hpp"
#include "app/studio/labels.hpp"
#include "core/data/source.hpp"
#include "widgets/images/image_wall.hpp"
#include "widgets/params/parameter_form.hpp"

namespace gb {

namespace {

constexpr std::size_t most_pictures = 32;
constexpr std::size_t most_classes = 100, most_left_out = 500;
constexpr int delay = 200;  ///< milliseconds after the last key

/// What a person can say beside the folder itself, none of it folded away.
const std::vector<ParamSpec>& fields() {
  static const std::vector<ParamSpec> list = [] {
    std::vector<ParamSpec> kept;
    for (const auto& spec : image_folder_schema().specs())
      if (spec.name != "path") kept.push_back(spec), kept.back().advanced = false;
    return kept;
  }();
  return list;
}

}  // namespace

FolderImportDialog::FolderImportDialog(const Json& data, const std::filesystem::path& folder, QWidget* parent)
    : QDialog(parent), data_(data), folder_(folder) {
  const QFileInfo place(
      QString::fromStdString((folder / data.value("path", std::string())).lexically_normal().string()));
  setObjectName("folder-import-dialog");
  setWindowTitle(tr("Import a folder of pictures"));
  resize(1060, 640);
  setMinimumSize(860, 520);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(20, 16, 20, 16);
  layout->setSpacing(10);
  auto* head = new QHBoxLayout;
  head->setSpacing(10);
  head->addWidget(roleLabel("title", place.fileName()));
  auto* where = new ElidingLabel(place.absolutePath());
  where->setProperty("role", "secondary");
  where->setToolTip(where->text());
  head->addWidget(where, 1);
  layout->addLayout(head);

  auto* body = new QHBoxLayout;
  body->setSpacing(12);
  QVBoxLayout* left = nullptr;
  auto* options = card(left);
  options->setFixedWidth(290);
  left->addWidget(sectionLabel(tr("What pictures become")));
  form_ = new ParameterForm;
  Json values = Json::object();
  for (const auto& spec : fields()) values[spec.name] = data_.value(spec.name, spec.default_value);
  form_->setSchema(fields(), values);
  left->addWidget(form_);
  facts_ = roleLabel("secondary", {});
  facts_->setObjectName("folder-facts");
  facts_->setWordWrap(true);
  left->addWidget(facts_);
  left->addStretch(1);
  body->addWidget(options);

  QVBoxLayout* middle = nullptr;
  body->addWidget(card(middle), 1);
  middle->addWidget(sectionLabel(tr("Some of them")));
  wall_ = new ImageWall;
  wall_->setObjectName("folder-wall");
  wall_->setCellSize(88);
  wall_->setAccessibleName(tr("Some of the pictures as they will be read"));
  wall_->setEmptyText(tr("Reading\u2026"));
  middle->addWidget(wall_, 1);
  error_ = roleLabel("error", {});
  error_->setObjectName("folder-error");
  error_->setWordWrap(true);
  error_->hide();
  middle->addWidget(error_);

  QVBoxLayout* right = nullptr;
  auto* counts = card(right);
  counts->setFixedWidth(270);
  right->addWidget(sectionLabel(tr("Classes")));
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* holder = new QWidget;
  holder->setProperty("scrolled", true);
  classes_ = new QVBoxLayout(holder);
  classes_->setContentsMargins(0, 0, 4, 0);
  scroll->setWidget(holder);
  right->addWidget(scroll, 1);
  left_out_title_ = sectionLabel(tr("Left out"));
  right->addWidget(left_out_title_);
  left_out_ = new QListWidget;
  left_out_->setObjectName("folder-left-out");
  left_out_->setAccessibleName(tr("Files that are left out, and why"));
  left_out_->setMaximumHeight(150);
  right->addWidget(left_out_);
  body->addWidget(counts);
  layout->addLayout(body, 1);

  const ImportFoot foot(*this);
  anew_ = foot.anew;
  state_ = foot.state;
  import_ = foot.import;
  layout->addLayout(foot.layout);

  connect(form_, &ParameterForm::valueChanged, this, [this](const QString& name, const Json& value) {
    data_[name.toStdString()] = value;
    current_ = false;
    import_->setEnabled(false);
    soon_.start();
  });
  soon_.setSingleShot(true);
  soon_.setInterval(delay);
  connect(&soon_, &QTimer::timeout, this, &FolderImportDialog::requestPreview);
  requestPreview();
}

FolderImportDialog::~FolderImportDialog() {
  if (cancelled_) *cancelled_ = true;
}

void FolderImportDialog::offerNew(bool offered, bool wanted) {
  anew_->setVisible(offered);
  anew_->setChecked(wanted);
}

bool FolderImportDialog::startsAnew() const {
  return anew_->isChecked();
}

Json FolderImportDialog::data() const {
  Json data = data_;
  for (const auto& spec : fields())
    if (data.contains(spec.name) && data[spec.name] == spec.default_value) data.erase(spec.name);
  return data;
}

void FolderImportDialog::requestPreview() {
  if (cancelled_) *cancelled_ = true;
  auto cancelled = std::make_shared<std::atomic<bool>>(false);
  cancelled_ = cancelled;
  state_->setText(tr("Looking at the files\u2026"));
  background_.run(
      [data = data_, folder = folder_, cancelled] {
        Json fields = validated_source(data);
        fields.erase("source");
        auto params = image_folder_schema().read(fields, "data");
        if (params.labels) params.labels = (folder / *params.labels).string();
        return preview_image_folder(folder / params.path, params, most_pictures,
                                    [&](std::uint64_t, std::uint64_t) { return !cancelled->load(); });
      },
      [this](const ImageFolderPreview& preview) { show(preview); },
      [this](const std::exception_ptr& error) {
        const auto problem = errorText(error);
        if (!problem.cancelled) tell(problem.field.section('.', 1, 1), problem.sentence());
      });
}

void FolderImportDialog::tell(const QString& field, const QString& reason) {
  if (find_spec(fields(), field.toStdString())) form_->setFieldError(field, reason);
  error_->setText(reason);
  error_->show();
  state_->clear();
  facts_->clear();
  wall_->setEmptyText({});
  wall_->setImages(nullptr);
  import_->setEnabled(false);
  emit previewed();
}

void FolderImportDialog::show(const ImageFolderPreview& preview) {
  const QLocale locale;
  for (const auto& spec : fields()) form_->setFieldError(QString::fromStdString(spec.name), {});
  error_->hide();
  state_->clear();
  const auto* images = preview.sample.images();
  std::vector<std::int64_t> rows(images ? images->count : 0);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
  wall_->setImages(images ? picturesOf(preview.sample, rows) : nullptr);
  QStringList facts;
  facts << tr("%1 pictures").arg(locale.toString(qulonglong(preview.pictures)));
  if (images)
    facts << tr("become %1 \u00d7 %2, %3", "height, width, grey or in colour")
                 .arg(images->height)
                 .arg(images->width)
                 .arg(images->channels == 1 ? tr("grey") : tr("in colour"));
  if (!preview.sizes.empty())
    facts << (preview.sizes.size() == 1
                  ? tr("all are %1").arg(QString::fromStdString(preview.sizes.front().first))
                  : tr("%n different sizes, most of them %1", "", static_cast<int>(preview.sizes.size()))
                        .arg(QString::fromStdString(preview.sizes.front().first)));
  if (preview.split) facts << tr("with a test set of its own");
  for (const auto& remark : preview.sample.report.problems) facts << problemText(remark);
  facts_->setText(facts.join(QStringLiteral("\n")));

  while (auto* item = classes_->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  if (preview.classes.empty()) {
    auto* none = roleLabel("secondary", tr("No sub-folders and no labels: pictures without classes."));
    none->setWordWrap(true);
    classes_->addWidget(none);
  } else {
    ColumnSummary summary;
    summary.name = "class";
    summary.type = ColumnType::categorical;
    summary.distinct = preview.classes.size();
    for (std::size_t i = 0; i < std::min(most_classes, preview.classes.size()); ++i)
      summary.levels.push_back(preview.classes[i]);
    auto* bars = new DistributionBars(summary, true);
    bars->setFixedHeight(bars->sizeHint().height());
    classes_->addWidget(bars);
    if (preview.classes.size() > most_classes)
      classes_->addWidget(
          roleLabel("secondary", tr("and %n more", "", static_cast<int>(preview.classes.size() - most_classes))));
  }
  classes_->addStretch(1);
  left_out_->clear();
  for (std::size_t i = 0; i < std::min(most_left_out, preview.skipped.size()); ++i) {
    const auto& [file, why] = preview.skipped[i];
    auto* item = new QListWidgetItem(QString::fromStdString(file + ": " + why), left_out_);
    item->setToolTip(item->text());
  }
  left_out_title_->setText(tr("%n files left out", "", static_cast<int>(preview.skipped.size())));
  left_out_title_->setVisible(!preview.skipped.empty());
  left_out_->setVisible(!preview.skipped.empty());
  current_ = true;
  import_->setEnabled(preview.pictures > 0);
  emit previewed();
}

}  // namespace gb
