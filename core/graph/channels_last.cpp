#include <algorithm>
#include <map>
#include <set>

#include "core/graph/operators.hpp"
#include "core/graph/passes.hpp"

namespace gb {
namespace {

/// Which inputs and outputs of an operator are pictures that it wants with their channels last.
struct Pictures {
  std::size_t inputs, outputs;  ///< the first so many
};
const std::map<std::string, Pictures>& picture_operators() {
  static const std::map<std::string, Pictures> table{
      {"Conv", {1, 1}},
      {"FusedConv", {1, 1}},
      {"ConvInputGrad", {1, 1}},
      {"ConvWeightGrad", {2, 0}},
      {"ConvTranspose", {1, 1}},
      {"ChannelSum", {1, 0}},
      {"MaxPool", {1, 2}},
      {"MaxPoolGrad", {2, 1}},
      {"AveragePool", {1, 1}},
      {"AveragePoolGrad", {1, 1}},
      {"GlobalAveragePool", {1, 1}},
      {"BatchNormalization", {1, 1}},
      {"BatchNormalizationGrad", {2, 1}},
  };
  return table;
}

/// Operators that do the same to every element and so take pictures as they come, if all come in one shape.
bool is_elementwise(const std::string& op) {
  static const std::set<std::string> others{"Add", "Mul", "Dropout", "GaussianNoise", "Identity"};
  if (others.contains(op) || is_activation(op)) return true;
  return op.ends_with("Grad") && is_activation(op.substr(0, op.size() - 4));
}

/// Losses that compare pictures number by number, in whatever order both have.
bool is_comparison(const std::string& op) {
  static const std::set<std::string> losses{"MeanSquaredError", "MeanAbsoluteError", "HuberLoss",
                                            "BinaryCrossEntropyLoss"};
  return losses.contains(op);
}

class Arrangement {
 public:
  explicit Arrangement(Graph& graph) : graph_(graph) {}

  void run(const std::vector<ValueId>& kept) {
    const std::vector<Node> given = graph_.nodes();
    for (const Node& node : given) place(node);
    for (const ValueId id : kept) first(id);
    graph_.set_nodes(std::move(nodes_));
  }

 private:
  bool is_picture(ValueId id) const {
    const Value& value = graph_.value(id);
    return value.shape.size() == 4 && value.kind != Value::Kind::parameter && value.kind != Value::Kind::state;
  }

  Pictures pictures_of(const Node& node) const {
    if (const auto found = picture_operators().find(node.op); found != picture_operators().end())
      return is_picture(node.inputs[0]) ? found->second : Pictures{0, 0};
    if (node.op == "ReduceMeanGrad") {
      const bool spatial = integers_attribute(node.attributes, "axes", {}) == std::vector<std::int64_t>{2, 3};
      return spatial && is_picture(node.inputs[0]) ? Pictures{1, 1} : Pictures{0, 0};
    }
    const bool compares = is_comparison(node.op);
    const bool slope = node.op.ends_with("Grad") && is_comparison(node.op.substr(0, node.op.size() - 4));
    if ((!is_elementwise(node.op) && !compares && !slope) || !is_picture(node.inputs[0])) return {0, 0};
    std::size_t pictures = 0;
    bool any = false;
    for (const ValueId id : node.inputs) {
      if (graph_.value(id).kind == Value::Kind::key) break;
      if (!is_picture(id) || graph_.value(id).shape != graph_.value(node.inputs[0]).shape) return {0, 0};
      any = any || last_.contains(id);
      ++pictures;
    }
    return any ? Pictures{pictures, compares ? 0 : node.outputs.size()} : Pictures{0, 0};
  }

  void place(Node node) {
    const Pictures pictures = pictures_of(node);
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      node.inputs[i] = i < pictures.inputs ? last(node.inputs[i]) : first(node.inputs[i]);
    for (std::size_t i = 0; i < std::min(pictures.outputs, node.outputs.size()); ++i) {
      const ValueId made = graph_.variant(node.outputs[i], true);
      last_[node.outputs[i]] = made;
      absent_.insert(node.outputs[i]);
      node.outputs[i] = made;
    }
    nodes_.push_back(std::move(node));
  }

  ValueId last(ValueId id) {
    if (const auto found = last_.find(id); found != last_.end()) return found->second;
    const Shape& shape = graph_.value(id).shape;
    // Of one channel or one pixel both orders are the same.
    if (shape[1] == 1 || shape[2] * shape[3] == 1) return id;
    const ValueId made = graph_.variant(id, true);
    nodes_.push_back({"ChannelsLast", {id}, {made}, {}});
    return last_[id] = made;
  }

  ValueId first(ValueId id) {
    if (absent_.erase(id) > 0) nodes_.push_back({"ChannelsFirst", {last_.at(id)}, {id}, {}});
    return id;
  }

  Graph& graph_;
  std::vector<Node> nodes_;
  std::map<ValueId, ValueId> last_;  ///< what a value is called with its channels last
  std::set<ValueId> absent_;         ///< values that so far exist only so
};

}  // namespace

void put_channels_last(Graph& graph, const std::vector<ValueId>& kept) {
  Arrangement(graph).run(kept);
}

}  // namespace gb
