#include <algorithm>

#include "core/algorithms/algorithm.hpp"
#include "core/algorithms/network_fit.hpp"
#include "core/base/text.hpp"
#include "core/layers/layer_list.hpp"
#include "core/layers/network_part.hpp"

namespace gb {
namespace {

/// A position in network_presets(), which has the names.
enum class Preset : int {};

struct CnnParams : TrainingParams {
  std::optional<Preset> preset;
  std::optional<LayerList> layers;
};

const Schema<CnnParams>& schema() {
  static const auto s = with_training_fields(
      Schema<CnnParams>{}
          .add(&CnnParams::preset,
               {.name = "preset",
                .label = "Preset",
                .help = "A ready list of layers. Automatic goes by the pictures: a small CNN for grey ones up to 32 x "
                        "32 pixels, a small ResNet for others up to 64 x 64, a small MobileNet for larger ones.",
                .choices = preset_choices(),
                .enabled_by = EnabledBy{"layers", {"null"}}})
          .add(&CnnParams::layers,
               {.name = "layers",
                .label = "Layers",
                .help = "Layers of your own instead of a preset's, from input to output: a type alone or an object "
                        "such as {\"type\": \"Conv2D\", \"filters\": 32, \"kernel_size\": 3, \"activation\": "
                        "\"relu\"}. An output layer is added where the list does not end in one.",
                .most = 1000}));
  return s;
}

CnnParams read(const Json& json) {
  return schema().read(json, "algorithm.params");
}

void refuse_tables(const ProblemSet& problem) {
  if (problem.is_images()) return;
  throw ParamError(
      "A convolutional network learns from pictures, but this data is a table, whose columns have no neighbours; use "
      "mlp instead",
      "algorithm.id", "an algorithm for tables, such as mlp");
}

Json settle(const ProblemSet& problem, Json json) {
  refuse_tables(problem);
  const CnnParams params = read(json);
  if (!params.layers && !params.preset) json["preset"] = network_presets()[preset_for(picture_of(problem))].name;
  return json;
}

/// The layers of the list, else of the preset, else of the preset that suits the pictures.
Json layers_of(const ProblemSet& problem, const CnnParams& params) {
  if (params.layers) return params.layers->entries;
  const std::size_t chosen = params.preset ? static_cast<std::size_t>(*params.preset) : preset_for(picture_of(problem));
  return network_presets()[chosen].layers;
}

/// Where errors point: nobody wrote the layers of a preset.
std::string path_of(const CnnParams& params) {
  return params.layers ? layers_path : "algorithm.params.preset";
}

std::vector<NetworkPart> networks(const Json& json, const Shape& example, std::int64_t classes) {
  const CnnParams params = schema().read_valid(json);
  const auto presets = network_presets();
  NetworkPart part{.input = example,
                   .outputs = std::max<std::int64_t>(1, classes),
                   .output = {},
                   .presets = {presets.begin(), presets.end()},
                   .preset = {}};
  if (params.preset)
    part.preset = static_cast<std::size_t>(*params.preset);
  else if (!example.empty())
    part.preset = preset_for(example);
  return {part};
}

/// What the network is made of, for people: the layers as they came out.
std::shared_ptr<const Table> layers_view(const NetworkSummary& summary) {
  auto table = std::make_shared<Table>();
  table->view = "layers";
  table->title = "Layers";
  table->columns = {"layer", "name", "output", "parameters", "multiply-adds", "note"};
  for (const auto& layer : summary.layers) {
    std::string shape;
    for (const auto extent : layer.shape) shape += (shape.empty() ? "" : " x ") + std::to_string(extent);
    table->rows.push_back({std::string(2 * static_cast<std::size_t>(layer.depth), ' ') + layer.type, layer.name, shape,
                           grouped(layer.cost.parameters), grouped(layer.cost.multiply_adds), layer.note});
  }
  table->rows.push_back({"total", "", "", grouped(summary.total.parameters), grouped(summary.total.multiply_adds), ""});
  return table;
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& json, RunContext& context) {
  refuse_tables(problem);
  const CnnParams params = read(json);
  const Json layers = layers_of(problem, params);
  const Shape picture = picture_of(problem);
  const std::int64_t answers = network_answers(problem);
  context.publish(layers_view(summarize(layers, picture, answers)));
  return fit_network(build_network(layers, picture, answers, path_of(params)), problem, params, context);
}

Forecast forecast(const ProblemSet& problem, const Json& json, RunContext& context, double seconds) {
  const CnnParams params = read(json);
  return forecast_network(
      build_network(layers_of(problem, params), picture_of(problem), network_answers(problem), path_of(params)),
      problem, params, context, seconds);
}

/// A scaled target needs a bias that can take its mean.
void check_output(const ProblemSet& problem, const Network& network, const CnnParams& params) {
  if (problem.target->task == Task::classification) return;
  for (const Node& node : network.graph.nodes())
    if (node.outputs.front() == network.output && node.inputs.size() < 3)
      throw ParamError("The last layer has no bias, which a number needs to be predicted; leave out its use_bias",
                       path_of(params), "a last layer with \"use_bias\": true");
}

/// Builds the network without memory for it, and refuses what would not fit.
void check(const ProblemSet& problem, const Json& json) {
  refuse_tables(problem);
  const CnnParams params = read(json);
  const Json layers = layers_of(problem, params);
  const Shape picture = picture_of(problem);
  const std::int64_t answers = network_answers(problem);
  check_output(problem, build_network(layers, picture, answers, path_of(params)), params);

  const NetworkSummary summary = summarize(layers, picture, answers);
  constexpr std::int64_t most_weights = 1000000000;  // 16 GB with gradients and Adam's moments
  if (summary.total.parameters > most_weights)
    throw ParamError("These layers have " + grouped(summary.total.parameters) +
                         " weights, more than a run can hold; use smaller or fewer layers",
                     path_of(params), "layers with at most " + grouped(most_weights) + " weights together");
}

}  // namespace

AlgorithmInfo cnn_algorithm() {
  return {
      .id = "cnn",
      .label = "Convolutional network (CNN)",
      .family = "Neural networks",
      .help =
          "Layers that look for small patterns everywhere in a picture, then for patterns of patterns, trained by "
          "gradient descent. The first choice for pictures; start from a preset or put layers together yourself.",
      .citation =
          "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to document recognition. "
          "Proceedings of the IEEE 86, 1998.",
      .tasks = {Task::classification, Task::regression},
      .params = schema().specs(),
      .headline = "accuracy",
      .settle = settle,
      .check = check,
      .fit = fit,
      .forecast = forecast,
      .networks = networks,
      .augments = true,
  };
}

}  // namespace gb
