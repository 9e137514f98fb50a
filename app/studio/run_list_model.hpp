#pragma once

#include <QAbstractTableModel>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/run/run_store.hpp"

namespace gb {

/// The recorded runs, newest first, as RunStore::listing() gives them. Behind the columns that every run has stand
/// those of choice: any metric, any hyperparameter.
class RunListModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum ColumnOf {
    name,
    dataset,
    state,
    headline,
    loss,
    time,
    differs,
    star,
    algorithm,
    tags,
    notes,
    created,
    column_count
  };
  enum Role {
    IdRole = Qt::UserRole,
    ColorRole,  ///< series index of the run's colour
    StateRole,  ///< RunState as int
    SortRole,   ///< a number or text to sort by
  };
  using Shared = std::shared_ptr<const RunSummary>;

  using QAbstractTableModel::QAbstractTableModel;

  /// Takes a new list; rows that stay keep their place in selections. Told are only the rows that are other objects
  /// than before.
  void setListing(std::vector<Shared> runs);
  void setRuns(std::vector<RunSummary> runs);
  /// What somebody has just changed shows at once; the store's next listing has the last word.
  void change(RunSummary run);
  /// What the run in progress reports before the store knows it.
  void setLive(const std::string& id, RunState runState, std::optional<double> headlineValue,
               std::optional<double> lossValue, double seconds);
  /// "Differs in" compares with these runs (the selected ones); without any, with the newest.
  void setReference(const std::vector<std::string>& ids);

  /// The columns of choice, by the keys of their fields.
  void setFields(const std::vector<std::string>& keys);
  const std::vector<std::string>& fields() const { return fields_; }
  /// What a column shows, for settings: "name", "metric:accuracy"; and back, -1 where there is none.
  QString columnKey(int column) const;
  int columnOf(const QString& key) const;

  /// To be read as a sequence of RunSummary.
  auto runs() const {
    return runs_ | std::views::transform([](const Shared& run) -> const RunSummary& { return *run; });
  }
  const std::vector<Shared>& shared() const { return runs_; }
  const RunSummary* find(const std::string& id) const;
  /// -1 where it is not listed.
  int rowOf(const std::string& id) const;
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
  void removeOthers(const std::vector<Shared>& staying);
  void tellChanged(int first, int last);
  std::optional<double> metric(const RunSummary& run, int column) const;
  QString differsText(const RunSummary& run) const;
  QVariant cell(const RunSummary& run, int column) const;
  QVariant sortKey(const RunSummary& run, int column) const;
  bool isRight(int column) const;

  std::vector<Shared> runs_;
  mutable std::unordered_map<std::string, int> rows_;  ///< of ids; made when it is asked for
  mutable bool indexed_ = true;
  std::vector<std::string> fields_;
  std::vector<std::string> reference_;
  mutable std::optional<QString> among_reference_;  ///< in what those differ; made when it is asked for
  std::optional<Live> live_;
  mutable std::unordered_map<std::string, int> colors_;  ///< ids in order of first sight
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
