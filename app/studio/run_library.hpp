#pragma once

#include <QObject>
#include <QStringList>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/studio/background.hpp"
#include "app/studio/error_text.hpp"
#include "app/studio/run_list_model.hpp"

namespace gb {

/// A recorded run, read back whole.
struct RecordedRun {
  RunSummary summary;
  std::vector<SeriesData> series;
  std::vector<Event> views;
  std::vector<std::int64_t> checkpoints;  ///< steps that it can be forked from
};

/// The studio's side of the run store: opened and read off the UI thread, so that a locked or slow disk never freezes
/// the window.
class RunLibrary : public QObject {
  Q_OBJECT
 public:
  explicit RunLibrary(QObject* parent = nullptr);

  /// Ends with opened() or unavailable().
  void open(const std::filesystem::path& folder);
  /// Null while it is not open: nothing is recorded then.
  const std::shared_ptr<RunStore>& store() const { return store_; }
  RunListModel& model() { return model_; }

  /// Reads the list again; ends with listed().
  void refresh();
  void load(const std::string& id);
  void loadSeries(const std::vector<std::string>& ids);
  /// While one is being read, only the newest that was asked for since waits: dragging the slider asks faster than any
  /// disk answers.
  void loadSnapshot(const std::string& id, std::int64_t step);
  void loadCheckpoints(const std::string& id);
  void rename(const std::string& id, const QString& name);
  void setTags(const std::string& id, const std::vector<std::string>& tags);
  void setNotes(const std::string& id, const QString& notes);
  void remove(const QStringList& ids);

 signals:
  void opened();
  void unavailable(const QString& reason);
  void listed();
  void loaded(const std::shared_ptr<const gb::RecordedRun>& run);
  void seriesLoaded(const std::vector<std::pair<std::string, std::vector<gb::SeriesData>>>& series);
  void snapshotLoaded(const std::string& id, qint64 step, const std::vector<gb::Event>& views);
  void checkpointsLoaded(const std::string& id, const std::vector<std::int64_t>& steps);
  void failed(const gb::ErrorText& error);

 private:
  /// Calls `work(store)` off the UI thread.
  template <class Work, class Done>
  void ask(Background& background, Work work, Done done);
  /// Changes are made one after the other, in the order in which they were asked for.
  void change(std::function<void(RunStore&)> what);
  void makeChanges();

  std::shared_ptr<RunStore> store_;
  RunListModel model_;
  Background opening_, listing_, loading_, series_, snapshots_, checkpoints_, changing_;
  std::vector<std::function<void(RunStore&)>> changes_;                  ///< still to be made
  std::optional<std::pair<std::string, std::int64_t>> wanted_snapshot_;  ///< while another one is being read
};

}  // namespace gb
