#include <QtTest>
#include <fstream>
#include <numeric>
#include <set>

#include "core/algorithms/algorithm.hpp"
#include "core/base/parallel.hpp"
#include "core/evaluate/metrics.hpp"

using namespace gb;

namespace {

const Json& reference() {
  static const Json document = Json::parse(std::ifstream(TEST_SOURCE_DIR "/tests/reference/kmeans.json"));
  return document;
}

MatrixD matrix_of(const Json& rows) {
  MatrixD matrix(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(rows[0].size()));
  for (Eigen::Index i = 0; i < matrix.rows(); ++i)
    for (Eigen::Index j = 0; j < matrix.cols(); ++j)
      matrix(i, j) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)].get<double>();
  return matrix;
}

std::vector<std::int64_t> first_rows(std::int64_t count) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

ProblemSet problem_of(MatrixF values) {
  ProblemSet problem;
  problem.split.train = first_rows(values.rows());
  problem.features = Features(std::move(values));
  return problem;
}

/// Some clumps of rows in `features` dimensions.
MatrixF clumps(Eigen::Index rows, Eigen::Index features, int clusters, double spread, std::uint64_t seed = 1) {
  Random random(seed);
  MatrixF middles(clusters, features), values(rows, features);
  for (Eigen::Index i = 0; i < middles.size(); ++i) middles.data()[i] = static_cast<float>(random.normal() * 5);
  for (Eigen::Index i = 0; i < rows; ++i)
    for (Eigen::Index j = 0; j < features; ++j)
      values(i, j) = middles(i % clusters, j) + static_cast<float>(random.normal() * spread);
  return values;
}

ProblemSet pictures(std::int64_t count, std::uint64_t seed) {
  Random random(seed);
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(count * 48));
  for (std::size_t i = 0; i < bytes->size(); ++i)
    (*bytes)[i] = static_cast<std::uint8_t>(random.below(i / 48 % 3 == 0 ? 256 : 100));
  ProblemSet problem;
  problem.split.train = first_rows(count);
  problem.features = Features(std::move(bytes), count, 48, 1 / 255.0f, -0.5f);
  problem.channels = 1;
  problem.height = 6;
  problem.width = 8;
  return problem;
}

/// Keeps everything a run says.
struct Listener : RunObserver {
  std::vector<Event> events;
  void on_event(const Event& event) override { events.push_back(event); }

  std::vector<Scalar> inertias() const {
    std::vector<Scalar> found;
    for (const auto& event : events)
      if (const auto* scalar = std::get_if<Scalar>(&event); scalar && scalar->series == "train/inertia")
        found.push_back(*scalar);
    return found;
  }
  template <class T>
  std::shared_ptr<const T> last() const {
    std::shared_ptr<const T> found;
    for (const auto& event : events)
      if (const auto* view = std::get_if<std::shared_ptr<const T>>(&event)) found = *view;
    return found;
  }
  std::string last_text() const {
    std::string text;
    for (const auto& event : events)
      if (const auto* found = std::get_if<Text>(&event)) text = found->text;
    return text;
  }
};

const AlgorithmInfo& kmeans() {
  return *find_algorithm("kmeans");
}

Json params(const Json& given) {
  return validated(kmeans().params, given, "algorithm.params");
}

struct Fitted {
  Listener listener;
  std::unique_ptr<Model> model;

  std::vector<float> centers() const {
    const auto values = model->arrays()[0].values;
    return {values.begin(), values.end()};
  }
  double inertia() const { return listener.inertias().back().value; }
};

Fitted fitted(const ProblemSet& problem, const Json& given, std::uint64_t seed = 0) {
  Fitted result;
  RunControl control;
  RunContext context(result.listener, control, {.seed = seed});
  result.model = kmeans().fit(problem, params(given), context);
  return result;
}

bool near(double value, double expected, double relative) {
  return std::abs(value - expected) <= relative * std::max(1e-12, std::abs(expected));
}

}  // namespace

