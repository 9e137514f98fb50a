#pragma once

#include <QAbstractTableModel>
#include <optional>
#include <string>
#include <vector>

#include "core/run/run_store.hpp"

namespace gb {

/// The recorded runs, newest first, as RunStore::list() gives them.
class RunListModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum ColumnOf { name, dataset, state, headline, loss, time, differs, column_count };
  enum Role {
    IdRole = Qt::UserRole,
    ColorRole,  ///< series index of the run's colour
    StateRole,  ///< RunState as int
    SortRole,   ///< a number or text to sort by
  };

  using QAbstractTableModel::QAbstractTableModel;

  /// Takes a new list; rows that stay keep their place in selections.
  void setRuns(std::vector<RunSummary> runs);
  /// What the run in progress reports before the store knows it.
  void setLive(const std::string& id, RunState runState, std::optional<double> headlineValue,
               std::optional<double> lossValue, double seconds);
  /// "Differs in" compares with these runs (the selected ones); without any, with the newest.
  void setReference(const std::vector<std::string>& ids);

  const std::vector<RunSummary>& runs() const { return runs_; }
  const RunSummary* find(const std::string& id) const;
  /// Series index by which the run is drawn everywhere; stays the same while the window is open.
  int colorOf(const std::string& id) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  struct Live {
    std::string id;
    RunState state = RunState::running;
    std::optional<double> headline, loss;
    double seconds = 0;
  };
  std::optional<double> metric(const RunSummary& run, int column) const;
  QString differsText(const RunSummary& run) const;

  std::vector<RunSummary> runs_;
  std::vector<std::string> reference_;
  std::optional<Live> live_;
  mutable std::vector<std::string> colors_;  ///< ids in order of first sight
};

/// "running", "finished": for people.
QString runStateText(RunState state);
/// "from step 300": where a fork began.
QString forkText(const RunOrigin& origin);
/// "3.1 s", "12 min", "1 h 20 min".
QString durationText(double seconds);
/// Four significant digits at most, "–" for none.
QString metricText(std::optional<double> value);
/// "Accuracy" for "accuracy", "Log loss" for "log_loss".
QString metricLabel(const std::string& name);
/// The value of `name` in the last part that has it: test before validation before train.
std::optional<double> metricOf(const Json& metrics, const std::string& name);

}  // namespace gb
