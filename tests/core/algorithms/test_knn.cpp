#include <QtTest>

#include "core/base/random.hpp"
#include "core/model/nearest_rows.hpp"
#include "core/model/neighbors_model.hpp"
#include "margin_runs.hpp"

using namespace gb;

namespace {

/// The neighbours by the definition: every distance, sorted.
std::vector<std::int32_t> plain_neighbors(const MatrixF& rows, const Eigen::RowVectorXf& query, const RowMetric& metric,
                                          std::int64_t k) {
  std::vector<Neighbor> all;
  for (Eigen::Index i = 0; i < rows.rows(); ++i)
    all.push_back({metric.reduced(query.data(), rows.row(i).data(), rows.cols()), static_cast<std::int32_t>(i)});
  std::sort(all.begin(), all.end());
  std::vector<std::int32_t> found;
  for (std::int64_t i = 0; i < k; ++i) found.push_back(all[static_cast<std::size_t>(i)].row);
  return found;
}

/// Pixels as bytes: half of them from a few values only, so that many distances are equal.
Features pictures(std::int64_t count, std::int64_t pixels, std::uint64_t seed) {
  Random random(seed);
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(count * pixels));
  for (std::size_t i = 0; i < bytes->size(); ++i)
    (*bytes)[i] = static_cast<std::uint8_t>(i % 2 == 0 ? 255 * random.below(2) : random.below(256));
  return Features(std::move(bytes), count, pixels, 1 / 255.0f, -0.25f);
}

std::vector<std::int64_t> rows_of(std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = begin; i < end; ++i) rows.push_back(i);
  return rows;
}

std::vector<std::int32_t> found_by(const NearestRows& stored, const Features& features,
                                   std::span<const std::int64_t> rows, std::int64_t k) {
  std::vector<Neighbor> nearest(rows.size() * static_cast<std::size_t>(k));
  stored.find(features, rows, k, nearest.data());
  std::vector<std::int32_t> found;
  for (const Neighbor& neighbor : nearest) found.push_back(neighbor.row);
  return found;
}

}  // namespace

class TestKnn : public QObject {
  Q_OBJECT
 private slots:
  void asScikitLearn() {
    for (const Json& one : reference_cases("knn")) {
      const ProblemSet problem = reference_problem(one["data"]);
      const std::string what = one["data"].get<std::string>() + one["params"].dump();
      for (const char* search : {"brute", "kd_tree"}) {
        Json params = one["params"];
        if (params.value("metric", "") == "cosine" && std::string(search) == "kd_tree") continue;
        if (one["data"] == "digits" && std::string(search) == "kd_tree") continue;
        params["algorithm"] = search;
        const Fitted run = fitted("knn", problem, params);
        const Prediction prediction = run.model->predict(problem.features, all_rows(problem));
        if (one.contains("values")) {
          const auto expected = one["values"].get<std::vector<double>>();
          std::size_t other = 0;
          for (std::size_t i = 0; i < expected.size(); ++i)
            other += !near(static_cast<double>(prediction.values[i]), expected[i], 1e-5);
          QVERIFY2(other <= expected.size() / 100, (what + " " + std::to_string(other)).c_str());
          continue;
        }
        const double agrees = agreement(label_text(prediction.labels), one["labels"]);
        // Of equal distances scikit-learn takes any row, we the first one.
        QVERIFY2(agrees >= (one["data"] == "iris" ? 0.99 : 0.999), (what + " " + std::to_string(agrees)).c_str());
      }
    }
  }

