#include "app/studio/data_section.hpp"

#include <QComboBox>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <utility>

#include "app/studio/core_text.hpp"
#include "app/studio/labels.hpp"
#include "core/data/source.hpp"
#include "widgets/params/parameter_form.hpp"

namespace gb {

namespace {

std::string textOf(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The fields a person may set for this source; the name of a ready set is chosen in the menu above them.
std::span<const ParamSpec> fieldsOf(const Json& data) {
  const std::string source = textOf(data, "source");
  if (source == "synthetic") return synthetic_fields(textOf(data, "name"));
  if (source == "bundled") return {};
  const auto* info = find_source(source);
  return info ? info->fields : std::span<const ParamSpec>();
}

}  // namespace

QString datasetFacts(const Dataset& dataset) {
  const QLocale locale;
  QStringList parts;
  const QString rows = locale.toString(qulonglong(dataset.rows()));
  if (const auto* images = dataset.images()) {
    parts << DataSection::tr("%1 images").arg(rows)
          << DataSection::tr("%1 \u00d7 %2").arg(images->width).arg(images->height);
    if (images->channels > 1) parts << DataSection::tr("%n channels", "", static_cast<int>(images->channels));
  } else if (const auto* table = dataset.table()) {
    parts << DataSection::tr("%1 rows").arg(rows)
          << DataSection::tr("%n columns", "", static_cast<int>(table->columns.size()));
  }
  if (const auto* target = dataset.target_column(); target && target->type == ColumnType::categorical)
    parts << DataSection::tr("%n classes", "", static_cast<int>(target->levels.size()));
  return parts.join(QStringLiteral(" \u00b7 "));
}

QString sourceName(const Json& data) {
  if (const std::string name = textOf(data, "name"); !name.empty()) return QString::fromStdString(name);
  for (const char* key : {"path", "images"})
    if (const std::string path = textOf(data, key); !path.empty())
      return QFileInfo(QString::fromStdString(path)).fileName();
  return DataSection::tr("nothing chosen");
}

DataSection::DataSection(ExperimentDocument& document, QWidget* parent) : QWidget(parent), document_(document) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 8, 16, 10);
  layout->setSpacing(8);
  source_ = new QComboBox;
  source_->setObjectName("dataset");
  source_->setAccessibleName(tr("Dataset"));
  source_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  layout->addWidget(source_);
  facts_ = roleLabel("secondary", {});
  facts_->setWordWrap(true);
  layout->addWidget(facts_);
  auto* load = new QHBoxLayout;
  bar_ = new QProgressBar;
  bar_->setTextVisible(false);
  bar_->setAccessibleName(tr("Loading the data"));
  cancel_ = linkButton(tr("Cancel"));
  load->addWidget(bar_, 1);
  load->addWidget(cancel_);
  layout->addLayout(load);
  error_ = roleLabel("error", {});
  error_->setWordWrap(true);
  layout->addWidget(error_);
  form_ = new ParameterForm;
  layout->addWidget(form_);
  look_ = new QPushButton(tr("Look at the data\u2026"));
  look_->setObjectName("look");
  import_ = linkButton(tr("Import options\u2026"));
  import_->setObjectName("import");
  auto* further = new QHBoxLayout;
  further->addWidget(look_);
  further->addWidget(import_);
  further->addStretch(1);
  layout->addLayout(further);
  error_->hide();
  bar_->hide();
  cancel_->hide();
  connect(source_, &QComboBox::activated, this, &DataSection::choose);
  connect(cancel_, &QPushButton::clicked, this, &DataSection::cancelRequested);
  connect(look_, &QPushButton::clicked, this, &DataSection::lookRequested);
  connect(import_, &QPushButton::clicked, this, &DataSection::importRequested);
  connect(form_, &ParameterForm::openRequested, this, &DataSection::importRequested);
  connect(form_, &ParameterForm::valueChanged, this, [this](const QString& name, const Json& value) {
    document_.edit(tr("Change of data"), QStringLiteral("data.") + name,
                   [&](Json& json) { json["data"][name.toStdString()] = value; });
  });
}

QString DataSection::summary() const {
  const auto source = document_.json().find("data");
  return source == document_.json().end() ? QString() : sourceName(*source);
}

void DataSection::refresh() {
  if (document_.empty()) return;
  const Json source = document_.json().value("data", Json::object());
  const QSignalBlocker quiet(source_);
  source_->clear();
  const std::string current = textOf(source, "name");
  int at = -1;
  for (const auto& each : named_datasets()) {
    source_->addItem(coreText(each.title), QString::fromStdString(each.name));
    source_->setItemData(source_->count() - 1, coreText(each.help), Qt::ToolTipRole);
    if (each.name == current && each.source == textOf(source, "source")) at = source_->count() - 1;
  }
  if (at < 0) {
    source_->addItem(sourceName(source), QString());
    at = source_->count() - 1;
  }
  source_->insertSeparator(source_->count());
  source_->addItem(tr("Choose a file\u2026"), QStringLiteral("\u2026"));
  source_->addItem(tr("Choose a folder of pictures\u2026"), QStringLiteral("\u2026/"));
  source_->setCurrentIndex(at);

  const std::string kind = textOf(source, "source");
  import_->setVisible(kind == "table" || kind == "image_folder");
  const auto fields = fieldsOf(source);
  Json values = Json::object();
  for (const auto& spec : fields) {
    const auto found = source.find(spec.name);
    values[spec.name] = found == source.end() ? spec.default_value : *found;
  }
  if (fields.data() != schema_) {
    schema_ = fields.data();
    form_->setSchema(fields, values);
    form_->setVisible(!fields.empty());
  } else {
    form_->setValues(values);
  }
}

void DataSection::choose(int index) {
  const QString name = source_->itemData(index).toString();
  if (name.isEmpty()) return;
  if (name == QLatin1String("\u2026")) {
    refresh();
    emit fileRequested();
    return;
  }
  if (name == QLatin1String("\u2026/")) {
    refresh();
    emit folderRequested();
    return;
  }
  for (const auto& each : named_datasets())
    if (QString::fromStdString(each.name) == name)
      document_.edit(tr("Choice of data"), {}, [&](Json& json) {
        json["data"] = Json{{"source", each.source}, {"name", each.name}};
      });
}

void DataSection::setRunning(bool running) {
  source_->setEnabled(!running);
  import_->setEnabled(!running);
  form_->setRunning(running);
}

void DataSection::setLoading(quint64 done, quint64 total) {
  bar_->show();
  cancel_->show();
  error_->hide();
  look_->setEnabled(false);
  facts_->setText(tr("Reading\u2026"));
  // Qt counts in int.
  bar_->setRange(0, total > 0 ? 1000 : 0);
  if (total > 0) bar_->setValue(static_cast<int>(1000.0 * double(done) / double(total)));
}

void DataSection::setDataset(const Dataset* dataset) {
  bar_->hide();
  cancel_->hide();
  error_->setVisible(false);
  look_->setEnabled(dataset != nullptr);
  facts_->setText(dataset ? datasetFacts(*dataset) : QString());
}

void DataSection::setError(const QString& field, const QString& reason) {
  setDataset(nullptr);
  const QString prefix = QStringLiteral("data.");
  const auto fields = fieldsOf(document_.json().value("data", Json::object()));
  const QString name = field.startsWith(prefix) ? field.mid(prefix.size()).section('.', 0, 0) : QString();
  if (!name.isEmpty() && find_spec(fields, name.toStdString())) {
    form_->setFieldError(name, reason);
    return;
  }
  error_->setText(reason);
  error_->setVisible(!reason.isEmpty());
}

}  // namespace gb
