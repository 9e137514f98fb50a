#pragma once

#include <QWidget>

#include "app/studio/experiment_document.hpp"
#include "core/data/dataset.hpp"

class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;

namespace gb {

class ParameterForm;

/// Section 1 of the experiment: which data, how it is read, and what was found in it.
class DataSection : public QWidget {
  Q_OBJECT
 public:
  explicit DataSection(ExperimentDocument& document, QWidget* parent = nullptr);

  QString summary() const;
  void refresh();
  void setRunning(bool running);
  void setLoading(quint64 done, quint64 total);
  void setDataset(const Dataset* dataset);
  void setError(const QString& field, const QString& reason);

 signals:
  void lookRequested();
  void cancelRequested();
  void fileRequested();
  void folderRequested();
  /// How the data is read is to be decided before a sight of it.
  void importRequested();

 private:
  void choose(int index);

  ExperimentDocument& document_;
  QComboBox* source_;
  ParameterForm* form_;
  QLabel* facts_;
  QLabel* error_;
  QProgressBar* bar_;
  QPushButton* cancel_;
  QPushButton* look_;
  QPushButton* import_;
  const void* schema_ = nullptr;
};

/// "10,000 images, 28 × 28 · 10 classes": a dataset in one line.
QString datasetFacts(const Dataset& dataset);
/// What the "data" object of a document is called: the set's name or the file's.
QString sourceName(const Json& data);

}  // namespace gb