  void everySearchFindsTheSame_data() {
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("features");
    QTest::addColumn<int>("kind");
    QTest::addColumn<bool>("ties");
    for (const int kind : {0, 1, 2, 3})
      for (const bool ties : {false, true}) {
        QTest::addRow("two features %d %d", kind, ties) << 700 << 2 << kind << ties;
        QTest::addRow("many features %d %d", kind, ties) << 1500 << 40 << kind << ties;
      }
    QTest::addRow("far from zero") << 900 << 30 << -1 << false;
  }
  void everySearchFindsTheSame() {
    QFETCH(int, rows);
    QFETCH(int, features);
    QFETCH(int, kind);
    QFETCH(bool, ties);
    RowMetric metric{static_cast<RowMetric::Kind>(std::max(kind, 0)), 3};
    MatrixF values = clumps(rows, features, 5, 1);
    if (kind < 0) values.array() += 3000;
    if (ties) values = values.array().round();
    MatrixF compared = values;
    if (metric.kind == RowMetric::Kind::cosine)
      for (Eigen::Index i = 0; i < rows; ++i) make_unit_length(compared.row(i).data(), features);
    const Features all(values);
    const auto stored = rows_of(50, rows), asked = rows_of(0, 60);
    for (const auto search : {NearestRows::Search::brute, NearestRows::Search::tree}) {
      const NearestRows nearest(all, stored, metric, search);
      const auto found = found_by(nearest, all, asked, 7);
      for (std::size_t i = 0; i < asked.size(); ++i) {
        const auto expected =
            plain_neighbors(compared.bottomRows(rows - 50), compared.row(static_cast<Eigen::Index>(i)), metric, 7);
        QCOMPARE(std::vector<std::int32_t>(found.begin() + static_cast<std::ptrdiff_t>(7 * i),
                                           found.begin() + static_cast<std::ptrdiff_t>(7 * i + 7)),
                 expected);
      }
    }
  }

  /// The nearest stored rows by their own names, whoever asks but for itself.
  void rowsBehindAnAnswer() {
    Random random(6);
    MatrixF values(80, 3);
    for (Eigen::Index i = 0; i < values.size(); ++i) values.data()[i] = static_cast<float>(random.normal());
    values.row(7) = values.row(9);  // a copy is a neighbour like others
    Target target;
    target.classes = {"a", "b"};
    for (int i = 0; i < 80; ++i) target.codes.push_back(i % 2);
    std::vector<std::int64_t> stored;
    for (std::int64_t row = 1; row < 80; row += 2) stored.push_back(row);
    const Features features(values);
    const NeighborsModel model(features, stored, target, 4, NeighborsModel::Weights::uniform,
                               {RowMetric::Kind::euclidean, 2}, NearestRows::Search::automatic);
    for (const std::int64_t row : {std::int64_t{0}, std::int64_t{7}, std::int64_t{9}, std::int64_t{44}}) {
      auto expected = stored;
      std::erase(expected, row);
      const auto distance = [&](std::int64_t other) { return (values.row(row) - values.row(other)).norm(); };
      std::sort(expected.begin(), expected.end(), [&](auto a, auto b) { return distance(a) < distance(b); });
      expected.resize(4);
      QCOMPARE(model.rows_behind(features, row), expected);
    }
    const NeighborsModel all(features, std::vector<std::int64_t>{1, 3}, target, 2, NeighborsModel::Weights::uniform,
                             {RowMetric::Kind::euclidean, 2}, NearestRows::Search::automatic);
    QCOMPARE(all.rows_behind(features, 1), std::vector<std::int64_t>{3});
  }

