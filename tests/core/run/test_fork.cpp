#include <QTemporaryDir>
#include <QtTest>

#include "core/algorithms/algorithm.hpp"
#include "core/base/file.hpp"
#include "core/run/checkpoint_files.hpp"
#include "core/run/session.hpp"
#include "core/run/store_database.hpp"
#include "recorded_runs.hpp"

using namespace gb;
namespace fs = std::filesystem;

namespace {

/// Stops a run before step `stop_before`, as told by its scalars, so that tests need no clock.
class Stopper : public RunObserver {
 public:
  Stopper(RunControl& control, std::int64_t stop_before) : control_(control), stop_before_(stop_before) {}
  void on_event(const Event& event) override {
    const auto* scalar = std::get_if<Scalar>(&event);
    if (scalar && stop_before_ >= 0 && scalar->step >= stop_before_) control_.stop();
  }

 private:
  RunControl& control_;
  std::int64_t stop_before_;
};

struct Plan {
  std::int64_t stop_before = -1;
  std::vector<Change> changes = {};
  std::optional<ForkPoint> fork = {};
  std::string resume = {};
};

SessionResult session(RunStore* store, const std::shared_ptr<const PreparedRun>& prepared, Plan plan = {}) {
  RunControl control;
  for (auto& change : plan.changes) control.schedule(std::move(change));
  Stopper stopper(control, plan.stop_before);
  SessionOptions options;
  options.store = store;
  options.observer = &stopper;
  options.fork = std::move(plan.fork);
  options.resume_id = plan.resume;
  return run_session(prepared, control, options);
}

SessionResult forked(RunStore& store, const std::string& id, std::int64_t step,
                     const std::vector<std::pair<std::string, Json>>& settings = {}, std::int64_t stop_before = -1) {
  const auto point = fork_point(store, id, step);
  auto experiment = recorded_experiment(store, point.parent);
  if (!settings.empty()) experiment.set(settings);
  return session(&store, prepare_fork(point, experiment), {.stop_before = stop_before, .changes = {}, .fork = point});
}

ReplayResult replayed(RunStore& store, const std::string& id) {
  RunControl control;
  Observers nobody({});
  return replay(store, id, control, nobody);
}

std::shared_ptr<const PreparedRun> run_of(const std::string& algorithm, const Json& params = Json::object(),
                                          const char* data = "iris") {
  return prepare_run(Experiment::from_json({{"glassbench", 1},
                                            {"seed", 5},
                                            {"data", {{"source", "bundled"}, {"name", data}}},
                                            {"algorithm", {{"id", algorithm}, {"params", params}}}},
                                           "."));
}

/// Small runs of everything that takes more than a handful of steps.
std::shared_ptr<const PreparedRun> small_run(const std::string& algorithm) {
  if (algorithm == "mlp") return run_of("mlp", {{"epochs", 4}, {"batch_size", 16}, {"hidden_layers", {6}}});
  if (algorithm == "autoencoder") return run_of("autoencoder", {{"epochs", 4}, {"batch_size", 16}, {"latent", 2}});
  if (algorithm == "vae") return run_of("vae", {{"epochs", 4}, {"batch_size", 16}, {"latent", 2}});
  if (algorithm == "kmeans") return run_of("kmeans", {{"clusters", 6}, {"init", "random"}});
  if (algorithm == "minibatch_kmeans") return run_of("minibatch_kmeans", {{"clusters", 4}, {"batch_size", 16}});
  if (algorithm == "gaussian_mixture") return run_of("gaussian_mixture", {{"components", 3}});
  if (algorithm == "random_forest") return run_of("random_forest", {{"estimators", 12}});
  if (algorithm == "extra_trees") return run_of("extra_trees", {{"estimators", 12}});
  if (algorithm == "gradient_boosting") return run_of("gradient_boosting", {{"max_iterations", 12}});
  if (algorithm == "tsne") return run_of("tsne", {{"max_iterations", 60}, {"perplexity", 8}});
  if (algorithm == "nmf") return run_of("nmf", {{"components", 2}, {"max_iterations", 30}});
  if (algorithm == "svm") return run_of("svm", Json::object(), "wine");
  return run_of(algorithm);
}

std::string refusal(const std::function<void()>& action, std::string* field = nullptr) {
  try {
    action();
  } catch (const Error& error) {
    if (field) *field = error.field();
    return error.what();
  }
  return "nothing was refused";
}

/// Curves but those that are looked at only when there is time.
std::vector<SeriesData> told_series(const RunStore& store, const std::string& id) {
  auto all = store.series(id);
  std::erase_if(all, [](const SeriesData& curve) {
    return curve.name.starts_with("gradient-norm/") || curve.name.starts_with("update-norm/");
  });
  std::sort(all.begin(), all.end(), [](const SeriesData& a, const SeriesData& b) { return a.name < b.name; });
  return all;
}

State state_at(std::int64_t step, std::size_t bytes = 10000) {
  State state;
  state.step = step;
  state.header["at"] = step;
  const std::vector<std::uint8_t> filling(bytes, static_cast<std::uint8_t>(step));
  state.arrays.push_back(
      state_array("filling", "U8", {static_cast<std::int64_t>(bytes)}, filling.data(), filling.size()));
  return state;
}

std::int64_t bytes_in(const fs::path& folder) {
  std::int64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(folder)) bytes += static_cast<std::int64_t>(entry.file_size());
  return bytes;
}

