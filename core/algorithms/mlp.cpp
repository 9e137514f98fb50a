#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numeric>

#include "core/algorithms/algorithm.hpp"
#include "core/evaluate/views.hpp"
#include "core/model/network_model.hpp"
#include "core/train/training.hpp"

namespace gb {
namespace {

enum class Nonlinearity { relu, leaky_relu, elu, selu, tanh, sigmoid, softplus };

struct MlpParams : TrainingParams {
  std::vector<int> hidden_layers = {128, 64};
  Nonlinearity activation = Nonlinearity::relu;
};

const Schema<MlpParams>& schema() {
  static const auto s = with_training_fields(
      Schema<MlpParams>{}
          .add(&MlpParams::hidden_layers,
               {.name = "hidden_layers",
                .label = "Hidden layers",
                .help = "Units of each hidden layer, from input to output. An empty list makes a linear model.",
                .valid = {1, 65536},
                .search = {4, 512},
                .unit = "units",
                .most = 64})
          .add(&MlpParams::activation,
               {.name = "activation",
                .label = "Activation",
                .help = "What each hidden unit does to its sum.",
                .choices = {{"relu", "ReLU", "max(0, x): fast, the usual choice."},
                            {"leaky_relu", "Leaky ReLU", "Lets a hundredth of negative sums through."},
                            {"elu", "ELU", "Smooth below zero (Clevert et al. 2016)."},
                            {"selu", "SELU", "Keeps mean and variance by itself (Klambauer et al. 2017)."},
                            {"tanh", "tanh", "From -1 to 1."},
                            {"sigmoid", "Sigmoid", "From 0 to 1."},
                            {"softplus", "Softplus", "A smooth ReLU."}}}));
  return s;
}

const char* operator_of(Nonlinearity activation) {
  switch (activation) {
    case Nonlinearity::relu:
      return "Relu";
    case Nonlinearity::leaky_relu:
      return "LeakyRelu";
    case Nonlinearity::elu:
      return "Elu";
    case Nonlinearity::selu:
      return "Selu";
    case Nonlinearity::tanh:
      return "Tanh";
    case Nonlinearity::sigmoid:
      return "Sigmoid";
    case Nonlinearity::softplus:
      return "Softplus";
  }
  return "Relu";
}

Initializer initializer_of(Nonlinearity activation) {
  if (activation == Nonlinearity::tanh || activation == Nonlinearity::sigmoid) return Initializer::glorot_uniform;
  return activation == Nonlinearity::selu ? Initializer::lecun_uniform : Initializer::he_uniform;
}

Network make_network(std::int64_t inputs, std::int64_t outputs, const MlpParams& params) {
  Network network;
  network.input = network.graph.input("features", {any_batch, inputs});
  ValueId x = network.input;
  std::int64_t width = inputs;
  const auto dense = [&](std::size_t layer, std::int64_t units) {
    const std::string name = "dense" + std::to_string(layer + 1);
    const Filling filling{initializer_of(params.activation), static_cast<double>(width), static_cast<double>(units)};
    const ValueId weight = network.graph.parameter(name + ".weight", {width, units}, filling);
    const ValueId bias = network.graph.parameter(name + ".bias", {units});
    width = units;
    return network.graph.add("Gemm", {x, weight, bias});
  };
  for (std::size_t i = 0; i < params.hidden_layers.size(); ++i)
    x = network.graph.add(operator_of(params.activation), {dense(i, params.hidden_layers[i])});
  network.output = dense(params.hidden_layers.size(), outputs);
  return network;
}

/// Mean and deviation of the training target: the network learns on a scale where they are 0 and 1.
struct TargetScale {
  double mean = 0;
  double deviation = 1;
};

TargetScale scale_of(const Target& target, std::span<const std::int64_t> rows) {
  double sum = 0, squares = 0;
  for (const auto row : rows) sum += static_cast<double>(target.values[static_cast<std::size_t>(row)]);
  const double mean = sum / static_cast<double>(rows.size());
  for (const auto row : rows) {
    const double difference = static_cast<double>(target.values[static_cast<std::size_t>(row)]) - mean;
    squares += difference * difference;
  }
  const double deviation = std::sqrt(squares / static_cast<double>(rows.size()));
  return {mean, deviation > 0 ? deviation : 1};
}

/// Moves the scale into the last layer, so that the finished network answers in the target's own unit.
void unscale_last_layer(const Network& network, Storage& parameters, const TargetScale& scale) {
  const auto ids = network.graph.parameters();
  const ValueId weight = ids[ids.size() - 2];
  const ValueId bias = ids.back();
  auto* w = static_cast<float*>(parameters.data(weight));
  auto* b = static_cast<float*>(parameters.data(bias));
  for (std::int64_t i = 0; i < volume(network.graph.value(weight).shape); ++i)
    w[i] = static_cast<float>(static_cast<double>(w[i]) * scale.deviation);
  for (std::int64_t i = 0; i < volume(network.graph.value(bias).shape); ++i)
    b[i] = static_cast<float>(static_cast<double>(b[i]) * scale.deviation + scale.mean);
}

/// Shows the network after each epoch, as far as the time budget for watching allows.
class Watcher {
 public:
  Watcher(const Network& network, const ProblemSet& problem, const TargetScale& scale, RunContext& context)
      : network_(network), problem_(problem), scale_(scale), context_(context) {
    const bool shows_plane = problem.features.columns() == 2 && problem.target->task == Task::classification;
    if (shows_plane) plane_ = std::make_unique<PlaneView>(problem, problem.split.train, std::size_t{100000});
  }

