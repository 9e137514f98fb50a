#include <algorithm>
#include <cmath>
#include <vector>

#include "core/backend/onednn/exponential.hpp"
#include "core/backend/onednn/primitives.hpp"
#include "core/base/parallel.hpp"

/// Losses that compare pictures number by number, in parallel. What is compared lies in the same order on both sides,
/// whichever that is.
namespace gb::onednn {
namespace {

constexpr std::size_t grain = 8192;
constexpr std::size_t block = 256;

using Piece = void (*)(const float* x, const float* target, float* out, std::size_t count);
using ScaledPiece = void (*)(const float* x, const float* target, float* out, std::size_t count, float scale);

void squares(const float* x, const float* target, float* out, std::size_t count) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < count; ++i) out[i] = (x[i] - target[i]) * (x[i] - target[i]);
}

void square_slopes(const float* x, const float* target, float* out, std::size_t count, float scale) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < count; ++i) out[i] = 2.0F * scale * (x[i] - target[i]);
}

/// -t log sigmoid(x) - (1 - t) log(1 - sigmoid(x)), without forming either logarithm.
void entropies(const float* x, const float* target, float* out, std::size_t count) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < count; ++i) {
    const float positive = x[i] > 0.0F ? x[i] : 0.0F;
    out[i] = positive - x[i] * target[i] + log_of_one_plus(exponential(-std::abs(x[i])));
  }
}

void entropy_slopes(const float* x, const float* target, float* out, std::size_t count, float scale) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < count; ++i) out[i] = scale * (1.0F / (1.0F + exponential(-x[i])) - target[i]);
}

/// In double, lane by lane.
double sum_of(const float* values, std::size_t count) {
  constexpr std::size_t lanes = 8;
  double sums[lanes] = {};
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (std::size_t j = 0; j < lanes; ++j) sums[j] += static_cast<double>(values[i + j]);
  double total = 0;
  for (; i < count; ++i) total += static_cast<double>(values[i]);
  for (const double sum : sums) total += sum;
  return total;
}

/// The mean over all numbers.
class MeanKernel : public Kernel {
 public:
  MeanKernel(Piece piece, const Operation& operation)
      : piece_(piece), x_(operation.inputs[0]), target_(operation.inputs[1]), loss_(operation.outputs[0]) {
    sums_.resize(chunk_count(static_cast<std::size_t>(x_.size()), grain));
  }
  void run() override {
    std::fill(sums_.begin(), sums_.end(), 0.0);
    parallel_chunks(static_cast<std::size_t>(x_.size()), grain,
                    [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                      float values[block];
                      double sum = 0;
                      for (std::size_t i = begin; i < end; i += block) {
                        const std::size_t count = std::min(block, end - i);
                        piece_(x_.as<float>() + i, target_.as<float>() + i, values, count);
                        sum += sum_of(values, count);
                      }
                      sums_[chunk] = sum;
                    });
    double total = 0;
    for (const double sum : sums_) total += sum;
    *loss_.as<float>() = static_cast<float>(total / static_cast<double>(x_.size()));
  }

 private:
  Piece piece_;
  Operand x_, target_, loss_;
  std::vector<double> sums_;
};

class SlopeKernel : public Kernel {
 public:
  SlopeKernel(ScaledPiece piece, const Operation& operation)
      : piece_(piece), x_(operation.inputs[0]), target_(operation.inputs[1]), dx_(operation.outputs[0]) {}
  void run() override {
    const float scale = 1.0F / static_cast<float>(x_.size());
    parallel_chunks(static_cast<std::size_t>(x_.size()), grain, [&](std::size_t begin, std::size_t end, std::size_t) {
      piece_(x_.as<float>() + begin, target_.as<float>() + begin, dx_.as<float>() + begin, end - begin, scale);
    });
  }

 private:
  ScaledPiece piece_;
  Operand x_, target_, dx_;
};

}  // namespace

std::unique_ptr<Kernel> make_loss(const Operation& operation) {
  if (operation.op == "MeanSquaredError") return std::make_unique<MeanKernel>(squares, operation);
  if (operation.op == "MeanSquaredErrorGrad") return std::make_unique<SlopeKernel>(square_slopes, operation);
  if (operation.op == "BinaryCrossEntropyLoss") return std::make_unique<MeanKernel>(entropies, operation);
  if (operation.op == "BinaryCrossEntropyLossGrad") return std::make_unique<SlopeKernel>(entropy_slopes, operation);
  return nullptr;
}

}  // namespace gb::onednn
