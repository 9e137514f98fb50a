#include <cmath>

#include "core/backend/reference/activation.hpp"
#include "core/backend/reference/kernels.hpp"

namespace gb::reference {
namespace {

/// All three normalizations are one computation: numbers fall into groups that share mean and deviation (a channel of
/// the batch, a row, a channel of a picture), and into sets that share scale and bias.
struct Groups {
  std::int64_t count;  ///< of groups
  std::int64_t outer, inner;
  std::int64_t outer_stride, stride;  ///< group g, element (o, i): base(g) + o * outer_stride + i
  bool scale_per_element;             ///< scale belongs to the element of a group, else to the group's channel
  std::int64_t channels;

  std::int64_t size() const { return outer * inner; }
  std::int64_t base(std::int64_t group) const { return group * stride; }
  std::int64_t scale_index(std::int64_t group, std::int64_t element) const {
    return scale_per_element ? element : group % channels;
  }
  template <class Body>
  void for_each(std::int64_t group, Body body) const {
    for (std::int64_t o = 0; o < outer; ++o)
      for (std::int64_t i = 0; i < inner; ++i)
        body(base(group) + o * outer_stride + i, scale_index(group, o * inner + i));
  }
};

Groups batch_groups(const Shape& x) {
  const std::int64_t plane = volume(x) / (x[0] * x[1]);
  return {x[1], x[0], plane, x[1] * plane, plane, false, x[1]};
}

Groups instance_groups(const Shape& x) {
  const std::int64_t plane = volume(x) / (x[0] * x[1]);
  return {x[0] * x[1], 1, plane, 0, plane, false, x[1]};
}

Groups layer_groups(const Shape& x, const Operand& scale) {
  const std::int64_t row = scale.size();
  return {volume(x) / row, 1, row, 0, row, true, 1};
}

template <class T>
struct Moments {
  double mean = 0, variance = 0;
};

template <class T>
Moments<T> moments(const Groups& groups, std::int64_t group, const T* x) {
  Moments<T> result;
  const auto size = static_cast<double>(groups.size());
  groups.for_each(group, [&](std::int64_t i, std::int64_t) { result.mean += static_cast<double>(x[i]); });
  result.mean /= size;
  groups.for_each(group, [&](std::int64_t i, std::int64_t) {
    const double difference = static_cast<double>(x[i]) - result.mean;
    result.variance += difference * difference;
  });
  result.variance /= size;
  return result;
}

double epsilon_of(const Operation& operation) {
  return real_attribute(operation.attributes, "epsilon", 1e-5);
}

template <class T>
void write(const Operation& operation, const Groups& groups, std::int64_t group, double mean, double inverse) {
  const T* x = operation.inputs[0].as<T>();
  const T* scale = operation.inputs[1].as<T>();
  const T* bias = operation.inputs[2].as<T>();
  T* y = operation.outputs[0].as<T>();
  groups.for_each(group, [&](std::int64_t i, std::int64_t s) {
    y[i] = static_cast<T>((static_cast<double>(x[i]) - mean) * inverse) * scale[s] + bias[s];
  });
}

template <class T>
void batch_normalization(const Operation& operation) {
  const Groups groups = batch_groups(operation.inputs[0].shape);
  const bool training = integer_attribute(operation.attributes, "training_mode", 0) != 0;
  const double momentum = real_attribute(operation.attributes, "momentum", 0.9);
  const T* old_mean = operation.inputs[3].as<T>();
  const T* old_variance = operation.inputs[4].as<T>();
  for (std::int64_t c = 0; c < groups.count; ++c) {
    Moments<T> used{static_cast<double>(old_mean[c]), static_cast<double>(old_variance[c])};
    if (training) {
      used = moments(groups, c, operation.inputs[0].as<T>());
      operation.outputs[1].as<T>()[c] =
          static_cast<T>(momentum * static_cast<double>(old_mean[c]) + (1 - momentum) * used.mean);
      operation.outputs[2].as<T>()[c] =
          static_cast<T>(momentum * static_cast<double>(old_variance[c]) + (1 - momentum) * used.variance);
      operation.outputs[3].as<T>()[c] = static_cast<T>(used.mean);
      operation.outputs[4].as<T>()[c] = static_cast<T>(1 / std::sqrt(used.variance + epsilon_of(operation)));
    }
    write<T>(operation, groups, c, used.mean, 1 / std::sqrt(used.variance + epsilon_of(operation)));
  }
  if (const std::string activation = text_attribute(operation.attributes, "activation", ""); !activation.empty()) {
    const Operand& y = operation.outputs[0];
    apply_activation<T>(activation, static_cast<T>(activation_alpha(operation)), y.as<T>(), y.as<T>(), y.size());
  }
}

/// Layer and instance normalization: outputs Y, mean, inverse deviation.
template <class T>
void own_moments(const Operation& operation, const Groups& groups) {
  for (std::int64_t g = 0; g < groups.count; ++g) {
    const Moments<T> found = moments(groups, g, operation.inputs[0].as<T>());
    const double inverse = 1 / std::sqrt(found.variance + epsilon_of(operation));
    if (operation.outputs.size() > 1) {
      operation.outputs[1].as<T>()[g] = static_cast<T>(found.mean);
      operation.outputs[2].as<T>()[g] = static_cast<T>(inverse);
    }
    write<T>(operation, groups, g, found.mean, inverse);
  }
}

template <class T>
void layer_normalization(const Operation& operation) {
  own_moments<T>(operation, layer_groups(operation.inputs[0].shape, operation.inputs[1]));
}

template <class T>
void instance_normalization(const Operation& operation) {
  own_moments<T>(operation, instance_groups(operation.inputs[0].shape));
}

/// Inputs dY, X, scale, mean, inverse deviation and perhaps the bias, which tells where a rectifier let
/// numbers pass (of the others `alpha` times, 0 but for a leaky one); outputs dX, dScale, dB. With z = (x - mean)
/// inverse and g = dY scale: dX = inverse (g - mean(g) - z mean(g z)), means over the group.
template <class T>
void normalization_grad(const Operation& operation, const Groups& groups) {
  const T* dy = operation.inputs[0].as<T>();
  const T* x = operation.inputs[1].as<T>();
  const T* scale = operation.inputs[2].as<T>();
  const T* means = operation.inputs[3].as<T>();
  const T* inverses = operation.inputs[4].as<T>();
  const T* bias = operation.inputs.size() > 5 ? operation.inputs[5].as<T>() : nullptr;
  const double alpha = real_attribute(operation.attributes, "alpha", 0);
  const auto passed = [&](std::int64_t i, std::int64_t s, double z) {
    const bool held = bias && !(z * static_cast<double>(scale[s]) + static_cast<double>(bias[s]) > 0);
    return static_cast<double>(dy[i]) * (held ? alpha : 1.0);
  };
  T* dx = operation.outputs[0].as<T>();
  const auto scales = static_cast<std::size_t>(operation.inputs[2].size());
  std::vector<double> dscale(scales, 0.0), dbias(scales, 0.0);
  const auto size = static_cast<double>(groups.size());
  for (std::int64_t group = 0; group < groups.count; ++group) {
    const auto mean = static_cast<double>(means[group]);
    const auto inverse = static_cast<double>(inverses[group]);
    double sum = 0, product = 0;
    groups.for_each(group, [&](std::int64_t i, std::int64_t s) {
      const double z = (static_cast<double>(x[i]) - mean) * inverse;
      const double own = passed(i, s, z);
      const double g = own * static_cast<double>(scale[s]);
      sum += g;
      product += g * z;
      dscale[static_cast<std::size_t>(s)] += own * z;
      dbias[static_cast<std::size_t>(s)] += own;
    });
    groups.for_each(group, [&](std::int64_t i, std::int64_t s) {
      const double z = (static_cast<double>(x[i]) - mean) * inverse;
      const double g = passed(i, s, z) * static_cast<double>(scale[s]);
      dx[i] = static_cast<T>(inverse * (g - sum / size - z * product / size));
    });
  }
  for (std::size_t s = 0; s < scales; ++s) {
    operation.outputs[1].as<T>()[s] = static_cast<T>(dscale[s]);
    operation.outputs[2].as<T>()[s] = static_cast<T>(dbias[s]);
  }
}

template <class T>
void batch_normalization_grad(const Operation& operation) {
  normalization_grad<T>(operation, batch_groups(operation.inputs[1].shape));
}
template <class T>
void layer_normalization_grad(const Operation& operation) {
  normalization_grad<T>(operation, layer_groups(operation.inputs[1].shape, operation.inputs[2]));
}
template <class T>
void instance_normalization_grad(const Operation& operation) {
  normalization_grad<T>(operation, instance_groups(operation.inputs[1].shape));
}

}  // namespace

template <class T>
void add_normalization_kernels(KernelTable<T>& table) {
  table["BatchNormalization"] = batch_normalization<T>;
  table["BatchNormalizationGrad"] = batch_normalization_grad<T>;
  table["LayerNormalization"] = layer_normalization<T>;
  table["LayerNormalizationGrad"] = layer_normalization_grad<T>;
  table["InstanceNormalization"] = instance_normalization<T>;
  table["InstanceNormalizationGrad"] = instance_normalization_grad<T>;
}
template void add_normalization_kernels<float>(KernelTable<float>&);
template void add_normalization_kernels<double>(KernelTable<double>&);

}  // namespace gb::reference
