#include <cmath>
#include <functional>
#include <vector>

#include "core/backend/onednn/primitives.hpp"
#include "core/base/parallel.hpp"

/// Loops over pictures with their channels last: a matrix of places (N x H x W) by channels, so that the inner loop
/// runs over neighbours in memory.
namespace gb::onednn {
namespace {

constexpr std::int64_t worth_a_thread = 16384;  ///< numbers

/// A kernel as a function object; buffers it needs are made with it.
class Loop : public Kernel {
 public:
  explicit Loop(std::function<void()> body) : body_(std::move(body)) {}
  void run() override { body_(); }

 private:
  std::function<void()> body_;
};

struct Matrix {
  std::int64_t places, channels;
  explicit Matrix(const Operand& pictures) : places(pictures.size() / pictures.shape[1]), channels(pictures.shape[1]) {}
  std::size_t grain() const { return static_cast<std::size_t>(std::max<std::int64_t>(1, worth_a_thread / channels)); }
  std::size_t pieces() const { return chunk_count(static_cast<std::size_t>(places), grain()); }
  template <class Body>
  void for_pieces(Body body) const {
    parallel_chunks(static_cast<std::size_t>(places), grain(),
                    [&](std::size_t begin, std::size_t end, std::size_t piece) {
                      body(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end), piece);
                    });
  }
};

/// Two sums per channel over places, `rows(place, a, b)` adding one place's share to float sums; every so many places
/// those go into doubles, so that precision does not depend on how many there are.
constexpr std::int64_t places_at_once = 256;

struct Sums {
  Sums(const Matrix& matrix)
      : channels(static_cast<std::size_t>(matrix.channels)),
        partial(std::max<std::size_t>(matrix.pieces(), 1) * 2 * channels),
        block(partial.size()),
        total(2 * channels) {}

  template <class Add>
  void over(const Matrix& matrix, Add add) {
    std::fill(partial.begin(), partial.end(), 0.0);
    matrix.for_pieces([&](std::int64_t begin, std::int64_t end, std::size_t piece) {
      double* sums = partial.data() + piece * 2 * channels;
      float* a = block.data() + piece * 2 * channels;
      float* b = a + channels;
      for (std::int64_t first = begin; first < end; first += places_at_once) {
        std::fill_n(a, 2 * channels, 0.0F);
        const std::int64_t stop = std::min(first + places_at_once, end);
        add(first, stop, a, b);
        for (std::size_t c = 0; c < 2 * channels; ++c) sums[c] += static_cast<double>(a[c]);
      }
    });
    std::fill(total.begin(), total.end(), 0.0);
    for (std::size_t i = 0; i < partial.size(); ++i) total[i % (2 * channels)] += partial[i];
  }
  double first(std::int64_t channel) const { return total[static_cast<std::size_t>(channel)]; }
  double second(std::int64_t channel) const { return total[channels + static_cast<std::size_t>(channel)]; }

  std::size_t channels;
  std::vector<double> partial;
  std::vector<float> block;
  std::vector<double> total;
};

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

void scale_shift_relu(const float* __restrict x, const float* __restrict factor, const float* __restrict offset,
                      float* __restrict y, std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) {
    const float value = x[c] * factor[c] + offset[c];
    y[c] = value > 0 ? value : 0;
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

/// The same, dY passing only where factor x + offset, what came out, was above zero.
void add_masked_moments(const float* __restrict dy, const float* __restrict x, const float* __restrict mean,
                        const float* __restrict factor, const float* __restrict offset, float* __restrict sum,
                        float* __restrict product, std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) {
    const float passed = x[c] * factor[c] + offset[c] > 0 ? dy[c] : 0;
    sum[c] += passed;
    product[c] += passed * (x[c] - mean[c]);
  }
}

/// `factor` is also what dY is multiplied by.
void masked_gradient(const float* dy, const float* __restrict x, const float* __restrict factor,
                     const float* __restrict offset, const float* __restrict b, const float* __restrict k, float* dx,
                     std::int64_t channels) {
#pragma GCC ivdep  // dX and dY may be the same
  for (std::int64_t c = 0; c < channels; ++c) {
    const float passed = x[c] * factor[c] + offset[c] > 0 ? factor[c] * dy[c] : 0;
    dx[c] = passed + b[c] * x[c] + k[c];
  }
}

void add_row(const float* __restrict x, float* __restrict sum, std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) sum[c] += x[c];
}

