#include "core/run/test_looks.hpp"

#include <QtTest>

using namespace gb;

namespace {

RunSummary run_of(const char* fingerprint, const char* metrics) {
  RunSummary run;
  run.fingerprint = fingerprint;
  run.metrics = Json::parse(metrics);
  return run;
}

}  // namespace

class TestLooks : public QObject {
  Q_OBJECT

 private slots:
  void runs_with_test_figures_on_the_same_data_count() {
    const std::vector<RunSummary> runs{run_of("a", R"({"train": {"accuracy": 1}, "test": {"accuracy": 0.9}})"),
                                       run_of("a", R"({"train": {"accuracy": 1}})"),
                                       run_of("a", R"({"test": {}})"),
                                       run_of("a", "null"),
                                       run_of("b", R"({"test": {"accuracy": 0.9}})"),
                                       run_of("", R"({"test": {"accuracy": 0.9}})"),
                                       run_of("a", R"({"test": {"accuracy": 0.8}})")};
    QCOMPARE(test_looks(runs, "a"), std::int64_t(2));
    QCOMPARE(test_looks(runs, "b"), std::int64_t(1));
    QCOMPARE(test_looks(runs, ""), std::int64_t(0));
    QCOMPARE(test_looks({}, "a"), std::int64_t(0));
  }

  void the_sentence_counts() {
    QCOMPARE(looks_sentence("iris", 14), std::string("The test rows of iris have been looked at 14 times."));
    QCOMPARE(looks_sentence("iris", 1), std::string("The test rows of iris have been looked at once."));
  }
};

QTEST_APPLESS_MAIN(TestLooks)
#include "test_looks.moc"
