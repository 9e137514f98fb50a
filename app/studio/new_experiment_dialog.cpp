#include "app/studio/new_experiment_dialog.hpp"

#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QSettings>
#include <QVBoxLayout>
#include <algorithm>

#include "app/studio/core_text.hpp"
#include "app/studio/error_text.hpp"
#include "app/studio/labels.hpp"
#include "core/algorithms/algorithm.hpp"
#include "core/data/source.hpp"
#include "core/run/experiment.hpp"
#include "widgets/theme.hpp"

namespace gb {

namespace {

enum DataRole { HelpRole = Qt::UserRole, SourceRole, PathRole };

Json documentOf(const Json& data, const std::string& algorithm, const QString& name) {
  return Json{{"glassbench", Experiment::version},
              {"name", name.toStdString()},
              {"seed", 1},
              {"data", data},
              {"algorithm", Json{{"id", algorithm}}}};
}

QListWidget* choices(const QString& name) {
  auto* list = new QListWidget;
  list->setAccessibleName(name);
  list->setProperty("card", true);
  list->setFrameShape(QFrame::NoFrame);
  list->setUniformItemSizes(true);
  list->setSpacing(1);
  return list;
}

}  // namespace

Json firstExperiment(const Json& data, const QString& name) {
  // With something to predict a supervised algorithm, without it one that finds groups; folders of pictures bring
  // their classes along, and are for networks that are put together for pictures.
  const std::string source = data.value("source", std::string());
  const bool pictures = source == "image_folder" || source == "cifar";
  const auto target = data.find("target");
  const bool predicts = (target != data.end() && target->is_string() && !target->get<std::string>().empty()) ||
                        data.contains("labels") || source == "idx" || pictures;
  const auto layered = [](const AlgorithmInfo& info) {
    return std::any_of(info.params.begin(), info.params.end(),
                       [](const ParamSpec& spec) { return spec.kind == Kind::layers; });
  };
  std::string id;
  for (const auto& info : algorithms())
    if (info.supervised() == predicts && layered(info) == pictures && id.empty()) id = info.id;
  if (id.empty() && !algorithms().empty()) id = algorithms().front().id;
  return documentOf(data, id, name);
}

NewExperimentDialog::NewExperimentDialog(QWidget* parent) : QDialog(parent) {
  setObjectName("new-experiment");
  setWindowTitle(tr("New experiment"));
  resize(760, 520);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(24, 20, 24, 20);
  layout->setSpacing(16);
  auto* title = new QLabel(tr("New experiment"));
  title->setFont(themeFont(18, QFont::Bold));
  layout->addWidget(title);
  auto* grid = new QGridLayout;
  grid->setHorizontalSpacing(16);
  grid->setVerticalSpacing(8);
  grid->addWidget(sectionLabel(tr("Learn from")), 0, 0);
  grid->addWidget(sectionLabel(tr("With")), 0, 1);
  data_ = choices(tr("Data"));
  data_->setObjectName("new-data");
  algorithm_ = choices(tr("Algorithm"));
  algorithm_->setObjectName("new-algorithm");
  grid->addWidget(data_, 1, 0);
  grid->addWidget(algorithm_, 1, 1);
  data_help_ = roleLabel("secondary", {});
  algorithm_help_ = roleLabel("secondary", {});
  for (auto* label : {data_help_, algorithm_help_}) {
    label->setWordWrap(true);
    label->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    label->setMinimumHeight(72);
  }
  grid->addWidget(data_help_, 2, 0);
  grid->addWidget(algorithm_help_, 2, 1);
  grid->setRowStretch(1, 1);
  grid->setColumnStretch(0, 1);
  grid->setColumnStretch(1, 1);
  layout->addLayout(grid, 1);
  for (const auto& each : named_datasets()) {
    auto* item = new QListWidgetItem(coreText(each.title), data_);
    item->setData(HelpRole, coreText(each.help));
    item->setData(SourceRole, QString::fromStdString(Json{{"source", each.source}, {"name", each.name}}.dump()));
  }
  for (const auto& info : algorithms()) {
    auto* item = new QListWidgetItem(coreText(info.label), algorithm_);
    item->setData(HelpRole, coreText(info.help));
    item->setData(SourceRole, QString::fromStdString(info.id));
  }
  auto* buttons = new QHBoxLayout;
  auto* file = new QPushButton(tr("Data from a file\u2026"));
  file->setObjectName("new-file");
  auto* folder = new QPushButton(tr("Pictures from a folder\u2026"));
  folder->setObjectName("new-folder");
  auto* cancel = new QPushButton(tr("Cancel"));
  create_ = new QPushButton(tr("Create"));
  create_->setObjectName("new-create");
  create_->setProperty("primary", true);
  create_->setDefault(true);
  buttons->addWidget(file);
  buttons->addWidget(folder);
  buttons->addStretch(1);
  buttons->addWidget(cancel);
  buttons->addWidget(create_);
  layout->addLayout(buttons);
  connect(file, &QPushButton::clicked, this, &NewExperimentDialog::chooseFile);
  connect(folder, &QPushButton::clicked, this, &NewExperimentDialog::chooseFolder);
  connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
  connect(create_, &QPushButton::clicked, this, &QDialog::accept);
  connect(data_, &QListWidget::currentItemChanged, this, &NewExperimentDialog::refresh);
  connect(algorithm_, &QListWidget::currentItemChanged, this, &NewExperimentDialog::refresh);
  connect(data_, &QListWidget::itemActivated, this, &QDialog::accept);
  connect(algorithm_, &QListWidget::itemActivated, this, &QDialog::accept);
  data_->setCurrentRow(0);
  algorithm_->setCurrentRow(0);
  refresh();
}

void NewExperimentDialog::chooseFile() {
  QSettings settings;
  const QString path =
      QFileDialog::getOpenFileName(this, tr("Data"), settings.value("openFolder").toString(),
                                   tr("Data (*.csv *.tsv *.txt *.npy *.idx *.gz *-ubyte);;All files (*)"));
  if (path.isEmpty()) return;
  settings.setValue("openFolder", QFileInfo(path).absolutePath());
  take(path);
}

void NewExperimentDialog::chooseFolder() {
  QSettings settings;
  const QString path =
      QFileDialog::getExistingDirectory(this, tr("A folder of pictures"), settings.value("openFolder").toString());
  if (path.isEmpty()) return;
  settings.setValue("openFolder", QFileInfo(path).absolutePath());
  take(path);
}

void NewExperimentDialog::take(const QString& path) {
  try {
    const Json source = guess_source(path.toStdString());
    auto* item = new QListWidgetItem(QFileInfo(path).fileName());
    item->setData(HelpRole, path);
    item->setData(SourceRole, QString::fromStdString(source.dump()));
    data_->insertItem(0, item);
    data_->setCurrentItem(item);
  } catch (const Error&) {
    data_help_->setText(errorText(std::current_exception()).sentence());
  }
}

void NewExperimentDialog::refresh() {
  const auto* chosen = data_->currentItem();
  const auto* algorithm = algorithm_->currentItem();
  data_help_->setText(chosen ? chosen->data(HelpRole).toString() : QString());
  algorithm_help_->setText(algorithm ? algorithm->data(HelpRole).toString() : QString());
  create_->setEnabled(chosen && algorithm);
}

Json NewExperimentDialog::experiment() const {
  const auto* chosen = data_->currentItem();
  const auto* algorithm = algorithm_->currentItem();
  if (!chosen || !algorithm) return Json::object();
  const std::string id = algorithm->data(SourceRole).toString().toStdString();
  const auto* info = find_algorithm(id);
  const QString name =
      tr("%1 on %2", "algorithm on data").arg(info ? coreText(info->label) : QString(), chosen->text());
  return documentOf(Json::parse(chosen->data(SourceRole).toString().toStdString()), id, name);
}

}  // namespace gb