/// Another value that the field may have; null where there is none.
Json another_value(const ParamSpec& spec, const Json& value) {
  switch (spec.kind) {
    case Kind::boolean:
      return !value.get<bool>();
    case Kind::choice:
      for (const auto& choice : spec.choices)
        if (choice.name != value) return choice.name;
      return nullptr;
    case Kind::integer:
      return value == spec.search.min ? static_cast<std::int64_t>(spec.search.max)
                                      : static_cast<std::int64_t>(spec.search.min);
    case Kind::real:
      return value == spec.search.min ? spec.search.max : spec.search.min;
    default:
      return nullptr;
  }
}

}  // namespace

class TestFork : public QObject {
  Q_OBJECT
 private slots:
  void aForkWithoutDifferencesEndsAsTheUnbrokenRun_data() {
    QTest::addColumn<QString>("algorithm");
    for (const char* id :
         {"mlp", "autoencoder", "vae", "kmeans", "minibatch_kmeans", "gaussian_mixture", "svm", "logistic_regression",
          "decision_tree", "random_forest", "extra_trees", "gradient_boosting", "tsne", "nmf"})
      QTest::newRow(id) << QString(id);
  }
  void aForkWithoutDifferencesEndsAsTheUnbrokenRun() {
    QFETCH(QString, algorithm);
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    const auto prepared = small_run(algorithm.toStdString());
    const auto unbroken = session(&store, prepared);
    QVERIFY2(unbroken.run.state == RunState::finished, unbroken.run.message.c_str());
    const auto broken = session(&store, prepared, {.stop_before = 3});
    QCOMPARE(broken.run.state, RunState::stopped);
    const auto steps = store.get(broken.id).steps;
    QVERIFY(steps >= 3);
    const auto fork = forked(store, broken.id, steps);
    QVERIFY2(fork.run.state == RunState::finished, fork.run.message.c_str());
    QVERIFY(fork.id != broken.id);
    QCOMPARE(fork.run.weights_sha256, unbroken.run.weights_sha256);
    const auto origin = store.get(fork.id).origin;
    QVERIFY(origin && origin->run == broken.id && origin->step > 0 && origin->step <= steps);
    QCOMPARE(fork.summary["fork"]["step"].get<std::int64_t>(), origin->step);
    // Its curves are whole: those of its parent until then, and its own. Some algorithms sum up where they are stopped,
    // which adds a point.
    const bool sums_up = algorithm == "kmeans" || algorithm == "gaussian_mixture" || algorithm == "tsne" ||
                         algorithm == "minibatch_kmeans";
    const auto whole = told_series(store, unbroken.id), joined = told_series(store, fork.id);
    QCOMPARE(joined.size(), whole.size());
    for (std::size_t i = 0; i < whole.size() && !sums_up; ++i) {
      QCOMPARE(joined[i].name, whole[i].name);
      QCOMPARE(joined[i].steps, whole[i].steps);
      QCOMPARE(joined[i].values, whole[i].values);
    }
    const auto again = replayed(store, fork.id);
    QVERIFY(again.same);
    QCOMPARE(again.from_step, origin->step);
    // Without any checkpoint, what came before is computed again.
    fs::remove_all(store.run_folder(fork.id) / "checkpoints");
    QVERIFY(replayed(store, fork.id).same);
    // The parent is as it was.
    QCOMPARE(store.get(broken.id).state, RunState::stopped);
    QCOMPARE(session(&store, prepared, {.resume = broken.id}).run.weights_sha256, unbroken.run.weights_sha256);
  }

