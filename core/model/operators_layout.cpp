#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/model/operators.hpp"

// Operators that rearrange, select or convert elements without computing with them.

namespace gb {
namespace {

Tensor reshaped(const Tensor& from, Shape shape) {
  if (element_count(shape) != from.size())
    throw ModelError("cannot make shape " + shape_text(shape) + " of " + shape_text(from.shape));
  return {std::move(shape), from.values};
}

Shape reshape_target(const Tensor& from, const Tensor::Integers& wanted, bool zero_is_zero) {
  Shape shape(wanted.begin(), wanted.end());
  std::size_t free = shape.size();
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && !zero_is_zero) {
      if (i >= from.rank()) throw ModelError("copies dimension " + std::to_string(i) + " of " + shape_text(from.shape));
      shape[i] = from.shape[i];
    } else if (shape[i] == -1) {
      if (free != shape.size()) throw ModelError("leaves two dimensions open in " + shape_text(shape));
      free = i;
    }
  }
  if (free == shape.size()) return shape;
  Shape known = shape;
  known[free] = 1;
  const std::size_t rest = element_count(known);
  if (rest == 0 || from.size() % rest != 0)
    throw ModelError("cannot make shape " + shape_text(shape) + " of " + shape_text(from.shape));
  shape[free] = static_cast<std::int64_t>(from.size() / rest);
  return shape;
}

Shape flattened(const Shape& shape, std::int64_t axis) {
  const auto rank = static_cast<std::int64_t>(shape.size());
  if (axis < -rank || axis > rank)
    throw ModelError("axis " + std::to_string(axis) + " is not one of " + shape_text(shape));
  const auto middle = shape.begin() + (axis < 0 ? axis + rank : axis);
  return {std::accumulate(shape.begin(), middle, std::int64_t{1}, std::multiplies<>{}),
          std::accumulate(middle, shape.end(), std::int64_t{1}, std::multiplies<>{})};
}

std::vector<bool> chosen_axes(const Tensor::Integers& axes, std::size_t rank) {
  std::vector<bool> chosen(rank);
  for (const std::int64_t axis : axes) {
    const std::size_t at = checked_axis(axis, rank);
    if (chosen[at]) throw ModelError("names axis " + std::to_string(axis) + " twice");
    chosen[at] = true;
  }
  return chosen;
}

Tensor squeezed(Operands in) {
  const Tensor& from = *in[0];
  const bool all = in.size() < 2 || !in[1];
  const std::vector<bool> drop = all ? std::vector<bool>() : chosen_axes(in[1]->integers(), from.rank());
  Shape shape;
  for (std::size_t i = 0; i < from.rank(); ++i) {
    if (all ? from.shape[i] != 1 : !drop[i]) {
      shape.push_back(from.shape[i]);
    } else if (from.shape[i] != 1) {
      throw ModelError("drops axis " + std::to_string(i) + " of " + shape_text(from.shape) + ", which is not 1");
    }
  }
  return reshaped(from, std::move(shape));
}

Tensor unsqueezed(Operands in) {
  const Tensor& from = *in[0];
  const std::size_t rank = from.rank() + in[1]->size();
  const std::vector<bool> added = chosen_axes(in[1]->integers(), rank);
  Shape shape;
  auto next = from.shape.begin();
  for (std::size_t i = 0; i < rank; ++i) shape.push_back(added[i] ? 1 : *next++);
  return reshaped(from, std::move(shape));
}

Tensor transposed(const Tensor& from, std::vector<std::int64_t> order) {
  const std::size_t rank = from.rank();
  if (order.empty()) {
    order.resize(rank);
    std::iota(order.rbegin(), order.rend(), std::int64_t{0});
  }
  const std::vector<bool> seen = order.size() == rank ? chosen_axes(order, rank) : std::vector<bool>();
  if (seen.size() != rank || std::any_of(order.begin(), order.end(), [](std::int64_t axis) { return axis < 0; }))
    throw ModelError("perm " + shape_text(order) + " is no order of the axes of " + shape_text(from.shape));
  std::vector<std::size_t> strides(rank, 1);
  for (std::size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * static_cast<std::size_t>(from.shape[i]);
  Tensor result;
  result.shape.clear();
  for (const std::int64_t axis : order) result.shape.push_back(from.shape[static_cast<std::size_t>(axis)]);
  std::visit(
      [&]<class T>(const std::vector<T>& source) {
        std::vector<T> values = computed_values<T>(result.shape);
        std::vector<std::int64_t> index(rank);
        std::size_t position = 0;
        for (T& value : values) {
          value = source[position];
          for (std::size_t i = rank; i-- > 0;) {
            const std::size_t stride = strides[static_cast<std::size_t>(order[i])];
            position += stride;
            if (++index[i] < result.shape[i]) break;
            position -= stride * static_cast<std::size_t>(result.shape[i]);
            index[i] = 0;
          }
        }
        result.values = std::move(values);
      },
      from.values);
  return result;
}

Tensor concatenated(Operands in, std::int64_t given_axis) {
  const Tensor& first = *in[0];
  if (first.rank() == 0) throw ModelError("joins scalars");
  const std::size_t axis = checked_axis(given_axis, first.rank());
  Tensor result;
  result.shape = first.shape;
  result.shape[axis] = 0;
  for (const Tensor* part : in) {
    Shape expected = first.shape;
    if (part->rank() == first.rank()) expected[axis] = part->shape[axis];
    if (part->shape != expected || part->type() != first.type())
      throw ModelError("joins " + std::string(tensor_type_name(first.type())) + shape_text(first.shape) + " and " +
                       std::string(tensor_type_name(part->type())) + shape_text(part->shape) + " along axis " +
                       std::to_string(axis));
    result.shape[axis] += part->shape[axis];
    element_count(result.shape);  // before the sum can overflow
  }
  std::visit(
      [&]<class T>(const std::vector<T>&) {
        std::vector<T> values = computed_values<T>(result.shape);
        const AxisView whole(result.shape, axis);
        std::size_t begin = 0;
        for (const Tensor* part : in) {
          const auto& source = std::get<std::vector<T>>(part->values);
          const std::size_t width = static_cast<std::size_t>(part->shape[axis]) * whole.inner;
          for (std::size_t i = 0; i < whole.outer && width > 0; ++i)
            std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(i * width), width,
                        values.begin() + static_cast<std::ptrdiff_t>(i * whole.length * whole.inner + begin));
          begin += width;
        }
        result.values = std::move(values);
      },
      first.values);
  return result;
}

