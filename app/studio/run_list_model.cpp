#include "app/studio/run_list_model.hpp"

#include <QDateTime>
#include <QLocale>
#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "app/studio/core_text.hpp"
#include "app/studio/run_differences.hpp"
#include "app/studio/run_fields.hpp"
#include "core/algorithms/algorithm.hpp"

namespace gb {

QString runStateText(RunState state) {
  switch (state) {
    case RunState::running:
      return RunListModel::tr("running");
    case RunState::finished:
      return RunListModel::tr("finished");
    case RunState::stopped:
      return RunListModel::tr("stopped");
    case RunState::failed:
      return RunListModel::tr("failed");
  }
  return {};
}

QString forkText(const RunOrigin& origin) {
  return RunListModel::tr("from step %1").arg(QLocale().toString(qlonglong(origin.step)));
}

QString durationText(double seconds) {
  if (seconds > 0 && seconds < 0.1) return RunListModel::tr("%1 ms").arg(std::max(1L, std::lround(seconds * 1000)));
  if (seconds < 10 && seconds != std::floor(seconds))
    return RunListModel::tr("%1 s").arg(QLocale().toString(seconds, 'f', 1));
  if (seconds < 120) return RunListModel::tr("%1 s").arg(std::lround(seconds));
  const long minutes = std::lround(seconds / 60);
  if (minutes < 120) return RunListModel::tr("%1 min").arg(minutes);
  return RunListModel::tr("%1 h %2 min").arg(minutes / 60).arg(minutes % 60);
}

QString metricText(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return QStringLiteral("\u2013");
  const double size = std::abs(*value);
  if (size != 0 && (size < 0.001 || size >= 1e6)) return QString::number(*value, 'g', 3);
  return QLocale().toString(*value, 'f', size < 10 ? 3 : size < 1000 ? 1 : 0);
}

QString metricLabel(const std::string& name) {
  static const std::pair<const char*, const char*> spelled[] = {
      {"gradient-norm", QT_TRANSLATE_NOOP("core", "Gradient norms")},
      {"update-norm", QT_TRANSLATE_NOOP("core", "Update norms")},
      {"roc_auc", QT_TRANSLATE_NOOP("core", "ROC AUC")},
      {"r2", QT_TRANSLATE_NOOP("core", "R\u00b2")},
      {"rmse", QT_TRANSLATE_NOOP("core", "RMSE")},
      {"mae", QT_TRANSLATE_NOOP("core", "MAE")},
      {"cohen_kappa", QT_TRANSLATE_NOOP("core", "Cohen's kappa")},
      {"matthews_corrcoef", QT_TRANSLATE_NOOP("core", "Matthews correlation")},
      {"adjusted_rand", QT_TRANSLATE_NOOP("core", "Adjusted Rand index")},
      {"normalized_mutual_info", QT_TRANSLATE_NOOP("core", "Normalized mutual information")},
      {"precision_macro", QT_TRANSLATE_NOOP("core", "Precision, macro average")},
      {"recall_macro", QT_TRANSLATE_NOOP("core", "Recall, macro average")},
      {"f1_macro", QT_TRANSLATE_NOOP("core", "F1, macro average")},
  };
  for (const auto& [known, label] : spelled)
    if (name == known) return coreText(label);
  QString text = coreText(name);
  if (text == QString::fromStdString(name)) text.replace('_', ' ').replace('-', ' ');
  if (!text.isEmpty()) text[0] = text[0].toUpper();
  return text;
}

std::optional<double> metricOf(const Json& metrics, const std::string& name) {
  if (!metrics.is_object()) return std::nullopt;
  for (const char* part : {"test", "validation", "train"}) {
    const auto found = metrics.find(part);
    if (found == metrics.end() || !found->is_object()) continue;
    const auto value = found->find(name);
    if (value != found->end() && value->is_number()) return value->get<double>();
  }
  return std::nullopt;
}

void RunListModel::setRuns(std::vector<RunSummary> runs) {
  std::vector<Shared> shared;
  shared.reserve(runs.size());
  for (auto& run : runs) shared.push_back(std::make_shared<const RunSummary>(std::move(run)));
  setListing(std::move(shared));
}

void RunListModel::removeOthers(const std::vector<Shared>& staying) {
  std::unordered_set<std::string_view> ids;
  for (const auto& run : staying) ids.insert(run->id);
  for (auto end = runs_.size(); end > 0;) {
    auto begin = end;
    while (begin > 0 && !ids.contains(runs_[begin - 1]->id)) --begin;
    if (begin == end) {
      --end;
      continue;
    }
    beginRemoveRows({}, static_cast<int>(begin), static_cast<int>(end) - 1);
    runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(begin), runs_.begin() + static_cast<std::ptrdiff_t>(end));
    indexed_ = false;
    endRemoveRows();
    end = begin;
  }
}

