#include "app/studio/run_queue.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "app/studio/core_text.hpp"
#include "app/studio/error_text.hpp"
#include "app/studio/run_differences.hpp"
#include "core/algorithms/algorithm.hpp"
#include "core/base/file.hpp"
#include "core/params/json_text.hpp"
#include "widgets/threads.hpp"

namespace gb {

namespace {

constexpr int version = 1;
constexpr std::size_t file_cap = std::size_t{64} << 20;

Json json_of(const RunQueue::Entry& entry) {
  return {{"experiment", entry.experiment.to_json()},
          {"folder", std::filesystem::absolute(entry.experiment.folder).string()},
          {"resume", entry.resume_id}};
}

RunQueue::Entry entry_of(const Json& json) {
  return {Experiment::from_json(json.at("experiment"), json.at("folder").get<std::string>()),
          json.value("resume", std::string())};
}

}  // namespace

/// Writes the newest text off the UI thread, one after the other; what was overtaken is not written at all.
struct RunQueue::Writer {
  std::mutex writing;  ///< held while the file is written
  std::mutex mutex;
  std::optional<std::string> newest;  ///< guarded by mutex
  std::filesystem::path file;

  /// Throws FileError.
  void write() {
    const std::lock_guard alone(writing);
    std::optional<std::string> text;
    {
      const std::lock_guard lock(mutex);
      text = std::exchange(newest, std::nullopt);
    }
    if (text) write_file_atomically(file, *text);
  }
};

QString RunQueue::Entry::title() const {
  if (!experiment.name.empty()) return QString::fromStdString(experiment.name);
  const auto* info = find_algorithm(experiment.algorithm);
  return info ? coreText(info->label) : QString::fromStdString(experiment.algorithm);
}

RunQueue::RunQueue(QObject* parent) : QAbstractListModel(parent), writer_(std::make_shared<Writer>()) {}

RunQueue::~RunQueue() {
  flush();
}

void RunQueue::open(const std::filesystem::path& folder) {
  if (lock_) return;
  file_ = folder / "queue.json";
  writer_->file = file_;
  problem_.clear();
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  try {
    lock_ = std::make_unique<RunLock>(folder);
  } catch (const Error&) {
    // Another window has it, or nothing can be written here, which the store tells of.
    return;
  }
  try {
    read();
  } catch (const std::exception& error) {
    std::filesystem::rename(file_, folder / "queue.damaged.json", ignored);
    problem_ = tr("The queue of %1 could not be read and was set aside as queue.damaged.json: %2")
                   .arg(QString::fromStdString(folder.string()), QString::fromUtf8(error.what()));
  }
  emit changed();
}

void RunQueue::read() {
  if (!std::filesystem::exists(file_)) return;
  const Json kept = parse_json(read_file(file_, file_cap), file_.string());
  if (kept.value("glassbench_queue", 0) != version) throw FileError("it was written by another version of Glassbench");
  std::vector<Entry> waiting;
  for (const auto& each : kept.at("waiting")) waiting.push_back(entry_of(each));
  if (const auto current = kept.find("current"); current != kept.end() && current->is_object())
    interrupted_ = Interrupted{entry_of(*current), current->value("run", std::string())};
  if (waiting.empty()) return;
  beginInsertRows({}, 0, static_cast<int>(waiting.size()) - 1);
  entries_.insert(entries_.begin(), waiting.begin(), waiting.end());
  endInsertRows();
  paused_ = true;
}

std::string RunQueue::text() const {
  Json waiting = Json::array();
  for (const auto& entry : entries_) waiting.push_back(json_of(entry));
  Json all{{"glassbench_queue", version}, {"paused", paused_}, {"current", nullptr}, {"waiting", std::move(waiting)}};
  // What was interrupted and not dealt with is not lost by beginning something else.
  if (const auto& kept = current_ ? current_ : interrupted_) {
    all["current"] = json_of(kept->entry);
    all["current"]["run"] = kept->run_id;
  }
  return dump_json(all);
}

void RunQueue::touch() {
  emit changed();
  if (!lock_) return;
  {
    const std::lock_guard lock(writer_->mutex);
    writer_->newest = text();
  }
  doElsewhere([this, writer = writer_, self = QPointer<QObject>(this)] {
    try {
      writer->write();
    } catch (const std::exception& error) {
      callOnWindowThread(self, [this, reason = QString::fromUtf8(error.what())] {
        problem_ = tr("The queue is not kept: %1").arg(reason);
        emit changed();
      });
    }
  });
}

void RunQueue::flush() {
  if (!lock_) return;
  try {
    writer_->write();
  } catch (const std::exception& error) {
    problem_ = QString::fromUtf8(error.what());
  }
}

void RunQueue::add(Entry entry) {
  const int row = rowCount();
  beginInsertRows({}, row, row);
  entries_.push_back(std::move(entry));
  endInsertRows();
  touch();
}

void RunQueue::removeAt(int row) {
  if (row < 0 || row >= rowCount()) return;
  beginRemoveRows({}, row, row);
  entries_.erase(entries_.begin() + row);
  endRemoveRows();
  if (entries_.empty()) paused_ = false;
  touch();
}

void RunQueue::clear() {
  if (entries_.empty()) return;
  beginResetModel();
  entries_.clear();
  endResetModel();
  paused_ = false;
  touch();
}

void RunQueue::setPaused(bool paused) {
  if (paused_ == paused) return;
  paused_ = paused;
  touch();
}

RunQueue::Entry RunQueue::take() {
  Entry first = entries_.front();
  beginRemoveRows({}, 0, 0);
  entries_.erase(entries_.begin());
  endRemoveRows();
  began(first);
  return first;
}

void RunQueue::began(Entry entry) {
  std::string run = entry.resume_id;
  current_ = Interrupted{std::move(entry), std::move(run)};
  interrupted_.reset();
  touch();
}

void RunQueue::beganAs(const std::string& run_id) {
  if (!current_ || current_->run_id == run_id) return;
  current_->run_id = run_id;
  touch();
}

void RunQueue::ended() {
  if (!current_) return;
  current_.reset();
  touch();
}

void RunQueue::forgetInterrupted() {
  if (!interrupted_) return;
  interrupted_.reset();
  touch();
}

void RunQueue::requeueInterrupted() {
  if (!interrupted_) return;
  beginInsertRows({}, 0, 0);
  entries_.insert(entries_.begin(), std::exchange(interrupted_, std::nullopt)->entry);
  endInsertRows();
  paused_ = true;
  touch();
}

int RunQueue::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(entries_.size());
}

