#include <cmath>

#include "core/model/operators.hpp"

// Operators that give numbers mean 0 and deviation 1.

namespace gb {
namespace {

/// One number per channel of X [N, C, ...].
const float* per_channel(Operands in, std::size_t index, std::int64_t channels) {
  if (in[index]->shape != Shape{channels})
    throw ModelError("takes one number per channel, " + shape_text({channels}) + ", not " +
                     shape_text(in[index]->shape));
  return in[index]->reals().data();
}

std::int64_t channels_of(const Tensor& x) {
  if (x.rank() < 2) throw ModelError("takes [N, C, ...], not " + shape_text(x.shape));
  return x.shape[1];
}

/// X, scale, B, mean, variance; by the running statistics, as after training.
Tensor batch_normalized(Operands in, float epsilon) {
  const std::int64_t channels = channels_of(*in[0]);
  const float *scale = per_channel(in, 1, channels), *bias = per_channel(in, 2, channels);
  const float *mean = per_channel(in, 3, channels), *variance = per_channel(in, 4, channels);
  const AxisView view(in[0]->shape, 1);
  Tensor::Reals values = in[0]->reals();
  float* at = values.data();
  for (std::size_t n = 0; n < view.outer; ++n)
    for (std::size_t c = 0; c < view.length; ++c) {
      const float factor = scale[c] / std::sqrt(variance[c] + epsilon);
      for (std::size_t i = 0; i < view.inner; ++i, ++at) *at = (*at - mean[c]) * factor + bias[c];
    }
  return {in[0]->shape, std::move(values)};
}

/// A run of numbers made mean 0 and population deviation 1.
void normalize(float* values, std::size_t count, float epsilon) {
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]);
  const double mean = sum / static_cast<double>(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double difference = static_cast<double>(values[i]) - mean;
    squares += difference * difference;
  }
  const double factor = 1 / std::sqrt(squares / static_cast<double>(count) + static_cast<double>(epsilon));
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>((static_cast<double>(values[i]) - mean) * factor);
}

/// X, scale, B: over the axes from `given_axis` on.
Tensor layer_normalized(Operands in, std::int64_t given_axis, float epsilon) {
  const Shape& shape = in[0]->shape;
  const std::size_t axis = checked_axis(given_axis, shape.size());
  const Shape rest(shape.begin() + static_cast<std::ptrdiff_t>(axis), shape.end());
  const float* parts[2] = {nullptr, nullptr};
  for (std::size_t i = 1; i < in.size(); ++i) {
    if (!in[i]) continue;
    if (in[i]->shape != rest)
      throw ModelError("takes scale and bias " + shape_text(rest) + ", not " + shape_text(in[i]->shape));
    parts[i - 1] = in[i]->reals().data();
  }
  Tensor::Reals values = in[0]->reals();
  const std::size_t count = element_count(rest);
  for (std::size_t begin = 0; begin < values.size(); begin += count) {
    float* run = values.data() + begin;
    normalize(run, count, epsilon);
    for (std::size_t i = 0; i < count; ++i) run[i] = run[i] * parts[0][i] + (parts[1] ? parts[1][i] : 0.0F);
  }
  return {shape, std::move(values)};
}

/// X, scale, B: every channel of every example by itself.
Tensor instance_normalized(Operands in, float epsilon) {
  const std::int64_t channels = channels_of(*in[0]);
  const float *scale = per_channel(in, 1, channels), *bias = per_channel(in, 2, channels);
  const AxisView view(in[0]->shape, 1);
  Tensor::Reals values = in[0]->reals();
  float* run = values.data();
  for (std::size_t n = 0; n < view.outer; ++n)
    for (std::size_t c = 0; c < view.length; ++c, run += view.inner) {
      normalize(run, view.inner, epsilon);
      for (std::size_t i = 0; i < view.inner; ++i) run[i] = run[i] * scale[c] + bias[c];
    }
  return {in[0]->shape, std::move(values)};
}

const std::vector<OnnxOperator>& table() {
  static const std::vector<OnnxOperator> operators{
      {"",
       "BatchNormalization",
       5,
       5,
       {"epsilon", "momentum", "training_mode"},
       [](const NodeAttributes& given) -> NodeKernel {
         if (given.integer("training_mode", 0) != 0) throw ModelError("is in training mode, which is not supported");
         return [epsilon = given.real("epsilon", 1e-5F)](Operands in) { return batch_normalized(in, epsilon); };
       }},
      {"",
       "LayerNormalization",
       2,
       3,
       {"axis", "epsilon", "stash_type"},
       [](const NodeAttributes& given) -> NodeKernel {
         return [axis = given.integer("axis", -1), epsilon = given.real("epsilon", 1e-5F)](Operands in) {
           return layer_normalized(in, axis, epsilon);
         };
       }},
      {"",
       "InstanceNormalization",
       3,
       3,
       {"epsilon"},
       [](const NodeAttributes& given) -> NodeKernel {
         return [epsilon = given.real("epsilon", 1e-5F)](Operands in) { return instance_normalized(in, epsilon); };
       }},
  };
  return operators;
}

}  // namespace

std::span<const OnnxOperator> normalization_operators() {
  return table();
}

}  // namespace gb
