#pragma once

#include <QDialog>
#include <atomic>
#include <memory>
#include <vector>

#include "app/studio/background.hpp"
#include "app/studio/run_comparison.hpp"

class QComboBox;
class QLabel;
class QPushButton;
class QTabWidget;

namespace gb {

class CompareCurves;
class ParallelView;
class ScatterView;
class TableView;
class Tile;
class View;

/// Any number of runs against each other: settings and metrics side by side, curves over each other, parallel
/// coordinates, any metric against any parameter, best and final values, and what repetitions with other seeds spread
/// over. What takes time is made off the UI thread.
class CompareDialog : public QDialog {
  Q_OBJECT
 public:
  /// `colors` are the runs' series indices. `recorded` are all runs that there are: how often the same test rows have
  /// been looked at belongs to what a difference means. `store` has the curves; it may be null.
  CompareDialog(SharedRuns runs, std::vector<int> colors, const SharedRuns& recorded, std::shared_ptr<RunStore> store,
                QWidget* parent = nullptr);
  ~CompareDialog() override;

 signals:
  void openRequested(const QString& id);
  /// The runs that the brushes of the parallel coordinates keep.
  void selectRequested(const std::vector<std::string>& ids);
  /// The same on paper.
  void reportRequested();

 private:
  struct Plots;
  struct Curves;

  QWidget* makeParallel();
  QWidget* makeScatter();
  void takePlots(const std::shared_ptr<Plots>& plots);
  void takeCurves(const std::shared_ptr<Curves>& curves);
  void showAxes();
  void showScatter();
  void showBest();
  void showSeeds();
  void chooseAxes();
  void keptChanged();
  Tile* framed(const QString& key, View* view);

  SharedRuns runs_;
  std::vector<int> colors_;
  QStringList titles_;
  std::shared_ptr<RunStore> store_;
  Background plotting_, reading_;
  std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);

  std::vector<RunField> fields_;  ///< those that differ, and all metrics
  ItemTable items_;               ///< a column for each of fields_
  QStringList axes_;              ///< keys of the fields shown as axes
  std::shared_ptr<Curves> curves_;

  QTabWidget* tabs_;
  CompareCurves* overlay_;
  ParallelView* parallel_;
  QComboBox* parallel_color_;
  QPushButton* take_kept_;
  ScatterView* scatter_;
  QComboBox *scatter_x_, *scatter_y_, *scatter_color_;
  TableView *best_, *seeds_;
  QComboBox* best_series_;
  QLabel* message_;
};

}  // namespace gb
