#include "core/algorithms/algorithm.hpp"
#include "core/algorithms/network_fit.hpp"
#include "core/layers/activation.hpp"

namespace gb {
namespace {

struct MlpParams : TrainingParams {
  std::vector<int> hidden_layers = {128, 64};
  Activation activation = Activation::relu;
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
          .add(&MlpParams::activation, {.name = "activation",
                                        .label = "Activation",
                                        .help = "What each hidden unit does to its sum.",
                                        .choices = activation_choices(simple_activations)}));
  return s;
}

Network make_network(std::int64_t inputs, std::int64_t outputs, const MlpParams& params) {
  Network network;
  network.input = network.graph.input("features", {any_batch, inputs});
  ValueId x = network.input;
  std::int64_t width = inputs;
  const auto dense = [&](std::size_t layer, std::int64_t units) {
    const std::string name = "dense" + std::to_string(layer + 1);
    const Filling filling{initializer_for(params.activation), static_cast<double>(width), static_cast<double>(units)};
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

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& json, RunContext& context) {
  const MlpParams params = schema().read(json, "algorithm.params");
  return fit_network(make_network(problem.features.columns(), network_answers(problem), params), problem, params,
                     context);
}

Forecast forecast(const ProblemSet& problem, const Json& json, RunContext& context, double seconds) {
  const MlpParams params = schema().read(json, "algorithm.params");
  return forecast_network(make_network(problem.features.columns(), network_answers(problem), params), problem, params,
                          context, seconds);
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
      .forecast = forecast,
      .table_step = "standardize",
      .augments = true,
  };
}

}  // namespace gb
