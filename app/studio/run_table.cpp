#include "app/studio/run_table.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace gb {

namespace {

constexpr int most_steps = 24;  ///< single changes after which telling everything at once is cheaper

/// A stretch of rows [begin, end).
struct Stretch {
  int begin, end;
};

}  // namespace

RunTable::RunTable(RunListModel& runs, QObject* parent) : QAbstractTableModel(parent), runs_(runs) {
  connect(&runs, &QAbstractItemModel::rowsInserted, this, &RunTable::follow);
  connect(&runs, &QAbstractItemModel::rowsRemoved, this, &RunTable::follow);
  connect(&runs, &QAbstractItemModel::dataChanged, this, [this](const QModelIndex& from, const QModelIndex& to) {
    // Neither what is differed in nor what a run in progress tells moves a row: its order is settled by the next list.
    if (from.column() != to.column() && isNews(from.row(), to.row())) follow();
    if (shown_.empty()) return;
    if (from.row() == to.row()) {
      const int row = rowOf(runs_.shared()[static_cast<std::size_t>(from.row())]->id);
      if (row >= 0) emit dataChanged(index(row, from.column()), index(row, to.column()));
      return;
    }
    emit dataChanged(index(0, from.column()), index(rowCount() - 1, to.column()));
  });
  connect(&runs, &QAbstractItemModel::columnsAboutToBeInserted, this,
          [this](const QModelIndex&, int first, int last) { beginInsertColumns({}, first, last); });
  connect(&runs, &QAbstractItemModel::columnsInserted, this, [this] { endInsertColumns(); });
  connect(&runs, &QAbstractItemModel::columnsAboutToBeRemoved, this,
          [this](const QModelIndex&, int first, int last) { beginRemoveColumns({}, first, last); });
  connect(&runs, &QAbstractItemModel::columnsRemoved, this, [this] { endRemoveColumns(); });
  renew();
}

bool RunTable::isNews(int first, int last) const {
  for (int row = first; row <= last; ++row) {
    const auto& run = runs_.shared()[static_cast<std::size_t>(row)];
    const int at = rowOf(run->id);
    if (at < 0 || shown_[static_cast<std::size_t>(at)] != run) return true;
  }
  return false;
}

const QString& RunTable::textOf(const RunListModel::Shared& run) {
  auto& known = texts_[run->id];
  if (known.first != run) known = {run, RunQuery::searchText(*run)};
  return known.second;
}

std::vector<RunListModel::Shared> RunTable::wanted() {
  std::vector<RunListModel::Shared> shown;
  for (const auto& run : runs_.shared())
    if (filter_.lets(*run) && (query_.empty() || query_.matches(*run, textOf(run)))) shown.push_back(run);
  sortRuns(shown);
  return shown;
}

void RunTable::sortRuns(std::vector<RunListModel::Shared>& shown) const {
  if (sort_column_ < 0 || sort_column_ >= columnCount()) return;
  // Each key is asked for once; numbers stand before texts, and what has none is last in either direction.
  struct Key {
    int kind;  ///< 0 number, 1 text, 2 none
    double number;
    QString text;
    std::size_t at;
  };
  std::vector<Key> keys;
  keys.reserve(shown.size());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const QVariant value = runs_.data(runs_.index(runs_.rowOf(shown[i]->id), sort_column_), RunListModel::SortRole);
    const bool number = value.typeId() == QMetaType::Double || value.typeId() == QMetaType::Int;
    keys.push_back({number            ? 0
                    : value.isValid() ? 1
                                      : 2,
                    number ? value.toDouble() : 0, number || !value.isValid() ? QString() : value.toString(), i});
  }
  const bool up = sort_order_ == Qt::AscendingOrder;
  std::stable_sort(keys.begin(), keys.end(), [up](const Key& a, const Key& b) {
    if (a.kind != b.kind) return a.kind < b.kind;
    if (a.kind == 0) return up ? a.number < b.number : b.number < a.number;
    if (a.kind == 2) return false;
    const int order = QString::compare(a.text, b.text, Qt::CaseInsensitive);
    return up ? order < 0 : order > 0;
  });
  std::vector<RunListModel::Shared> sorted;
  sorted.reserve(shown.size());
  for (const auto& key : keys) sorted.push_back(std::move(shown[key.at]));
  shown = std::move(sorted);
}

