#pragma once

#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "core/train/training.hpp"

/// Small networks with something to learn, and who hears what they tell.
namespace gb {

/// Keeps what a run tells.
class Recorder : public RunObserver {
 public:
  void on_event(const Event& event) override {
    if (const auto* scalar = std::get_if<Scalar>(&event)) {
      series[scalar->series].push_back(scalar->value);
      steps[scalar->series].push_back(scalar->step);
    }
    if (const auto* change = std::get_if<Change>(&event)) changes.push_back(*change);
    if (const auto* text = std::get_if<Text>(&event)) texts.push_back(text->text);
    if (const auto* matrix = std::get_if<std::shared_ptr<const Matrix>>(&event))
      matrices[(*matrix)->view].push_back(*matrix);
    if (const auto* pictures = std::get_if<std::shared_ptr<const Images>>(&event))
      images[(*pictures)->view].push_back(*pictures);
  }
  std::map<std::string, std::vector<double>> series;
  std::map<std::string, std::vector<std::int64_t>> steps;
  std::vector<Change> changes;
  std::vector<std::string> texts;
  std::map<std::string, std::vector<std::shared_ptr<const Matrix>>> matrices;
  std::map<std::string, std::vector<std::shared_ptr<const Images>>> images;
};

struct Setup {
  Network network;
  ProblemSet problem;
  std::vector<std::int32_t> codes;
  std::vector<float> values;
  TrainingParams params;

  TrainingTarget target() const { return {codes, values}; }
};

/// 200 rows of two noisy half planes, 160 of them for training, in batches with a remainder.
inline Setup planes() {
  Setup setup;
  Random random(4);
  MatrixF x(200, 3);
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    for (Eigen::Index j = 0; j < 3; ++j) x(i, j) = static_cast<float>(random.normal());
    setup.codes.push_back(x(i, 0) + 0.5F * x(i, 1) + 0.1F * static_cast<float>(random.normal()) > 0);
  }
  setup.problem.features = Features(x);
  setup.problem.split.train.resize(160);
  std::iota(setup.problem.split.train.begin(), setup.problem.split.train.end(), 0);
  setup.problem.split.validation.resize(40);
  std::iota(setup.problem.split.validation.begin(), setup.problem.split.validation.end(), 160);
  Graph& graph = setup.network.graph;
  setup.network.input = graph.input("features", {any_batch, 3});
  const ValueId w1 = graph.parameter("hidden.weight", {3, 8}, {Initializer::he_uniform, 3, 8});
  const ValueId b1 = graph.parameter("hidden.bias", {8});
  const ValueId w2 = graph.parameter("last.weight", {8, 2}, {Initializer::he_uniform, 8, 2});
  const ValueId b2 = graph.parameter("last.bias", {2});
  setup.network.output =
      graph.add("Gemm", {graph.add("Relu", {graph.add("Gemm", {setup.network.input, w1, b1})}), w2, b2});
  setup.params.epochs = 6;
  setup.params.batch_size = 24;
  setup.params.learning_rate = 0.02;
  return setup;
}

/// Pictures of 2 x 4 x 4 through a convolution with running statistics and a dropout.
inline Setup pictures() {
  Setup setup;
  Random random(4);
  MatrixF x(200, 32);
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    for (Eigen::Index j = 0; j < 32; ++j) x(i, j) = static_cast<float>(random.normal());
    setup.codes.push_back(x.row(i).head(16).sum() > 0);
  }
  setup.problem.features = Features(x);
  setup.problem.split.train.resize(160);
  std::iota(setup.problem.split.train.begin(), setup.problem.split.train.end(), 0);
  setup.problem.split.validation.resize(40);
  std::iota(setup.problem.split.validation.begin(), setup.problem.split.validation.end(), 160);
  Graph& graph = setup.network.graph;
  setup.network.input = graph.input("image", {any_batch, 2, 4, 4});
  const ValueId kernel = graph.parameter("conv.weight", {4, 2, 3, 3}, {Initializer::he_normal, 18, 36});
  ValueId y = graph.add("Conv", {setup.network.input, kernel}, {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}});
  const ValueId scale = graph.parameter("norm.scale", {4}, {Initializer::ones, 1, 1});
  const ValueId bias = graph.parameter("norm.bias", {4});
  const ValueId mean = graph.state("norm.mean", {4});
  const ValueId variance = graph.state("norm.variance", {4}, {Initializer::ones, 1, 1});
  y = graph.add_all("BatchNormalization", {y, scale, bias, mean, variance}, {{"training_mode", std::int64_t{1}}})[0];
  y = graph.add("Flatten", {graph.add("GlobalAveragePool", {graph.add("Relu", {y})})});
  y = graph.add("Dropout", {y, graph.key()}, {{"ratio", 0.2}});
  const ValueId weight = graph.parameter("last.weight", {4, 2}, {Initializer::he_uniform, 4, 2});
  setup.network.output = graph.add("Gemm", {y, weight});
  setup.params.epochs = 6;
  setup.params.batch_size = 24;
  setup.params.learning_rate = 0.02;
  return setup;
}

inline Storage fresh(const Setup& setup) {
  Storage parameters(setup.network.graph, setup.network.graph.kept());
  Random random(9);
  initialize(setup.network.graph, parameters, random);
  return parameters;
}

inline std::vector<float> values_of(const Storage& storage) {
  return {storage.all<float>().begin(), storage.all<float>().end()};
}

}  // namespace gb
