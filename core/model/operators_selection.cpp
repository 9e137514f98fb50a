#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/model/operators.hpp"

// Operators that pick elements by size or by index: what nearest neighbours are made of.

namespace gb {
namespace {

enum class Wanted { values, places };

template <class T>
Tensor best_of(const Tensor& from, const std::vector<T>& source, std::int64_t count, std::size_t axis, bool largest,
               Wanted wanted) {
  const AxisView view(from.shape, axis);
  const auto k = static_cast<std::size_t>(count);
  Shape shape = from.shape;
  shape[axis] = count;
  std::vector<T> values = computed_values<T>(wanted == Wanted::values ? shape : Shape{0});
  Tensor::Integers places = computed_values<std::int64_t>(wanted == Wanted::places ? shape : Shape{0});
  std::vector<std::size_t> order(view.length);
  for (std::size_t outer = 0; outer < view.outer; ++outer)
    for (std::size_t inner = 0; inner < view.inner; ++inner) {
      const T* const line = source.data() + outer * view.length * view.inner + inner;
      std::iota(order.begin(), order.end(), std::size_t{0});
      // Of equal elements the first; NaN is the largest of all.
      const auto before = [&](std::size_t a, std::size_t b) {
        const T &left = line[a * view.inner], &right = line[b * view.inner];
        const bool less = left < right || (right != right && left == left);
        const bool more = right < left || (left != left && right == right);
        return less == more ? a < b : largest ? more : less;
      };
      std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(), before);
      for (std::size_t i = 0; i < k; ++i) {
        const std::size_t to = (outer * k + i) * view.inner + inner;
        if (wanted == Wanted::values)
          values[to] = line[order[i] * view.inner];
        else
          places[to] = static_cast<std::int64_t>(order[i]);
      }
    }
  if (wanted == Wanted::values) return {std::move(shape), std::move(values)};
  return {std::move(shape), std::move(places)};
}

template <Wanted wanted>
NodeKernel make_top_k(const NodeAttributes& given) {
  return [given_axis = given.integer("axis", -1), largest = given.integer("largest", 1) != 0](Operands in) {
    const Tensor& from = *in[0];
    const std::size_t axis = checked_axis(given_axis, from.rank());
    const Tensor::Integers& count = in[1]->integers();
    if (count.size() != 1 || count[0] < 0 || count[0] > from.shape[axis])
      throw ModelError("takes the best " + (count.size() == 1 ? std::to_string(count[0]) : "?") + " of " +
                       std::to_string(from.shape[axis]));
    if (from.type() == TensorType::integer) return best_of(from, from.integers(), count[0], axis, largest, wanted);
    return best_of(from, from.reals(), count[0], axis, largest, wanted);
  };
}

Tensor gathered_elements(Operands in, std::int64_t given_axis) {
  const Tensor &from = *in[0], &places = *in[1];
  const std::size_t axis = checked_axis(given_axis, from.rank());
  for (std::size_t i = 0; i < std::max(from.rank(), places.rank()); ++i)
    if (from.rank() != places.rank() || (i != axis && places.shape[i] > from.shape[i]))
      throw ModelError("picks from " + shape_text(from.shape) + " by indices " + shape_text(places.shape));
  const Tensor::Integers& indices = places.integers();
  return std::visit(
      [&]<class T>(const std::vector<T>& source) -> Tensor {
        std::vector<T> values = computed_values(places.shape, source);
        std::vector<std::int64_t> at(places.rank());
        for (std::size_t i = 0; i < indices.size(); ++i) {
          std::size_t rest = i;
          for (std::size_t d = at.size(); d-- > 0;) {
            at[d] = static_cast<std::int64_t>(rest % static_cast<std::size_t>(places.shape[d]));
            rest /= static_cast<std::size_t>(places.shape[d]);
          }
          const std::int64_t index = indices[i] < 0 ? indices[i] + from.shape[axis] : indices[i];
          if (index < 0 || index >= from.shape[axis])
            throw ModelError("index " + std::to_string(indices[i]) + " is outside of axis " + std::to_string(axis) +
                             " of " + shape_text(from.shape));
          at[axis] = index;
          std::size_t position = 0;
          for (std::size_t d = 0; d < at.size(); ++d)
            position = position * static_cast<std::size_t>(from.shape[d]) + static_cast<std::size_t>(at[d]);
          values[i] = source[position];
        }
        return {places.shape, std::move(values)};
      },
      from.values);
}

Tensor absolute(Operands in) {
  Tensor::Reals values = in[0]->reals();
  for (float& value : values) value = std::abs(value);
  return {in[0]->shape, std::move(values)};
}

const std::vector<OnnxOperator>& table() {
  static const std::vector<OnnxOperator> operators{
      {"", "TopK", 2, 2, {"axis", "largest", "sorted"}, make_top_k<Wanted::values>, {make_top_k<Wanted::places>}},
      {"",
       "GatherElements",
       2,
       2,
       {"axis"},
       [](const NodeAttributes& given) -> NodeKernel {
         return [axis = given.integer("axis", 0)](Operands in) { return gathered_elements(in, axis); };
       }},
      {"", "Abs", 1, 1, {}, [](const NodeAttributes&) -> NodeKernel { return absolute; }},
  };
  return operators;
}

}  // namespace

std::span<const OnnxOperator> selection_operators() {
  return table();
}

}  // namespace gb
