// One fit and one prediction on the 60,000 + 10,000 digits, for classical_margins.py to compare.
// Usage: glassbench-bench-margins MNIST_FOLDER ALGORITHM ROWS QUERIES PARAMS

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/algorithms/algorithm.hpp"
#include "core/base/parallel.hpp"
#include "core/run/runner.hpp"

using namespace gb;

namespace {

/// Keeps the last value of the objective.
class Objective : public RunObserver {
 public:
  double value = 0;
  void on_event(const Event& event) override {
    const auto* scalar = std::get_if<Scalar>(&event);
    if (scalar && (scalar->series == "train/objective" || scalar->series == "train/dual_objective"))
      value = scalar->value;
  }
};

double since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) {
  settle_thread_waiting(argv);
  if (argc != 6) {
    std::fprintf(stderr, "Usage: %s MNIST_FOLDER ALGORITHM ROWS QUERIES PARAMS\n", argv[0]);
    return 2;
  }
  set_threads(2);
  const std::string folder = argv[1], algorithm = argv[2];
  const Json document = {{"glassbench", 1},
                         {"data",
                          {{"source", "idx"},
                           {"images", folder + "/train-images-idx3-ubyte.gz"},
                           {"labels", folder + "/train-labels-idx1-ubyte.gz"},
                           {"test_images", folder + "/t10k-images-idx3-ubyte.gz"},
                           {"test_labels", folder + "/t10k-labels-idx1-ubyte.gz"}}},
                         {"split", {{"validation", 0}}},
                         {"algorithm", {{"id", algorithm}, {"params", Json::parse(argv[5])}}}};
  const auto prepared = prepare_run(Experiment::from_json(document, "."));
  ProblemSet problem = prepared->problem;
  std::sort(problem.split.train.begin(), problem.split.train.end());
  std::sort(problem.split.test.begin(), problem.split.test.end());
  problem.split.train.resize(std::min<std::size_t>(problem.split.train.size(), std::strtoul(argv[3], nullptr, 10)));
  problem.split.test.resize(std::min<std::size_t>(problem.split.test.size(), std::strtoul(argv[4], nullptr, 10)));

  Objective observer;
  RunControl control;
  RunContext context(observer, control, {.seed = 1});
  auto start = std::chrono::steady_clock::now();
  const auto model = find_algorithm(algorithm)->fit(problem, prepared->experiment.complete_params(), context);
  const double fit = since(start);
  start = std::chrono::steady_clock::now();
  const auto labels = model->predict(problem.features, problem.split.test).labels;
  const double predict = since(start);
  std::size_t right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i)
    right += labels[i] == problem.target->codes[static_cast<std::size_t>(problem.split.test[i])];
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%s\n", Json{{"fit", fit},
                           {"predict", predict},
                           {"accuracy", static_cast<double>(right) / static_cast<double>(labels.size())},
                           {"objective", observer.value},
                           {"peak_mb", usage.ru_maxrss / 1024}}
                          .dump()
                          .c_str());
}
