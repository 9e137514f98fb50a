#include <algorithm>
#include <cmath>
#include <limits>

#include "core/linalg/matrix.hpp"
#include "core/model/operators.hpp"

// Operators that combine elements along axes: matrix products, reductions, softmax, argmax.

namespace gb {
namespace {

using ConstMap = Eigen::Map<const MatrixF>;
using Map = Eigen::Map<MatrixF>;

Eigen::Index extent(const Shape& shape, std::size_t axis) {
  return static_cast<Eigen::Index>(shape[axis]);
}

struct Gemm {
  float alpha, beta;
  bool transpose_a, transpose_b;

  Tensor operator()(Operands in) const {
    const Tensor &a = *in[0], &b = *in[1];
    if (a.rank() != 2 || b.rank() != 2)
      throw ModelError("multiplies " + shape_text(a.shape) + " and " + shape_text(b.shape) + "; matrices are expected");
    const ConstMap left(a.reals().data(), extent(a.shape, 0), extent(a.shape, 1));
    const ConstMap right(b.reals().data(), extent(b.shape, 0), extent(b.shape, 1));
    const Shape shape{a.shape[transpose_a ? 1 : 0], b.shape[transpose_b ? 0 : 1]};
    if (a.shape[transpose_a ? 0 : 1] != b.shape[transpose_b ? 1 : 0])
      throw ModelError("multiplies " + shape_text(a.shape) + (transpose_a ? " transposed" : "") + " and " +
                       shape_text(b.shape) + (transpose_b ? " transposed" : "") + ", which do not fit");
    Tensor::Reals values = computed_values<float>(shape);
    Map result(values.data(), extent(shape, 0), extent(shape, 1));
    if (transpose_a && transpose_b)
      result.noalias() = alpha * left.transpose() * right.transpose();
    else if (transpose_a)
      result.noalias() = alpha * left.transpose() * right;
    else if (transpose_b)
      result.noalias() = alpha * left * right.transpose();
    else
      result.noalias() = alpha * left * right;
    if (in.size() > 2 && in[2]) {
      if (broadcast_shape(shape, in[2]->shape) != shape)
        throw ModelError("adds " + shape_text(in[2]->shape) + " to " + shape_text(shape));
      const Tensor::Reals& added = in[2]->reals();
      BroadcastWalk from(shape, in[2]->shape);
      const std::size_t length = BroadcastWalk::run_length(shape);
      for (std::size_t begin = 0; begin < values.size(); begin += length, from.next_run())
        for (std::size_t i = 0; i < length; ++i) values[begin + i] += beta * added[from.position() + i * from.step()];
    }
    return {shape, std::move(values)};
  }
};

/// numpy's matmul: the last two axes are matrices, the others broadcast; vectors gain an axis for the product.
Tensor matrix_product(Operands in) {
  Shape left = in[0]->shape, right = in[1]->shape;
  const Tensor::Reals &a = in[0]->reals(), &b = in[1]->reals();
  if (left.empty() || right.empty()) throw ModelError("multiplies scalars; matrices are expected");
  const bool left_vector = left.size() == 1, right_vector = right.size() == 1;
  if (left_vector) left.insert(left.begin(), 1);
  if (right_vector) right.push_back(1);
  const Eigen::Index rows = extent(left, left.size() - 2), inner = extent(left, left.size() - 1);
  const Eigen::Index columns = extent(right, right.size() - 1);
  if (inner != extent(right, right.size() - 2))
    throw ModelError("multiplies " + shape_text(in[0]->shape) + " and " + shape_text(in[1]->shape) +
                     ", which do not fit");
  const Shape left_batch(left.begin(), left.end() - 2), right_batch(right.begin(), right.end() - 2);
  Shape batch = broadcast_shape(left_batch, right_batch);
  Shape shape = batch;
  if (!left_vector) shape.push_back(rows);
  if (!right_vector) shape.push_back(columns);
  Tensor::Reals values = computed_values<float>(shape);
  batch.push_back(1);  // one product is one run
  Shape left_runs = left_batch, right_runs = right_batch;
  left_runs.push_back(1);
  right_runs.push_back(1);
  BroadcastWalk from(batch, left_runs), with(batch, right_runs);
  const auto size = static_cast<std::size_t>(rows * columns);
  for (std::size_t begin = 0; begin < values.size(); begin += size, from.next_run(), with.next_run())
    Map(values.data() + begin, rows, columns).noalias() =
        ConstMap(a.data() + from.position() * static_cast<std::size_t>(rows * inner), rows, inner) *
        ConstMap(b.data() + with.position() * static_cast<std::size_t>(inner * columns), inner, columns);
  return {std::move(shape), std::move(values)};
}

/// How a reduction starts, takes in an element and ends; in double, so that long sums keep their digits.
struct Reduction {
  double start;
  double (*take)(double sum, double value);
  double (*finish)(double sum, double count);
};

Tensor reduced(const Tensor& from, const std::vector<bool>& along, bool keep, const Reduction& reduction) {
  const Tensor::Reals& source = from.reals();
  Shape kept, shape;
  for (std::size_t i = 0; i < from.rank(); ++i) {
    kept.push_back(along[i] ? 1 : from.shape[i]);
    if (!along[i] || keep) shape.push_back(kept.back());
  }
  Tensor::Reals values = computed_values<float>(shape);
  std::vector<double> sums(values.size(), reduction.start);
  BroadcastWalk to(from.shape, kept);
  const std::size_t length = BroadcastWalk::run_length(from.shape);
  for (std::size_t begin = 0; begin < source.size(); begin += length, to.next_run())
    for (std::size_t i = 0; i < length; ++i) {
      double& sum = sums[to.position() + i * to.step()];
      sum = reduction.take(sum, static_cast<double>(source[begin + i]));
    }
  const double count = values.empty() ? 0 : static_cast<double>(source.size()) / static_cast<double>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(reduction.finish(sums[i], count));
  return {std::move(shape), std::move(values)};
}

/// The axes are an input (ReduceSum from opset 13) or an attribute (the others).
NodeKernel reduction_kernel(const NodeAttributes& given, const Reduction& reduction) {
  return [reduction, keep = given.integer("keepdims", 1) != 0, axes = given.get("axes", Tensor::Integers()),
          none_means_none = given.integer("noop_with_empty_axes", 0) != 0](Operands in) {
    const Tensor& from = *in[0];
    const Tensor::Integers& chosen = in.size() > 1 && in[1] ? in[1]->integers() : axes;
    std::vector<bool> along(from.rank(), chosen.empty() && !none_means_none);
    for (const std::int64_t axis : chosen) along[checked_axis(axis, from.rank())] = true;
    return reduced(from, along, keep, reduction);
  };
}

double same(double sum, double) {
  return sum;
}

NodeKernel softmax_kernel(const NodeAttributes& given, bool logarithm) {
  return [axis = given.integer("axis", -1), logarithm](Operands in) -> Tensor {
    const AxisView view(in[0]->shape, checked_axis(axis, in[0]->rank()));
    Tensor::Reals values = in[0]->reals();
    for (std::size_t outer = 0; outer < view.outer; ++outer)
      for (std::size_t inner = 0; inner < view.inner; ++inner) {
        float* const line = values.data() + outer * view.length * view.inner + inner;
        float largest = -std::numeric_limits<float>::infinity();
        for (std::size_t i = 0; i < view.length; ++i) largest = std::max(largest, line[i * view.inner]);
        double sum = 0;
        for (std::size_t i = 0; i < view.length; ++i) {
          float& value = line[i * view.inner];
          value -= largest;
          const float power = std::exp(value);
          sum += static_cast<double>(power);
          if (!logarithm) value = power;
        }
        const auto whole = static_cast<float>(logarithm ? std::log(sum) : sum);
        for (std::size_t i = 0; i < view.length; ++i) {
          float& value = line[i * view.inner];
          value = logarithm ? value - whole : value / whole;
        }
      }
    return {in[0]->shape, std::move(values)};
  };
}

template <class T, class Better>
Tensor position_of_best(const Tensor& from, const std::vector<T>& source, std::size_t axis, bool keep, bool last,
                        const Better& better) {
  const AxisView view(from.shape, axis);
  if (view.length == 0) throw ModelError("looks for the extreme of an empty axis");
  Shape shape = from.shape;
  if (keep)
    shape[axis] = 1;
  else
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  Tensor::Integers places = computed_values<std::int64_t>(shape);
  for (std::size_t outer = 0; outer < view.outer; ++outer)
    for (std::size_t inner = 0; inner < view.inner; ++inner) {
      const T* const line = source.data() + outer * view.length * view.inner + inner;
      std::size_t best = 0;
      for (std::size_t i = 1; i < view.length; ++i) {
        const T &value = line[i * view.inner], &so_far = line[best * view.inner];
        if (better(value, so_far) || (last && value == so_far)) best = i;
      }
      places[outer * view.inner + inner] = static_cast<std::int64_t>(best);
    }
  return {std::move(shape), std::move(places)};
}

template <class Better>
NodeKernel best_kernel(const NodeAttributes& given, Better better) {
  return [given_axis = given.integer("axis", 0), keep = given.integer("keepdims", 1) != 0,
          last = given.integer("select_last_index", 0) != 0, better](Operands in) {
    const Tensor& from = *in[0];
    const std::size_t axis = checked_axis(given_axis, from.rank());
    if (from.type() == TensorType::integer) return position_of_best(from, from.integers(), axis, keep, last, better);
    return position_of_best(from, from.reals(), axis, keep, last, better);
  };
}

const std::vector<OnnxOperator>& table() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  static const std::vector<std::string_view> reduction{"axes", "keepdims", "noop_with_empty_axes"};
  static const std::vector<std::string_view> best{"axis", "keepdims", "select_last_index"};
  static const std::vector<OnnxOperator> operators{
      {"",
       "Gemm",
       2,
       3,
       {"alpha", "beta", "transA", "transB"},
       [](const NodeAttributes& given) -> NodeKernel {
         return Gemm{given.real("alpha", 1), given.real("beta", 1), given.integer("transA", 0) != 0,
                     given.integer("transB", 0) != 0};
       }},
      {"", "MatMul", 2, 2, {}, [](const NodeAttributes&) -> NodeKernel { return matrix_product; }},
      {"", "ReduceSum", 1, 2, reduction,
       [](const NodeAttributes& given) {
         return reduction_kernel(given, {0, [](double sum, double value) { return sum + value; }, same});
       }},
      {"", "ReduceMean", 1, 2, reduction,
       [](const NodeAttributes& given) {
         return reduction_kernel(given, {0, [](double sum, double value) { return sum + value; },
                                         [](double sum, double count) { return sum / count; }});
       }},
      {"", "ReduceSumSquare", 1, 2, reduction,
       [](const NodeAttributes& given) {
         return reduction_kernel(given, {0, [](double sum, double value) { return sum + value * value; }, same});
       }},
      {"", "ReduceMax", 1, 2, reduction,
       [](const NodeAttributes& given) {
         return reduction_kernel(
             given, {-infinity, [](double most, double value) { return value > most || value != value ? value : most; },
                     same});
       }},
      {"", "ReduceMin", 1, 2, reduction,
       [](const NodeAttributes& given) {
         return reduction_kernel(
             given, {infinity,
                     [](double least, double value) { return value < least || value != value ? value : least; }, same});
       }},
      {"", "Softmax", 1, 1, {"axis"}, [](const NodeAttributes& given) { return softmax_kernel(given, false); }},
      {"", "LogSoftmax", 1, 1, {"axis"}, [](const NodeAttributes& given) { return softmax_kernel(given, true); }},
      {"", "ArgMax", 1, 1, best, [](const NodeAttributes& given) { return best_kernel(given, std::greater<>{}); }},
      {"", "ArgMin", 1, 1, best, [](const NodeAttributes& given) { return best_kernel(given, std::less<>{}); }},
  };
  return operators;
}

}  // namespace

std::span<const OnnxOperator> reduction_operators() {
  return table();
}

}  // namespace gb
