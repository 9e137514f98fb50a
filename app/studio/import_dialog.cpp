#include "app/studio/import_dialog.hpp"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleValidator>
#include <QFileInfo>
#include <QFrame>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QTableView>
#include <QVBoxLayout>
#include <utility>

#include "app/studio/column_card.hpp"
#include "app/studio/core_text.hpp"
#include "app/studio/data_report.hpp"
#include "app/studio/fit_columns.hpp"
#include "app/studio/import_foot.hpp"
#include "app/studio/import_plan.hpp"
#include "app/studio/labels.hpp"
#include "core/data/anonymise.hpp"
#include "core/data/source.hpp"
#include "widgets/params/parameter_form.hpp"
#include "widgets/tables/data_model.hpp"

namespace gb {

namespace {

constexpr std::size_t preview_rows = 1000;
constexpr int most_targets = 2000;  ///< more columns than a menu can hold are pixels or genes
constexpr int delay = 150;          ///< milliseconds after the last key

/// The fields that say how a file is written, none of them folded away; delimiter and encoding have menus of their own.
const std::vector<ParamSpec>& formatFields() {
  static const std::vector<ParamSpec> fields = [] {
    std::vector<ParamSpec> list;
    for (const char* name : {"decimal", "header", "quote", "missing"}) {
      list.push_back(*find_spec(table_schema().specs(), name));
      list.back().advanced = false;
    }
    return list;
  }();
  return fields;
}

QTableView* tableView(const QString& name) {
  auto* view = new QTableView;
  view->setAccessibleName(name);
  view->setShowGrid(false);
  view->setSelectionBehavior(QAbstractItemView::SelectRows);
  view->verticalHeader()->setDefaultSectionSize(26);
  view->horizontalHeader()->setHighlightSections(false);
  view->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  view->setTabKeyNavigation(false);
  return view;
}

QFrame* cardAround(QLayout* inner) {
  auto* frame = new QFrame;
  frame->setProperty("card", true);
  frame->setLayout(inner);
  return frame;
}

}  // namespace

ImportDialog::ImportDialog(const Json& data, const std::filesystem::path& folder, QWidget* parent)
    : QDialog(parent), data_(data) {
  const std::filesystem::path path = data.value("path", std::string());
  file_ = path.is_absolute() ? path : folder / path;
  setObjectName("import-dialog");
  setWindowTitle(tr("Import a table"));
  resize(1120, 680);
  setMinimumSize(860, 540);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(20, 16, 20, 16);
  layout->setSpacing(10);
  auto* head = new QHBoxLayout;
  head->setSpacing(10);
  head->addWidget(roleLabel("title", QFileInfo(QString::fromStdString(file_.string())).fileName()));
  auto* place = new ElidingLabel(QFileInfo(QString::fromStdString(file_.string())).absolutePath());
  place->setProperty("role", "secondary");
  place->setToolTip(place->text());
  head->addWidget(place, 1);
  layout->addLayout(head);
  doubts_ = roleLabel("warning", {});
  doubts_->setObjectName("import-doubts");
  doubts_->setWordWrap(true);
  doubts_->hide();
  layout->addWidget(doubts_);

  auto* body = new QHBoxLayout;
  body->setSpacing(12);
  body->addWidget(makeFormat());
  auto* right = new QVBoxLayout;
  right->setSpacing(12);
  auto* across = new QHBoxLayout;
  across->setSpacing(12);
  across->addWidget(makeColumns(), 1);
  across->addWidget(makeDetails());
  right->addLayout(across, 5);
  row_view_ = tableView(tr("First rows as they will be read"));
  row_view_->setObjectName("import-rows");
  rows_ = new DataModel(row_view_);
  row_view_->setModel(rows_);
  row_view_->verticalHeader()->hide();
  auto* below = new QVBoxLayout;
  below->setContentsMargins(4, 4, 4, 4);
  below->addWidget(row_view_, 1);
  error_ = roleLabel("error", {});
  error_->setObjectName("import-error");
  error_->setWordWrap(true);
  error_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  error_->setContentsMargins(8, 4, 8, 6);
  error_->hide();
  below->addWidget(error_);
  right->addWidget(cardAround(below), 6);
  body->addLayout(right, 1);
  layout->addLayout(body, 1);

  const ImportFoot foot(*this);
  anew_ = foot.anew;
  state_ = foot.state;
  import_ = foot.import;
  layout->addLayout(foot.layout);

  soon_.setSingleShot(true);
  soon_.setInterval(delay);
  connect(&soon_, &QTimer::timeout, this, &ImportDialog::requestPreview);
  showDetails();
  requestPreview();
}

ImportDialog::~ImportDialog() {
  if (cancelled_) *cancelled_ = true;
}

QWidget* ImportDialog::makeFormat() {
  auto* layout = new QVBoxLayout;
  layout->setContentsMargins(14, 12, 14, 12);
  layout->setSpacing(8);
  layout->addWidget(sectionLabel(tr("How it is written")));
  auto* menus = new QGridLayout;
  menus->setVerticalSpacing(7);
  menus->setColumnStretch(0, 1);
  delimiter_ = makeChoice(
      *menus, "delimiter",
      {{tr("comma"), ","}, {tr("semicolon"), ";"}, {tr("tab"), "tab"}, {tr("blank"), "space"}, {tr("bar"), "|"}});
  encoding_ = makeChoice(*menus, "encoding",
                         {{"UTF-8", "utf-8"},
                          {"Latin-1", "latin-1"},
                          {"Windows-1252", "windows-1252"},
                          {"GBK", "gbk"},
                          {"UTF-16", "utf-16"}});
  layout->addLayout(menus);
  format_ = new ParameterForm;
  format_->setObjectName("import-format");
  format_->setFollowed(false);
  Json values = Json::object();
  for (const auto& spec : formatFields()) values[spec.name] = data_.value(spec.name, Json());
  format_->setSchema(formatFields(), values);
  layout->addWidget(format_);
  facts_ = roleLabel("secondary", {});
  facts_->setObjectName("import-facts");
  facts_->setWordWrap(true);
  layout->addWidget(facts_);
  layout->addSpacing(6);
  layout->addWidget(sectionLabel(tr("To be predicted")));
  target_ = new QComboBox;
  target_->setObjectName("import-target");
  target_->setAccessibleName(tr("Target"));
  target_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  layout->addWidget(target_);
  layout->addStretch(1);
  connect(format_, &ParameterForm::valueChanged, this, [this](const QString& name, const Json& value) {
    change([&](Json& json) { json[name.toStdString()] = value; });
  });
  connect(target_, &QComboBox::activated, this, [this](int index) {
    const std::string name = target_->itemData(index).toString().toStdString();
    change([&](Json& json) {
      if (name.empty()) {
        json.erase("target");
        return;
      }
      import_plan::setIgnored(json, name, false);
      if (const auto* rule = import_plan::ruleOf(json, name); rule && rule->value("method", std::string()) == "drop")
        import_plan::setRule(json, name, nullptr);
      json["target"] = name;
    });
  });
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setFixedWidth(290);
  auto* inner = cardAround(layout);
  scroll->setWidget(inner);
  return scroll;
}

QComboBox* ImportDialog::makeChoice(QGridLayout& grid, const char* field,
                                    const std::vector<std::pair<QString, QString>>& choices) {
  const auto* spec = find_spec(table_schema().specs(), field);
  auto* menu = new QComboBox;
  menu->setObjectName(QStringLiteral("import-") + QLatin1String(field));
  menu->setAccessibleName(coreText(spec->label));
  menu->setToolTip(coreText(spec->help));
  menu->setEditable(true);
  menu->setInsertPolicy(QComboBox::NoInsert);
  menu->setFixedWidth(118);
  menu->addItem(tr("automatic"), QString());
  for (const auto& [text, value] : choices) menu->addItem(text, value);
  const QString given =
      QString::fromStdString(data_.value(field, Json()).is_string() ? data_[field].get<std::string>() : "");
  if (const int at = menu->findData(given); at >= 0)
    menu->setCurrentIndex(at);
  else
    menu->setEditText(given);
  // Chosen, or another one typed.
  const auto take = [this, menu, field = std::string(field)] {
    const int at = menu->findText(menu->currentText(), Qt::MatchFixedString);
    const QString value = at >= 0 ? menu->itemData(at).toString() : menu->currentText();
    const Json wanted = value.isEmpty() ? Json() : Json(value.toStdString());
    if (data_.value(field, Json()) != wanted) change([&](Json& json) { json[field] = wanted; });
  };
  connect(menu, &QComboBox::activated, this, take);
  connect(menu->lineEdit(), &QLineEdit::editingFinished, this, take);
  auto* label = new QLabel(coreText(spec->label));
  label->setBuddy(menu);
  const int row = grid.rowCount();
  grid.addWidget(label, row, 0);
  grid.addWidget(menu, row, 1);
  return menu;
}

QWidget* ImportDialog::makeColumns() {
  column_view_ = tableView(tr("Columns"));
  column_view_->setObjectName("import-columns");
  columns_ = new ImportColumns(column_view_);
  column_view_->setModel(columns_);
  column_view_->verticalHeader()->hide();
  auto* header = column_view_->horizontalHeader();
  header->setSectionResizeMode(0, QHeaderView::Stretch);
  for (const int section : {1, 2, 3}) header->setSectionResizeMode(section, QHeaderView::Interactive);
  header->resizeSection(1, 100);
  header->resizeSection(2, 90);
  header->resizeSection(3, 150);
  connect(column_view_->selectionModel(), &QItemSelectionModel::selectionChanged, this, &ImportDialog::showDetails);
  connect(columns_, &QAbstractItemModel::modelReset, this, [this] {
    if (columns_->rowCount() > 0) column_view_->selectRow(0);
  });
  auto* layout = new QVBoxLayout;
  layout->setContentsMargins(4, 4, 4, 4);
  layout->addWidget(column_view_);
  return cardAround(layout);
}

QWidget* ImportDialog::makeDetails() {
  auto* layout = new QVBoxLayout;
  layout->setContentsMargins(14, 12, 14, 12);
  layout->setSpacing(6);
  details_title_ = new ElidingLabel;
  details_title_->setProperty("role", "title");
  layout->addWidget(details_title_);
  const auto menu = [&](const char* name, const QString& label) {
    auto* title = roleLabel("secondary", label);
    auto* combo = new QComboBox;
    combo->setObjectName(QLatin1String(name));
    combo->setAccessibleName(label);
    combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    title->setBuddy(combo);
    layout->addWidget(title);
    layout->addWidget(combo);
    return combo;
  };
  type_ = menu("import-type", tr("Type"));
  type_->addItem(tr("as found"), QString());
  for (const auto type : {ColumnType::numeric, ColumnType::categorical, ColumnType::text, ColumnType::date})
    type_->addItem(columnTypeText(type), QString::fromUtf8(column_type_name(type).data()));
  use_ = menu("import-use", tr("Use"));
  use_->addItem(tr("feature"));
  use_->addItem(tr("target"));
  use_->addItem(tr("left out"));
  method_ = menu("import-anonymise", tr("Anonymise"));
  method_->addItem(tr("Keep as it is"), QString());
  for (const auto& method : anonymise_methods()) {
    method_->addItem(coreText(method.label), QString::fromStdString(method.name));
    method_->setItemData(method_->count() - 1, coreText(method.help), Qt::ToolTipRole);
  }
  bucket_row_ = new QWidget;
  auto* bucket = new QHBoxLayout(bucket_row_);
  bucket->setContentsMargins({});
  bucket_ = new QComboBox;
  bucket_->setObjectName("import-bucket");
  bucket_->setAccessibleName(tr("Coarsen to"));
  bucket_->addItem(tr("ranges of"), QString());
  bucket_->addItem(tr("months"), QStringLiteral("month"));
  bucket_->addItem(tr("years"), QStringLiteral("year"));
  width_ = new QLineEdit;
  width_->setObjectName("import-width");
  width_->setAccessibleName(tr("Width of the ranges"));
  width_->setFixedWidth(72);
  auto* positive = new QDoubleValidator(1e-9, 1e15, 9, width_);
  positive->setNotation(QDoubleValidator::StandardNotation);
  width_->setValidator(positive);
  bucket->addWidget(bucket_, 1);
  bucket->addWidget(width_);
  layout->addWidget(bucket_row_);
  mask_row_ = new QWidget;
  auto* mask = new QGridLayout(mask_row_);
  mask->setContentsMargins({});
  mask->setVerticalSpacing(4);
  const auto spin = [&](const char* name, const QString& label, int row) {
    auto* box = new QSpinBox;
    box->setObjectName(QLatin1String(name));
    box->setAccessibleName(label);
    box->setRange(0, 64);
    auto* title = roleLabel("secondary", label);
    title->setBuddy(box);
    mask->addWidget(title, row, 0);
    mask->addWidget(box, row, 1);
    connect(box, &QSpinBox::valueChanged, this, &ImportDialog::takeRule);
    return box;
  };
  keep_first_ = spin("import-keep-first", tr("Keep first"), 0);
  keep_last_ = spin("import-keep-last", tr("Keep last"), 1);
  layout->addWidget(mask_row_);
  layout->addStretch(1);
  connect(type_, &QComboBox::activated, this, [this](int index) {
    const std::string type = type_->itemData(index).toString().toStdString();
    changeColumns([&](Json& json, const std::string& name) { import_plan::setType(json, name, type); });
  });
  connect(use_, &QComboBox::activated, this, [this](int index) {
    changeColumns([&](Json& json, const std::string& name) {
      import_plan::setIgnored(json, name, index == 2);
      const auto* rule = import_plan::ruleOf(json, name);
      if (index != 2 && rule && rule->value("method", std::string()) == "drop")
        import_plan::setRule(json, name, nullptr);
      if (index == 1)
        json["target"] = name;
      else if (json.value("target", Json()) == Json(name))
        json.erase("target");
    });
  });
  connect(method_, &QComboBox::activated, this, &ImportDialog::takeRule);
  connect(bucket_, &QComboBox::activated, this, &ImportDialog::takeRule);
  connect(width_, &QLineEdit::textEdited, this, &ImportDialog::takeRule);
  auto* frame = cardAround(layout);
  frame->setFixedWidth(220);
  return frame;
}

void ImportDialog::offerNew(bool offered, bool wanted) {
  anew_->setVisible(offered);
  anew_->setChecked(wanted);
}

bool ImportDialog::startsAnew() const {
  return anew_->isChecked();
}

Json ImportDialog::data() const {
  return import_plan::pruned(data_, columns_->names());
}

void ImportDialog::change(const std::function<void(Json&)>& edit) {
  if (showing_) return;
  edit(data_);
  current_ = false;
  import_->setEnabled(false);
  soon_.start();
}

void ImportDialog::changeColumns(const std::function<void(Json&, const std::string&)>& edit) {
  const auto names = chosen();
  if (names.empty()) return;
  change([&](Json& json) {
    for (const auto& name : names) edit(json, name);
  });
}

std::vector<std::string> ImportDialog::chosen() const {
  std::vector<std::string> names;
  for (const auto& index : column_view_->selectionModel()->selectedRows())
    names.push_back(columns_->names()[static_cast<std::size_t>(index.row())]);
  return names;
}

void ImportDialog::takeRule() {
  if (showing_) return;
  const QString method = method_->currentData().toString();
  Json rule;
  if (!method.isEmpty()) rule = Json{{"method", method.toStdString()}};
  if (method == QLatin1String("bucket")) {
    const QString to = bucket_->currentData().toString();
    if (to.isEmpty()) {
      bool read = false;
      const double width = QLocale().toDouble(width_->text(), &read);
      // While it is being typed it is no number yet: the reader says what is missing.
      if (read && width > 0) rule["width"] = width;
    } else {
      rule["to"] = to.toStdString();
    }
  }
  if (method == QLatin1String("mask")) {
    rule["keep_first"] = keep_first_->value();
    rule["keep_last"] = keep_last_->value();
  }
  bucket_row_->setVisible(method == QLatin1String("bucket"));
  width_->setVisible(bucket_->currentData().toString().isEmpty());
  mask_row_->setVisible(method == QLatin1String("mask"));
  changeColumns([&](Json& json, const std::string& name) {
    // Codes and masks are words, ranges are numbers or dates: a type of the other kind was said of what was there.
    if (!rule.is_null()) import_plan::setType(json, name, {});
    import_plan::setRule(json, name, rule);
  });
}

ImportDialog::Preview ImportDialog::read(const Json& data, const std::filesystem::path& file,
                                         const std::atomic<bool>& cancelled) {
  const LoadProgress go_on = [&](std::uint64_t, std::uint64_t) { return !cancelled.load(); };
  const auto params = [](Json fields) {
    fields.erase("source");
    auto read = read_table_params(fields, "data");
    check_table_params(read, "data");
    return read;
  };
  Preview preview;
  // What the columns are called depends on nothing that is said of columns.
  Json format = import_plan::pruned(data, {});
  format.erase("image");
  preview.names = read_table_head(file, params(format), "data", 1, go_on).names;
  preview.data = import_plan::pruned(data, preview.names);
  try {
    preview.head =
        std::make_shared<TableHead>(read_table_head(file, params(preview.data), "data", preview_rows, go_on));
  } catch (const Error&) {
    preview.problem = errorText(std::current_exception());
  }
  return preview;
}

void ImportDialog::requestPreview() {
  if (cancelled_) *cancelled_ = true;
  auto cancelled = std::make_shared<std::atomic<bool>>(false);
  cancelled_ = cancelled;
  current_ = false;
  state_->setText(tr("Reading\u2026"));
  background_.run([data = data_, file = file_, cancelled] { return read(data, file, *cancelled); },
                  [this](Preview preview) { show(preview); },
                  [this](const std::exception_ptr& error) {
                    const auto problem = errorText(error);
                    if (!problem.cancelled) tell(problem);
                  });
}

void ImportDialog::tell(const ErrorText& problem) {
  const QString field = problem.field.section('.', 1, 1).section('[', 0, 0);
  const bool in_form = find_spec(formatFields(), field.toStdString()) != nullptr;
  if (in_form) format_->setFieldError(field, problem.sentence());
  error_->setText(problem.sentence());
  error_->show();
  state_->setText(in_form ? tr("One thing must be changed first: see at the left.") : QString());
  facts_->clear();
  rows_->setDataset(nullptr);
  import_->setEnabled(false);
  emit previewed();
}

void ImportDialog::show(const Preview& preview) {
  showing_ = true;
  for (const auto& spec : formatFields()) format_->setFieldError(QString::fromStdString(spec.name), {});
  const Dataset nothing;
  columns_->set(preview.names, preview.head ? preview.head->dataset : nothing, preview.data);
  const QSignalBlocker quiet(target_);
  target_->clear();
  target_->addItem(tr("nothing (find groups)"), QString());
  for (std::size_t i = 0; i < std::min<std::size_t>(most_targets, preview.names.size()); ++i)
    target_->addItem(QString::fromStdString(preview.names[i]), QString::fromStdString(preview.names[i]));
  const QString target = QString::fromStdString(preview.data.value("target", std::string()));
  target_->setCurrentIndex(std::max(0, target_->findData(target)));
  showing_ = false;
  showDetails();
  if (!preview.head) return tell(preview.problem);
  error_->hide();
  state_->clear();
  auto dataset = std::shared_ptr<const Dataset>(preview.head, &preview.head->dataset);
  rows_->setDataset(dataset);
  fitColumns(row_view_);
  const auto& report = dataset->report;
  QStringList facts{importFacts(report)};
  if (report.format != "NPY") facts << (report.header ? tr("the first row names the columns") : tr("no row of names"));
  const int rows = static_cast<int>(dataset->rows());
  facts << (preview.head->whole ? tr("%n rows", "", rows) : tr("types judged by the first %n rows", "", rows));
  facts_->setText(facts.join(QStringLiteral(" \u00b7 ")));
  QStringList doubts;
  for (const auto& doubt : doubts_about(*preview.head)) doubts << QString::fromStdString(doubt) + QLatin1Char('.');
  constexpr std::size_t most_told = 3;
  for (std::size_t i = 0; i < std::min(most_told, report.problems.size()); ++i)
    doubts << problemText(report.problems[i]) + QLatin1Char('.');
  if (report.problems.size() > most_told)
    doubts << tr("And %n more.", "", static_cast<int>(report.problems.size() - most_told));
  doubts_->setText(doubts.join(QLatin1Char(' ')));
  doubts_->setVisible(!doubts.isEmpty());
  current_ = true;
  import_->setEnabled(true);
  emit previewed();
}

void ImportDialog::showDetails() {
  const auto names = chosen();
  showing_ = true;
  details_title_->setText(names.size() == 1 ? QString::fromStdString(names.front())
                          : names.empty()   ? tr("No column chosen")
                                            : tr("%n columns", "", static_cast<int>(names.size())));
  details_title_->setToolTip(details_title_->text());
  for (QWidget* each : {static_cast<QWidget*>(type_), static_cast<QWidget*>(use_), static_cast<QWidget*>(method_)})
    each->setEnabled(!names.empty());
  QString method, to;
  Json rule;
  if (!names.empty()) {
    const auto& name = names.front();
    const Json types = data_.value("types", Json());
    const QString type =
        types.is_object() && types.contains(name) ? QString::fromStdString(types[name].get<std::string>()) : QString();
    type_->setCurrentIndex(std::max(0, type_->findData(type)));
    if (const auto* found = import_plan::ruleOf(data_, name)) rule = *found;
    method = rule.is_object() ? QString::fromStdString(rule.value("method", std::string())) : QString();
    const bool out = import_plan::ignored(data_, name) || method == QLatin1String("drop");
    use_->setCurrentIndex(out ? 2 : data_.value("target", Json()) == Json(name) ? 1 : 0);
  }
  method_->setCurrentIndex(std::max(0, method_->findData(method)));
  if (rule.is_object() && rule.contains("to") && rule["to"].is_string())
    to = QString::fromStdString(rule["to"].get<std::string>());
  bucket_->setCurrentIndex(std::max(0, bucket_->findData(to)));
  const bool number = rule.is_object() && rule.contains("width") && rule["width"].is_number();
  if (!width_->hasFocus()) width_->setText(QLocale().toString(number ? rule["width"].get<double>() : 10.0, 'g', 9));
  keep_first_->setValue(rule.is_object() ? rule.value("keep_first", 0) : 0);
  keep_last_->setValue(rule.is_object() ? rule.value("keep_last", 0) : 0);
  bucket_row_->setVisible(method == QLatin1String("bucket"));
  width_->setVisible(to.isEmpty());
  mask_row_->setVisible(method == QLatin1String("mask"));
  showing_ = false;
}

}  // namespace gb