Tensor gathered(Operands in, std::int64_t given_axis) {
  const Tensor& data = *in[0];
  const Tensor::Integers& indices = in[1]->integers();
  const std::size_t axis = checked_axis(given_axis, data.rank());
  const AxisView from(data.shape, axis);
  std::vector<std::size_t> places;
  places.reserve(indices.size());
  const auto length = static_cast<std::int64_t>(from.length);
  for (const std::int64_t index : indices) {
    if (index < -length || index >= length)
      throw ModelError("index " + std::to_string(index) + " is outside of axis " + std::to_string(axis) + " of " +
                       shape_text(data.shape));
    places.push_back(static_cast<std::size_t>(index < 0 ? index + length : index));
  }
  Tensor result;
  result.shape.assign(data.shape.begin(), data.shape.begin() + static_cast<std::ptrdiff_t>(axis));
  result.shape.insert(result.shape.end(), in[1]->shape.begin(), in[1]->shape.end());
  result.shape.insert(result.shape.end(), data.shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, data.shape.end());
  std::visit(
      [&]<class T>(const std::vector<T>& source) {
        std::vector<T> values = computed_values(result.shape, source);
        auto to = values.begin();
        for (std::size_t i = 0; i < from.outer && !values.empty(); ++i)
          for (const std::size_t place : places)
            to = std::copy_n(source.begin() + static_cast<std::ptrdiff_t>((i * from.length + place) * from.inner),
                             from.inner, to);
        result.values = std::move(values);
      },
      data.values);
  return result;
}

Tensor expanded(Operands in) {
  Tensor result;
  result.shape = broadcast_shape(in[0]->shape, in[1]->integers());
  std::visit(
      [&]<class T>(const std::vector<T>& source) {
        std::vector<T> values = computed_values(result.shape, source);
        BroadcastWalk from(result.shape, in[0]->shape);
        const std::size_t length = BroadcastWalk::run_length(result.shape);
        for (std::size_t begin = 0; begin < values.size(); begin += length, from.next_run())
          for (std::size_t i = 0; i < length; ++i) values[begin + i] = source[from.position() + i * from.step()];
        result.values = std::move(values);
      },
      in[0]->values);
  return result;
}

Tensor shape_of(Operands in, std::int64_t start, const std::int64_t* given_end) {
  const auto rank = static_cast<std::int64_t>(in[0]->rank());
  const auto within = [&](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const std::int64_t from = within(start);
  const std::int64_t to = given_end ? std::max(from, within(*given_end)) : std::max(from, rank);
  Tensor::Integers dimensions(in[0]->shape.begin() + from, in[0]->shape.begin() + to);
  return {{to - from}, std::move(dimensions)};
}

/// As a person would write it; whole numbers without a point.
std::string number_text(float value) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

/// ONNX leaves a float beyond int64 undefined; here it becomes the nearest int64, and NaN 0.
std::int64_t whole_number(float value) {
  if (std::isnan(value)) return 0;
  if (value >= 9223372036854775808.0F) return std::numeric_limits<std::int64_t>::max();
  if (value <= -9223372036854775808.0F) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}

template <class T>
T parsed(const std::string& text) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc() || stop != end) throw ModelError("cannot read '" + text + "' as a number");
  return value;
}

template <class To, class From>
To converted(const From& value) {
  if constexpr (std::is_same_v<To, From>)
    return value;
  else if constexpr (std::is_same_v<To, std::uint8_t>)
    if constexpr (std::is_same_v<From, std::string>)
      return parsed<float>(value) != 0;
    else
      return value != From{};
  else if constexpr (std::is_same_v<From, std::string>)
    return parsed<To>(value);
  else if constexpr (std::is_same_v<To, std::string>)
    if constexpr (std::is_same_v<From, float>)
      return number_text(value);
    else
      return std::to_string(value);
  else if constexpr (std::is_same_v<From, float>)
    return whole_number(value);
  else
    return static_cast<To>(value);
}

