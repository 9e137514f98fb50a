#pragma once

#include <QAbstractTableModel>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "app/studio/run_list_model.hpp"
#include "app/studio/run_query.hpp"

namespace gb {

/// What the run table shows of a RunListModel: the runs that a filter lets through, sorted. Thousands of runs are
/// narrowed down between two key strokes: rows are told one by one while runs come and go, and all at once when a
/// filter or the order changes. Names, tags, notes and stars are edited here; who keeps them is told.
class RunTable : public QAbstractTableModel {
  Q_OBJECT
 public:
  explicit RunTable(RunListModel& runs, QObject* parent = nullptr);

  void setFilter(const RunFilter& filter);
  const RunFilter& filter() const { return filter_; }
  /// What the search names that no run has.
  QStringList unknownNames() const { return query_.unknownNames(runs_.shared()); }

  /// -1: newest first.
  void sort(int column, Qt::SortOrder order) override;
  int sortColumn() const { return sort_column_; }

  RunListModel& list() const { return runs_; }
  const RunSummary* run(int row) const;
  /// -1 where the filter keeps it back.
  int rowOf(const std::string& id) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  /// Name, tags ("a, b"), notes and star (a bool).
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;

 signals:
  /// What is shown is about to be another set of rows, and is.
  void aboutToRenew();
  void renewed();
  void renamed(const QString& id, const QString& name);
  void tagged(const QString& id, const std::vector<std::string>& tags);
  void noted(const QString& id, const QString& notes);

 private:
  std::vector<RunListModel::Shared> wanted();
  void sortRuns(std::vector<RunListModel::Shared>& shown) const;
  const QString& textOf(const RunListModel::Shared& run);
  /// Whether any of these runs of the list is another object than the one shown.
  bool isNews(int first, int last) const;
  /// Everything at once, as when the filter changes.
  void renew();
  /// As few rows as need be, as when a run comes.
  void follow();

  RunListModel& runs_;
  RunFilter filter_;
  RunQuery query_;
  int sort_column_ = -1;
  Qt::SortOrder sort_order_ = Qt::DescendingOrder;
  std::vector<RunListModel::Shared> shown_;
  std::unordered_map<std::string, int> rows_;  ///< of the ids in shown_
  /// What is searched in, made once for each run; the pointer says of which state of it.
  std::unordered_map<std::string, std::pair<RunListModel::Shared, QString>> texts_;
};

}  // namespace gb
