#include "core/graph/operators.hpp"

#include <algorithm>

#include "core/graph/operator_list.hpp"

namespace gb {

void misfit(const Node& node, const std::string& expectation, const Shapes& arrived) {
  std::string text = node.op + " expects " + expectation + ", but got";
  for (std::size_t i = 0; i < arrived.size(); ++i) text += (i ? " and " : " ") + extents_text(arrived[i]);
  throw GraphError(text);
}

Shapes same_as_first(const Node&, const Shapes& inputs) {
  return {inputs[0]};
}

Shapes all_equal(const Node& node, const Shapes& inputs) {
  if (inputs[0] != inputs[1]) misfit(node, "two inputs of the same shape", inputs);
  return {inputs[0]};
}

Shapes shape_attribute(const Node& node, const Shapes&) {
  return {integers_attribute(node.attributes, "shape", {})};
}

std::int64_t axis_of(const Node& node, const Shape& shape, std::int64_t otherwise) {
  const std::int64_t axis = integer_attribute(node.attributes, "axis", otherwise);
  const auto rank = static_cast<std::int64_t>(shape.size());
  if (axis < -rank || axis >= rank)
    misfit(node, "an axis from " + std::to_string(-rank) + " to " + std::to_string(rank - 1), {shape});
  return axis < 0 ? axis + rank : axis;
}

namespace {

std::vector<Operator> make_operators() {
  std::vector<Operator> list;
  add_elementwise_operators(list);
  add_product_operators(list);
  add_window_operators(list);
  add_normalization_operators(list);
  add_layout_operators(list);
  add_loss_operators(list);
  return list;
}

const std::vector<Operator>& operators() {
  static const std::vector<Operator> list = make_operators();
  return list;
}

}  // namespace

const Operator& find_operator(std::string_view name) {
  const auto& list = operators();
  const auto found = std::find_if(list.begin(), list.end(), [&](const Operator& known) { return known.name == name; });
  if (found == list.end()) throw GraphError("Unknown operator " + std::string(name));
  return *found;
}

std::vector<std::string> operator_names() {
  std::vector<std::string> names;
  for (const auto& known : operators()) names.push_back(known.name);
  return names;
}

}  // namespace gb
