// What recording and watching cost: the same training with a store and all views, and with nobody looking.
// Usage: glassbench-bench-observing MNIST_FOLDER

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "core/algorithms/algorithm.hpp"
#include "core/base/parallel.hpp"
#include "core/run/session.hpp"

using namespace gb;

namespace {

class Nobody : public RunObserver {
 public:
  void on_event(const Event&) override {}
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  settle_thread_waiting(argv);
  if (argc != 2) {
    std::fprintf(stderr, "Usage: %s MNIST_FOLDER\n", argv[0]);
    return 2;
  }
  set_threads(2);
  const std::string folder = argv[1];
  const Json document = {{"glassbench", 1},
                         {"seed", 1},
                         {"data",
                          {{"source", "idx"},
                           {"images", folder + "/train-images-idx3-ubyte.gz"},
                           {"labels", folder + "/train-labels-idx1-ubyte.gz"}}},
                         {"algorithm", {{"id", "mlp"}, {"params", {{"epochs", 3}, {"hidden_layers", {256, 128}}}}}}};
  const auto prepared = prepare_run(Experiment::from_json(document, "."));
  const auto store_folder = std::filesystem::temp_directory_path() / ("glassbench-bench-" + std::to_string(::getpid()));
  std::vector<double> alone, recorded, ratios;
  {
    RunStore store(store_folder);
    for (int round = 0; round < 5; ++round) {
      {
        Nobody nobody;
        RunControl control;
        RunContext context(nobody, control, {.seed = 1, .watch_share = 1e-9});
        const auto* info = find_algorithm("mlp");
        const auto start = std::chrono::steady_clock::now();
        info->fit(prepared->problem, prepared->experiment.complete_params(), context);
        alone.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
      }
      RunControl control;
      SessionOptions options;
      options.store = &store;
      recorded.push_back(run_session(prepared, control, options).run.fit_seconds);
      ratios.push_back(recorded.back() / alone.back());
    }
  }
  std::filesystem::remove_all(store_folder);
  std::printf(
      "Observing and recording, full-MNIST MLP, 3 epochs: alone %.3f s, recorded %.3f s: %+.1f %% (target at most 3 "
      "%%)\n",
      median(alone), median(recorded), 100 * (median(ratios) - 1));
  return 0;
}
