#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "app/studio/experiment_document.hpp"
#include "core/data/dataset.hpp"

class QLabel;
class QPushButton;
class QScrollArea;

namespace gb {

class AlgorithmPicker;
class AugmentSection;
class DataSection;
class ParameterForm;
class PrepareSection;
class SectionHeader;

/// The left rail: the experiment in five numbered sections, one unfolded at a time.
class ExperimentPanel : public QWidget {
  Q_OBJECT
 public:
  explicit ExperimentPanel(ExperimentDocument& document, QWidget* parent = nullptr);

  enum Section { data, prepare, algorithm, evaluate, exportation, section_count };
  /// Unfolds a section and folds the others; -1 folds all.
  void unfold(int section);
  int unfolded() const { return unfolded_; }

  DataSection* dataSection() const { return data_; }
  PrepareSection* prepareSection() const { return prepare_; }
  AugmentSection* augmentSection() const { return augment_; }
  ParameterForm* algorithmForm() const { return form_; }
  /// What the algorithm is to learn from; null while there is none. Not kept alive from here.
  void setDataset(const std::shared_ptr<const Dataset>& dataset);
  /// What was found in the data, under Evaluate until something else is found.
  void setWarnings(const QStringList& sentences);
  /// Opens the list of algorithms over the window; what is chosen there is an edit of the experiment.
  AlgorithmPicker* chooseAlgorithm();
  /// While a run goes on only live fields can be edited.
  void setRunning(bool running);
  /// Shows a reason at the field it speaks of, unfolding its section. False when no field here is meant.
  bool setError(const QString& field, const QString& reason);
  void clearErrors();

 signals:
  /// A live field has a new valid value while a run goes on.
  void liveChanged(const QString& name, const gb::Json& value);
  void exportRequested();
  /// The layers that this parameter holds, or how pictures are varied, are to be edited: that takes more room than
  /// there is here.
  void layersRequested(const QString& param);
  void augmentRequested();

 private:
  void addSection(int number, const QString& title, QWidget* content);
  QWidget* makePrepareSection();
  QWidget* makeAlgorithmSection();
  QWidget* makeEvaluateSection();
  QWidget* makeExportSection();
  void refresh();
  void refreshAlgorithm();
  void refreshEvaluate();
  void refreshPrepare();

  ExperimentDocument& document_;
  QScrollArea* scroll_;
  std::vector<SectionHeader*> headers_;
  std::vector<QWidget*> contents_;
  int unfolded_ = -1;
  DataSection* data_;
  PrepareSection* prepare_;
  AugmentSection* augment_;
  QPushButton* algorithm_ = nullptr;
  QLabel* algorithm_help_ = nullptr;
  ParameterForm* form_ = nullptr;
  ParameterForm* split_ = nullptr;
  ParameterForm* seed_ = nullptr;
  ParameterForm* judging_ = nullptr;
  ParameterForm* balance_ = nullptr;
  QLabel* split_note_ = nullptr;
  QLabel* warnings_ = nullptr;
  std::string shown_algorithm_;
  std::weak_ptr<const Dataset> dataset_;
  QStringList errors_;  ///< algorithm fields that show an error
  bool running_ = false;
};

}  // namespace gb
