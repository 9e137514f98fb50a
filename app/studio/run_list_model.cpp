#include "app/studio/run_list_model.hpp"

#include <QLocale>
#include <algorithm>
#include <cmath>
#include <utility>

#include "app/studio/core_text.hpp"
#include "app/studio/run_differences.hpp"
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
  // Runs come at the top and go one by one: told row by row, selections and the scroll position stay.
  for (int row = static_cast<int>(runs_.size()) - 1; row >= 0; --row) {
    const auto& id = runs_[static_cast<std::size_t>(row)].id;
    if (std::any_of(runs.begin(), runs.end(), [&](const RunSummary& each) { return each.id == id; })) continue;
    beginRemoveRows({}, row, row);
    runs_.erase(runs_.begin() + row);
    endRemoveRows();
  }
  for (std::size_t row = 0; row < runs.size(); ++row) {
    const int at = static_cast<int>(row);
    if (row < runs_.size() && runs_[row].id == runs[row].id) {
      runs_[row] = std::move(runs[row]);
      emit dataChanged(index(at, 0), index(at, column_count - 1));
      continue;
    }
    const auto elsewhere =
        std::find_if(runs_.begin() + at, runs_.end(), [&](const RunSummary& each) { return each.id == runs[row].id; });
    if (elsewhere != runs_.end()) {
      const int from = static_cast<int>(elsewhere - runs_.begin());
      beginRemoveRows({}, from, from);
      runs_.erase(elsewhere);
      endRemoveRows();
    }
    beginInsertRows({}, at, at);
    runs_.insert(runs_.begin() + at, std::move(runs[row]));
    endInsertRows();
  }
  if (live_) {
    const auto* run = find(live_->id);
    if (run && run->state != RunState::running) live_.reset();
  }
  // Oldest first, so that a run keeps its colour when newer ones come.
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) colorOf(run->id);
}

void RunListModel::setLive(const std::string& id, RunState runState, std::optional<double> headlineValue,
                           std::optional<double> lossValue, double seconds) {
  live_ = Live{id, runState, headlineValue, lossValue, seconds};
  for (std::size_t row = 0; row < runs_.size(); ++row)
    if (runs_[row].id == id)
      emit dataChanged(index(static_cast<int>(row), 0), index(static_cast<int>(row), column_count - 1));
}

void RunListModel::setReference(const std::vector<std::string>& ids) {
  if (reference_ == ids) return;
  reference_ = ids;
  if (!runs_.empty()) emit dataChanged(index(0, differs), index(rowCount() - 1, differs));
}

const RunSummary* RunListModel::find(const std::string& id) const {
  const auto found = std::find_if(runs_.begin(), runs_.end(), [&](const RunSummary& each) { return each.id == id; });
  return found == runs_.end() ? nullptr : &*found;
}

int RunListModel::colorOf(const std::string& id) const {
  const auto found = std::find(colors_.begin(), colors_.end(), id);
  if (found != colors_.end()) return static_cast<int>(found - colors_.begin());
  colors_.push_back(id);
  return static_cast<int>(colors_.size()) - 1;
}

int RunListModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(runs_.size());
}

int RunListModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : column_count;
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
  std::vector<Json> documents;
  bool listed = false;
  for (const auto& id : reference_)
    if (const auto* each = find(id)) {
      listed = listed || each->id == run.id;
      documents.push_back(each->document);
    }
  // One selected run is what all others are held against; two and more are held against each other.
  if (listed && documents.size() < 2) return {};
  if (documents.empty()) {
    if (runs_.front().id == run.id) return {};
    documents.push_back(runs_.front().document);
  }
  if (!listed) documents = {documents.front(), run.document};
  return differenceLine(documents);
}

QVariant RunListModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const auto& run = runs_[static_cast<std::size_t>(index.row())];
  const bool live = live_ && live_->id == run.id && run.state == RunState::running;
  const auto* info = find_algorithm(run.algorithm);
  const RunState runState = live ? live_->state : run.state;
  const double seconds = live ? live_->seconds : run.seconds;
  switch (role) {
    case IdRole:
      return QString::fromStdString(run.id);
    case ColorRole:
      return colorOf(run.id);
    case StateRole:
      return static_cast<int>(runState);
    case Qt::TextAlignmentRole:
      return int(Qt::AlignVCenter |
                 (index.column() >= headline && index.column() <= time ? Qt::AlignRight : Qt::AlignLeft));
    case Qt::ToolTipRole:
      if (index.column() == headline && info) {
        const auto value = metric(run, headline);
        if (value) return tr("%1 %2").arg(metricLabel(info->headline), QLocale().toString(*value, 'g', 8));
      }
      if (index.column() == differs) return differsText(run);
      if (run.origin) {
        const auto* parent = find(run.origin->run);
        return tr("%1, forked at step %2 from %3")
            .arg(QString::fromStdString(run.id), QLocale().toString(qlonglong(run.origin->step)),
                 QString::fromStdString(parent && !parent->name.empty() ? parent->name + " (" + parent->id + ")"
                                                                        : run.origin->run));
      }
      return QString::fromStdString(run.id);
    case SortRole:
      if (index.column() == headline || index.column() == loss) {
        const auto value = metric(run, index.column());
        return value ? QVariant(*value) : QVariant();
      }
      if (index.column() == time) return seconds;
      [[fallthrough]];
    case Qt::DisplayRole:
      break;
    default:
      return {};
  }
  switch (index.column()) {
    case name: {
      const QString own = run.name.empty() ? (info ? coreText(info->label) : QString::fromStdString(run.algorithm))
                                           : QString::fromStdString(run.name);
      return run.origin ? own + QStringLiteral(" \u00b7 ") + forkText(*run.origin) : own;
    }
    case dataset:
      return QString::fromStdString(run.dataset);
    case state:
      return runStateText(runState);
    case headline: {
      // Runs of different algorithms are ranked by different figures: what it is stands beside one that is no accuracy.
      const auto value = metric(run, headline);
      if (!value || !info || info->headline == "accuracy") return metricText(value);
      return tr("%1 %2").arg(metricLabel(info->headline).toLower(), metricText(value));
    }
    case loss:
      return metricText(metric(run, loss));
    case time:
      return durationText(seconds);
    case differs:
      return differsText(run);
    default:
      return {};
  }
}

QVariant RunListModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole)
    return int(Qt::AlignVCenter | (section >= headline && section <= time ? Qt::AlignRight : Qt::AlignLeft));
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
    default:
      return {};
  }
}

}  // namespace gb