  void aFinishedRunGoesOnWithMoreSteps_data() {
    QTest::addColumn<QString>("algorithm");
    QTest::addColumn<QString>("param");
    QTest::addColumn<int>("few");
    QTest::addColumn<int>("many");
    QTest::newRow("mlp") << "mlp"
                         << "epochs" << 3 << 6;
    QTest::newRow("autoencoder") << "autoencoder"
                                 << "epochs" << 3 << 6;
    QTest::newRow("random_forest") << "random_forest"
                                   << "estimators" << 6 << 11;
    QTest::newRow("gradient_boosting") << "gradient_boosting"
                                       << "max_iterations" << 5 << 12;
    QTest::newRow("tsne") << "tsne"
                          << "max_iterations" << 30 << 60;
    QTest::newRow("nmf") << "nmf"
                         << "max_iterations" << 10 << 30;
    QTest::newRow("logistic_regression") << "logistic_regression"
                                         << "max_iterations" << 4 << 100;
  }
  void aFinishedRunGoesOnWithMoreSteps() {
    QFETCH(QString, algorithm);
    QFETCH(QString, param);
    QFETCH(int, few);
    QFETCH(int, many);
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    const auto with = [&](int value) {
      Experiment experiment = small_run(algorithm.toStdString())->experiment;
      experiment.set(param.toStdString(), value);
      return prepare_run(experiment);
    };
    const auto brief = session(&store, with(few));
    QCOMPARE(brief.run.state, RunState::finished);
    QVERIFY(!store.get(brief.id).has_checkpoint);
    const auto fork = forked(store, brief.id, -1, {{param.toStdString(), many}});
    QCOMPARE(store.get(fork.id).origin->step, brief.run.steps);
    QVERIFY(fork.run.steps > brief.run.steps);
    QCOMPARE(fork.run.weights_sha256, session(nullptr, with(many)).run.weights_sha256);
  }