/// Mean and variance are found about the old running mean, which is near: their difference cancels little.
std::unique_ptr<Kernel> batch_normalization(const Operation& operation) {
  const Matrix matrix(operation.inputs[0]);
  const bool training = integer_attribute(operation.attributes, "training_mode", 0) != 0;
  const bool relu = text_attribute(operation.attributes, "activation", "") == "Relu";
  const double epsilon = real_attribute(operation.attributes, "epsilon", 1e-5);
  const double momentum = real_attribute(operation.attributes, "momentum", 0.9);
  const auto sums = std::make_shared<Sums>(matrix);
  const auto buffer = std::make_shared<std::vector<float>>(3 * matrix.channels);
  const auto numbers = [](const Operand& operand) { return operand.as<float>(); };
  std::vector<float*> in, out;
  for (const auto& operand : operation.inputs) in.push_back(numbers(operand));
  for (const auto& operand : operation.outputs) out.push_back(numbers(operand));
  return std::make_unique<Loop>([=] {
    const std::int64_t channels = matrix.channels;
    float* factor = buffer->data();
    float* offset = factor + channels;
    float* shift = offset + channels;
    if (training) {
      std::copy_n(in[3], channels, shift);
      sums->over(matrix, [&](std::int64_t begin, std::int64_t end, float* a, float* b) {
        for (std::int64_t p = begin; p < end; ++p) add_moments(in[0] + p * channels, shift, a, b, channels);
      });
    }
    const auto count = static_cast<double>(matrix.places);
    for (std::int64_t c = 0; c < channels; ++c) {
      auto mean = static_cast<double>(in[3][c]);
      auto variance = static_cast<double>(in[4][c]);
      if (training) {
        const double moved = sums->first(c) / count;
        mean = static_cast<double>(shift[c]) + moved;
        variance = std::max(0.0, sums->second(c) / count - moved * moved);
      }
      const double inverse = 1 / std::sqrt(variance + epsilon);
      if (training) {
        out[1][c] = static_cast<float>(momentum * static_cast<double>(in[3][c]) + (1 - momentum) * mean);
        out[2][c] = static_cast<float>(momentum * static_cast<double>(in[4][c]) + (1 - momentum) * variance);
        out[3][c] = static_cast<float>(mean);
        out[4][c] = static_cast<float>(inverse);
      }
      factor[c] = static_cast<float>(inverse * static_cast<double>(in[1][c]));
      offset[c] = static_cast<float>(static_cast<double>(in[2][c]) - mean * inverse * static_cast<double>(in[1][c]));
    }
    matrix.for_pieces([&](std::int64_t begin, std::int64_t end, std::size_t) {
      for (std::int64_t p = begin; p < end; ++p)
        (relu ? scale_shift_relu : scale_shift)(in[0] + p * channels, factor, offset, out[0] + p * channels, channels);
    });
  });
}

/// Inputs dY, X, scale, mean, inverse deviation and perhaps the bias, which tells where a rectifier let numbers
/// pass; outputs dX, dScale, dB. dX is linear in dY and X per channel.
std::unique_ptr<Kernel> batch_normalization_gradient(const Operation& operation) {
  const Matrix matrix(operation.inputs[1]);
  const auto sums = std::make_shared<Sums>(matrix);
  const auto buffer = std::make_shared<std::vector<float>>(4 * matrix.channels);
  std::vector<float*> in, out;
  for (const auto& operand : operation.inputs) in.push_back(operand.as<float>());
  for (const auto& operand : operation.outputs) out.push_back(operand.as<float>());
  const bool masked = in.size() > 5;
  return std::make_unique<Loop>([=] {
    const std::int64_t channels = matrix.channels;
    float* a = buffer->data();
    float* b = a + channels;
    float* k = b + channels;
    float* offset = k + channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      const double scale = static_cast<double>(in[2][c]) * static_cast<double>(in[4][c]);
      a[c] = static_cast<float>(scale);
      if (masked) offset[c] = static_cast<float>(static_cast<double>(in[5][c]) - static_cast<double>(in[3][c]) * scale);
    }
    sums->over(matrix, [&](std::int64_t begin, std::int64_t end, float* sum, float* product) {
      for (std::int64_t p = begin * channels; p < end * channels; p += channels) {
        if (masked)
          add_masked_moments(in[0] + p, in[1] + p, in[3], a, offset, sum, product, channels);
        else
          add_gradient_moments(in[0] + p, in[1] + p, in[3], sum, product, channels);
      }
    });
    const auto count = static_cast<double>(matrix.places);
    for (std::int64_t c = 0; c < channels; ++c) {
      const auto mean = static_cast<double>(in[3][c]);
      const auto inverse = static_cast<double>(in[4][c]);
      const double scale = static_cast<double>(in[2][c]) * inverse;
      const double dscale = sums->second(c) * inverse;
      out[1][c] = static_cast<float>(dscale);
      out[2][c] = static_cast<float>(sums->first(c));
      const double slope = -scale * dscale * inverse / count;
      b[c] = static_cast<float>(slope);
      k[c] = static_cast<float>(-scale * sums->first(c) / count - slope * mean);
    }
    matrix.for_pieces([&](std::int64_t begin, std::int64_t end, std::size_t) {
      for (std::int64_t p = begin * channels; p < end * channels; p += channels) {
        if (masked)
          masked_gradient(in[0] + p, in[1] + p, a, offset, b, k, out[0] + p, channels);
        else
          normalized_gradient(in[0] + p, in[1] + p, a, b, k, out[0] + p, channels);
      }
    });
  });
}

