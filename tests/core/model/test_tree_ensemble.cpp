#include "core/model/tree_ensemble.hpp"

#include <QtTest>
#include <cmath>
#include <limits>

#include "core/base/random.hpp"
#include "core/model/evaluator.hpp"
#include "core/model/onnx_graph.hpp"
#include "onnx_runtime_check.hpp"

using namespace gb;

namespace {

using Ints = std::vector<std::int64_t>;
using Floats = std::vector<float>;
using Texts = std::vector<std::string>;
using Settings = std::map<std::string, OnnxAttribute>;
constexpr float missing = std::numeric_limits<float>::quiet_NaN();

/// x0 <= 1 ? (x1 <= 2 ? 10 : 20, missing left) : 30, missing right.
std::vector<TreeEnsemble::Split> splits() {
  return {{0, 1, false, 1, 2}, {1, 2, true, 3, 4}, {}, {}, {}};
}

Settings attributes() {
  return {{"n_targets", std::int64_t{2}},       {"nodes_treeids", Ints{0, 0, 0}},
          {"nodes_nodeids", Ints{0, 1, 2}},     {"nodes_featureids", Ints{1, 0, 0}},
          {"nodes_values", Floats{0.5F, 0, 0}}, {"nodes_modes", Texts{"BRANCH_LEQ", "LEAF", "LEAF"}},
          {"nodes_truenodeids", Ints{1, 0, 0}}, {"nodes_falsenodeids", Ints{2, 0, 0}},
          {"target_treeids", Ints{0, 0, 0}},    {"target_nodeids", Ints{1, 2, 2}},
          {"target_ids", Ints{0, 0, 1}},        {"target_weights", Floats{1, 2, 3}}};
}

std::string written(const Settings& settings, std::int64_t columns = 2, std::int64_t targets = 2) {
  OnnxGraph graph;
  const std::string x = graph.add_input("x", TensorType::real, {-1, columns});
  graph.add_output(graph.add("TreeEnsembleRegressor", {x}, settings, "ai.onnx.ml"), "y", TensorType::real,
                   {-1, targets});
  return graph.bytes({{"task", "none"}});
}

Tensor run(const std::string& bytes, const Tensor& x) {
  const Evaluator evaluator(read_onnx(bytes, "test.onnx"));
  return evaluator.run(std::span(&x, 1))[0];
}

QByteArray refusal(const Settings& settings, std::int64_t columns = 2) {
  try {
    run(written(settings, columns), Tensor{{1, columns}, Floats(static_cast<std::size_t>(columns))});
  } catch (const ModelError& error) {
    return error.what();
  }
  return "no ModelError";
}

}  // namespace

class TestTreeEnsemble : public QObject {
  Q_OBJECT
 private slots:
  void rowsGoTheirWay() {
    TreeEnsemble ensemble(1, false);
    ensemble.add(splits(), Floats{0, 0, 30, 10, 20});
    const Floats rows{1, 2, 1, 2.5F, 1.5F, 0, missing, 0, 0, missing};
    Floats sums(5);
    ensemble.sum(rows.data(), 5, 2, sums.data());
    QCOMPARE(sums, (Floats{10, 20, 30, 30, 10}));
    ensemble.add(std::vector<TreeEnsemble::Split>{{}}, Floats{5});
    ensemble.sum(rows.data(), 5, 2, sums.data());
    QCOMPARE(sums, (Floats{15, 25, 35, 35, 15}));
    QCOMPARE(ensemble.leaves(), std::int64_t{4});
    ensemble.keep(1);
    QCOMPARE(ensemble.leaves(), std::int64_t{3});
    ensemble.sum(rows.data(), 5, 2, sums.data());
    QCOMPARE(sums, (Floats{10, 20, 30, 30, 10}));
  }

  /// After it, floats add up exactly in any order, and shares still add up to 1.
  void sumsBecomeExact() {
    Random random(1);
    TreeEnsemble wide(3, true), narrow(1, false);
    std::vector<Floats> shares, numbers;
    for (int tree = 0; tree < 100; ++tree) {
      const auto a = static_cast<float>(random.uniform(0, 0.5)), b = static_cast<float>(random.uniform(0, 0.5));
      wide.add(std::vector<TreeEnsemble::Split>{{}}, Floats{a, b, 1 - a - b});
      narrow.add(std::vector<TreeEnsemble::Split>{{}}, Floats{static_cast<float>(random.normal())});
    }
    Floats before(3), after(3), one(1);
    wide.sum(nullptr, 1, 0, before.data());
    wide.make_sums_exact();
    wide.sum(nullptr, 1, 0, after.data());
    QCOMPARE(after[0] + after[1] + after[2], 100.0F);
    for (std::size_t i = 0; i < 3; ++i) QVERIFY(std::abs(before[i] - after[i]) < 1e-3F);
    narrow.make_sums_exact();
    narrow.sum(nullptr, 1, 0, one.data());
    for (const TreeEnsemble* ensemble : {&wide, &narrow})
      for (const auto& array : ensemble->arrays()) {
        if (array.name != "leaves") continue;
        const auto width = static_cast<std::size_t>(array.shape[1]);
        for (std::size_t column = 0; column < width; ++column) {
          float forwards = 0, backwards = 0;
          double exact = 0;
          for (std::size_t i = column; i < array.values.size(); i += width) {
            forwards += array.values[i];
            backwards += array.values[array.values.size() - width - i + 2 * column];
            exact += static_cast<double>(array.values[i]);
          }
          QCOMPARE(forwards, backwards);
          QCOMPARE(static_cast<double>(forwards), exact);
        }
      }
  }