class TestKmeans : public QObject {
  Q_OBJECT
 private slots:
  void irisAsInScikitLearn() {
    const Json& entry = reference()["best"][0];
    ProblemSet problem = problem_of(matrix_of(entry["rows"]).cast<float>());
    problem.target.emplace();
    problem.target->codes = entry["classes"].get<std::vector<std::int32_t>>();
    for (const std::uint64_t seed : {0, 1, 2}) {
      const Fitted run = fitted(problem, Json{{"clusters", 3}}, seed);
      QVERIFY2(near(run.inertia(), entry["inertia"].get<double>(), 1e-4), std::to_string(run.inertia()).c_str());
      const auto prediction = run.model->predict(problem.features, problem.split.train);
      const Metrics metrics = evaluate(problem, prediction, problem.split.train);
      QCOMPARE(metrics[0].first, std::string("adjusted_rand"));
      QVERIFY(near(metrics[0].second, entry["adjusted_rand"].get<double>(), 1e-4));
    }
  }

  /// The bounded iteration gives the same bits as the plain one, on data of many kinds.
  void variantsAgree_data() {
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("features");
    QTest::addColumn<int>("clusters");
    QTest::addColumn<double>("spread");
    QTest::newRow("two dimensions, few clusters") << 3000 << 2 << 5 << 3.0;
    QTest::newRow("two dimensions, many clusters") << 3000 << 2 << 60 << 3.0;
    QTest::newRow("well apart") << 2000 << 20 << 8 << 0.3;
    QTest::newRow("wide") << 800 << 300 << 30 << 6.0;
    QTest::newRow("one cluster") << 300 << 3 << 1 << 1.0;
    QTest::newRow("a cluster per row") << 60 << 3 << 60 << 1.0;
  }
  void variantsAgree() {
    QFETCH(int, rows);
    QFETCH(int, features);
    QFETCH(int, clusters);
    QFETCH(double, spread);
    const ProblemSet problem = problem_of(clumps(rows, features, 7, spread));
    Json given{{"starts", 2}, {"tolerance", 0}, {"init", "random"}, {"clusters", clusters}, {"variant", "lloyd"}};
    const Fitted plain = fitted(problem, given);
    given["variant"] = "elkan";
    const Fitted bounded = fitted(problem, given);
    QCOMPARE(bounded.centers(), plain.centers());
    const auto a = plain.listener.inertias(), b = bounded.listener.inertias();
    QCOMPARE(b.size(), a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      QCOMPARE(b[i].step, a[i].step);
      QCOMPARE(b[i].value, a[i].value);
    }
  }

  /// Rows that lie exactly between centres, and doubled ones: ties are decided the same way.
  void variantsAgreeOnTies() {
    MatrixF grid(400, 2);
    for (Eigen::Index i = 0; i < grid.rows(); ++i)
      grid.row(i) << static_cast<float>(i / 2 % 20), static_cast<float>(i / 40);
    const ProblemSet problem = problem_of(grid);
    for (const std::uint64_t seed : {0, 1, 2, 3}) {
      const Fitted plain =
          fitted(problem, Json{{"clusters", 30}, {"starts", 1}, {"tolerance", 0}, {"variant", "lloyd"}}, seed);
      const Fitted bounded = fitted(problem, Json{{"clusters", 30}, {"starts", 1}, {"tolerance", 0}}, seed);
      QCOMPARE(bounded.centers(), plain.centers());
    }
  }

  void bytesAsFloats() {
    const ProblemSet images = pictures(500, 3);
    const ProblemSet floats = problem_of(images.features.dense(images.split.train));
    const Fitted a = fitted(images, Json{{"clusters", 4}, {"starts", 1}});
    const Fitted b = fitted(floats, Json{{"clusters", 4}, {"starts", 1}});
    QVERIFY(near(a.inertia(), b.inertia(), 1e-5));
    for (std::size_t i = 0; i < a.centers().size(); ++i) QVERIFY(std::abs(a.centers()[i] - b.centers()[i]) < 1e-5f);
  }

