#include <cmath>

#include "core/backend/onednn/exponential.hpp"
#include "core/backend/onednn/primitives.hpp"
#include "core/base/parallel.hpp"

namespace gb::onednn {
namespace {

inline float hyperbolic_tangent(float x) {
  const float size = std::abs(x);
  const float large = 1.0F - 2.0F / (exponential(2.0F * size) + 1.0F);
  // Near zero the difference above would cancel: Cephes' tanhf.
  const float z = x * x;
  float p = -5.70498872745e-3F;
  p = p * z + 2.06390887954e-2F;
  p = p * z - 5.37397155531e-2F;
  p = p * z + 1.33314422036e-1F;
  p = p * z - 3.33332819422e-1F;
  const float small = p * z * size + size;
  return std::copysign(size < 0.625F ? small : large, x);
}

void tanh_piece(const float* x, float* y, std::size_t begin, std::size_t end) {
#pragma GCC ivdep  // x and y may be the same
  for (std::size_t i = begin; i < end; ++i) y[i] = hyperbolic_tangent(x[i]);
}

void sigmoid_piece(const float* x, float* y, std::size_t begin, std::size_t end) {
#pragma GCC ivdep
  for (std::size_t i = begin; i < end; ++i) y[i] = 1.0F / (1.0F + exponential(-x[i]));
}

using Piece = void (*)(const float*, float*, std::size_t, std::size_t);

class LoopKernel : public Kernel {
 public:
  LoopKernel(Piece piece, const Operand& x, const Operand& y) : piece_(piece), x_(x), y_(y) {}
  void run() override {
    constexpr std::size_t grain = 16384;
    parallel_chunks(static_cast<std::size_t>(y_.size()), grain, [&](std::size_t begin, std::size_t end, std::size_t) {
      piece_(x_.as<float>(), y_.as<float>(), begin, end);
    });
  }

 private:
  Piece piece_;
  Operand x_, y_;
};

}  // namespace

std::unique_ptr<Kernel> make_activation(const std::string& op, const Operand& x, const Operand& y) {
  if (op == "Tanh") return std::make_unique<LoopKernel>(tanh_piece, x, y);
  if (op == "Sigmoid") return std::make_unique<LoopKernel>(sigmoid_piece, x, y);
  return nullptr;
}

}  // namespace gb::onednn