  void statesComeBack() {
    TreeEnsemble ensemble(2, false), again(2, false);
    ensemble.add(splits(), Floats{0, 0, 30, 10, 20}, 0);
    ensemble.add(splits(), Floats{0, 0, 3, 1, 2}, 1);
    State state;
    ensemble.save(state);
    again.restore(state, 2);
    const Floats rows{1, 2, 1.5F, 0, 0, missing};
    Floats a(6), b(6);
    ensemble.sum(rows.data(), 3, 2, a.data());
    again.sum(rows.data(), 3, 2, b.data());
    QCOMPARE(a, b);
    QCOMPARE(a, (Floats{10, 1, 30, 3, 10, 1}));
    QVERIFY_EXCEPTION_THROWN(again.restore(state, 1), Error);
    // Every byte of the structure damaged: refused, or at least no endless walk and nothing read from outside.
    for (std::size_t array = 0; array < state.arrays.size(); ++array)
      for (std::size_t byte = 0; byte < state.arrays[array].bytes.size(); ++byte) {
        State damaged = state;
        damaged.arrays[array].bytes[byte] ^= 0x41;
        TreeEnsemble third(2, false);
        try {
          third.restore(damaged, 2);
          third.sum(rows.data(), 3, 2, b.data());
        } catch (const Error&) {
        }
      }
  }

  void modesAreComputed_data() {
    QTest::addColumn<QString>("mode");
    QTest::addColumn<bool>("below");
    QTest::addColumn<bool>("equal");
    QTest::addColumn<bool>("above");
    QTest::newRow("leq") << "BRANCH_LEQ" << true << true << false;
    QTest::newRow("lt") << "BRANCH_LT" << true << false << false;
    QTest::newRow("gte") << "BRANCH_GTE" << false << true << true;
    QTest::newRow("gt") << "BRANCH_GT" << false << false << true;
    QTest::newRow("eq") << "BRANCH_EQ" << false << true << false;
    QTest::newRow("neq") << "BRANCH_NEQ" << true << false << true;
  }
  void modesAreComputed() {
    QFETCH(QString, mode);
    QFETCH(bool, below);
    QFETCH(bool, equal);
    QFETCH(bool, above);
    Settings settings = attributes();
    settings["nodes_modes"] = Texts{mode.toStdString(), "LEAF", "LEAF"};
    settings["base_values"] = Floats{100, 200};
    const Tensor y = run(written(settings), Tensor{{3, 2}, Floats{0, 0, 0, 0.5F, 0, 1}});
    const auto& values = y.reals();
    const bool holds[] = {below, equal, above};
    for (std::size_t i = 0; i < 3; ++i) {
      QCOMPARE(values[2 * i], holds[i] ? 101.0F : 102.0F);
      QCOMPARE(values[2 * i + 1], holds[i] ? 200.0F : 203.0F);
    }
  }