  void inertiaFallsWithinAStart() {
    const Fitted run =
        fitted(problem_of(clumps(2000, 4, 9, 4)), Json{{"clusters", 9}, {"starts", 1}, {"tolerance", 0}});
    const auto inertias = run.listener.inertias();
    QVERIFY(inertias.size() > 5);
    for (std::size_t i = 1; i < inertias.size(); ++i) {
      QVERIFY(inertias[i].value <= inertias[i - 1].value * (1 + 1e-12));
      QVERIFY(inertias[i].step - inertias[i - 1].step == (i + 1 < inertias.size() ? 1 : 0));
    }
  }

  void inertiaIsThatOfTheModel() {
    const ProblemSet problem = problem_of(clumps(700, 6, 5, 2));
    const Fitted run = fitted(problem, Json{{"clusters", 6}, {"starts", 3}});
    const auto labels = run.model->predict(problem.features, problem.split.train).labels;
    const auto centers = run.centers();
    double sum = 0;
    for (Eigen::Index i = 0; i < 700; ++i)
      for (Eigen::Index j = 0; j < 6; ++j) {
        const double difference = (*problem.features.matrix())(i, j) -
                                  centers[static_cast<std::size_t>(labels[static_cast<std::size_t>(i)] * 6 + j)];
        sum += difference * difference;
      }
    QVERIFY(near(run.inertia(), sum, 1e-6));
    // The least of all starts: the last iteration of none is below it.
    const auto inertias = run.listener.inertias();
    for (const auto& scalar : inertias) QVERIFY(run.inertia() <= scalar.value * (1 + 1e-6) || scalar.step < 3);
  }

  void sameSeedSameBits() {
    const ProblemSet problem = problem_of(clumps(1500, 10, 6, 4));
    QCOMPARE(fitted(problem, Json{{"clusters", 6}}, 4).centers(), fitted(problem, Json{{"clusters", 6}}, 4).centers());
    const Json once = Json{{"clusters", 6}, {"starts", 1}, {"max_iterations", 1}};
    QVERIFY(fitted(problem, once, 4).centers() != fitted(problem, once, 5).centers());
  }

  void resumedRunsEndInTheSameBits_data() {
    QTest::addColumn<QString>("variant");
    QTest::newRow("bounded") << "elkan";
    QTest::newRow("plain") << "lloyd";
  }
  void resumedRunsEndInTheSameBits() {
    QFETCH(QString, variant);
    const ProblemSet problem = problem_of(clumps(600, 5, 9, 5));
    const Json chosen = params({{"clusters", 12}, {"starts", 3}, {"tolerance", 0}, {"variant", variant.toStdString()}});
    std::vector<State> states;
    Listener listener;
    RunControl control;
    RunContext whole(listener, control,
                     {.seed = 9,
                      .keep_checkpoint = [&](State state) { states.push_back(std::move(state)); },
                      .checkpoint_seconds = 0,
                      .watch_share = 1e9});
    const auto expected = kmeans().fit(problem, chosen, whole);
    const double inertia = listener.inertias().back().value;
    QVERIFY(states.size() > 20);
    for (std::size_t i = 0; i < states.size(); i += 3) {
      Listener again;
      RunControl unsteered;
      RunContext resumed(again, unsteered, {.seed = 9, .resume_from = &states[i]});
      const auto model = kmeans().fit(problem, chosen, resumed);
      QVERIFY(std::ranges::equal(model->arrays()[0].values, expected->arrays()[0].values));
      QCOMPARE(again.inertias().back().value, inertia);
      QCOMPARE(again.inertias().back().step, listener.inertias().back().step);
      QVERIFY(again.inertias().front().step >= states[i].step);
    }
  }