  void show(const EpochReport& report) {
    if (problem_.target->task == Task::classification) {
      if (plane_)
        context_.watch(
            "border", [&] { return border(report); }, report.last);
      if (report.validation.rows() == 0) return;
      context_.watch(
          "confusion", [&]() -> Event { return confusion(report); }, report.last);
      if (problem_.is_images())
        context_.watch(
            "mistakes", [&]() -> Event { return mistakes(report); }, report.last);
    } else if (report.validation.rows() > 0) {
      context_.watch(
          "fit", [&]() -> Event { return fit(report); }, report.last);
    }
  }

 private:
  Event border(const EpochReport& report) const {
    constexpr int cells = 96;
    const MatrixF grid = plane_->grid(cells, cells);
    std::vector<std::int64_t> rows(static_cast<std::size_t>(grid.rows()));
    std::iota(rows.begin(), rows.end(), std::int64_t{0});
    const MatrixF scores = network_outputs(network_, report.parameters, Features(grid), rows, true);
    std::vector<std::int32_t> groups(rows.size());
    std::vector<float> certainty(rows.size());
    const auto classes = static_cast<float>(scores.cols());
    for (Eigen::Index i = 0; i < scores.rows(); ++i) {
      Eigen::Index best = 0;
      const float top = scores.row(i).maxCoeff(&best);
      groups[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(best);
      certainty[static_cast<std::size_t>(i)] = (top - 1 / classes) / (1 - 1 / classes);
    }
    auto points = std::make_shared<Points>(plane_->points());
    points->view = "border";
    points->title = "Decision border";
    points->step = report.step;
    for (const auto row : *points->rows) points->group.push_back(problem_.target->codes[static_cast<std::size_t>(row)]);
    points->group_names = problem_.target->classes;
    points->region = plane_->region(cells, cells, groups, certainty);
    return std::shared_ptr<const Points>(points);
  }

  std::vector<std::int32_t> predicted(const EpochReport& report) const {
    std::vector<std::int32_t> labels;
    for (Eigen::Index row = 0; row < report.validation.rows(); ++row) {
      Eigen::Index best = 0;
      report.validation.row(row).maxCoeff(&best);
      labels.push_back(static_cast<std::int32_t>(best));
    }
    return labels;
  }

  Event confusion(const EpochReport& report) const {
    return confusion_view(problem_, problem_.split.validation, predicted(report), report.step, "validation");
  }

  /// The validation images on which the network is most wrong.
  Event mistakes(const EpochReport& report) const {
    constexpr std::size_t most = 24;
    const auto& rows = problem_.split.validation;
    const auto& codes = problem_.target->codes;
    const auto labels = predicted(report);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (labels[i] != codes[static_cast<std::size_t>(rows[i])]) order.push_back(i);
    const auto belief = [&](std::size_t i) {
      return report.validation(static_cast<Eigen::Index>(i), codes[static_cast<std::size_t>(rows[i])]);
    };
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return belief(a) != belief(b) ? belief(a) < belief(b) : a < b; });
    if (order.size() > most) order.resize(most);
    auto images = std::make_shared<Images>();
    images->view = "mistakes";
    images->title = "Worst mistakes";
    images->step = report.step;
    images->count = static_cast<int>(order.size());
    images->channels = static_cast<int>(problem_.channels);
    images->height = static_cast<int>(problem_.height);
    images->width = static_cast<int>(problem_.width);
    const auto pixels = static_cast<std::size_t>(problem_.features.columns());
    for (const std::size_t i : order) {
      const auto* image = problem_.features.bytes() + static_cast<std::size_t>(rows[i]) * pixels;
      images->pixels.insert(images->pixels.end(), image, image + pixels);
      images->rows.push_back(rows[i]);
      const auto& classes = problem_.target->classes;
      images->captions.push_back(classes[static_cast<std::size_t>(codes[static_cast<std::size_t>(rows[i])])] +
                                 " \u2192 " + classes[static_cast<std::size_t>(labels[i])]);
    }
    return std::shared_ptr<const Images>(images);
  }