QVariant RunQueue::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const auto& entry = at(index.row());
  if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
  // Variations of one experiment are told apart by the settings in which they differ.
  std::vector<Json> documents;
  for (const auto& each : entries_)
    if (each.title() == entry.title()) documents.push_back(each.experiment.to_json());
  const Json own = entry.experiment.to_json();
  const auto place = std::find(documents.begin(), documents.end(), own) - documents.begin();
  QStringList parts, told;
  for (const auto& setting : differences(documents))
    told << setting.label.toLower() + ' ' + setting.values.value(place);
  // What tells it apart comes first: the end is what a narrow list leaves out.
  if (!told.isEmpty()) parts << told.join(QStringLiteral(", "));
  parts << entry.title();
  const auto* info = find_algorithm(entry.experiment.algorithm);
  if (told.isEmpty() && info && coreText(info->label) != parts.front()) parts << coreText(info->label);
  if (!entry.resume_id.empty()) parts << tr("goes on");
  return parts.join(QStringLiteral(" \u00b7 "));
}

Qt::ItemFlags RunQueue::flags(const QModelIndex& index) const {
  // Between entries is where others are dropped, not onto them.
  if (!index.isValid()) return Qt::ItemIsDropEnabled;
  return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsDragEnabled | Qt::ItemNeverHasChildren;
}

bool RunQueue::moveRows(const QModelIndex& from, int row, int count, const QModelIndex& to, int before) {
  if (from.isValid() || to.isValid() || row < 0 || count < 1 || row + count > rowCount() || before < 0 ||
      before > rowCount())
    return false;
  if (!beginMoveRows({}, row, row + count - 1, {}, before)) return false;
  const auto begin = entries_.begin();
  if (before < row)
    std::rotate(begin + before, begin + row, begin + row + count);
  else
    std::rotate(begin + row, begin + row + count, begin + before);
  endMoveRows();
  touch();
  return true;
}

}  // namespace gb