  void damagedCheckpointsAreRefused() {
    const ProblemSet problem = problem_of(clumps(100, 3, 4, 3));
    std::vector<State> states;
    Listener listener;
    RunControl control;
    RunContext context(listener, control,
                       {.keep_checkpoint = [&](State state) { states.push_back(std::move(state)); },
                        .checkpoint_seconds = 0,
                        .watch_share = 1e9});
    kmeans().fit(problem, params(Json{{"clusters", 4}, {"starts", 1}, {"tolerance", 0}}), context);
    const auto refused = [&](const State& state, const Json& given) {
      RunContext resumed(listener, control, {.resume_from = &state});
      try {
        kmeans().fit(problem, params(given), resumed);
      } catch (const Error& error) {
        return QString(error.what()).contains("does not fit");
      }
      return false;
    };
    State state = states.back();
    QVERIFY(refused(state, Json{{"clusters", 5}}));
    state.arrays.pop_back();
    QVERIFY(refused(state, Json{{"clusters", 4}}));
    state = states.back();
    state.arrays.back().bytes[3] = 0x7f;  // a label far beyond the clusters
    QVERIFY(refused(state, Json{{"clusters", 4}}));
    state.header.erase("begun");
    QVERIFY(refused(state, Json{{"clusters", 4}}));
  }

  void stopsAndGivesTheModelAsItStands() {
    const ProblemSet problem = problem_of(clumps(500, 4, 6, 4));
    struct Stopper : Listener {
      RunControl* control = nullptr;
      int after = 0;
      void on_event(const Event& event) override {
        Listener::on_event(event);
        if (std::holds_alternative<Scalar>(event) && --after == 0) control->stop();
      }
    };
    for (const int after : {1, 4}) {
      Stopper stopper;
      RunControl control;
      stopper.control = &control;
      stopper.after = after;
      std::vector<State> states;
      RunContext context(stopper, control,
                         {.keep_checkpoint = [&](State state) { states.push_back(std::move(state)); }});
      const auto model = kmeans().fit(problem, params(Json{{"clusters", 6}, {"tolerance", 0}}), context);
      QVERIFY(model);
      QVERIFY(!states.empty());
      QCOMPARE(states.back().step, static_cast<std::int64_t>(after));
      QCOMPARE(stopper.inertias().size(), static_cast<std::size_t>(after + 1));
    }
    RunControl stopped;
    stopped.stop();
    Listener listener;
    RunContext context(listener, stopped, {});
    const auto model = kmeans().fit(problem, params(Json::object()), context);
    QCOMPARE(model->arrays()[0].shape, (std::vector<std::int64_t>{8, 4}));
    QVERIFY(listener.inertias().empty());
  }

  void fewerDifferentRowsThanClusters() {
    MatrixF values(40, 3);
    for (Eigen::Index i = 0; i < 40; ++i) values.row(i).setConstant(static_cast<float>(i % 4));
    const ProblemSet problem = problem_of(values);
    const Fitted run = fitted(problem, Json{{"clusters", 6}, {"starts", 2}});
    QCOMPARE(run.inertia(), 0.0);
    QVERIFY(QString::fromStdString(run.listener.last_text()).contains("Only 4 of the 6 centres differ"));
    const auto labels = run.model->predict(problem.features, problem.split.train).labels;
    QCOMPARE(std::set<std::int32_t>(labels.begin(), labels.end()).size(), std::size_t{4});
    for (std::size_t i = 0; i < labels.size(); ++i) QCOMPARE(labels[i], labels[i % 4]);
    const Fitted constant = fitted(problem_of(MatrixF::Constant(10, 2, 7)), Json{{"clusters", 3}});
    QCOMPARE(constant.inertia(), 0.0);
    QVERIFY(std::ranges::all_of(constant.centers(), [](float value) { return value == 7; }));
  }

  void extremeSizesOfNumbers_data() {
    QTest::addColumn<float>("factor");
    QTest::addColumn<float>("offset");
    QTest::newRow("huge") << 1e30f << 0.0f;
    QTest::newRow("tiny") << 1e-30f << 0.0f;
    QTest::newRow("far from zero") << 1.0f << 1e4f;
  }
  void extremeSizesOfNumbers() {
    QFETCH(float, factor);
    QFETCH(float, offset);
    const MatrixF values = clumps(300, 3, 4, 0.5);
    const ProblemSet plain = problem_of(values), changed = problem_of((values.array() * factor + offset).matrix());
    const auto a = fitted(plain, Json{{"clusters", 4}}).model->predict(plain.features, plain.split.train).labels;
    const auto b = fitted(changed, Json{{"clusters", 4}}).model->predict(changed.features, changed.split.train).labels;
    QVERIFY(clustering_agreement(a, b)[0].second > 0.999);
  }