  void bytesAreExact() {
    for (const std::int64_t pixels : {9, 64, 200}) {
      const Features images = pictures(1300, pixels, 5);
      const auto stored = rows_of(0, 1290), asked = rows_of(1200, 1300);
      const NearestRows nearest(images, stored, {}, NearestRows::Search::brute);
      const auto found = found_by(nearest, images, asked, 6);
      // Whole numbers, so that equal distances are equal.
      MatrixF whole(1300, pixels);
      for (Eigen::Index i = 0; i < whole.size(); ++i) whole.data()[i] = static_cast<float>(images.bytes()[i]);
      for (std::size_t i = 0; i < asked.size(); ++i)
        QCOMPARE(std::vector<std::int32_t>(found.begin() + static_cast<std::ptrdiff_t>(6 * i),
                                           found.begin() + static_cast<std::ptrdiff_t>(6 * i + 6)),
                 plain_neighbors(whole.topRows(1290), whole.row(1200 + static_cast<Eigen::Index>(i)), {}, 6));
      // Distances in the features' units, and queries that are no bytes.
      std::vector<Neighbor> one(1);
      nearest.find(images, std::span(asked).last(1), 1, one.data());
      const MatrixF values = images.dense(rows_of(0, 1300));
      const double expected = RowMetric{}.reduced(values.row(1299).data(), values.row(one[0].row).data(), pixels);
      QVERIFY(near(one[0].reduced, expected, 1e-5));
      MatrixF between = (values.bottomRows(40) + values.topRows(40)) / 2.1f;
      const auto float_found = found_by(nearest, Features(between), rows_of(0, 40), 3);
      for (Eigen::Index i = 0; i < 40; ++i)
        QCOMPARE(std::vector<std::int32_t>(float_found.begin() + 3 * i, float_found.begin() + 3 * i + 3),
                 plain_neighbors(values.topRows(1290), between.row(i), {}, 3));
    }
  }

  void resumesAndStops() {
    const ProblemSet problem = clump_problem(300, 3, 3, 1);
    QVERIFY(stops_well("knn", problem, Json::object()));
    std::vector<State> states;
    State state;
    state.step = 1;
    Listener listener;
    RunControl control;
    RunContext context(listener, control, {.resume_from = &state});
    const auto again = find_algorithm("knn")->fit(problem, complete_params("knn", Json::object()), context);
    QVERIFY(same_arrays(*again, *fitted("knn", problem, Json::object()).model));
  }

  void exported() {
    ExportCheck check;
    const ProblemSet iris = reference_problem("iris"), alcohol = reference_problem("alcohol");
    const auto odd_rows = [](const ProblemSet& problem) {
      std::vector<std::int64_t> rows;
      for (std::int64_t i = 1; i < problem.features.rows(); i += 7) rows.push_back(i);
      return rows;
    };
    const ProblemSet smooth = clump_problem(400, 6, 3, 2);
    for (const Json& params :
         {Json{{"metric", "euclidean"}}, Json{{"weights", "distance"}}, Json{{"metric", "cosine"}, {"neighbors", 9}},
          Json{{"metric", "manhattan"}}, Json{{"metric", "minkowski"}, {"weights", "distance"}}}) {
      const double gap = check.add("smooth" + std::to_string(params.dump().size()) + params.value("metric", ""),
                                   *fitted("knn", smooth, params).model, smooth, odd_rows(smooth), 1e-3);
      QVERIFY2(gap < 1e-3, (params.dump() + " " + std::to_string(gap)).c_str());
    }
    QVERIFY(check.add("few", *fitted("knn", clump_problem(12, 4, 2, 1), Json::object()).model,
                      clump_problem(12, 4, 2, 1), rows_of(0, 12)) < 1e-4);
    QVERIFY(check.add("alcohol", *fitted("knn", alcohol, Json::object()).model, alcohol, odd_rows(alcohol)) < 1e-4);
    ProblemSet digits = reference_problem("digits");
    digits.split.train.resize(700);
    const auto asked = rows_of(700, 800);
    QVERIFY(check.add("digits", *fitted("knn", digits, Json::object()).model, digits, asked) < 1e-4);
    const std::string problem = check.onnxruntime();
    if (problem.starts_with("skip: ")) QSKIP(problem.c_str());
    QVERIFY2(problem.empty(), problem.c_str());
  }
  void exportedWithProof() {
    QVERIFY(proven_export("knn", "iris", Json::object()) < 1e-4);
    QVERIFY(proven_export("knn", "iris", {{"weights", "distance"}, {"metric", "manhattan"}}) < 1e-4);
    QVERIFY(proven_export("knn", "alcohol", Json::object()) < 1e-4);
  }
  void tooLargeForAFile() {
    const ProblemSet problem = clump_problem(3000, 60, 2, 1);
    const Fitted run = fitted("knn", problem, {{"metric", "manhattan"}});
    OnnxGraph graph;
    const std::string x = graph.add_input("x", TensorType::real, {-1, 60});
    try {
      run.model->write_onnx(graph, x);
      QFAIL("a file that no machine can run was written");
    } catch (const ModelError& error) {
      QVERIFY2(QString(error.what()).contains("euclidean"), error.what());
    }
  }

