#include <cmath>

#include "core/backend/onednn/channel_sums.hpp"
#include "core/backend/onednn/primitives.hpp"

namespace gb::onednn {
namespace {

// Inner loops stand alone so that they are vectorised.

void add_moments(const float* __restrict x, const float* __restrict shift, float* __restrict sum,
                 float* __restrict squares, std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) {
    const float d = x[c] - shift[c];
    sum[c] += d;
    squares[c] += d * d;
  }
}

void scale_shift(const float* __restrict x, const float* __restrict factor, const float* __restrict offset,
                 float* __restrict y, std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) y[c] = x[c] * factor[c] + offset[c];
}

/// With a rectifier behind it, which lets `alpha` times negative numbers pass.
void scale_shift_rectified(const float* __restrict x, const float* __restrict factor, const float* __restrict offset,
                           float alpha, float* __restrict y, std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) {
    const float value = x[c] * factor[c] + offset[c];
    y[c] = value > 0 ? value : alpha * value;
  }
}

void add_gradient_moments(const float* __restrict dy, const float* __restrict x, const float* __restrict mean,
                          float* __restrict sum, float* __restrict product, std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) {
    sum[c] += dy[c];
    product[c] += dy[c] * (x[c] - mean[c]);
  }
}

void normalized_gradient(const float* dy, const float* __restrict x, const float* __restrict a,
                         const float* __restrict b, const float* __restrict k, float* dx, std::int64_t channels) {
#pragma GCC ivdep
  for (std::int64_t c = 0; c < channels; ++c) dx[c] = a[c] * dy[c] + b[c] * x[c] + k[c];
}

/// The same, `alpha` times dY passing where factor x + offset, what came out, was not above zero.
void add_masked_moments(const float* __restrict dy, const float* __restrict x, const float* __restrict mean,
                        const float* __restrict factor, const float* __restrict offset, float alpha,
                        float* __restrict sum, float* __restrict product, std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) {
    const float passed = x[c] * factor[c] + offset[c] > 0 ? dy[c] : alpha * dy[c];
    sum[c] += passed;
    product[c] += passed * (x[c] - mean[c]);
  }
}

/// `factor` is also what dY is multiplied by.
void masked_gradient(const float* dy, const float* __restrict x, const float* __restrict factor,
                     const float* __restrict offset, const float* __restrict b, const float* __restrict k, float alpha,
                     float* dx, std::int64_t channels) {
#pragma GCC ivdep  // dX and dY may be the same
  for (std::int64_t c = 0; c < channels; ++c) {
    const float passed = x[c] * factor[c] + offset[c] > 0 ? dy[c] : alpha * dy[c];
    dx[c] = factor[c] * passed + b[c] * x[c] + k[c];
  }
}

std::vector<float*> pointers(const std::vector<Operand>& operands) {
  std::vector<float*> all;
  for (const auto& operand : operands) all.push_back(operand.as<float>());
  return all;
}

/// Mean and variance are found about the old running mean, which is near: their difference cancels little.
std::unique_ptr<Kernel> batch_normalization(const Operation& operation) {
  const auto pass = std::make_shared<ChannelPass>(operation.inputs[0]);
  const std::int64_t channels = pass->matrix().channels;
  const bool training = integer_attribute(operation.attributes, "training_mode", 0) != 0;
  const std::string rectifier = text_attribute(operation.attributes, "activation", "");
  const auto alpha =
      static_cast<float>(rectifier == "LeakyRelu" ? real_attribute(operation.attributes, "alpha", 0.01) : 0.0);
  const bool rectified = !rectifier.empty();
  const double epsilon = real_attribute(operation.attributes, "epsilon", 1e-5);
  const double momentum = real_attribute(operation.attributes, "momentum", 0.9);
  const auto buffer = std::make_shared<std::vector<float>>(3 * channels);
  const auto in = pointers(operation.inputs), out = pointers(operation.outputs);
  return std::make_unique<Loop>([=] {
    float* const factor = buffer->data();
    float* const offset = factor + channels;
    float* const shift = offset + channels;
    // The running mean may be written where it was read.
    std::copy_n(in[3], channels, shift);
    const auto count = static_cast<double>(pass->matrix().places);
    pass->run(
        training,
        [&](std::int64_t p, std::int64_t c, std::int64_t n, float* a, float* b) {
          add_moments(in[0] + p * channels + c, shift + c, a, b, n);
        },
        [&](std::int64_t c, double sum, double squares) {
          auto mean = static_cast<double>(shift[c]);
          auto variance = static_cast<double>(in[4][c]);
          const double old_variance = variance;
          if (training) {
            const double moved = sum / count;
            mean += moved;
            variance = std::max(0.0, squares / count - moved * moved);
          }
          const double inverse = 1 / std::sqrt(variance + epsilon);
          if (training) {
            out[1][c] = static_cast<float>(momentum * static_cast<double>(shift[c]) + (1 - momentum) * mean);
            out[2][c] = static_cast<float>(momentum * old_variance + (1 - momentum) * variance);
            out[3][c] = static_cast<float>(mean);
            out[4][c] = static_cast<float>(inverse);
          }
          factor[c] = static_cast<float>(inverse * static_cast<double>(in[1][c]));
          offset[c] =
              static_cast<float>(static_cast<double>(in[2][c]) - mean * inverse * static_cast<double>(in[1][c]));
        },
        [&](std::int64_t p, std::int64_t c, std::int64_t n) {
          const std::int64_t at = p * channels + c;
          if (rectified)
            scale_shift_rectified(in[0] + at, factor + c, offset + c, alpha, out[0] + at, n);
          else
            scale_shift(in[0] + at, factor + c, offset + c, out[0] + at, n);
        });
  });
}