  void impossibleRequests() {
    ProblemSet problem = problem_of(clumps(30, 2, 2, 1));
    kmeans().check(problem, params(Json{{"clusters", 30}}));
    try {
      kmeans().check(problem, params(Json{{"clusters", 500}}));
      QFAIL("500 clusters of 30 rows were accepted");
    } catch (const ParamError& error) {
      QCOMPARE(QString(error.what()), QString("clusters is 500, but there are only 30 training rows"));
      QCOMPARE(QString::fromStdString(error.field()), QString("algorithm.params.clusters"));
      QCOMPARE(QString::fromStdString(error.allowed()), QString("a whole number from 1 to 30"));
    }
    MatrixF values = clumps(30, 2, 2, 1);
    values(17, 1) = std::numeric_limits<float>::infinity();
    problem = problem_of(values);
    problem.feature_names = {"length", "width"};
    try {
      kmeans().check(problem, params(Json{{"clusters", 2}}));
      QFAIL("an infinite value was accepted");
    } catch (const DataError& error) {
      QVERIFY2(QString(error.what()).contains("Row 18") && QString(error.what()).contains("width"), error.what());
    }
    for (const auto& spec : kmeans().params)
      for (const auto& bad : bad_values(spec)) {
        const Json object{{spec.name, bad}};
        QVERIFY_EXCEPTION_THROWN(validated(kmeans().params, object, "algorithm.params"), ParamError);
      }
  }

  void viewsOfPlaneData() {
    ProblemSet problem = problem_of(clumps(200, 2, 3, 1));
    problem.split.train = {5, 6, 9, 100, 150, 199, 20, 21, 22};
    std::sort(problem.split.train.begin(), problem.split.train.end());
    const Fitted run = fitted(problem, Json{{"clusters", 3}});
    const auto points = run.listener.last<Points>();
    QVERIFY(points);
    QCOMPARE(points->view, std::string("clusters"));
    QCOMPARE(*points->rows, problem.split.train);
    QCOMPARE(points->group, run.model->predict(problem.features, problem.split.train).labels);
    QCOMPARE(points->centers, run.centers());
    QCOMPARE(points->group_names.size(), std::size_t{3});
    QVERIFY(points->region && points->region->group.size() == std::size_t{160 * 120});
    // The region says what the model says: at a cell near a centre, that centre's number.
    for (std::size_t k = 0; k < 3; ++k) {
      const auto& region = *points->region;
      const auto x = static_cast<int>((points->centers[2 * k] - region.x_min) / (region.x_max - region.x_min) * 160);
      const auto y =
          static_cast<int>((points->centers[2 * k + 1] - region.y_min) / (region.y_max - region.y_min) * 120);
      QCOMPARE(static_cast<std::size_t>(region.group[static_cast<std::size_t>(y * 160 + x)]), k);
      QVERIFY(region.strength[static_cast<std::size_t>(y * 160 + x)] > 150);
    }
    QVERIFY(!run.listener.last<Images>());
  }

  void viewsOfPictures() {
    const ProblemSet problem = pictures(300, 8);
    const Fitted run = fitted(problem, Json{{"clusters", 3}, {"starts", 2}});
    const auto images = run.listener.last<Images>();
    QVERIFY(images);
    QCOMPARE(images->count, 3);
    QCOMPARE(images->height, 6);
    QCOMPARE(images->width, 8);
    const auto centers = run.centers();
    for (std::size_t i = 0; i < centers.size(); ++i)
      QVERIFY(std::abs((centers[i] + 0.5f) * 255 - static_cast<float>(images->pixels[i])) <= 0.51f);
    const auto points = run.listener.last<Points>();
    QVERIFY(points && !points->region);
    QCOMPARE(points->centers.size(), std::size_t{6});
    // The last events tell of the end.
    QCOMPARE(images->step, run.listener.inertias().back().step);
    QCOMPARE(points->step, run.listener.inertias().back().step);
  }
};

QTEST_APPLESS_MAIN(TestKmeans)
#include "test_kmeans.moc"
