#include "core/graph/operator_list.hpp"

namespace gb {
namespace {

bool weights_fit(const Shapes& inputs) {
  return inputs.size() < 3 || inputs[2] == Shape{inputs[0][1]};
}

Shapes infer_of_labels(const Node& node, const Shapes& inputs) {
  if (inputs[0].size() != 2 || inputs[1] != Shape{inputs[0][0]} || !weights_fit(inputs))
    misfit(node, "scores [N, K], labels [N] and at most weights [K]", inputs);
  if (node.op == "MultiMarginLoss") return {{1}};
  return {{1}, inputs[0]};
}

Shapes infer_of_distributions(const Node& node, const Shapes& inputs) {
  if (inputs[0].size() != 2 || inputs[1] != inputs[0] || !weights_fit(inputs))
    misfit(node, "scores [N, K], targets [N, K] and at most weights [K]", inputs);
  return {{1}, inputs[0]};
}

Shapes infer_elementwise(const Node& node, const Shapes& inputs) {
  all_equal(node, inputs);
  return {{1}};
}

/// Of one input [N, ...] and an attribute "weight".
Shapes infer_of_rows(const Node& node, const Shapes& inputs) {
  if (inputs[0].size() < 2) misfit(node, "a row per example", inputs);
  return {{1}};
}

/// How far N(mean, exp(log_variance)) is from N(0, 1) (Kingma, Welling 2014, appendix B).
Shapes infer_of_distribution(const Node& node, const Shapes& inputs) {
  if (inputs[0].size() != 2) misfit(node, "means [N, L] and as many log-variances", inputs);
  all_equal(node, inputs);
  return {{1}};
}

/// Of losses without answers, by all of their inputs. The loss's own gradient, [1], is what the term counts where it is
/// one of several.
Ids gradient_of_term(Graph& graph, const Node& node, const Ids& gradients) {
  Ids inputs = node.inputs;
  if (gradients[0] >= 0) inputs.push_back(gradients[0]);
  return graph.add_all(node.op + "Grad", inputs, node.attributes);
}

Shapes infer_both(const Node&, const Shapes& inputs) {
  return {inputs[0], inputs[1]};
}

/// By the first input alone: answers and weights are given. Reads the probabilities where the loss has made them.
Ids gradient_of_loss(Graph& graph, const Node& node, const Ids&) {
  Ids inputs = node.inputs;
  if (node.outputs.size() > 1) inputs[0] = node.outputs[1];
  Ids gradients(node.inputs.size(), -1);
  gradients[0] = graph.add(node.op + "Grad", inputs, node.attributes);
  return gradients;
}

}  // namespace

void add_loss_operators(std::vector<Operator>& list) {
  const auto add = [&](const std::string& name, std::size_t most_inputs, auto infer) {
    list.push_back({name, 2, most_inputs, infer, gradient_of_loss});
    list.push_back({name + "Grad", 2, most_inputs, same_as_first});
  };
  add("SoftmaxCrossEntropyLoss", 3, infer_of_labels);
  add("MultiMarginLoss", 3, infer_of_labels);
  add("SoftTargetCrossEntropyLoss", 3, infer_of_distributions);
  add("KLDivergenceLoss", 2, infer_of_distributions);
  for (const char* name :
       {"MeanSquaredError", "MeanAbsoluteError", "HuberLoss", "BinaryCrossEntropyLoss", "HingeLoss", "MeanProduct"})
    add(name, 2, infer_elementwise);
  list.push_back({"AbsoluteLoss", 1, 1, infer_of_rows, gradient_of_term});
  list.push_back({"AbsoluteLossGrad", 1, 2, same_as_first});
  list.push_back({"StandardNormalDivergenceLoss", 2, 2, infer_of_distribution, gradient_of_term});
  list.push_back({"StandardNormalDivergenceLossGrad", 2, 3, infer_both});
  list.push_back({"GradientPenaltyLoss", 1, 1, infer_of_rows, gradient_of_loss});
  list.push_back({"GradientPenaltyLossGrad", 1, 1, same_as_first});
}

}  // namespace gb