  /// Predicted against true values of the validation rows.
  Event fit(const EpochReport& report) const {
    const auto& rows = problem_.split.validation;
    auto xy = std::make_shared<std::vector<float>>();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      xy->push_back(problem_.target->values[static_cast<std::size_t>(rows[i])]);
      xy->push_back(static_cast<float>(
          static_cast<double>(report.validation(static_cast<Eigen::Index>(i), 0)) * scale_.deviation + scale_.mean));
    }
    auto points = std::make_shared<Points>();
    points->view = "fit";
    points->title = "Predicted against true";
    points->step = report.step;
    points->x_label = problem_.target->name;
    points->y_label = "predicted";
    points->xy = xy;
    points->rows = std::make_shared<const std::vector<std::int64_t>>(rows);
    points->group.assign(rows.size(), 0);
    points->group_names = {"validation"};
    return std::shared_ptr<const Points>(points);
  }

  const Network& network_;
  const ProblemSet& problem_;
  TargetScale scale_;
  RunContext& context_;
  std::unique_ptr<PlaneView> plane_;
};

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& json, RunContext& context) {
  const MlpParams params = schema().read(json, "algorithm.params");
  const Target& target = *problem.target;
  const bool classification = target.task == Task::classification;
  const auto outputs = classification ? static_cast<std::int64_t>(target.classes.size()) : std::int64_t{1};
  const Network network = make_network(problem.features.columns(), outputs, params);
  Storage parameters(network.graph, network.graph.kept());
  Random random = context.random(1);
  initialize(network.graph, parameters, random);

  TargetScale scale;
  std::vector<float> scaled;
  if (!classification) {
    scale = scale_of(target, problem.split.train);
    for (const float value : target.values)
      scaled.push_back(static_cast<float>((static_cast<double>(value) - scale.mean) / scale.deviation));
  }
  const TrainingTarget answers{
      classification ? std::span<const std::int32_t>(target.codes) : std::span<const std::int32_t>(), scaled};
  Watcher watcher(network, problem, scale, context);
  train_network(network, parameters, problem, answers, params, context,
                [&](const EpochReport& report) { watcher.show(report); });
  if (!classification) unscale_last_layer(network, parameters, scale);
  return std::make_unique<NetworkModel>(network, std::move(parameters), target.task);
}

/// Refuses what would not fit into memory before anything is allocated.
void check(const ProblemSet& problem, const Json& json) {
  const MlpParams params = schema().read(json, "algorithm.params");
  double weights = 0;
  double width = static_cast<double>(problem.features.columns());
  for (const int units : params.hidden_layers) {
    weights += width * units;
    width = units;
  }
  constexpr double most = 1e9;  // 16 GB with gradients and Adam's moments
  if (weights > most)
    throw ParamError(
        "These hidden layers make " + Json(weights).dump() + " weights, more than a run can hold; use fewer units",
        "algorithm.params.hidden_layers", "layers with at most 1000000000 weights together");
}

}  // namespace

AlgorithmInfo mlp_algorithm() {
  return {
      .id = "mlp",
      .label = "Neural network (MLP)",
      .family = "Neural networks",
      .help =
          "Layers of units, each a weighted sum passed through a nonlinearity, trained by gradient descent. It learns "
          "curved borders and smooth functions, given enough rows and scaled features.",
      .citation =
          "D. Rumelhart, G. Hinton, R. Williams: Learning representations by back-propagating errors. Nature 323, "
          "1986.",
      .tasks = {Task::classification, Task::regression},
      .params = schema().specs(),
      .headline = "accuracy",
      .check = check,
      .fit = fit,
      .standardizes = true,
  };
}

}  // namespace gb