  void oddData() {
    // More neighbours wanted than there are different rows; a zero row under cosine; one feature.
    const ProblemSet same = problem_of(MatrixF::Constant(10, 3, 2), in_turn(10, 2), 2);
    for (const char* metric : {"euclidean", "manhattan", "cosine"}) {
      const Fitted run = fitted("knn", same, {{"neighbors", 4}, {"metric", metric}, {"weights", "distance"}});
      QCOMPARE(run.model->predict(same.features, same.split.train).probabilities(3, 1), 0.5f);
    }
    MatrixF values = clumps(20, 3, 2, 1);
    values.row(4).setZero();
    const ProblemSet zero = problem_of(values, in_turn(20, 2), 2);
    QVERIFY(fitted("knn", zero, {{"metric", "cosine"}})
                .model->predict(zero.features, zero.split.train)
                .probabilities.allFinite());
    const ProblemSet line = clump_problem(40, 1, 2, 0.1);
    QCOMPARE(fitted("knn", line, Json::object()).model->predict(line.features, line.split.train).labels,
             in_turn(40, 2));
    const ProblemSet wide = problem_of(clumps(6, 2000, 2, 1), in_turn(6, 2), 2);
    QCOMPARE(fitted("knn", wide, {{"neighbors", 1}}).model->predict(wide.features, wide.split.train).labels,
             in_turn(6, 2));
  }

  void badInput() {
    const ProblemSet problem = clump_problem(30, 3, 2, 1);
    try {
      fitted("knn", problem, {{"neighbors", 31}});
      QFAIL("31 neighbours of 30 rows were accepted");
    } catch (const ParamError& error) {
      QCOMPARE(QString(error.what()), QString("neighbors is 31, but there are only 30 training rows"));
      QCOMPARE(QString::fromStdString(error.field()), QString("algorithm.params.neighbors"));
    }
    const Json by_angle{{"metric", "cosine"}, {"algorithm", "kd_tree"}};
    QVERIFY_EXCEPTION_THROWN(fitted("knn", problem, by_angle), ParamError);
    MatrixF values = clumps(30, 3, 2, 1);
    values(4, 2) = std::numeric_limits<float>::infinity();
    const ProblemSet infinite = problem_of(values, in_turn(30, 2), 2);
    QVERIFY_EXCEPTION_THROWN(fitted("knn", infinite, Json::object()), DataError);
    for (const auto& spec : find_algorithm("knn")->params)
      for (const auto& bad : bad_values(spec)) {
        const Json object{{spec.name, bad}};
        QVERIFY_EXCEPTION_THROWN(complete_params("knn", object), ParamError);
      }
  }

  void tellsWhatItDoes() {
    ProblemSet problem = clump_problem(300, 2, 3, 1.5);
    problem.split.validation.assign(problem.split.train.begin() + 250, problem.split.train.end());
    problem.split.train.resize(250);
    const Fitted run = fitted("knn", problem, Json::object());
    QVERIFY(QString::fromStdString(run.listener.last_text()).contains("Stored 250 rows in a tree"));
    QVERIFY(QString::fromStdString(run.listener.last_text()).contains("Least sure of row"));
    const auto border = run.listener.last<Points>("border");
    QVERIFY(border);
    QCOMPARE(std::ranges::count(border->marked, 1), 5);
    QCOMPARE(border->outlines.size(), std::size_t{5});
    QVERIFY(run.listener.last<Matrix>("confusion"));
    QVERIFY(fitted("knn", sum_problem(100, 3, 1), Json::object()).listener.last<Points>("fit"));
  }
};

QTEST_GUILESS_MAIN(TestKnn)
#include "test_knn.moc"
