#include "app/studio/prepare_section.hpp"

#include <QCheckBox>
#include <QLabel>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>

#include "app/studio/core_text.hpp"
#include "app/studio/labels.hpp"
#include "app/studio/run_differences.hpp"
#include "core/data/prepare.hpp"
#include "widgets/params/parameter_form.hpp"

namespace gb {

namespace {

/// Where a step that is switched on goes: before the first one that makes sense only after it.
std::size_t placeFor(const Json& steps, const std::string& name) {
  const auto infos = preparation_steps();
  const auto rankOf = [&](const std::string& step) {
    return std::find_if(infos.begin(), infos.end(), [&](const StepInfo& info) { return info.name == step; });
  };
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (steps[i].is_object() && rankOf(steps[i].value("step", std::string())) > rankOf(name)) return i;
  return steps.size();
}

/// Position of a step of that name in a "prepare" array, or its size.
std::size_t positionOf(const Json& steps, const std::string& name) {
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (steps[i].is_object() && steps[i].value("step", std::string()) == name) return i;
  return steps.size();
}

}  // namespace

PrepareSection::PrepareSection(ExperimentDocument& document, QWidget* parent) : QWidget(parent), document_(document) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 8, 16, 10);
  layout->setSpacing(6);
  for (const auto& info : preparation_steps()) {
    Step step{info.name, new QCheckBox(coreText(info.label)), nullptr};
    step.box->setToolTip(coreText(info.help));
    step.box->setAccessibleDescription(coreText(info.help));
    layout->addWidget(step.box);
    if (!info.fields.empty()) {
      step.form = new ParameterForm;
      step.form->setSchema(info.fields, Json::object());
      layout->addWidget(step.form);
      connect(step.form, &ParameterForm::valueChanged, this,
              [this, name = info.name](const QString& field, const Json& value) {
                document_.edit(tr("Change of preparation"), QStringLiteral("prepare.%1.%2").arg(name.c_str(), field),
                               [&](Json& json) {
                                 Json& all = json["prepare"];
                                 const auto at = positionOf(all, name);
                                 if (at < all.size()) all[at][field.toStdString()] = value;
                               });
              });
    }
    connect(step.box, &QCheckBox::toggled, this, [this, name = info.name](bool on) {
      document_.edit(tr("Change of preparation"), {}, [&](Json& json) {
        Json all = steps();
        const auto at = positionOf(all, name);
        if (on && at == all.size())
          all.insert(all.begin() + static_cast<std::ptrdiff_t>(placeFor(all, name)), Json{{"step", name}});
        else if (!on && at < all.size())
          all.erase(all.begin() + static_cast<std::ptrdiff_t>(at));
        if (all.empty())
          json.erase("prepare");
        else
          json["prepare"] = all;
      });
    });
    steps_.push_back(step);
  }
  error_ = roleLabel("error", {});
  error_->setWordWrap(true);
  error_->hide();
  layout->addWidget(error_);
  note_ = roleLabel("secondary", {});
  note_->setWordWrap(true);
  layout->addWidget(note_);
  setCarriedOut({});
}

Json PrepareSection::steps() const {
  const auto found = document_.json().find("prepare");
  return found != document_.json().end() && found->is_array() ? *found : Json::array();
}

QString PrepareSection::summary() const {
  const Json all = steps();
  if (all.empty()) return tr("automatic");
  if (all.size() > 1) return tr("%n steps", "", static_cast<int>(all.size()));
  const std::string name = all[0].is_object() ? all[0].value("step", std::string()) : std::string();
  for (const auto& info : preparation_steps())
    if (info.name == name) return coreText(info.label).toLower();
  return QString::fromStdString(name);
}

void PrepareSection::refresh() {
  const Json all = steps();
  error_->hide();
  for (auto& step : steps_) {
    const auto at = positionOf(all, step.name);
    const QSignalBlocker quiet(step.box);
    step.box->setChecked(at < all.size());
    if (!step.form) continue;
    step.form->setVisible(at < all.size());
    if (at < all.size()) {
      Json values = all[at];
      values.erase("step");
      step.form->setValues(values);
    }
  }
}

void PrepareSection::setRunning(bool running) {
  for (auto& step : steps_) {
    step.box->setEnabled(!running);
    if (step.form) step.form->setRunning(running);
  }
}

void PrepareSection::setCarriedOut(const Json& all) {
  if (!all.is_array() || all.empty())
    note_->setText(
        tr("What the data needs besides is added by itself: missing values are imputed, categories encoded, pixels "
           "scaled. Everything is fitted on training rows only."));
  else
    note_->setText(tr("Carried out in the last run: %1.").arg(valueText(all)));
}

void PrepareSection::setColumns(const QStringList& names) {
  for (auto& step : steps_)
    if (step.form) step.form->setSuggestions(QStringLiteral("columns"), names);
}

void PrepareSection::setError(const QString& reason) {
  error_->setText(reason);
  error_->setVisible(!reason.isEmpty());
}

}  // namespace gb
