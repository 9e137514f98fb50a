#pragma once

#include <QWidget>
#include <vector>

#include "app/studio/experiment_document.hpp"

class QCheckBox;
class QLabel;

namespace gb {

class ParameterForm;

/// Section 2: the preparation steps, each switched on or off, with its fields below it.
class PrepareSection : public QWidget {
  Q_OBJECT
 public:
  explicit PrepareSection(ExperimentDocument& document, QWidget* parent = nullptr);

  QString summary() const;
  void refresh();
  void setRunning(bool running);
  /// What the last run really did, added steps included.
  void setCarriedOut(const Json& steps);
  void setError(const QString& reason);
  /// What the data's feature columns are called: fields that name columns offer them.
  void setColumns(const QStringList& names);

 private:
  struct Step {
    std::string name;
    QCheckBox* box;
    ParameterForm* form;  ///< null where the step has no fields
  };
  Json steps() const;

  ExperimentDocument& document_;
  std::vector<Step> steps_;
  QLabel* note_;
  QLabel* error_;
};

}  // namespace gb