void RunTable::renew() {
  emit aboutToRenew();
  if (texts_.size() > 2 * runs_.shared().size() + 100) texts_.clear();  // of runs that are gone
  beginResetModel();
  shown_ = wanted();
  rows_.clear();
  for (std::size_t row = 0; row < shown_.size(); ++row) rows_.emplace(shown_[row]->id, static_cast<int>(row));
  endResetModel();
  emit renewed();
}

void RunTable::follow() {
  auto now = wanted();
  std::unordered_set<std::string_view> staying;
  for (const auto& run : now) staying.insert(run->id);
  std::vector<Stretch> gone, come;
  const auto extend = [](std::vector<Stretch>& into, int row) {
    if (!into.empty() && into.back().end == row)
      ++into.back().end;
    else
      into.push_back({row, row + 1});
  };
  std::vector<std::string_view> left, kept;
  for (std::size_t row = 0; row < shown_.size(); ++row)
    if (staying.contains(shown_[row]->id))
      left.push_back(shown_[row]->id);
    else
      extend(gone, static_cast<int>(row));
  for (std::size_t row = 0; row < now.size(); ++row)
    if (rows_.contains(now[row]->id))
      kept.push_back(now[row]->id);
    else
      extend(come, static_cast<int>(row));
  if (left != kept || gone.size() + come.size() > most_steps) return renew();
  for (auto each = gone.rbegin(); each != gone.rend(); ++each) {
    beginRemoveRows({}, each->begin, each->end - 1);
    shown_.erase(shown_.begin() + each->begin, shown_.begin() + each->end);
    endRemoveRows();
  }
  for (const auto& each : come) {
    beginInsertRows({}, each.begin, each.end - 1);
    shown_.insert(shown_.begin() + each.begin, now.begin() + each.begin, now.begin() + each.end);
    endInsertRows();
  }
  shown_ = std::move(now);
  rows_.clear();
  for (std::size_t row = 0; row < shown_.size(); ++row) rows_.emplace(shown_[row]->id, static_cast<int>(row));
  if (!gone.empty() || !come.empty()) emit renewed();
}

void RunTable::setFilter(const RunFilter& filter) {
  filter_ = filter;
  query_ = RunQuery(filter.typed);
  renew();
}

void RunTable::sort(int column, Qt::SortOrder order) {
  sort_column_ = column;
  sort_order_ = order;
  renew();
}

const RunSummary* RunTable::run(int row) const {
  return row >= 0 && row < rowCount() ? shown_[static_cast<std::size_t>(row)].get() : nullptr;
}

int RunTable::rowOf(const std::string& id) const {
  const auto found = rows_.find(id);
  return found == rows_.end() ? -1 : found->second;
}

int RunTable::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(shown_.size());
}

int RunTable::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : runs_.columnCount();
}

QVariant RunTable::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const auto* shown = run(index.row());
  const int row = shown ? runs_.rowOf(shown->id) : -1;
  return row < 0 ? QVariant() : runs_.data(runs_.index(row, index.column()), role);
}

QVariant RunTable::headerData(int section, Qt::Orientation orientation, int role) const {
  return runs_.headerData(section, orientation, role);
}

Qt::ItemFlags RunTable::flags(const QModelIndex& index) const {
  const auto plain = QAbstractTableModel::flags(index);
  const int column = index.column();
  const bool editable = column == RunListModel::name || column == RunListModel::tags;
  return editable ? plain | Qt::ItemIsEditable : plain;
}

bool RunTable::setData(const QModelIndex& index, const QVariant& value, int role) {
  const auto* known = run(index.row());
  if (!known || role != Qt::EditRole) return false;
  RunSummary changed = *known;
  const QString id = QString::fromStdString(known->id);
  switch (index.column()) {
    case RunListModel::name:
      changed.name = value.toString().trimmed().toStdString();
      if (changed.name.empty() || changed.name == runLabel(*known).toStdString()) return false;
      runs_.change(changed);
      emit renamed(id, QString::fromStdString(changed.name));
      return true;
    case RunListModel::star:
    case RunListModel::tags:
      changed.tags = index.column() == RunListModel::star ? tagsFrom(shownTags(*known).join(','), value.toBool())
                                                          : tagsFrom(value.toString(), isStarred(*known));
      if (changed.tags == known->tags) return false;
      runs_.change(changed);
      emit tagged(id, changed.tags);
      return true;
    case RunListModel::notes:
      changed.notes = value.toString().trimmed().toStdString();
      if (changed.notes == known->notes) return false;
      runs_.change(changed);
      emit noted(id, QString::fromStdString(changed.notes));
      return true;
    default:
      return false;
  }
}

}  // namespace gb
