#include "widgets/params/parameter_form.hpp"

#include <QEvent>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/params/parameter_field.hpp"

namespace gb {
namespace {

constexpr int row_spacing = 7;
constexpr int narrowest_control = 118;
constexpr int widest_control = 168;

}  // namespace

struct ParameterForm::Implementation {
  explicit Implementation(ParameterForm* owner) : form(owner) {}

  ParameterField* find(const QString& name) const;
  Json valueFor(const ParamSpec& spec, const Json& values, QString& refused) const;
  Json all() const;
  bool matters(const ParamSpec& spec, const Json& values, int depth = 0) const;
  void showEnabled();
  void showFold();
  void alignControls();

  ParameterForm* form;
  std::span<const ParamSpec> specs;
  std::vector<ParameterField*> fields;
  ParameterField::Manner manner;
  QVBoxLayout* layout = nullptr;
  QPushButton* fold = nullptr;
  QWidget* advanced = nullptr;
  QVBoxLayout* advanced_layout = nullptr;
  bool unfolded = false;
  bool running = false;
};

ParameterField* ParameterForm::Implementation::find(const QString& name) const {
  // "algorithm.params.sizes[1]" speaks of the field "sizes", "algorithm.params.layers[2].units" of "layers".
  for (const QString& part : name.split('.')) {
    const std::string bare = part.section('[', 0, 0).toStdString();
    const auto found =
        std::find_if(fields.begin(), fields.end(), [&](const auto* field) { return field->spec().name == bare; });
    if (found != fields.end()) return *found;
  }
  return nullptr;
}

Json ParameterForm::Implementation::valueFor(const ParamSpec& spec, const Json& values, QString& refused) const {
  if (!values.is_object() || !values.contains(spec.name)) return spec.default_value;
  try {
    return validated_value(spec, values[spec.name], spec.name);
  } catch (const ParamError& error) {
    refused = QString::fromStdString(error.what());
    return spec.default_value;
  }
}

Json ParameterForm::Implementation::all() const {
  Json values = Json::object();
  for (const auto& spec : specs)
    for (const auto* field : fields)
      if (&field->spec() == &spec) values[spec.name] = field->value();
  return values;
}

/// A field hides with the field that it depends on.
bool ParameterForm::Implementation::matters(const ParamSpec& spec, const Json& values, int depth) const {
  if (!enabled(spec, values)) return false;
  if (!spec.enabled_by || depth > static_cast<int>(specs.size())) return true;
  const ParamSpec* parent = find_spec(specs, spec.enabled_by->param);
  return !parent || matters(*parent, values, depth + 1);
}

void ParameterForm::Implementation::showEnabled() {
  const Json values = all();
  for (auto* field : fields) {
    field->setVisible(matters(field->spec(), values));
    field->setEditable(!running || field->spec().live);
  }
  showFold();
}

void ParameterForm::Implementation::showFold() {
  const auto count = std::count_if(fields.begin(), fields.end(),
                                   [](const auto* field) { return field->spec().advanced && !field->isHidden(); });
  fold->setVisible(count > 0);
  fold->setText((unfolded ? QStringLiteral("▾ ") : QStringLiteral("▸ ")) +
                ParameterForm::tr("Advanced (%1)").arg(count));
  fold->setAccessibleName(ParameterForm::tr("Advanced (%1)").arg(count));
  fold->setAccessibleDescription(unfolded ? ParameterForm::tr("Unfolded") : ParameterForm::tr("Folded away"));
  advanced->setVisible(unfolded && count > 0);
}

/// One column for all controls, as wide as the widest needs within reason.
void ParameterForm::Implementation::alignControls() {
  int width = narrowest_control;
  for (const auto* field : fields) width = std::max(width, field->wantedControlWidth());
  for (auto* field : fields) field->setControlWidth(std::min(width, widest_control));
}

ParameterForm::ParameterForm(QWidget* parent)
    : QWidget(parent), implementation_(std::make_unique<Implementation>(this)) {
  auto& self = *implementation_;
  self.layout = new QVBoxLayout(this);
  self.layout->setContentsMargins({});
  self.layout->setSpacing(row_spacing);
  self.fold = new QPushButton(this);
  self.fold->setFlat(true);
  self.fold->setProperty("quiet", true);
  self.fold->setStyleSheet("text-align: left; padding-left: 0px");
  self.fold->hide();
  connect(self.fold, &QPushButton::clicked, this, [this] {
    implementation_->unfolded = !implementation_->unfolded;
    implementation_->showFold();
  });
  self.advanced = new QWidget(this);
  self.advanced_layout = new QVBoxLayout(self.advanced);
  self.advanced_layout->setContentsMargins({});
  self.advanced_layout->setSpacing(row_spacing);
  self.advanced->hide();
  self.layout->addWidget(self.fold, 0, Qt::AlignLeft);
  self.layout->addWidget(self.advanced);
}

ParameterForm::~ParameterForm() = default;

void ParameterForm::setFollowed(bool sliders) {
  implementation_->manner = {sliders, true};
}

void ParameterForm::setSchema(std::span<const ParamSpec> specs, const Json& values) {
  auto& self = *implementation_;
  for (auto* field : self.fields) {
    field->disconnect(this);
    field->hide();
    field->deleteLater();
  }
  self.fields.clear();
  self.specs = specs;
  int at = 0;
  QWidget* before = nullptr;
  for (const bool advanced : {false, true})
    for (const auto& spec : specs) {
      if (spec.advanced != advanced) continue;
      QString refused;
      auto* field =
          new ParameterField(spec, self.valueFor(spec, values, refused), self.manner, advanced ? self.advanced : this);
      if (!refused.isEmpty()) field->setError(refused);
      if (advanced)
        self.advanced_layout->addWidget(field);
      else
        self.layout->insertWidget(at++, field);
      connect(field, &ParameterField::edited, this, [this, field] {
        implementation_->showEnabled();
        emit valueChanged(QString::fromStdString(field->spec().name), field->value());
      });
      connect(field, &ParameterField::openRequested, this,
              [this, field] { emit openRequested(QString::fromStdString(field->spec().name)); });
      self.fields.push_back(field);
      if (advanced && !before) setTabOrder(self.fold, field);
      before = field;
    }
  self.alignControls();
  self.showEnabled();
}

void ParameterForm::setValues(const Json& values) {
  auto& self = *implementation_;
  for (auto* field : self.fields) {
    QString refused;
    field->setValue(self.valueFor(field->spec(), values, refused));
    if (!refused.isEmpty()) field->setError(refused);
  }
  self.showEnabled();
}

Json ParameterForm::values() const {
  return implementation_->all();
}

bool ParameterForm::commit() {
  for (auto* field : implementation_->fields) {
    if (field->isHidden()) continue;
    field->commit();
    if (!field->hasError()) continue;
    if (field->spec().advanced && !implementation_->unfolded) implementation_->fold->click();
    if (auto* control = field->findChild<QWidget*>(QString::fromStdString(field->spec().name))) control->setFocus();
    return false;
  }
  return true;
}

void ParameterForm::setRunning(bool running) {
  implementation_->running = running;
  implementation_->showEnabled();
}

void ParameterForm::setFieldError(const QString& name, const QString& reason) {
  auto& self = *implementation_;
  ParameterField* field = self.find(name);
  if (!field) return;
  field->setError(reason);
  if (!reason.isEmpty() && field->spec().advanced && !self.unfolded) {
    self.unfolded = true;
    self.showFold();
  }
}

void ParameterForm::setSuggestions(const QString& name, const QStringList& suggestions) {
  if (ParameterField* field = implementation_->find(name)) field->setSuggestions(suggestions);
}

void ParameterForm::retranslate() {
  for (auto* field : implementation_->fields) field->retranslate();
  implementation_->alignControls();
  implementation_->showFold();
}

void ParameterForm::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange && implementation_) retranslate();
}

}  // namespace gb