template <class To>
Tensor cast(const Tensor& from) {
  return std::visit(
      [&]<class From>(const std::vector<From>& source) -> Tensor {
        std::vector<To> values = computed_values<To>(from.shape);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = converted<To, From>(source[i]);
        return {from.shape, std::move(values)};
      },
      from.values);
}

NodeKernel make_cast(const NodeAttributes& given) {
  const std::int64_t to = given.integer("to", 0);  // numbers of TensorProto.DataType
  switch (to) {
    case 1:
      return [](Operands in) { return cast<float>(*in[0]); };
    case 7:
      return [](Operands in) { return cast<std::int64_t>(*in[0]); };
    case 8:
      return [](Operands in) { return cast<std::string>(*in[0]); };
    case 9:
      return [](Operands in) { return cast<std::uint8_t>(*in[0]); };
    default:
      throw ModelError("converts to element type " + std::to_string(to) +
                       "; FLOAT, INT64, STRING and BOOL are supported");
  }
}

Tensor constant_of(const NodeAttributes& given) {
  if (const auto* value = given.find<Tensor>("value")) return *value;
  if (const auto* value = given.find<float>("value_float")) return {{}, Tensor::Reals{*value}};
  if (const auto* value = given.find<std::int64_t>("value_int")) return {{}, Tensor::Integers{*value}};
  if (const auto* value = given.find<std::string>("value_string")) return {{}, Tensor::Texts{*value}};
  const auto list = [](const auto& values) { return Tensor{{static_cast<std::int64_t>(values.size())}, values}; };
  if (const auto* values = given.find<Tensor::Reals>("value_floats")) return list(*values);
  if (const auto* values = given.find<Tensor::Integers>("value_ints")) return list(*values);
  if (const auto* values = given.find<Tensor::Texts>("value_strings")) return list(*values);
  throw ModelError("has no value");
}

const std::vector<OnnxOperator>& table() {
  static const std::vector<OnnxOperator> operators{
      {"",
       "Constant",
       0,
       0,
       {"value", "value_float", "value_int", "value_string", "value_floats", "value_ints", "value_strings"},
       [](const NodeAttributes& given) -> NodeKernel {
         return [value = constant_of(given)](Operands) { return value; };
       }},
      {"",
       "Identity",
       1,
       1,
       {},
       [](const NodeAttributes&) -> NodeKernel { return [](Operands in) { return *in[0]; }; }},
      {"", "Cast", 1, 1, {"to"}, make_cast},
      {"",
       "Reshape",
       2,
       2,
       {"allowzero"},
       [](const NodeAttributes& given) -> NodeKernel {
         return [zero_is_zero = given.integer("allowzero", 0) != 0](Operands in) {
           return reshaped(*in[0], reshape_target(*in[0], in[1]->integers(), zero_is_zero));
         };
       }},
      {"",
       "Flatten",
       1,
       1,
       {"axis"},
       [](const NodeAttributes& given) -> NodeKernel {
         return
             [axis = given.integer("axis", 1)](Operands in) { return reshaped(*in[0], flattened(in[0]->shape, axis)); };
       }},
      {"", "Squeeze", 1, 2, {}, [](const NodeAttributes&) -> NodeKernel { return squeezed; }},
      {"", "Unsqueeze", 2, 2, {}, [](const NodeAttributes&) -> NodeKernel { return unsqueezed; }},
      {"",
       "Transpose",
       1,
       1,
       {"perm"},
       [](const NodeAttributes& given) -> NodeKernel {
         return [order = given.get("perm", Tensor::Integers())](Operands in) { return transposed(*in[0], order); };
       }},
      {"",
       "Concat",
       1,
       OnnxOperator::any,
       {"axis"},
       [](const NodeAttributes& given) -> NodeKernel {
         if (!given.has("axis")) throw ModelError("has no attribute 'axis'");
         return [axis = given.integer("axis", 0)](Operands in) { return concatenated(in, axis); };
       }},
      {"",
       "Gather",
       2,
       2,
       {"axis"},
       [](const NodeAttributes& given) -> NodeKernel {
         return [axis = given.integer("axis", 0)](Operands in) { return gathered(in, axis); };
       }},
      {"", "Expand", 2, 2, {}, [](const NodeAttributes&) -> NodeKernel { return expanded; }},
      {"",
       "Shape",
       1,
       1,
       {"start", "end"},
       [](const NodeAttributes& given) -> NodeKernel {
         const auto* end = given.find<std::int64_t>("end");
         return [start = given.integer("start", 0), end = end ? std::optional(*end) : std::nullopt](Operands in) {
           return shape_of(in, start, end ? &*end : nullptr);
         };
       }},
  };
  return operators;
}

}  // namespace

std::span<const OnnxOperator> layout_operators() {
  return table();
}

}  // namespace gb
