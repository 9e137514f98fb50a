#include <algorithm>
#include <cstring>

#include "core/backend/reference/kernels.hpp"

namespace gb::reference {
namespace {

template <class T>
void copy(const Operation& operation) {
  std::memcpy(operation.outputs[0].data, operation.inputs[0].data,
              static_cast<std::size_t>(operation.inputs[0].size()) * sizeof(T));
}

template <class T>
void transpose(const Operation& operation) {
  const Shape& in = operation.inputs[0].shape;
  const Shape& out = operation.outputs[0].shape;
  const auto order = integers_attribute(operation.attributes, "perm", {});
  std::vector<std::int64_t> in_strides(in.size(), 1), strides(in.size()), index(in.size(), 0);
  for (std::size_t i = in.size() - 1; i > 0; --i) in_strides[i - 1] = in_strides[i] * in[i];
  for (std::size_t i = 0; i < in.size(); ++i) strides[i] = in_strides[static_cast<std::size_t>(order[i])];
  const T* x = operation.inputs[0].as<T>();
  T* y = operation.outputs[0].as<T>();
  std::int64_t from = 0;
  for (std::int64_t i = 0; i < operation.outputs[0].size(); ++i) {
    y[i] = x[from];
    for (std::size_t axis = out.size(); axis-- > 0;) {
      from += strides[axis];
      if (++index[axis] < out[axis]) break;
      from -= strides[axis] * out[axis];
      index[axis] = 0;
    }
  }
}

/// A tensor seen as [outer, axis, inner].
struct Axis {
  std::int64_t outer = 1, extent = 1, inner = 1;
  Axis(const Shape& shape, std::int64_t axis) {
    const auto at = static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(shape.size()) : axis);
    for (std::size_t i = 0; i < shape.size(); ++i) (i < at ? outer : i == at ? extent : inner) *= shape[i];
  }
};

template <class T>
void concat(const Operation& operation) {
  const std::int64_t axis = integer_attribute(operation.attributes, "axis", 1);
  const Axis whole(operation.outputs[0].shape, axis);
  std::int64_t start = 0;
  for (const Operand& input : operation.inputs) {
    const Axis part(input.shape, axis);
    const std::int64_t run = part.extent * part.inner;
    for (std::int64_t o = 0; o < part.outer; ++o)
      std::copy_n(input.as<T>() + o * run, run,
                  operation.outputs[0].as<T>() + (o * whole.extent + start) * whole.inner);
    start += part.extent;
  }
}

template <class T>
void slice(const Operation& operation) {
  const std::int64_t axis = integer_attribute(operation.attributes, "axis", 1);
  const std::int64_t start = integer_attribute(operation.attributes, "start", 0);
  const Axis whole(operation.inputs[0].shape, axis);
  const Axis part(operation.outputs[0].shape, axis);
  const std::int64_t run = part.extent * part.inner;
  for (std::int64_t o = 0; o < part.outer; ++o)
    std::copy_n(operation.inputs[0].as<T>() + (o * whole.extent + start) * whole.inner, run,
                operation.outputs[0].as<T>() + o * run);
}

/// Calls body(place in the whole, place among the means) for every element; `axes` are those averaged over.
template <class Body>
void for_reduced(const Operation& operation, const Shape& whole, Body body) {
  const auto axes = integers_attribute(operation.attributes, "axes", {});
  std::vector<std::int64_t> strides(whole.size(), 0), index(whole.size(), 0);
  std::int64_t stride = 1;
  for (std::size_t i = whole.size(); i-- > 0;) {
    if (std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) != axes.end()) continue;
    strides[i] = stride;
    stride *= whole[i];
  }
  std::int64_t to = 0;
  const std::int64_t count = volume(whole);
  for (std::int64_t i = 0; i < count; ++i) {
    body(i, to);
    for (std::size_t axis = whole.size(); axis-- > 0;) {
      to += strides[axis];
      if (++index[axis] < whole[axis]) break;
      to -= strides[axis] * whole[axis];
      index[axis] = 0;
    }
  }
}

template <class T>
void reduce_mean(const Operation& operation) {
  const Operand& x = operation.inputs[0];
  const Operand& y = operation.outputs[0];
  std::vector<double> sums(static_cast<std::size_t>(y.size()), 0.0);
  for_reduced(operation, x.shape, [&](std::int64_t from, std::int64_t to) {
    sums[static_cast<std::size_t>(to)] += static_cast<double>(x.as<T>()[from]);
  });
  const auto each = static_cast<double>(x.size() / y.size());
  for (std::size_t i = 0; i < sums.size(); ++i) y.as<T>()[i] = static_cast<T>(sums[i] / each);
}

template <class T>
void reduce_mean_grad(const Operation& operation) {
  const Operand& dy = operation.inputs[0];
  const Operand& dx = operation.outputs[0];
  const T each = static_cast<T>(dx.size() / dy.size());
  for_reduced(operation, dx.shape, [&](std::int64_t i, std::int64_t from) { dx.as<T>()[i] = dy.as<T>()[from] / each; });
}

template <class T>
void gather(const Operation& operation) {
  const Operand& rows = operation.inputs[0];
  const std::int64_t width = rows.size() / rows.shape[0];
  const auto* chosen = operation.inputs[1].as<std::int32_t>();
  for (std::int64_t i = 0; i < operation.inputs[1].size(); ++i)
    std::copy_n(rows.as<T>() + chosen[i] * width, width, operation.outputs[0].as<T>() + i * width);
}

template <class T>
void gather_grad(const Operation& operation) {
  const Operand& drows = operation.outputs[0];
  const std::int64_t width = drows.size() / drows.shape[0];
  const auto* chosen = operation.inputs[1].as<std::int32_t>();
  std::fill_n(drows.as<T>(), drows.size(), T(0));
  for (std::int64_t i = 0; i < operation.inputs[1].size(); ++i)
    for (std::int64_t j = 0; j < width; ++j)
      drows.as<T>()[chosen[i] * width + j] += operation.inputs[0].as<T>()[i * width + j];
}

}  // namespace

template <class T>
void add_layout_kernels(KernelTable<T>& table) {
  table["Identity"] = copy<T>;
  table["Reshape"] = copy<T>;
  table["Flatten"] = copy<T>;
  table["Transpose"] = transpose<T>;
  table["Concat"] = concat<T>;
  table["Slice"] = slice<T>;
  table["ReduceMean"] = reduce_mean<T>;
  table["ReduceMeanGrad"] = reduce_mean_grad<T>;
  table["Gather"] = gather<T>;
  table["GatherGrad"] = gather_grad<T>;
}
template void add_layout_kernels<float>(KernelTable<float>&);
template void add_layout_kernels<double>(KernelTable<double>&);

}  // namespace gb::reference
