#include "app/studio/run_library.hpp"

#include <utility>

namespace gb {

namespace {

constexpr std::size_t overview_points = 4000;  ///< more than a screen is wide, twice

}  // namespace

RunLibrary::RunLibrary(QObject* parent) : QObject(parent) {}

void RunLibrary::open(const std::filesystem::path& folder) {
  opening_.run([folder] { return std::make_shared<RunStore>(folder); },
               [this](std::shared_ptr<RunStore> store) {
                 store_ = std::move(store);
                 emit opened();
                 refresh();
               },
               [this](const std::exception_ptr& error) { emit unavailable(errorText(error).sentence()); });
}

template <class Work, class Done>
void RunLibrary::ask(Background& background, Work work, Done done) {
  if (!store_) return;
  background.run([store = store_, work = std::move(work)]() mutable { return work(*store); }, std::move(done),
                 [this](const std::exception_ptr& error) { emit failed(errorText(error)); });
}

void RunLibrary::refresh() {
  // What has been changed here and is not written yet would show as it was before.
  if (!changes_.empty() || changing_.busy()) return;
  ask(
      listing_, [](RunStore& store) { return store.listing(); },
      [this](std::vector<RunListModel::Shared> runs) {
        if (!changes_.empty() || changing_.busy()) return;
        model_.setListing(std::move(runs));
        emit listed();
      });
}

void RunLibrary::load(const std::string& id) {
  ask(
      loading_,
      [id](RunStore& store) {
        auto run = std::make_shared<RecordedRun>();
        run->summary = store.get(id);
        run->series = store.series(id);
        run->views = store.snapshots(id);
        run->checkpoints = store.checkpoint_steps(id);
        return run;
      },
      [this](std::shared_ptr<RecordedRun> run) { emit loaded(run); });
}

void RunLibrary::loadSeries(const std::vector<std::string>& ids) {
  ask(
      series_,
      [ids](RunStore& store) {
        std::vector<std::pair<std::string, std::vector<SeriesData>>> all;
        for (const auto& id : ids) all.emplace_back(id, store.series_overview(id, overview_points));
        return all;
      },
      [this](const std::vector<std::pair<std::string, std::vector<SeriesData>>>& all) { emit seriesLoaded(all); });
}

void RunLibrary::loadSnapshot(const std::string& id, std::int64_t step) {
  if (snapshots_.busy()) {
    wanted_snapshot_ = {id, step};
    return;
  }
  wanted_snapshot_.reset();
  const auto next = [this] {
    if (const auto wanted = std::exchange(wanted_snapshot_, {})) loadSnapshot(wanted->first, wanted->second);
  };
  if (!store_) return;
  snapshots_.run([store = store_, id, step] { return store->snapshots(id, step); },
                 [this, id, step, next](const std::vector<Event>& views) {
                   emit snapshotLoaded(id, step, views);
                   next();
                 },
                 [this, next](const std::exception_ptr& error) {
                   emit failed(errorText(error));
                   next();
                 });
}

void RunLibrary::loadCheckpoints(const std::string& id) {
  ask(
      checkpoints_, [id](RunStore& store) { return store.checkpoint_steps(id); },
      [this, id](const std::vector<std::int64_t>& steps) { emit checkpointsLoaded(id, steps); });
}

void RunLibrary::change(std::function<void(RunStore&)> what) {
  changes_.push_back(std::move(what));
  makeChanges();
}

void RunLibrary::makeChanges() {
  if (!store_ || changing_.busy()) return;
  if (changes_.empty()) return refresh();
  changing_.run(
      [store = store_, changes = std::exchange(changes_, {})] {
        for (const auto& each : changes) each(*store);
        return true;
      },
      [this](bool) { makeChanges(); },
      [this](const std::exception_ptr& error) {
        emit failed(errorText(error));
        makeChanges();
      });
}

void RunLibrary::rename(const std::string& id, const QString& name) {
  change([id, name = name.toStdString()](RunStore& store) { store.set_name(id, name); });
}

void RunLibrary::setTags(const std::string& id, const std::vector<std::string>& tags) {
  change([id, tags](RunStore& store) { store.set_tags(id, tags); });
}

void RunLibrary::setNotes(const std::string& id, const QString& notes) {
  change([id, notes = notes.toStdString()](RunStore& store) { store.set_notes(id, notes); });
}

void RunLibrary::remove(const QStringList& ids) {
  change([ids](RunStore& store) {
    for (const auto& id : ids) store.remove(id.toStdString());
  });
}

}  // namespace gb