std::unique_ptr<Kernel> channel_sum(const Operation& operation) {
  const Matrix matrix(operation.inputs[0]);
  const auto sums = std::make_shared<Sums>(matrix);
  const float* x = operation.inputs[0].as<float>();
  float* y = operation.outputs[0].as<float>();
  return std::make_unique<Loop>([=] {
    sums->over(matrix, [&](std::int64_t begin, std::int64_t end, float* sum, float*) {
      for (std::int64_t p = begin; p < end; ++p) add_row(x + p * matrix.channels, sum, matrix.channels);
    });
    for (std::int64_t c = 0; c < matrix.channels; ++c) y[c] = static_cast<float>(sums->first(c));
  });
}

std::unique_ptr<Kernel> global_average_pool(const Operation& operation) {
  const Operand& x = operation.inputs[0];
  const std::int64_t channels = x.shape[1];
  const std::int64_t plane = x.shape[2] * x.shape[3];
  const auto count = static_cast<std::size_t>(x.shape[0]);
  const auto grain = static_cast<std::size_t>(std::max<std::int64_t>(1, worth_a_thread / (channels * plane)));
  return std::make_unique<Loop>([=, from = x.as<float>(), to = operation.outputs[0].as<float>()] {
    parallel_chunks(count, grain, [&](std::size_t begin, std::size_t end, std::size_t) {
      for (auto n = static_cast<std::int64_t>(begin); n < static_cast<std::int64_t>(end); ++n) {
        float* sum = to + n * channels;
        std::fill_n(sum, channels, 0.0F);
        for (std::int64_t p = 0; p < plane; ++p) add_row(from + (n * plane + p) * channels, sum, channels);
        for (std::int64_t c = 0; c < channels; ++c) sum[c] /= static_cast<float>(plane);
      }
    });
  });
}

/// Of means over height and width.
std::unique_ptr<Kernel> mean_gradient(const Operation& operation) {
  const Operand& dx = operation.outputs[0];
  const std::int64_t channels = dx.shape[1];
  const std::int64_t plane = dx.shape[2] * dx.shape[3];
  const Matrix matrix(dx);
  return std::make_unique<Loop>([=, from = operation.inputs[0].as<float>(), to = dx.as<float>()] {
    matrix.for_pieces([&](std::int64_t begin, std::int64_t end, std::size_t) {
      for (std::int64_t p = begin; p < end; ++p) {
        const float* dy = from + p / plane * channels;
        for (std::int64_t c = 0; c < channels; ++c) to[p * channels + c] = dy[c] / static_cast<float>(plane);
      }
    });
  });
}

std::unique_ptr<Kernel> turned(const Operation& operation) {
  const dnnl::memory from(picture_desc(operation.inputs[0]), engine(), operation.inputs[0].data);
  const dnnl::memory to(picture_desc(operation.outputs[0]), engine(), operation.outputs[0].data);
  auto kernel = std::make_unique<Steps>();
  kernel->add(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  return kernel;
}

}  // namespace

std::unique_ptr<Kernel> make_channels(const Operation& operation) {
  if (operation.op == "ChannelsLast" || operation.op == "ChannelsFirst") return turned(operation);
  const auto is_last = [](const Operand& operand) {
    return operand.shape.size() == 4 &&
           (operand.channels_last || operand.shape[1] == 1 || operand.shape[2] * operand.shape[3] == 1);
  };
  if (operation.inputs.empty() || !is_last(operation.inputs[0])) return nullptr;
  if (operation.op == "BatchNormalization") {
    const std::string activation = text_attribute(operation.attributes, "activation", "");
    return activation.empty() || activation == "Relu" ? batch_normalization(operation) : nullptr;
  }
  if (operation.op == "BatchNormalizationGrad") return batch_normalization_gradient(operation);
  if (operation.op == "ChannelSum") return channel_sum(operation);
  if (operation.op == "GlobalAveragePool") return global_average_pool(operation);
  if (operation.op == "ReduceMeanGrad" && is_last(operation.outputs[0]) &&
      integers_attribute(operation.attributes, "axes", {}) == std::vector<std::int64_t>{2, 3})
    return mean_gradient(operation);
  return nullptr;
}

}  // namespace gb::onednn