void RunListModel::tellChanged(int first, int last) {
  emit dataChanged(index(first, 0), index(last, columnCount() - 1));
}

void RunListModel::setListing(std::vector<Shared> runs) {
  // Runs come at the top and go one by one: told row by row, selections and the scroll position stay.
  removeOthers(runs);
  among_reference_.reset();
  const auto before = runs_;  // keeps the ids alive
  std::unordered_set<std::string_view> known;
  for (const auto& run : before) known.insert(run->id);
  int changed = -1;  // where a stretch of changed rows began
  const auto tell = [&](int end) {
    if (changed >= 0) tellChanged(changed, end - 1);
    changed = -1;
  };
  for (std::size_t row = 0; row < runs.size(); ++row) {
    const int at = static_cast<int>(row);
    if (row < runs_.size() && runs_[row]->id == runs[row]->id) {
      if (runs_[row] == runs[row]) {
        tell(at);
      } else {
        if (changed < 0) changed = at;
        runs_[row] = runs[row];
      }
      continue;
    }
    tell(at);
    std::size_t end = row;
    while (end < runs.size() && !known.contains(runs[end]->id)) ++end;
    if (end == row) {
      // It stood further down.
      const auto elsewhere =
          std::find_if(runs_.begin() + at, runs_.end(), [&](const Shared& each) { return each->id == runs[row]->id; });
      const int from = static_cast<int>(elsewhere - runs_.begin());
      beginRemoveRows({}, from, from);
      runs_.erase(elsewhere);
      indexed_ = false;
      endRemoveRows();
      end = row + 1;
    }
    beginInsertRows({}, at, static_cast<int>(end) - 1);
    runs_.insert(runs_.begin() + at, runs.begin() + at, runs.begin() + static_cast<std::ptrdiff_t>(end));
    indexed_ = false;
    endInsertRows();
    row = end - 1;
  }
  tell(static_cast<int>(runs.size()));
  if (live_) {
    const auto* run = find(live_->id);
    if (run && run->state != RunState::running) live_.reset();
  }
  // Oldest first, so that a run keeps its colour when newer ones come.
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) colorOf((*run)->id);
}

void RunListModel::change(RunSummary run) {
  const int row = rowOf(run.id);
  if (row < 0) return;
  runs_[static_cast<std::size_t>(row)] = std::make_shared<const RunSummary>(std::move(run));
  tellChanged(row, row);
}

void RunListModel::setLive(const std::string& id, RunState runState, std::optional<double> headlineValue,
                           std::optional<double> lossValue, double seconds) {
  live_ = Live{id, runState, headlineValue, lossValue, seconds};
  if (const int row = rowOf(id); row >= 0) tellChanged(row, row);
}

void RunListModel::setReference(const std::vector<std::string>& ids) {
  if (reference_ == ids) return;
  reference_ = ids;
  among_reference_.reset();
  if (!runs_.empty()) emit dataChanged(index(0, differs), index(rowCount() - 1, differs));
}

void RunListModel::setFields(const std::vector<std::string>& keys) {
  if (fields_ == keys) return;
  // Columns come and go as a whole: what stands before them stays.
  if (!fields_.empty()) {
    beginRemoveColumns({}, column_count, columnCount() - 1);
    fields_.clear();
    endRemoveColumns();
  }
  if (keys.empty()) return;
  beginInsertColumns({}, column_count, column_count + static_cast<int>(keys.size()) - 1);
  fields_ = keys;
  endInsertColumns();
}

