#pragma once

#include <QDialog>

#include "core/params/param_spec.hpp"

class QLabel;
class QListWidget;
class QPushButton;

namespace gb {

/// Two choices make an experiment: which data, which algorithm.
class NewExperimentDialog : public QDialog {
  Q_OBJECT
 public:
  explicit NewExperimentDialog(QWidget* parent = nullptr);

  /// The document, minimal: everything not said is chosen by the data.
  Json experiment() const;

 private:
  void chooseFile();
  void chooseFolder();
  /// Puts the data of a file or folder in front of the list, or says what is wrong with it.
  void take(const QString& path);
  void refresh();

  QListWidget* data_;
  QListWidget* algorithm_;
  QLabel* data_help_;
  QLabel* algorithm_help_;
  QPushButton* create_;
};

/// A document on this data, with the algorithm that fits it best to begin with.
Json firstExperiment(const Json& data, const QString& name);

}  // namespace gb