/// Inputs dY, X, scale, mean, inverse deviation and perhaps the bias, which tells where a rectifier let numbers
/// pass (of the others `alpha` times); outputs dX, dScale, dB. dX is linear in dY and X per channel.
std::unique_ptr<Kernel> batch_normalization_gradient(const Operation& operation) {
  const auto pass = std::make_shared<ChannelPass>(operation.inputs[1]);
  const std::int64_t channels = pass->matrix().channels;
  const auto buffer = std::make_shared<std::vector<float>>(4 * channels);
  const auto in = pointers(operation.inputs), out = pointers(operation.outputs);
  const bool masked = in.size() > 5;
  const auto alpha = static_cast<float>(real_attribute(operation.attributes, "alpha", 0));
  return std::make_unique<Loop>([=] {
    float* const a = buffer->data();
    float* const b = a + channels;
    float* const k = b + channels;
    float* const offset = k + channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      const double scale = static_cast<double>(in[2][c]) * static_cast<double>(in[4][c]);
      a[c] = static_cast<float>(scale);
      if (masked) offset[c] = static_cast<float>(static_cast<double>(in[5][c]) - static_cast<double>(in[3][c]) * scale);
    }
    const auto count = static_cast<double>(pass->matrix().places);
    pass->run(
        true,
        [&](std::int64_t p, std::int64_t c, std::int64_t n, float* sum, float* product) {
          const std::int64_t at = p * channels + c;
          if (masked)
            add_masked_moments(in[0] + at, in[1] + at, in[3] + c, a + c, offset + c, alpha, sum, product, n);
          else
            add_gradient_moments(in[0] + at, in[1] + at, in[3] + c, sum, product, n);
        },
        [&](std::int64_t c, double sum, double product) {
          const auto mean = static_cast<double>(in[3][c]);
          const auto inverse = static_cast<double>(in[4][c]);
          const double scale = static_cast<double>(in[2][c]) * inverse;
          const double dscale = product * inverse;
          out[1][c] = static_cast<float>(dscale);
          out[2][c] = static_cast<float>(sum);
          const double slope = -scale * dscale * inverse / count;
          b[c] = static_cast<float>(slope);
          k[c] = static_cast<float>(-scale * sum / count - slope * mean);
        },
        [&](std::int64_t p, std::int64_t c, std::int64_t n) {
          const std::int64_t at = p * channels + c;
          if (masked)
            masked_gradient(in[0] + at, in[1] + at, a + c, offset + c, b + c, k + c, alpha, out[0] + at, n);
          else
            normalized_gradient(in[0] + at, in[1] + at, a + c, b + c, k + c, out[0] + at, n);
        });
  });
}

}  // namespace

std::unique_ptr<Kernel> make_normalization(const Operation& operation) {
  if (operation.op != "BatchNormalization" && operation.op != "BatchNormalizationGrad") return nullptr;
  const Operand& x = operation.inputs[operation.op == "BatchNormalization" ? 0 : 1];
  const bool rows = x.shape.size() == 2;
  const bool last = x.shape.size() == 4 && (x.channels_last || x.shape[1] == 1 || x.shape[2] * x.shape[3] == 1);
  if (!rows && !last) return nullptr;
  if (operation.op == "BatchNormalizationGrad") return batch_normalization_gradient(operation);
  const std::string activation = text_attribute(operation.attributes, "activation", "");
  return activation.empty() || activation == "Relu" || activation == "LeakyRelu" ? batch_normalization(operation)
                                                                                 : nullptr;
}

}  // namespace gb::onednn