QString RunListModel::columnKey(int column) const {
  static const char* const fixed[] = {"name",    "dataset", "state",     "headline", "loss",  "time",
                                      "differs", "star",    "algorithm", "tags",     "notes", "created"};
  if (column < 0 || column >= columnCount()) return {};
  if (column < column_count) return QString::fromLatin1(fixed[column]);
  return QString::fromStdString(fields_[static_cast<std::size_t>(column - column_count)]);
}

int RunListModel::columnOf(const QString& key) const {
  for (int column = 0; column < columnCount(); ++column)
    if (columnKey(column) == key) return column;
  return -1;
}

int RunListModel::rowOf(const std::string& id) const {
  if (!indexed_) {
    rows_.clear();
    for (std::size_t row = 0; row < runs_.size(); ++row) rows_.emplace(runs_[row]->id, static_cast<int>(row));
    indexed_ = true;
  }
  const auto found = rows_.find(id);
  return found == rows_.end() ? -1 : found->second;
}

const RunSummary* RunListModel::find(const std::string& id) const {
  const int row = rowOf(id);
  return row < 0 ? nullptr : runs_[static_cast<std::size_t>(row)].get();
}

int RunListModel::colorOf(const std::string& id) const {
  return colors_.emplace(id, static_cast<int>(colors_.size())).first->second;
}

int RunListModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(runs_.size());
}

int RunListModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : column_count + static_cast<int>(fields_.size());
}

std::optional<double> RunListModel::metric(const RunSummary& run, int column) const {
  if (live_ && live_->id == run.id && run.state == RunState::running)
    return column == headline ? live_->headline : live_->loss;
  if (column == headline) {
    const auto* info = find_algorithm(run.algorithm);
    return info ? metricOf(run.metrics, info->headline) : std::nullopt;
  }
  for (const char* known : {"log_loss", "rmse"})
    if (const auto value = metricOf(run.metrics, known)) return value;
  return std::nullopt;
}

QString RunListModel::differsText(const RunSummary& run) const {
  if (runs_.empty()) return {};
  std::vector<const Json*> documents;
  bool listed = false;
  for (const auto& id : reference_)
    if (const auto* each = find(id)) {
      listed = listed || each->id == run.id;
      documents.push_back(&each->document);
    }
  // One selected run is what all others are held against; two and more are held against each other.
  if (listed && documents.size() < 2) return {};
  if (listed) {
    if (!among_reference_) among_reference_ = differenceLine(documents);
    return *among_reference_;
  }
  if (documents.empty()) {
    if (runs_.front()->id == run.id) return {};
    documents.push_back(&runs_.front()->document);
  }
  return differenceLine({documents.front(), &run.document});
}

bool RunListModel::isRight(int column) const {
  if (column >= column_count) return fields_[static_cast<std::size_t>(column - column_count)].rfind("param:", 0) != 0;
  return column == headline || column == loss || column == time;
}

QVariant RunListModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount() || index.column() >= columnCount()) return {};
  const auto& run = *runs_[static_cast<std::size_t>(index.row())];
  switch (role) {
    case IdRole:
      return QString::fromStdString(run.id);
    case ColorRole:
      return colorOf(run.id);
    case StateRole:
      return static_cast<int>(live_ && live_->id == run.id && run.state == RunState::running ? live_->state
                                                                                             : run.state);
    case Qt::TextAlignmentRole:
      return int(Qt::AlignVCenter | (isRight(index.column()) ? Qt::AlignRight : Qt::AlignLeft));
    case Qt::AccessibleTextRole:
      if (index.column() == star) return isStarred(run) ? tr("starred") : tr("not starred");
      return cell(run, index.column());
    case Qt::ToolTipRole: {
      const auto* info = find_algorithm(run.algorithm);
      if (index.column() == headline && info) {
        const auto value = metric(run, headline);
        if (value) return tr("%1 %2").arg(metricLabel(info->headline), QLocale().toString(*value, 'g', 8));
      }
      if (index.column() == star) return isStarred(run) ? tr("Take the star away") : tr("Star this run");
      if (index.column() >= differs && index.column() != star) {
        const QString text = cell(run, index.column()).toString();
        if (!text.isEmpty()) return text;
      }
      if (run.origin) {
        const auto* parent = find(run.origin->run);
        return tr("%1, forked at step %2 from %3")
            .arg(QString::fromStdString(run.id), QLocale().toString(qlonglong(run.origin->step)),
                 QString::fromStdString(parent && !parent->name.empty() ? parent->name + " (" + parent->id + ")"
                                                                        : run.origin->run));
      }
      return QString::fromStdString(run.id);
    }
    case SortRole:
      return sortKey(run, index.column());
    case Qt::EditRole:
      if (index.column() == name) return runLabel(run);
      [[fallthrough]];
    case Qt::DisplayRole:
      return cell(run, index.column());
    default:
      return {};
  }
}