  void hostileFilesAreRefused_data() {
    QTest::addColumn<QString>("attribute");
    QTest::addColumn<QString>("says");
    QTest::newRow("cycle") << "cycle"
                           << "in a circle";
    QTest::newRow("own child") << "own child"
                               << "in a circle";
    QTest::newRow("two parents") << "two parents"
                                 << "has two parents";
    QTest::newRow("two roots") << "two roots"
                               << "has two roots";
    QTest::newRow("child outside") << "child outside"
                                   << "leads to node 9";
    QTest::newRow("negative feature") << "negative feature"
                                      << "looks at feature -1";
    QTest::newRow("feature outside") << "feature outside"
                                     << "looks at 8 features, but gets [1, 2]";
    QTest::newRow("target outside") << "target outside"
                                    << "weight to target 2 of 2";
    QTest::newRow("weight of branch") << "weight of branch"
                                      << "which is no leaf";
    QTest::newRow("lengths") << "lengths"
                             << "'nodes_values' has 2 values, expected 3";
    QTest::newRow("twice") << "twice"
                           << "has node 1 of tree 0 twice";
    QTest::newRow("mode") << "mode"
                          << "mode 'BRANCH_MEMBER'";
    QTest::newRow("targets") << "targets"
                             << "has 1099511627776 targets";
    QTest::newRow("no nodes") << "no nodes"
                              << "has no nodes";
    QTest::newRow("base") << "base"
                          << "'base_values' has 3 values for 2 targets";
    QTest::newRow("aggregate") << "aggregate"
                               << "'MAX' is not SUM or AVERAGE";
    QTest::newRow("transform") << "transform"
                               << "must be NONE";
  }
  void hostileFilesAreRefused() {
    QFETCH(QString, attribute);
    QFETCH(QString, says);
    Settings settings = attributes();
    const std::map<QString, std::pair<std::string, OnnxAttribute>> changes{
        {"two parents", {"nodes_falsenodeids", Ints{1, 0, 0}}},
        {"child outside", {"nodes_falsenodeids", Ints{9, 0, 0}}},
        {"negative feature", {"nodes_featureids", Ints{-1, 0, 0}}},
        {"feature outside", {"nodes_featureids", Ints{7, 0, 0}}},
        {"target outside", {"target_ids", Ints{0, 0, 2}}},
        {"weight of branch", {"target_nodeids", Ints{0, 2, 2}}},
        {"lengths", {"nodes_values", Floats{1, 2}}},
        {"twice", {"nodes_nodeids", Ints{0, 1, 1}}},
        {"mode", {"nodes_modes", Texts{"BRANCH_MEMBER", "LEAF", "LEAF"}}},
        {"targets", {"n_targets", std::int64_t{1} << 40}},
        {"base", {"base_values", Floats{1, 2, 3}}},
        {"aggregate", {"aggregate_function", std::string("MAX")}},
        {"transform", {"post_transform", std::string("LOGISTIC")}}};
    if (const auto change = changes.find(attribute); change != changes.end())
      settings[change->second.first] = change->second.second;
    if (attribute == "two roots") {
      settings["nodes_modes"] = Texts{"LEAF", "LEAF", "LEAF"};
    } else if (attribute == "no nodes") {
      for (auto& [name, value] : settings)
        if (name.starts_with("nodes_")) {
          if (std::holds_alternative<Ints>(value)) value = Ints{};
          if (std::holds_alternative<Floats>(value)) value = Floats{};
          if (std::holds_alternative<Texts>(value)) value = Texts{};
        }
    } else if (attribute == "own child") {
      settings["nodes_truenodeids"] = Ints{0, 0, 0};
      settings["nodes_treeids"] = Ints{0, 0, 0};
    } else if (attribute == "cycle") {
      // Beside a good tree, two nodes that lead to each other.
      settings["nodes_treeids"] = Ints{0, 0, 0, 0, 0, 0, 0};
      settings["nodes_nodeids"] = Ints{0, 1, 2, 3, 4, 5, 6};
      settings["nodes_featureids"] = Ints{1, 0, 0, 0, 0, 0, 0};
      settings["nodes_values"] = Floats{1, 0, 0, 0, 0, 0, 0};
      settings["nodes_modes"] = Texts{"BRANCH_LEQ", "LEAF", "LEAF", "BRANCH_LEQ", "BRANCH_LEQ", "LEAF", "LEAF"};
      settings["nodes_truenodeids"] = Ints{1, 0, 0, 4, 3, 0, 0};
      settings["nodes_falsenodeids"] = Ints{2, 0, 0, 5, 6, 0, 0};
    }
    const QByteArray text = refusal(settings);
    QVERIFY2(text.contains(says.toUtf8()) || (attribute == "own child" && text.contains("two roots")), text);
  }

  void onnxruntimeAgrees() {
    OnnxRuntimeCheck check;
    if (const QString why = check.unavailable(); !why.isEmpty()) QSKIP(qPrintable(why));
    const Tensor x{{5, 2}, Floats{1, 2, 1, 2.5F, 1.5F, 0, missing, 0, 0, missing}};
    check.add("plain", written(attributes()), {{"x", x}}, {{"y", run(written(attributes()), x)}});
    Settings average = attributes();
    average["base_values"] = Floats{100, 200};
    // onnxruntime adds the base only to targets that some leaf gave something.
    average["target_treeids"] = Ints{0, 0, 0, 0};
    average["target_nodeids"] = Ints{1, 1, 2, 2};
    average["target_ids"] = Ints{0, 1, 0, 1};
    average["target_weights"] = Floats{1, 4, 2, 3};
    check.add("base", written(average), {{"x", x}}, {{"y", run(written(average), x)}});
    for (const bool wide : {false, true}) {
      TreeEnsemble ensemble(2, wide);
      ensemble.add(splits(), wide ? Floats{0, 0, 0, 0, 3, 4, 5, 6, 7, 0} : Floats{0, 0, 30, 10, 20}, 1);
      ensemble.add(std::vector<TreeEnsemble::Split>{{}}, wide ? Floats{1, 2} : Floats{1}, 0);
      OnnxGraph graph;
      const std::string input = graph.add_input("x", TensorType::real, {-1, 2});
      graph.add_output(ensemble.write_onnx(graph, input), "y", TensorType::real, {-1, 2});
      Floats sums(10);
      ensemble.sum(x.reals().data(), 5, 2, sums.data());
      const std::string bytes = graph.bytes({{"task", "none"}});
      QCOMPARE(run(bytes, x).reals(), sums);
      check.add(wide ? "wide" : "narrow", bytes, {{"x", x}}, {{"y", Tensor{{5, 2}, sums}}});
    }
    bool agrees = false;
    const QString output = check.run(agrees);
    QVERIFY2(agrees, qPrintable(output));
  }
};

QTEST_APPLESS_MAIN(TestTreeEnsemble)
#include "test_tree_ensemble.moc"
