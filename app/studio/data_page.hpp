#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "app/studio/background.hpp"
#include "app/studio/column_summary.hpp"
#include "core/data/dataset.hpp"
#include "core/params/param_spec.hpp"

class QLabel;
class QProgressBar;
class QPushButton;
class QStackedWidget;
class QTableView;
class QVBoxLayout;

namespace gb {

class DataModel;
class ImageWall;
class Selection;

/// What was read: rows or pictures at the left; columns with their types and spread, class balance and the reader's
/// report at the right.
class DataPage : public QWidget {
  Q_OBJECT
 public:
  DataPage(Selection& selection, QWidget* parent = nullptr);

  /// `source` is the document's "data" object: it says whether types can be changed.
  void setDataset(std::shared_ptr<const Dataset> dataset, const Json& source);
  void setLoading(quint64 done, quint64 total);
  void setError(const QString& reason);
  bool hasSummaries() const { return ready_; }

 signals:
  void backRequested();
  void cancelRequested();
  /// A person says what a column is.
  void typeChosen(const QString& column, const QString& type);
  void summarized();

 private:
  void showSummaries(const std::vector<ColumnSummary>& columns);
  QWidget* reportOf(const Dataset& dataset) const;

  Selection& selection_;
  std::shared_ptr<const Dataset> dataset_;
  Json source_;
  Background background_;
  bool ready_ = false;
  QLabel* title_;
  QLabel* facts_;
  QStackedWidget* stack_;
  QProgressBar* bar_;
  QLabel* state_;
  QPushButton* cancel_;
  QTableView* table_;
  DataModel* model_;
  ImageWall* images_;
  QVBoxLayout* side_;
};

}  // namespace gb