QVariant RunListModel::sortKey(const RunSummary& run, int column) const {
  const bool live = live_ && live_->id == run.id && run.state == RunState::running;
  switch (column) {
    case headline:
    case loss: {
      const auto value = metric(run, column);
      return value ? QVariant(*value) : QVariant();
    }
    case time:
      return live ? live_->seconds : run.seconds;
    case star:
      return isStarred(run) ? 0 : 1;
    case created:
      return QString::fromStdString(run.created + run.id);
    default:
      break;
  }
  if (column >= column_count) {
    const auto& key = fields_[static_cast<std::size_t>(column - column_count)];
    const Json value = fieldValue(run, key);
    if (const auto number = numberOf(value)) return *number;
    return value.is_null() ? QVariant() : QVariant(valueText(value));
  }
  const QString text = cell(run, column).toString();
  return text.isEmpty() ? QVariant() : QVariant(text);
}

QVariant RunListModel::cell(const RunSummary& run, int column) const {
  const bool live = live_ && live_->id == run.id && run.state == RunState::running;
  const auto* info = find_algorithm(run.algorithm);
  switch (column) {
    case name:
      return run.origin ? runLabel(run) + QStringLiteral(" \u00b7 ") + forkText(*run.origin) : runLabel(run);
    case dataset:
      return QString::fromStdString(run.dataset);
    case state:
      return runStateText(live ? live_->state : run.state);
    case headline: {
      // Runs of different algorithms are ranked by different figures: what it is stands beside one that is no accuracy.
      const auto value = metric(run, headline);
      if (!value || !info || info->headline == "accuracy") return metricText(value);
      return tr("%1 %2").arg(metricLabel(info->headline).toLower(), metricText(value));
    }
    case loss:
      return metricText(metric(run, loss));
    case time:
      return durationText(live ? live_->seconds : run.seconds);
    case differs:
      return differsText(run);
    case star:
      return QString();
    case algorithm:
      return info ? coreText(info->label) : QString::fromStdString(run.algorithm);
    case tags:
      return shownTags(run).join(QStringLiteral(", "));
    case notes:
      return QString::fromStdString(run.notes).simplified();
    case created: {
      const auto when = QDateTime::fromString(QString::fromStdString(run.created), Qt::ISODate);
      return when.isValid() ? QLocale().toString(when.toLocalTime(), QLocale::ShortFormat)
                            : QString::fromStdString(run.created);
    }
    default:
      return fieldText(run, fields_[static_cast<std::size_t>(column - column_count)]);
  }
}

QVariant RunListModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
  if (role == Qt::TextAlignmentRole) return int(Qt::AlignVCenter | (isRight(section) ? Qt::AlignRight : Qt::AlignLeft));
  if (section == star && role == Qt::AccessibleTextRole) return tr("Star");
  if (role == Qt::ToolTipRole && section == star) return tr("Star");
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case name:
      return tr("Name");
    case dataset:
      return tr("Dataset");
    case state:
      return tr("State");
    case headline:
      return tr("Accuracy");
    case loss:
      return tr("Loss");
    case time:
      return tr("Time");
    case differs:
      return tr("Differs in");
    case star:
      return QString();
    case algorithm:
      return tr("Algorithm");
    case tags:
      return tr("Tags");
    case notes:
      return tr("Notes");
    case created:
      return tr("Begun");
    default:
      return fieldLabel(fields_[static_cast<std::size_t>(section - column_count)]);
  }
}

}  // namespace gb
