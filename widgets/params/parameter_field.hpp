#pragma once

#include <QWidget>
#include <memory>

#include "core/params/param_spec.hpp"

namespace gb {

/// One field of a schema as a row: label on the left, control in a column on the right, a slider below live numbers,
/// the reason beneath when a value is refused. Keeps the last valid value. Layers are told in a few words, on a button
/// that asks for an editor of their own.
class ParameterField : public QWidget {
  Q_OBJECT
 public:
  struct Manner {
    bool sliders = false;       ///< below every number that has a search range, not only below live ones
    bool while_typing = false;  ///< takes values as they are typed, where they are valid
  };
  /// `spec` must outlive the field.
  ParameterField(const ParamSpec& spec, const Json& value, QWidget* parent = nullptr);
  ParameterField(const ParamSpec& spec, const Json& value, Manner manner, QWidget* parent = nullptr);
  ~ParameterField() override;

  const ParamSpec& spec() const;
  const Json& value() const;
  /// Shows a value without telling; clears what was refused.
  void setValue(const Json& value);
  void setError(const QString& reason);
  bool hasError() const;
  void setEditable(bool on);
  /// Names that a list of names is completed from while it is typed.
  void setSuggestions(const QStringList& names);
  /// Takes what has been typed but not yet finished.
  void commit();
  /// How wide the control would like to be, and is.
  int wantedControlWidth() const;
  void setControlWidth(int width);
  void retranslate();

 signals:
  /// The value has become another valid one by the person's hand.
  void edited();
  /// A value that has an editor of its own is to be shown there.
  void openRequested();

 protected:
  void changeEvent(QEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
