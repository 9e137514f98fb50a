// One side of `./dev bench generative_autoencoder`: trains the convolutional autoencoder on pictures in an IDX file, as
// a run does, and prints what it took as JSON.
// Usage: glassbench-bench-autoencoder --images FILE [--algorithm autoencoder|vae] [--epochs N] [--threads N]

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "core/algorithms/algorithm.hpp"
#include "core/base/parallel.hpp"
#include "core/run/runner.hpp"

using namespace gb;
using Clock = std::chrono::steady_clock;

namespace {

/// Takes the time between steps.
class Timer : public RunObserver {
 public:
  void on_event(const Event& event) override {
    const auto* scalar = std::get_if<Scalar>(&event);
    if (!scalar || scalar->series != "train/loss") return;
    times.push_back(Clock::now());
    loss = scalar->value;
  }
  std::vector<Clock::time_point> times;
  double loss = 0;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  settle_thread_waiting(argv);
  std::string images, algorithm = "autoencoder";
  int epochs = 2, count = 2;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    if (name == "--images") images = value;
    if (name == "--algorithm") algorithm = value;
    if (name == "--epochs") epochs = std::stoi(value);
    if (name == "--threads") count = std::stoi(value);
  }
  if (images.empty() || epochs < 2) {
    std::fprintf(stderr,
                 "Usage: %s --images FILE [--algorithm autoencoder|vae] [--epochs N, at least 2] [--threads N]\n",
                 argv[0]);
    return 2;
  }
  set_threads(count);
  try {
    const Json document{
        {"glassbench", 1},
        {"data", {{"source", "idx"}, {"images", images}}},
        {"algorithm",
         {{"id", algorithm},
          {"params", {{"preset", "convolutional"}, {"latent", 16}, {"batch_size", 64}, {"epochs", epochs}}}}}};
    const auto prepared = prepare_run(Experiment::from_json(document, "."));
    Timer timer;
    RunControl control;
    RunContext context(timer, control, {.seed = 1});
    const RunResult result = run(*prepared, context);
    if (result.state != RunState::finished) throw Error(result.message);
    // The first epoch warms up.
    const auto steps = static_cast<std::int64_t>(timer.times.size()) / epochs;
    const std::size_t rows = prepared->problem.split.train.size();
    std::vector<double> rates;
    for (int epoch = 1; epoch < epochs; ++epoch) {
      const auto begin = timer.times[static_cast<std::size_t>(epoch * steps - 1)];
      const auto end = timer.times[static_cast<std::size_t>((epoch + 1) * steps - 1)];
      rates.push_back(static_cast<double>(rows) / std::chrono::duration<double>(end - begin).count());
    }
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const Json told{{"images_per_second", median(rates)},
                    {"peak_rss_mb", static_cast<double>(used.ru_maxrss) / 1024},
                    {"reconstruction_mse", context.last("train/reconstruction_mse").value_or(-1)},
                    {"rows", rows}};
    std::printf("%s\n", told.dump().c_str());
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
