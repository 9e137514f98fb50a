#include "core/graph/graph.hpp"

#include "core/graph/operators.hpp"

namespace gb {

ValueId Graph::new_value(std::string name, Shape shape, Value::Kind kind, Filling filling) {
  values_.push_back({std::move(name), std::move(shape), kind, filling});
  return static_cast<ValueId>(values_.size() - 1);
}

ValueId Graph::input(std::string name, Shape shape) {
  return new_value(std::move(name), std::move(shape), Value::Kind::input);
}
ValueId Graph::labels(std::string name, Shape shape) {
  return new_value(std::move(name), std::move(shape), Value::Kind::labels);
}
ValueId Graph::parameter(std::string name, Shape shape, Filling filling) {
  return new_value(std::move(name), std::move(shape), Value::Kind::parameter, filling);
}
ValueId Graph::state(std::string name, Shape shape, Filling filling) {
  return new_value(std::move(name), std::move(shape), Value::Kind::state, filling);
}
ValueId Graph::key() {
  const auto known = of_kind(Value::Kind::key);
  return known.empty() ? new_value("key", {2}, Value::Kind::key) : known.front();
}

std::vector<ValueId> Graph::add_all(std::string op, std::vector<ValueId> inputs, Attributes attributes) {
  const Operator& known = find_operator(op);
  std::vector<Shape> shapes;
  for (const ValueId id : inputs) shapes.push_back(value(id).shape);
  if (shapes.size() < known.least_inputs || shapes.size() > known.most_inputs)
    throw GraphError(op + " takes " + std::to_string(known.least_inputs) + " to " + std::to_string(known.most_inputs) +
                     " inputs, not " + std::to_string(shapes.size()));
  Node node{op, std::move(inputs), {}, std::move(attributes)};
  const std::vector<Shape> outputs = known.infer(node, shapes);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    node.outputs.push_back(new_value(op + "_" + std::to_string(values_.size()), outputs[i], Value::Kind::computed));
  nodes_.push_back(node);
  return node.outputs;
}

ValueId Graph::variant(ValueId like, bool channels_last) {
  const Value original = value(like);
  const ValueId id = new_value(original.name, original.shape, Value::Kind::computed);
  values_.back().channels_last = channels_last;
  return id;
}

std::vector<ValueId> Graph::of_kind(Value::Kind kind) const {
  std::vector<ValueId> found;
  for (std::size_t i = 0; i < values_.size(); ++i)
    if (values_[i].kind == kind) found.push_back(static_cast<ValueId>(i));
  return found;
}

void Graph::fix_kept() {
  for (Value& value : values_) value.fixed = value.kind == Value::Kind::parameter || value.kind == Value::Kind::state;
}

std::vector<ValueId> Graph::kept() const {
  auto all = parameters();
  const auto states = of_kind(Value::Kind::state);
  all.insert(all.end(), states.begin(), states.end());
  return all;
}

}  // namespace gb
