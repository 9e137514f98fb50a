#pragma once

#include <QWidget>
#include <memory>
#include <span>

#include "core/params/param_spec.hpp"

namespace gb {

/// Any schema as a form: the right widget for each kind, units, defaults, reset, help on hover; impossible values are
/// refused with the reason beneath the field and never leave the form; advanced fields are folded away; fields whose
/// enabled_by does not hold are hidden; a live field shows a green "live" mark and, where it has a search range, a
/// slider (logarithmic where the scale is).
class ParameterForm : public QWidget {
  Q_OBJECT
 public:
  explicit ParameterForm(QWidget* parent = nullptr);
  ~ParameterForm() override;

  /// For forms beside something that follows every change: sliders below all numbers that have a search range, and
  /// values taken while they are typed. Before setSchema().
  void setFollowed(bool sliders);
  /// `specs` must outlive the form (schemas are static). Keeps no value from before. Emits nothing.
  void setSchema(std::span<const ParamSpec> specs, const Json& values);
  /// Shows other values of the same schema (undo, open). Emits nothing.
  void setValues(const Json& values);
  /// The last valid values of all fields.
  Json values() const;
  /// Takes what is being typed as if the person had finished (before a run is started from the keyboard). False when
  /// a field holds what cannot be taken; that field is then shown and has the focus.
  bool commit();
  /// While a run goes on only live fields can be edited.
  void setRunning(bool running);
  /// Shows a reason beneath a field, as when a check against the data failed. Empty text clears.
  void setFieldError(const QString& name, const QString& reason);
  /// Names that a field of names is completed from while it is typed.
  void setSuggestions(const QString& name, const QStringList& suggestions);
  /// The fields' strings go through this before they are shown.
  void retranslate();

 signals:
  /// A field has a new valid value (after editing finished for texts; at once for menus, boxes and sliders).
  void valueChanged(const QString& name, const gb::Json& value);
  /// A field whose value has an editor of its own (layers) is to be shown there.
  void openRequested(const QString& name);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
