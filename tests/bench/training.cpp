// One side of `./dev bench training`: trains a network on random pictures in memory, as a run does, and prints what it
// took as JSON. Usage: glassbench-bench-training --workload NAME [--bfloat16] [--threads N] [--profile]

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "core/base/denormals.hpp"
#include "core/base/parallel.hpp"
#include "core/data/problem_set.hpp"
#include "core/graph/passes.hpp"
#include "core/layers/layer_list.hpp"
#include "core/layers/presets.hpp"
#include "core/model/network_model.hpp"
#include "core/train/optimizer.hpp"
#include "core/train/training.hpp"

using namespace gb;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int classes = 10;
constexpr int steps_per_epoch = 30;
constexpr int epochs = 8;  // the first warms up

class Nobody : public RunObserver {
 public:
  void on_event(const Event&) override {}
};

struct Workload {
  Shape input;
  Json layers;
  int batch;
};

Json preset(const std::string& name) {
  for (const auto& each : network_presets())
    if (each.name == name) return each.layers;
  return {};
}

const std::map<std::string, Workload>& workloads() {
  static const auto dense = [](int units) { return Json{{"type", "Dense"}, {"units", units}, {"activation", "relu"}}; };
  static const std::map<std::string, Workload> all{
      {"mlp", {{784}, Json::array({dense(256), dense(128)}), 64}},
      {"small_cnn", {{1, 28, 28}, preset("small_cnn"), 32}},
      {"lenet5", {{1, 28, 28}, preset("lenet5"), 64}},
      {"small_vgg", {{3, 32, 32}, preset("small_vgg"), 64}},
      {"small_resnet", {{3, 32, 32}, preset("small_resnet"), 64}},
  };
  return all;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

ProblemSet random_problem(const Workload& work) {
  const std::int64_t rows = static_cast<std::int64_t>(work.batch) * steps_per_epoch;
  const std::int64_t pixels = volume(work.input);
  Random random(1);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(rows * pixels));
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
  ProblemSet problem;
  problem.features =
      Features(std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes)), rows, pixels, 1.0F / 255, 0);
  problem.target.emplace();
  for (int i = 0; i < classes; ++i) problem.target->classes.push_back(std::to_string(i));
  for (std::int64_t i = 0; i < rows; ++i)
    problem.target->codes.push_back(static_cast<std::int32_t>(random.below(classes)));
  problem.split.train.resize(static_cast<std::size_t>(rows));
  std::iota(problem.split.train.begin(), problem.split.train.end(), 0);
  if (work.input.size() == 3) {
    problem.channels = static_cast<std::size_t>(work.input[0]);
    problem.height = static_cast<std::size_t>(work.input[1]);
    problem.width = static_cast<std::size_t>(work.input[2]);
  }
  return problem;
}

/// Seconds a step of whole training takes: median over epochs.
double step_seconds(const Network& network, Storage& kept, const ProblemSet& problem, const TrainingParams& params) {
  Nobody nobody;
  RunControl control;
  RunContext context(nobody, control, {.seed = 1, .watch_share = 1e-9});
  std::vector<double> times;
  auto start = Clock::now();
  train_network(network, kept, problem, {problem.target->codes, {}}, params, context, [&](const EpochReport& report) {
    if (report.epoch > 0) times.push_back(seconds_since(start) / steps_per_epoch);
    start = Clock::now();
  });
  return median(times);
}

/// Seconds that the products and convolutions of a step and its optimizer take by themselves.
/// `by_operator` gets the least time of each operator over all its nodes.
double floor_seconds(const Network& network, const Storage& kept, const Workload& work, const TrainingParams& params,
                     std::map<std::string, double>& by_operator) {
  const FlushDenormals flush;
  Graph graph = network.graph;
  const ValueId labels = graph.labels("labels", {any_batch});
  const ValueId loss = graph.add_all("SoftmaxCrossEntropyLoss", {network.output, labels})[0];
  const auto weights = graph.parameters();
  pool_before_rectifying(graph, {loss});
  auto outputs = differentiate(graph, loss, weights);
  const Storage gradients(graph, weights);
  auto bound = bindings(graph, kept);
  for (std::size_t i = 0; i < weights.size(); ++i) bound[outputs[i]] = gradients.data(weights[i]);
  outputs.push_back(loss);
  fuse_activations(graph, outputs);
  const auto device = make_device(params.mixed_precision ? DeviceKind::onednn_bfloat16 : DeviceKind::onednn);
  Executable executable(graph, *device, work.batch, outputs, bound);
  Random random(1);
  double best = HUGE_VAL;
  for (int round = 0; round < 20; ++round) {
    for (float& x : executable.value<float>(network.input)) x = static_cast<float>(random.uniform(0, 1));
    for (auto& label : executable.value<std::int32_t>(labels)) label = static_cast<std::int32_t>(random.below(classes));
    for (const ValueId key : graph.of_kind(Value::Kind::key)) executable.value<std::int32_t>(key)[1] = round;
    double products = 0;
    std::map<std::string, double> times;
    auto last = Clock::now();
    executable.run([&](const Node& node) {
      const auto now = Clock::now();
      if (node.op.find("Gemm") != std::string::npos || node.op.find("Conv") != std::string::npos)
        products += std::chrono::duration<double>(now - last).count();
      times[node.op] += std::chrono::duration<double>(now - last).count();
      last = Clock::now();
    });
    for (const auto& [op, time] : times)
      by_operator[op] = by_operator.contains(op) ? std::min(by_operator[op], time) : time;
    best = std::min(best, products);
  }
  std::vector<float> w(gradients.size(), 0.1F), g(gradients.size(), 0.01F);
  std::vector<Segment> segments{{0, w.size(), true}};
  const auto optimizer = make_optimizer(params, segments, w.size());
  double optimizing = HUGE_VAL;
  for (int round = 0; round < 20; ++round) {
    const auto start = Clock::now();
    optimizer->step(w, g, {});
    optimizing = std::min(optimizing, seconds_since(start));
  }
  return best + optimizing;
}

