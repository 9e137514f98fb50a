#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "app/studio/background.hpp"
#include "app/studio/column_summary.hpp"
#include "core/data/dataset.hpp"
#include "core/params/param_spec.hpp"

class QLabel;
class QListWidget;
class QProgressBar;
class QPushButton;
class QScrollArea;
class QStackedWidget;
class QTabBar;
class QTableView;
class QVBoxLayout;

namespace gb {

class ColumnCard;
class CorrelationPane;
class DataModel;
class ImageWall;
class Selection;

/// What was read: rows or pictures, how columns go together and what was skipped at the left; columns with their types
/// and spread, what is missing, class balance and the reader's report at the right.
class DataPage : public QWidget {
  Q_OBJECT
 public:
  DataPage(Selection& selection, QWidget* parent = nullptr);

  /// `source` is the document's "data" object: it says whether types can be changed.
  void setDataset(std::shared_ptr<const Dataset> dataset, const Json& source);
  void setLoading(quint64 done, quint64 total);
  void setError(const QString& reason);
  bool hasSummaries() const { return ready_; }
  CorrelationPane* correlations() const { return correlations_; }
  /// The pages at the left.
  enum class Page { rows, correlations, problems };
  void showPage(Page page);
  /// Scrolls to these columns and marks them.
  void reveal(const QStringList& columns);

 signals:
  void backRequested();
  void cancelRequested();
  /// A person says what a column is.
  void typeChosen(const QString& column, const QString& type);
  /// How the data is read is to be decided anew.
  void importRequested();
  void summarized();

 private:
  void showSummaries(const std::vector<ColumnSummary>& columns);
  QWidget* reportOf(const Dataset& dataset);
  QWidget* missingOf(const std::vector<ColumnSummary>& columns);
  void showProblems(const Dataset& dataset);

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
  QTabBar* tabs_;
  QStackedWidget* left_;
  CorrelationPane* correlations_;
  QListWidget* problems_;
  QPushButton* import_;
  QScrollArea* scroll_;
  QVBoxLayout* side_;
  std::vector<ColumnCard*> cards_;
};

}  // namespace gb
