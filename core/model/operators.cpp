#include "core/model/operators.hpp"

#include <algorithm>

namespace gb {

const OnnxOperator* find_onnx_operator(std::string_view domain, std::string_view name) {
  for (const auto& kind : {elementwise_operators(), layout_operators(), reduction_operators(), window_operators(),
                           normalization_operators(), machine_learning_operators(), selection_operators(),
                           margin_operators(), tree_operators()})
    for (const OnnxOperator& known : kind)
      if (known.domain == domain && known.name == name) return &known;
  return nullptr;
}

std::size_t checked_axis(std::int64_t axis, std::size_t rank) {
  const auto dimensions = static_cast<std::int64_t>(rank);
  if (axis < -dimensions || axis >= dimensions)
    throw ModelError("axis " + std::to_string(axis) + " is not one of a tensor with " + std::to_string(rank) +
                     " dimensions");
  return static_cast<std::size_t>(axis < 0 ? axis + dimensions : axis);
}

AxisView::AxisView(const Shape& shape, std::size_t axis) {
  for (std::size_t i = 0; i < shape.size(); ++i) {
    std::size_t& part = i < axis ? outer : i == axis ? length : inner;
    part *= static_cast<std::size_t>(shape[i]);
  }
}

Shape broadcast_shape(const Shape& left, const Shape& right) {
  const std::size_t rank = std::max(left.size(), right.size());
  Shape result(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t a = i + left.size() < rank ? 1 : left[i + left.size() - rank];
    const std::int64_t b = i + right.size() < rank ? 1 : right[i + right.size() - rank];
    if (a != b && a != 1 && b != 1)
      throw ModelError("the shapes " + shape_text(left) + " and " + shape_text(right) + " do not broadcast");
    result[i] = a == 1 ? b : a;
  }
  return result;
}

BroadcastWalk::BroadcastWalk(const Shape& result, const Shape& operand)
    : result_(result), strides_(result.size()), index_(result.size()) {
  std::size_t stride = 1;
  for (std::size_t i = operand.size(); i-- > 0;) {
    const std::size_t at = i + result.size() - operand.size();
    strides_[at] = operand[i] == 1 ? 0 : stride;
    stride *= static_cast<std::size_t>(operand[i]);
  }
  step_ = strides_.empty() ? 0 : strides_.back();
}

void BroadcastWalk::next_run() {
  for (std::size_t i = result_.size() < 2 ? 0 : result_.size() - 1; i-- > 0;) {
    position_ += strides_[i];
    if (++index_[i] < result_[i]) return;
    position_ -= strides_[i] * static_cast<std::size_t>(result_[i]);
    index_[i] = 0;
  }
}

std::size_t BroadcastWalk::run_length(const Shape& result) {
  return result.empty() ? 1 : static_cast<std::size_t>(result.back());
}

}  // namespace gb