/// Seconds from one picture to its class with what a run leaves behind.
double latency_seconds(const Network& network, const Storage& kept, const ProblemSet& problem) {
  Storage own(network.graph, network.graph.kept());
  std::copy_n(kept.all<float>().begin(), kept.size(), own.all<float>().begin());
  const NetworkModel model(network, std::move(own), Task::classification);
  std::vector<double> times;
  for (std::int64_t round = 0; round < 300; ++round) {
    const std::int64_t row = round % problem.features.rows();
    const auto start = Clock::now();
    model.predict(problem.features, std::span(&row, 1));
    times.push_back(seconds_since(start));
  }
  return median(times);
}

/// Multiply-adds a second of a large product: what this machine can do.
double peak_rate(bool half) {
  constexpr std::int64_t n = 2048;
  Graph graph;
  const ValueId a = graph.input("a", {n, n});
  const ValueId b = graph.input("b", {n, n});
  const ValueId y = graph.add("Gemm", {a, b});
  const auto device = make_device(half ? DeviceKind::onednn_bfloat16 : DeviceKind::onednn);
  Executable executable(graph, *device, 1, {y}, {});
  double best = HUGE_VAL;
  for (int round = 0; round < 8; ++round) {
    const auto start = Clock::now();
    executable.run();
    best = std::min(best, seconds_since(start));
  }
  return static_cast<double>(n) * n * n / best;
}

}  // namespace

int main(int argc, char** argv) {
  settle_thread_waiting(argv);
  std::string name;
  bool half = false, profile = false;
  int count = 2;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--workload" && i + 1 < argc)
      name = argv[++i];
    else if (argument == "--threads" && i + 1 < argc)
      count = std::stoi(argv[++i]);
    else if (argument == "--bfloat16")
      half = true;
    else if (argument == "--profile")
      profile = true;
  }
  const auto found = workloads().find(name);
  if (found == workloads().end()) {
    std::fprintf(stderr, "Usage: %s --workload NAME [--bfloat16] [--threads N] [--profile], one of:", argv[0]);
    for (const auto& [known, work] : workloads()) std::fprintf(stderr, " %s", known.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  set_threads(count);
  const Workload& work = found->second;
  const Network network = build_network(work.layers, work.input, classes);
  Storage kept(network.graph, network.graph.kept());
  Random random(1);
  initialize(network.graph, kept, random);
  const ProblemSet problem = random_problem(work);
  TrainingParams params;
  params.epochs = epochs;
  params.batch_size = work.batch;
  params.keep_best = false;
  params.mixed_precision = half;
  const double step = step_seconds(network, kept, problem, params);
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const double memory = static_cast<double>(used.ru_maxrss) / 1024;
  // Forwards, and backwards once for the weights and once for what came before them.
  const double multiply_adds =
      3.0 * static_cast<double>(summarize(work.layers, work.input, classes).total.multiply_adds) * work.batch;
  std::map<std::string, double> by_operator;
  const double floor = floor_seconds(network, kept, work, params, by_operator);
  if (profile)
    for (const auto& [op, time] : by_operator) std::printf("%9.3f ms  %s\n", time * 1e3, op.c_str());
  const Json result{{"step_ms", step * 1e3},
                    {"floor_ms", floor * 1e3},
                    {"latency_ms", latency_seconds(network, kept, problem) * 1e3},
                    {"peak_rss_mb", memory},
                    {"share_of_peak", multiply_adds / step / peak_rate(false)},
                    {"batch", work.batch}};
  std::printf("%s\n", result.dump().c_str());
  return 0;
}
