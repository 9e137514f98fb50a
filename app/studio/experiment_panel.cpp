#include "app/studio/experiment_panel.hpp"

#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "app/studio/algorithm_picker.hpp"
#include "app/studio/augment_section.hpp"
#include "app/studio/chooser_button.hpp"
#include "app/studio/core_text.hpp"
#include "app/studio/data_section.hpp"
#include "app/studio/labels.hpp"
#include "app/studio/prepare_section.hpp"
#include "app/studio/section_header.hpp"
#include "core/algorithms/algorithm.hpp"
#include "core/data/split.hpp"
#include "core/run/experiment.hpp"
#include "widgets/params/parameter_form.hpp"

namespace gb {

namespace {

/// The seed is a field of the document's root; it is edited like any other.
std::span<const ParamSpec> seedFields() {
  struct Fields {
    std::int64_t seed = 0;
  };
  static const auto schema = Schema<Fields>{}.add(
      &Fields::seed,
      {.name = "seed",
       .label = QT_TRANSLATE_NOOP("core", "Seed"),
       .help = QT_TRANSLATE_NOOP("core", "Where all random choices start: the same seed gives the same run."),
       .valid = {0, 9007199254740991.0}});
  return schema.specs();
}

Json completed(std::span<const ParamSpec> specs, const Json& values) {
  try {
    return validated(specs, values, "");
  } catch (const ParamError&) {
    // Something is wrong with one field: the others are shown as they are, that one with its default.
    Json all = Json::object();
    for (const auto& spec : specs) {
      all[spec.name] = spec.default_value;
      if (!values.is_object() || !values.contains(spec.name)) continue;
      try {
        all[spec.name] = validated_value(spec, values[spec.name], spec.name);
      } catch (const ParamError&) {
        continue;
      }
    }
    return all;
  }
}

}  // namespace

ExperimentPanel::ExperimentPanel(ExperimentDocument& document, QWidget* parent) : QWidget(parent), document_(document) {
  setProperty("panel", true);
  setAttribute(Qt::WA_StyledBackground);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  scroll_ = new QScrollArea;
  scroll_->setWidgetResizable(true);
  scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll_->setFocusPolicy(Qt::NoFocus);
  outer->addWidget(scroll_);
  auto* body = new QWidget;
  body->setProperty("scrolled", true);
  scroll_->setWidget(body);
  auto* layout = new QVBoxLayout(body);
  layout->setContentsMargins(0, 14, 0, 12);
  layout->setSpacing(0);
  auto* head = sectionLabel(tr("Experiment"));
  head->setContentsMargins(16, 0, 16, 10);
  layout->addWidget(head);
  data_ = new DataSection(document);
  addSection(1, tr("Data"), data_);
  addSection(2, tr("Prepare"), makePrepareSection());
  addSection(3, tr("Algorithm"), makeAlgorithmSection());
  addSection(4, tr("Evaluate"), makeEvaluateSection());
  addSection(5, tr("Export"), makeExportSection());
  layout->addStretch(1);
  connect(&document, &ExperimentDocument::changed, this, &ExperimentPanel::refresh);
  unfold(algorithm);
}

void ExperimentPanel::addSection(int number, const QString& title, QWidget* content) {
  auto* layout = static_cast<QVBoxLayout*>(scroll_->widget()->layout());
  auto* header = new SectionHeader(number, title);
  header->setObjectName(QStringLiteral("section-%1").arg(number));
  layout->addWidget(header);
  layout->addWidget(content);
  content->hide();
  const int index = static_cast<int>(headers_.size());
  headers_.push_back(header);
  contents_.push_back(content);
  connect(header, &SectionHeader::clicked, this, [this, index] { unfold(unfolded_ == index ? -1 : index); });
}

QWidget* ExperimentPanel::makePrepareSection() {
  auto* content = new QWidget;
  auto* layout = new QVBoxLayout(content);
  layout->setContentsMargins({});
  layout->setSpacing(0);
  prepare_ = new PrepareSection(document_);
  augment_ = new AugmentSection(document_);
  balance_ = new ParameterForm;
  balance_->setObjectName("balance");
  balance_->setSchema(balance_schema().specs(), Json::object());
  balance_->setContentsMargins(16, 0, 16, 10);
  layout->addWidget(prepare_);
  layout->addWidget(balance_);
  layout->addWidget(augment_);
  connect(balance_, &ParameterForm::valueChanged, this, [this](const QString& name, const Json& value) {
    balance_->setFieldError(name, {});
    document_.edit(tr("Change of class balance"), QStringLiteral("balance.") + name, [&](Json& json) {
      Json& balance = json["balance"];
      if (!balance.is_object()) balance = Json::object();
      balance[name.toStdString()] = value;
      if (balance.value("method", std::string("none")) == "none") json.erase("balance");
    });
  });
  connect(augment_, &AugmentSection::openRequested, this, &ExperimentPanel::augmentRequested);
  return content;
}

QWidget* ExperimentPanel::makeAlgorithmSection() {
  auto* content = new QWidget;
  auto* layout = new QVBoxLayout(content);
  layout->setContentsMargins(16, 8, 16, 10);
  layout->setSpacing(8);
  algorithm_ = new ChooserButton;
  algorithm_->setObjectName("algorithm");
  layout->addWidget(algorithm_);
  algorithm_help_ = roleLabel("error", {});
  algorithm_help_->setWordWrap(true);
  algorithm_help_->hide();
  layout->addWidget(algorithm_help_);
  form_ = new ParameterForm;
  form_->setObjectName("algorithm-form");
  layout->addWidget(form_);
  connect(algorithm_, &QPushButton::clicked, this, &ExperimentPanel::chooseAlgorithm);
  connect(form_, &ParameterForm::valueChanged, this, [this](const QString& name, const Json& value) {
    form_->setFieldError(name, {});
    errors_.removeAll(name);
    const auto* info = find_algorithm(shown_algorithm_);
    const auto* spec = info ? find_spec(info->params, name.toStdString()) : nullptr;
    const QString label = spec ? coreText(spec->label) : name;
    document_.edit(tr("Change of %1").arg(label), QStringLiteral("algorithm.params.") + name,
                   [&](Json& json) { json["algorithm"]["params"][name.toStdString()] = value; });
    if (running_ && spec && spec->live) emit liveChanged(name, value);
  });
  connect(form_, &ParameterForm::openRequested, this, &ExperimentPanel::layersRequested);
  return content;
}

AlgorithmPicker* ExperimentPanel::chooseAlgorithm() {
  auto* picker = new AlgorithmPicker(shown_algorithm_, dataset_.lock().get(), window());
  picker->setAttribute(Qt::WA_DeleteOnClose);
  connect(picker, &QDialog::accepted, this, [this, picker] {
    const std::string id = picker->selected();
    document_.edit(tr("Choice of algorithm"), {}, [&](Json& json) {
      if (json["algorithm"].value("id", std::string()) != id) json["algorithm"] = Json{{"id", id}};
    });
  });
  picker->open();
  return picker;
}

QWidget* ExperimentPanel::makeEvaluateSection() {
  auto* content = new QWidget;
  auto* layout = new QVBoxLayout(content);
  layout->setContentsMargins(16, 8, 16, 10);
  layout->setSpacing(8);
  split_ = new ParameterForm;
  split_->setSchema(split_schema().specs(), Json::object());
  seed_ = new ParameterForm;
  seed_->setSchema(seedFields(), Json::object());
  judging_ = new ParameterForm;
  judging_->setObjectName("evaluate");
  judging_->setSchema(evaluate_schema().specs(), Json::object());
  split_note_ = roleLabel("secondary", {});
  split_note_->setWordWrap(true);
  warnings_ = roleLabel("warning", {});
  warnings_->setObjectName("data-warnings");
  warnings_->setWordWrap(true);
  warnings_->setTextFormat(Qt::PlainText);
  warnings_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  warnings_->hide();
  layout->addWidget(warnings_);
  layout->addWidget(split_);
  layout->addWidget(seed_);
  layout->addWidget(split_note_);
  layout->addWidget(judging_);
  connect(split_, &ParameterForm::valueChanged, this, [this](const QString& name, const Json& value) {
    document_.edit(tr("Change of split"), QStringLiteral("split.") + name, [&](Json& json) {
      Json& split = json["split"];
      if (!split.is_object()) split = Json::object();
      split[name.toStdString()] = value;
    });
  });
  connect(judging_, &ParameterForm::valueChanged, this, [this](const QString& name, const Json& value) {
    document_.edit(tr("Change of evaluation"), QStringLiteral("evaluate.") + name, [&](Json& json) {
      Json& judging = json["evaluate"];
      if (!judging.is_object()) judging = Json::object();
      judging[name.toStdString()] = value;
    });
  });
  connect(seed_, &ParameterForm::valueChanged, this, [this](const QString&, const Json& value) {
    document_.edit(tr("Change of seed"), QStringLiteral("seed"), [&](Json& json) { json["seed"] = value; });
  });
  return content;
}

QWidget* ExperimentPanel::makeExportSection() {
  auto* content = new QWidget;
  auto* layout = new QVBoxLayout(content);
  layout->setContentsMargins(16, 8, 16, 10);
  layout->setSpacing(10);
  auto* note = roleLabel("secondary", tr("The model as an ONNX file, checked by reading it back; charts as SVG, PDF or "
                                         "PNG; numbers as CSV; the experiment as JSON."));
  note->setWordWrap(true);
  layout->addWidget(note);
  auto* button = new QPushButton(tr("Export\u2026"));
  button->setObjectName("export");
  layout->addWidget(button, 0, Qt::AlignLeft);
  connect(button, &QPushButton::clicked, this, &ExperimentPanel::exportRequested);
  return content;
}

void ExperimentPanel::unfold(int section) {
  unfolded_ = section;
  for (int i = 0; i < section_count; ++i) {
    headers_[static_cast<std::size_t>(i)]->setChecked(i == section);
    contents_[static_cast<std::size_t>(i)]->setVisible(i == section);
  }
}

void ExperimentPanel::refresh() {
  if (document_.empty()) return;
  data_->refresh();
  prepare_->refresh();
  augment_->refresh();
  refreshAlgorithm();
  refreshPrepare();
  refreshEvaluate();
  headers_[data]->setSummary(data_->summary());
  headers_[exportation]->setSummary(tr("model, charts"));
}

void ExperimentPanel::refreshAlgorithm() {
  const Json node = document_.json().value("algorithm", Json::object());
  const std::string id = node.value("id", std::string());
  const auto* info = find_algorithm(id);
  const QString label = info ? coreText(info->label) : QString::fromStdString(id);
  algorithm_->setText(label);
  algorithm_->setAccessibleName(tr("Algorithm: %1").arg(label));
  algorithm_->setToolTip(info ? coreText(info->help) : QString());
  headers_[algorithm]->setSummary(label);
  algorithm_help_->hide();
  if (!info) return;
  const Json values = completed(info->params, node.value("params", Json::object()));
  if (id != shown_algorithm_) {
    shown_algorithm_ = id;
    errors_.clear();
    form_->setSchema(info->params, values);
  } else if (values != form_->values()) {
    form_->setValues(values);
  }
}

void ExperimentPanel::refreshPrepare() {
  const auto* info = find_algorithm(shown_algorithm_);
  const bool classes =
      !info || std::find(info->tasks.begin(), info->tasks.end(), Task::classification) != info->tasks.end();
  const auto written = document_.json().find("balance");
  const bool balances = written != document_.json().end() && written->is_object();
  // What is written stays in sight, so that it can be taken back.
  balance_->setVisible(classes || balances);
  balance_->setValues(completed(balance_schema().specs(), balances ? *written : Json::object()));
  QString summary = prepare_->summary();
  if (balances) summary = tr("%1, balanced").arg(summary);
  if (augment_->on()) summary = tr("%1, varied").arg(summary);
  headers_[prepare]->setSummary(summary);
}

void ExperimentPanel::refreshEvaluate() {
  const auto* info = find_algorithm(shown_algorithm_);
  const auto found = document_.json().find("split");
  const bool written = found != document_.json().end() && found->is_object();
  const bool supervised = !info || info->supervised();
  split_->setVisible(supervised || written);
  const auto judged = document_.json().find("evaluate");
  const bool judges = judged != document_.json().end() && judged->is_object();
  judging_->setVisible(supervised);
  judging_->setValues(completed(evaluate_schema().specs(), judges ? *judged : Json::object()));
  const Json values = completed(split_schema().specs(), written ? *found : Json::object());
  split_->setValues(values);
  seed_->setValues(Json{{"seed", document_.json().value("seed", Json(0))}});
  if (!supervised && !written) {
    headers_[evaluate]->setSummary(tr("every row"));
    split_note_->setText(tr("Learns from every row: nothing is held back, because there is nothing to predict."));
    return;
  }
  split_note_->setText(tr("Test rows are never learnt from. A test set that the data brings is kept."));
  const double test = values["test"].get<double>();
  const QString share = tr("%1 % test").arg(QLocale().toString(test * 100, 'g', 3));
  const Json folds = judging_->values().value("folds", Json());
  if (folds.is_number_integer())
    headers_[evaluate]->setSummary(tr("%1, %n folds", "", folds.get<int>()).arg(share));
  else
    headers_[evaluate]->setSummary(values["stratified"].get<bool>() ? tr("%1, stratified").arg(share) : share);
}

void ExperimentPanel::setDataset(const std::shared_ptr<const Dataset>& dataset) {
  dataset_ = dataset;
  QStringList columns;
  if (const DataTable* table = dataset ? dataset->table() : nullptr)
    for (const Column& column : table->columns)
      if (column.name != dataset->target) columns << QString::fromStdString(column.name);
  prepare_->setColumns(columns);
}

void ExperimentPanel::setRunning(bool running) {
  // What is edited meanwhile is the next run's: only the data stays, whose rows are on show.
  running_ = running;
  data_->setRunning(running);
  prepare_->setRunning(running);
  augment_->setRunning(running);
}

void ExperimentPanel::setWarnings(const QStringList& sentences) {
  warnings_->setText(sentences.join(QStringLiteral("\n\n")));
  warnings_->setVisible(!sentences.isEmpty());
}

bool ExperimentPanel::setError(const QString& field, const QString& reason) {
  const QString root = field.section('.', 0, 0);
  if (root == QLatin1String("data")) {
    unfold(data);
    data_->setError(field, reason);
    return true;
  }
  if (root.startsWith(QLatin1String("prepare"))) {
    unfold(prepare);
    prepare_->setError(reason);
    return true;
  }
  if (root == QLatin1String("augment")) {
    unfold(prepare);
    augment_->setError(reason);
    return true;
  }
  if (root == QLatin1String("balance")) {
    unfold(prepare);
    balance_->setFieldError(field.section('.', 1, 1), reason);
    return true;
  }
  if (root == QLatin1String("evaluate")) {
    unfold(evaluate);
    judging_->setFieldError(field.section('.', 1, 1), reason);
    return true;
  }
  if (root == QLatin1String("split") || root == QLatin1String("seed")) {
    unfold(evaluate);
    if (root == QLatin1String("split"))
      split_->setFieldError(field.section('.', 1, 1), reason);
    else
      seed_->setFieldError(field, reason);
    return true;
  }
  if (root != QLatin1String("algorithm")) return false;
  unfold(algorithm);
  const QString name = field.section('.', 2, 2).section('[', 0, 0);
  const auto* info = find_algorithm(shown_algorithm_);
  if (info && find_spec(info->params, name.toStdString())) {
    form_->setFieldError(name, reason);
    errors_ << name;
  } else {
    algorithm_help_->setText(reason);
    algorithm_help_->show();
  }
  return true;
}

void ExperimentPanel::clearErrors() {
  for (const auto& name : errors_) form_->setFieldError(name, {});
  errors_.clear();
  prepare_->setError({});
  augment_->setError({});
  algorithm_help_->hide();
  for (const auto& spec : split_schema().specs()) split_->setFieldError(QString::fromStdString(spec.name), {});
  for (const auto& spec : balance_schema().specs()) balance_->setFieldError(QString::fromStdString(spec.name), {});
  for (const auto& spec : evaluate_schema().specs()) judging_->setFieldError(QString::fromStdString(spec.name), {});
}

}  // namespace gb
