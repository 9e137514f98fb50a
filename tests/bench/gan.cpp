// One side of `./dev bench generative_gan`: trains a DCGAN on pictures of noise, live views included, and prints how
// many pictures a second it learns from. Usage: glassbench-bench-gan [--size N] [--channels N] [--batch N] [--cycles N]
// [--watched 0]: nobody looks at samples and scores

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

/// Takes the time of every step of the generator, which ends a cycle.
class Timer : public RunObserver {
 public:
  void on_event(const Event& event) override {
    const auto* scalar = std::get_if<Scalar>(&event);
    if (scalar && scalar->series == "train/generator_loss") times.push_back(Clock::now());
  }
  std::vector<Clock::time_point> times;
};

std::shared_ptr<const Dataset> noise(std::size_t count, std::size_t channels, std::size_t size) {
  Random random(1);
  ImageSet images;
  images.count = count;
  images.channels = channels;
  images.height = images.width = size;
  std::vector<std::uint8_t> pixels(count * channels * size * size);
  for (auto& pixel : pixels) pixel = static_cast<std::uint8_t>(random.below(256));
  images.pixels = std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels));
  auto dataset = std::make_shared<Dataset>();
  dataset->name = "noise";
  dataset->content = std::move(images);
  return dataset;
}

}  // namespace

int main(int argc, char** argv) {
  settle_thread_waiting(argv);
  int size = 28, channels = 1, batch = 64, cycles = 200, watched = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const int value = std::stoi(argv[i + 1]);
    if (name == "--size") size = value;
    if (name == "--channels") channels = value;
    if (name == "--batch") batch = value;
    if (name == "--cycles") cycles = value;
    if (name == "--watched") watched = value;
  }
  set_threads(2);
  try {
    constexpr int batches = 20;
    const Json document{
        {"glassbench", 1},
        {"data", {{"source", "bundled"}, {"name", "mnist-10k"}}},
        {"algorithm",
         {{"id", "gan"},
          {"params", {{"batch_size", batch}, {"epochs", std::max(2, cycles / batches)}, {"judged_samples", 0}}}}}};
    const auto dataset = noise(static_cast<std::size_t>(batches * batch), static_cast<std::size_t>(channels),
                               static_cast<std::size_t>(size));
    const auto prepared = prepare_run(Experiment::from_json(document, "."), {}, dataset);
    Timer timer;
    RunControl control;
    RunContext::Options options;
    options.seed = 1;
    if (!watched) options.watches = [](std::string_view) { return false; };
    RunContext context(timer, control, options);
    const RunResult result = run(*prepared, context);
    if (result.state != RunState::finished) throw Error(result.message);
    // The first epoch warms up.
    const auto begin = timer.times[batches - 1];
    const double seconds = std::chrono::duration<double>(timer.times.back() - begin).count();
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const double made = static_cast<double>(timer.times.size() - batches) * batch;
    std::printf("%s\n",
                Json{{"images_per_second", made / seconds}, {"peak_rss_mb", static_cast<double>(used.ru_maxrss) / 1024}}
                    .dump()
                    .c_str());
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