  void whatIsLiveTakesEffectWhereItForks() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    const auto prepared = small_mlp();
    // Its parent had a change of its own, which goes on.
    const Change early{10, "l2", 0.01};
    const auto broken = session(&store, prepared, {.stop_before = 40, .changes = {early}});
    QCOMPARE(store.get(broken.id).steps, std::int64_t{40});
    const auto fork = forked(store, broken.id, 40, {{"learning_rate", 0.05}});
    const auto changed = session(&store, prepared, {.changes = {early, {40, "learning_rate", 0.05}}});
    QCOMPARE(fork.run.weights_sha256, changed.run.weights_sha256);
    const auto journal = store.journal(fork.id);
    QCOMPARE(journal.size(), std::size_t{2});
    QCOMPARE(journal[0].param, std::string("l2"));
    QCOMPARE(journal[1].step, std::int64_t{40});
    QVERIFY(replayed(store, fork.id).same);
    QCOMPARE(store.get(fork.id).document["algorithm"]["params"]["learning_rate"].get<double>(), 0.05);
  }

  void aForkOfAForkOutlivesItsParents() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    const auto prepared = small_mlp();
    const auto first = session(&store, prepared, {.stop_before = 30, .changes = {{12, "l2", 0.02}}});
    const auto second = forked(store, first.id, 30, {{"learning_rate", 0.05}}, 70);
    QCOMPARE(store.get(second.id).steps, std::int64_t{70});
    const auto third = forked(store, second.id, 70, {{"l1", 0.001}, {"epochs", 14}});
    QCOMPARE(third.run.state, RunState::finished);
    const auto recorded = store.get(third.id).result["weights_sha256"];
    QVERIFY(recorded != store.get(second.id).result["weights_sha256"]);
    QCOMPARE(store.journal(third.id).size(), std::size_t{3});
    // What it took over from its parents is scrubbed like its own.
    QCOMPARE(told_series(store, third.id).front().steps.front(), std::int64_t{1});
    // A step of the first run belongs to it: from there it is the first run that is forked.
    const auto point = fork_point(store, third.id, 29);
    QCOMPARE(point.run, first.id);
    QVERIFY(point.step <= 29);
    store.remove(first.id);
    QVERIFY(replayed(store, third.id).same);
    store.remove(second.id);
    QVERIFY(replayed(store, third.id).same);
    fs::remove_all(store.run_folder(third.id) / "checkpoints");
    QVERIFY(replayed(store, third.id).same);
    QVERIFY(refusal([&] { fork_point(store, third.id, 29); }).find("was deleted") != std::string::npos);
  }

  void aKilledForkResumesToTheSameBits() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    const auto broken = session(&store, small_mlp(), {.stop_before = 40});
    const auto whole = forked(store, broken.id, 40, {{"learning_rate", 0.03}, {"epochs", 8}});
    // Killed before its first step: nothing but its row and what it took over is there.
    const auto point = fork_point(store, broken.id, 40);
    auto experiment = recorded_experiment(store, point.parent);
    experiment.set(std::vector<std::pair<std::string, Json>>{{"learning_rate", 0.03}, {"epochs", 8}});
    const auto prepared = prepare_fork(point, experiment);
    std::string id;
    {
      RunRecorder::Options options;
      options.origin = origin_of(store, point, *prepared);
      RunRecorder recorder(store, *prepared, {}, 0, options);
      id = recorder.id();
    }
    QCOMPARE(store.get(id).state, RunState::stopped);
    QVERIFY(store.get(id).has_checkpoint);
    QCOMPARE(store.get(id).steps, std::int64_t{40});
    const auto resumed = session(&store, prepare_recorded(store, id), {.resume = id});
    QCOMPARE(resumed.run.weights_sha256, whole.run.weights_sha256);
    QVERIFY(replayed(store, id).same);
    // Stopped on its way, it goes on as well.
    const auto stopped = forked(store, broken.id, 40, {{"learning_rate", 0.03}, {"epochs", 8}}, 60);
    QCOMPARE(stopped.run.state, RunState::stopped);
    QCOMPARE(session(&store, prepare_recorded(store, stopped.id), {.resume = stopped.id}).run.weights_sha256,
             whole.run.weights_sha256);
  }

  void fromTheBeginningAnythingMayDiffer() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    const auto parent = session(&store, small_mlp());
    const auto fork = forked(store, parent.id, 0, {{"hidden_layers", {5, 5}}, {"seed", 9}});
    QCOMPARE(fork.run.state, RunState::finished);
    QCOMPARE(store.get(fork.id).origin->step, std::int64_t{0});
    QVERIFY(replayed(store, fork.id).same);
    // Ensembles of others keep no states: theirs start from the beginning, and say so.
    const auto bagged = session(&store, run_of("bagging", {{"estimators", 4}}));
    const auto point = fork_point(store, bagged.id, 3);
    QCOMPARE(point.step, std::int64_t{0});
    QCOMPARE(point.asked, std::int64_t{3});
  }

  void whatTheStateLeavesNoChoiceIsRefused_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("field");
    QTest::newRow("layers") << "hidden_layers"
                            << "[9]"
                            << "algorithm.params.hidden_layers";
    QTest::newRow("batch size") << "batch_size"
                                << "16"
                                << "algorithm.params.batch_size";
    QTest::newRow("seed") << "seed"
                          << "6"
                          << "seed";
    QTest::newRow("data") << "data"
                          << R"({"source":"bundled","name":"wine"})"
                          << "data";
    QTest::newRow("preparation") << "prepare"
                                 << "[]"
                                 << "prepare";
    QTest::newRow("split") << "split.test"
                           << "0.3"
                           << "split";
    QTest::newRow("balance") << "balance.method"
                             << "over"
                             << "balance";
    QTest::newRow("algorithm") << "algorithm"
                               << R"({"id":"logistic_regression"})"
                               << "algorithm.id";
  }
  void whatTheStateLeavesNoChoiceIsRefused() {
    QFETCH(QString, path);
    QFETCH(QString, value);
    QFETCH(QString, field);
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    const auto parent = session(&store, small_mlp(), {.stop_before = 20});
    std::string named;
    const auto message = refusal(
        [&] {
          forked(store, parent.id, 20, {{path.toStdString(), parse_value(value.toStdString())}});
        },
        &named);
    QCOMPARE(named, field.toStdString());
    QVERIFY2(message.find("step 20") != std::string::npos, message.c_str());
    QCOMPARE(store.list().size(), std::size_t{1});
  }

  void impossibleStepsAndRunsAreRefused() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    const auto parent = session(&store, small_mlp(), {.stop_before = 20});
    QVERIFY(refusal([&] { fork_point(store, parent.id, 21); }).find("20 steps") != std::string::npos);
    QVERIFY(refusal([&] { fork_point(store, "nobody", 1); }).find("no run") != std::string::npos);
    RunRecorder live(store, *small_kmeans());
    QVERIFY(refusal([&] { fork_point(store, live.id(), 0); }).find("still being computed") != std::string::npos);
    // A damaged checkpoint is told before anything is recorded.
    const auto path = checkpoint_file(store.run_folder(parent.id), 20);
    const auto bytes = read_file(path, 1 << 24);
    write_file_atomically(path, bytes.substr(0, bytes.size() / 2));
    const auto before = store.list().size();
    QVERIFY(refusal([&] { forked(store, parent.id, 20); }).find("cut off") != std::string::npos);
    QCOMPARE(store.list().size(), before);
  }

  /// Whatever an algorithm says may differ does fit its state.
  void whatMayDifferFits_data() {
    QTest::addColumn<QString>("algorithm");
    QTest::addColumn<QString>("param");
    for (const char* id : {"mlp", "autoencoder", "vae", "kmeans", "minibatch_kmeans", "gaussian_mixture", "svm",
                           "logistic_regression", "random_forest", "gradient_boosting", "tsne", "nmf"})
      for (const auto& spec : find_algorithm(id)->params)
        if (spec.live || spec.forkable)
          QTest::addRow("%s %s", id, spec.name.c_str()) << QString(id) << QString::fromStdString(spec.name);
  }
  void whatMayDifferFits() {
    QFETCH(QString, algorithm);
    QFETCH(QString, param);
    static std::map<std::string, std::pair<std::unique_ptr<QTemporaryDir>, std::string>> parents;
    const std::string id = algorithm.toStdString();
    auto& [folder, parent] = parents[id];
    if (!folder) folder = std::make_unique<QTemporaryDir>();
    RunStore store(folder->path().toStdString());
    if (parent.empty()) {
      parent = session(&store, small_run(id), {.stop_before = 2}).id;
    }
    const auto* spec = find_spec(find_algorithm(id)->params, param.toStdString());
    const auto params = Experiment::from_json(store.get(parent).document, ".").complete_params();
    const Json value = another_value(*spec, params.value(spec->name, spec->default_value));
    QVERIFY(!value.is_null());
    std::vector<std::pair<std::string, Json>> settings{{spec->name, value}};
    if (spec->enabled_by) settings.emplace_back(spec->enabled_by->param, parse_value(spec->enabled_by->values.front()));
    // Not for long: that the state is taken is what counts.
    const auto steps = store.get(parent).steps;
    const auto fork = forked(store, parent, steps, settings, steps + 3);
    QVERIFY2(fork.run.state == RunState::finished || fork.run.state == RunState::stopped, fork.run.message.c_str());
    QVERIFY(store.get(fork.id).origin->step > 0);
  }

  void checkpointsKeepToTheirBudget_data() {
    QTest::addColumn<int>("size");
    QTest::addColumn<int>("budget");
    QTest::newRow("many small ones") << 100 << 200 * 1024;
    QTest::newRow("a few large ones") << 30000 << 200 * 1024;
    QTest::newRow("one alone fits") << 150 * 1024 << 200 * 1024;
    QTest::newRow("none fits") << 300 * 1024 << 200 * 1024;
  }
  void checkpointsKeepToTheirBudget() {
    QFETCH(int, size);
    QFETCH(int, budget);
    QTemporaryDir folder;
    CheckpointFiles files(folder.path().toStdString(), budget);
    const fs::path kept = fs::path(folder.path().toStdString()) / "checkpoints";
    std::int64_t last = 0;
    for (int round = 0; round < 60; ++round) {
      std::vector<State> states;
      for (int i = 0; i < 3; ++i) states.push_back(state_at(++last, static_cast<std::size_t>(size)));
      files.write(states);
      QVERIFY(states.empty());
      const auto steps = checkpoint_steps(folder.path().toStdString());
      // The newest is there whatever it takes: its bytes are those of the one to resume from.
      QVERIFY(bytes_in(kept) <= budget || steps.size() == 1);
      QVERIFY(steps.size() <= 128);
      QCOMPARE(steps.back(), last);
    }
    const auto steps = checkpoint_steps(folder.path().toStdString());
    if (size < budget / 4) {
      QCOMPARE(steps.front(), std::int64_t{1});
      QVERIFY(steps.size() >= 3);
      // Evenly: no gap is more than a few times the mean one.
      const auto mean = last / static_cast<std::int64_t>(steps.size());
      for (std::size_t i = 1; i < steps.size(); ++i) QVERIFY(steps[i] - steps[i - 1] <= 8 * mean);
    }
    for (const auto step : steps) QCOMPARE(read_checkpoint(folder.path().toStdString(), step)->step, step);
    files.finish();
    QVERIFY(!fs::exists(fs::path(folder.path().toStdString()) / "checkpoint.safetensors"));
    QVERIFY(bytes_in(kept) <= budget);
  }

  void theBeginningOfAForkIsNeverThinnedOut() {
    QTemporaryDir folder;
    const fs::path parent = folder.filePath("parent").toStdString(), child = folder.filePath("child").toStdString();
    CheckpointFiles of_parent(parent, 1 << 20);
    std::vector<State> states{state_at(40)};
    of_parent.write(states);
    CheckpointFiles files(child, 15000, 40);
    files.adopt(checkpoint_file(parent, 40), 40);
    QCOMPARE(fs::hard_link_count(checkpoint_file(child, 40)) > 1, true);
    for (std::int64_t step = 41; step < 80; ++step) {
      states = {state_at(step)};
      files.write(states);
    }
    files.finish();
    fs::remove_all(parent);
    QCOMPARE(read_checkpoint(child, 40)->header["at"].get<int>(), 40);
  }

  void whatWaitsIsThinnedTheNewestNever() {
    std::vector<State> states;
    for (std::int64_t step = 1; step <= 1000; ++step) {
      states.push_back(state_at(step, 10));
      thin_waiting(states);
      QVERIFY(states.size() <= 8);
      QCOMPARE(states.back().step, step);
    }
    QVERIFY(states.size() >= 4);
    for (std::size_t i = 1; i < states.size(); ++i) QVERIFY(states[i - 1].step < states[i].step);
  }

  void aStoreOfTheFirstVersionOpens() {
    QTemporaryDir folder;
    std::string id;
    {
      RunStore store(folder.path().toStdString());
      id = session(&store, small_kmeans()).id;
      SQLite::Database database(database_path(store.folder()).string(), SQLite::OPEN_READWRITE);
      database.exec("ALTER TABLE run DROP COLUMN origin");
      database.exec("PRAGMA user_version = 1");
    }
    RunStore store(folder.path().toStdString());
    QVERIFY(!store.get(id).origin);
    QVERIFY(replayed(store, id).same);
    QCOMPARE(forked(store, id, -1).run.state, RunState::finished);
  }
};

QTEST_GUILESS_MAIN(TestFork)
#include "test_fork.moc"
