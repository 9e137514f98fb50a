#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/model.hpp"
#include "core/model/onnx_reader.hpp"
#include "core/model/tensor.hpp"

namespace gb {

/// The inputs of a node; null for an optional one left out.
using Operands = std::span<const Tensor* const>;
/// Computes one output of a node. Throws ModelError where the operands do not fit the operator.
using NodeKernel = std::function<Tensor(Operands)>;

/// A node's attributes by name; throws ModelError when one has another type than the operator's.
class NodeAttributes {
 public:
  explicit NodeAttributes(const std::map<std::string, AttributeValue>& values) : values_(values) {}

  bool has(const std::string& name) const { return values_.contains(name); }
  template <class T>
  const T* find(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return nullptr;
    if (const T* value = std::get_if<T>(&found->second)) return value;
    throw ModelError("attribute '" + name + "' has the wrong type");
  }
  template <class T>
  T get(const std::string& name, T otherwise) const {
    const T* value = find<T>(name);
    return value ? *value : otherwise;
  }
  std::int64_t integer(const std::string& name, std::int64_t otherwise) const { return get(name, otherwise); }
  float real(const std::string& name, float otherwise) const { return get(name, otherwise); }
  std::string text(const std::string& name, const std::string& otherwise) const { return get(name, otherwise); }

 private:
  const std::map<std::string, AttributeValue>& values_;
};

/// An operator that we evaluate: how many inputs it takes, which attributes it knows, how its kernel is made.
struct OnnxOperator {
  static constexpr std::size_t any = static_cast<std::size_t>(-1);

  std::string_view domain;
  std::string_view name;
  std::size_t least_inputs;  ///< these must be given; those beyond are optional
  std::size_t most_inputs;
  std::vector<std::string_view> attributes;
  NodeKernel (*make)(const NodeAttributes&);
  /// The kernels of the second and later outputs, each computed for itself; a node may leave outputs out.
  std::vector<NodeKernel (*)(const NodeAttributes&)> further = {};
};

/// The closed set, by kind.
std::span<const OnnxOperator> elementwise_operators();
std::span<const OnnxOperator> layout_operators();
std::span<const OnnxOperator> reduction_operators();
std::span<const OnnxOperator> window_operators();
std::span<const OnnxOperator> normalization_operators();
std::span<const OnnxOperator> machine_learning_operators();
std::span<const OnnxOperator> tree_operators();
std::span<const OnnxOperator> selection_operators();
std::span<const OnnxOperator> margin_operators();

/// Null when the operator is not in the set.
const OnnxOperator* find_onnx_operator(std::string_view domain, std::string_view name);

/// -rank <= axis < rank made 0 <= axis < rank. Throws ModelError otherwise.
std::size_t checked_axis(std::int64_t axis, std::size_t rank);

/// A shape seen from one axis: strides of a loop over outer x length x inner elements.
struct AxisView {
  std::size_t outer = 1, length = 1, inner = 1;
  AxisView(const Shape& shape, std::size_t axis);
};

/// The shape that ONNX broadcasting (numpy's) gives two shapes. Throws ModelError when they do not fit.
Shape broadcast_shape(const Shape& left, const Shape& right);

/// For every element of `result` the position of the operand's element that broadcasting pairs it with, walked row by
/// row: `position` starts each run, `step` is 0 or 1 within it.
class BroadcastWalk {
 public:
  BroadcastWalk(const Shape& result, const Shape& operand);

  std::size_t position() const { return position_; }
  std::size_t step() const { return step_; }
  void next_run();

  /// Length of a run that suits every operand of this result.
  static std::size_t run_length(const Shape& result);

 private:
  Shape result_;
  std::vector<std::size_t> strides_;
  std::vector<std::int64_t> index_;
  std::size_t position_ = 0, step_ = 0;
};

}  // namespace gb
