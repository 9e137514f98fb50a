#include "core/algorithms/network_fit.hpp"

#include <algorithm>

#include "core/data/target_scale.hpp"
#include "core/evaluate/network_views.hpp"
#include "core/model/network_model.hpp"

namespace gb {
namespace {

/// Moves the scale into the last layer, so that the finished network answers in the target's own unit.
void unscale_last_layer(const Network& network, Storage& parameters, const TargetScale& scale) {
  const auto& nodes = network.graph.nodes();
  const auto last = std::find_if(nodes.begin(), nodes.end(),
                                 [&](const Node& node) { return node.outputs.front() == network.output; });
  if (last == nodes.end() || last->op != "Gemm" || last->inputs.size() < 3)
    throw GraphError("The scale of a target goes into a last layer with weights and a bias, which this network lacks");
  const ValueId weight = last->inputs[1];
  const ValueId bias = last->inputs[2];
  auto* w = static_cast<float*>(parameters.data(weight));
  auto* b = static_cast<float*>(parameters.data(bias));
  for (std::int64_t i = 0; i < volume(network.graph.value(weight).shape); ++i)
    w[i] = static_cast<float>(static_cast<double>(w[i]) * scale.deviation);
  for (std::int64_t i = 0; i < volume(network.graph.value(bias).shape); ++i)
    b[i] = static_cast<float>(scale.unscaled(static_cast<double>(b[i])));
}

/// What a network begins with: its first weights, and the answers it learns.
struct Beginning {
  Beginning(const Network& network, const ProblemSet& problem, const RunContext& context)
      : parameters(network.graph, network.graph.kept()), target(*problem.target) {
    Random random = context.random(1);
    initialize(network.graph, parameters, random);
    if (target.task == Task::classification) return;
    scale = TargetScale::of(target, problem.split.train);
    scaled = scale.scaled(target);
  }
  TrainingTarget answers() const {
    const bool classes = target.task == Task::classification;
    return {classes ? std::span<const std::int32_t>(target.codes) : std::span<const std::int32_t>(), scaled};
  }

  Storage parameters;
  const Target& target;
  TargetScale scale;
  std::vector<float> scaled;
};

}  // namespace

Shape picture_of(const ProblemSet& problem) {
  return {static_cast<std::int64_t>(problem.channels), static_cast<std::int64_t>(problem.height),
          static_cast<std::int64_t>(problem.width)};
}

std::int64_t network_answers(const ProblemSet& problem) {
  const Target& target = *problem.target;
  return target.task == Task::classification ? static_cast<std::int64_t>(target.classes.size()) : std::int64_t{1};
}

std::unique_ptr<Model> fit_network(const Network& network, const ProblemSet& problem, const TrainingParams& params,
                                   RunContext& context) {
  Beginning begun(network, problem, context);
  NetworkViews views(network, begun.parameters, problem, begun.scale, context);
  train_network(network, begun.parameters, problem, begun.answers(), params, context, [&](const EpochReport& report) {
    views.show(report.step, report.last, report.parameters, report.validation);
  });
  if (begun.target.task != Task::classification) unscale_last_layer(network, begun.parameters, begun.scale);
  return std::make_unique<NetworkModel>(network, std::move(begun.parameters), begun.target.task);
}

Forecast forecast_network(const Network& network, const ProblemSet& problem, const TrainingParams& params,
                          RunContext& context, double seconds) {
  Beginning begun(network, problem, context);
  return forecast_training(network, begun.parameters, problem, begun.answers(), params, context, seconds);
}

}  // namespace gb
