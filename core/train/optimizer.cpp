#include "core/train/optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"

namespace gb {
namespace {

constexpr std::size_t grain = 16384;

/// Calls body(begin, end, l2) for pieces that lie in one segment, spread over the threads.
template <class Body>
void for_pieces(const std::vector<Segment>& segments, std::size_t size, double l2, Body body) {
  parallel_chunks(size, grain, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (const Segment& segment : segments) {
      const std::size_t from = std::max(begin, segment.begin);
      const std::size_t to = std::min(end, segment.end);
      if (from < to) body(from, to, segment.decays ? static_cast<float>(l2) : 0.0F);
    }
  });
}

// The inner loops stand alone, with values and restricted pointers for parameters: captured references would keep them
// from being vectorised (measured: three times slower).

void sgd_piece(float* __restrict w, const float* __restrict g, std::size_t count, float rate, float decay) {
  for (std::size_t i = 0; i < count; ++i) w[i] -= rate * (g[i] + decay * w[i]);
}

void momentum_piece(float* __restrict w, float* __restrict v, const float* __restrict g, std::size_t count, float rate,
                    float momentum, float decay) {
  for (std::size_t i = 0; i < count; ++i) {
    v[i] = momentum * v[i] + g[i] + decay * w[i];
    w[i] -= rate * v[i];
  }
}

constexpr double beta1 = 0.9;
constexpr double beta2 = 0.999;

void adam_piece(float* __restrict w, float* __restrict m, float* __restrict v, const float* __restrict gradient,
                std::size_t count, float rate, float root, float decay) {
  constexpr auto b1 = static_cast<float>(beta1);
  constexpr auto b2 = static_cast<float>(beta2);
  constexpr float epsilon = 1e-8F;
  for (std::size_t i = 0; i < count; ++i) {
    const float g = gradient[i] + decay * w[i];
    m[i] = b1 * m[i] + (1 - b1) * g;
    v[i] = b2 * v[i] + (1 - b2) * g * g;
    w[i] -= rate * m[i] / (std::sqrt(v[i]) * root + epsilon);
  }
}

double mean_absolute(std::span<const float> values) {
  double total = 0;
  for (const float value : values) total += std::abs(static_cast<double>(value));
  return values.empty() ? 0 : total / static_cast<double>(values.size());
}

class Sgd : public Optimizer {
 public:
  explicit Sgd(std::vector<Segment> segments) : segments_(std::move(segments)) {}
  void step(std::span<float> weights, std::span<const float> gradients, double learning_rate, double l2) override {
    const auto rate = static_cast<float>(learning_rate);
    for_pieces(segments_, weights.size(), l2, [&](std::size_t begin, std::size_t end, float decay) {
      sgd_piece(weights.data() + begin, gradients.data() + begin, end - begin, rate, decay);
    });
  }
  double mean_step(std::span<const float> gradients, double learning_rate) const override {
    return learning_rate * mean_absolute(gradients);
  }
  void save(State&) const override {}
  void restore(const State&) override {}

 private:
  std::vector<Segment> segments_;
};

/// Heavy ball (Polyak 1964) as PyTorch writes it: v = momentum v + g, w -= rate v.
class Momentum : public Optimizer {
 public:
  Momentum(std::vector<Segment> segments, std::size_t size, double momentum)
      : segments_(std::move(segments)), velocity_(size), momentum_(static_cast<float>(momentum)) {}
  void step(std::span<float> weights, std::span<const float> gradients, double learning_rate, double l2) override {
    const auto rate = static_cast<float>(learning_rate);
    for_pieces(segments_, weights.size(), l2, [&](std::size_t begin, std::size_t end, float decay) {
      momentum_piece(weights.data() + begin, velocity_.data() + begin, gradients.data() + begin, end - begin, rate,
                     momentum_, decay);
    });
  }
  double mean_step(std::span<const float>, double learning_rate) const override {
    return learning_rate * mean_absolute(velocity_);
  }
  void save(State& state) const override { state.arrays.push_back(float_state("optimizer.velocity", velocity_)); }
  void restore(const State& state) override { velocity_ = state_floats(state, "optimizer.velocity", velocity_.size()); }

 private:
  std::vector<Segment> segments_;
  std::vector<float> velocity_;
  float momentum_;
};

/// Adam (Kingma, Ba 2015, algorithm 1), beta 0.9 and 0.999, epsilon 1e-8.
class Adam : public Optimizer {
 public:
  Adam(std::vector<Segment> segments, std::size_t size)
      : segments_(std::move(segments)), mean_(size), variance_(size) {}
  void step(std::span<float> weights, std::span<const float> gradients, double learning_rate, double l2) override {
    ++steps_;
    const auto t = static_cast<double>(steps_);
    const auto rate = static_cast<float>(learning_rate / (1 - std::pow(beta1, t)));
    const auto root = static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, t)));
    for_pieces(segments_, weights.size(), l2, [&](std::size_t begin, std::size_t end, float decay) {
      adam_piece(weights.data() + begin, mean_.data() + begin, variance_.data() + begin, gradients.data() + begin,
                 end - begin, rate, root, decay);
    });
  }
  double mean_step(std::span<const float>, double learning_rate) const override {
    const auto t = static_cast<double>(std::max<std::int64_t>(steps_, 1));
    const double rate = learning_rate / (1 - std::pow(beta1, t));
    const double root = 1 / std::sqrt(1 - std::pow(beta2, t));
    double total = 0;
    for (std::size_t i = 0; i < mean_.size(); ++i)
      total +=
          std::abs(rate * static_cast<double>(mean_[i]) / (std::sqrt(static_cast<double>(variance_[i])) * root + 1e-8));
    return total / static_cast<double>(std::max<std::size_t>(mean_.size(), 1));
  }
  void save(State& state) const override {
    state.header["optimizer_steps"] = steps_;
    state.arrays.push_back(float_state("optimizer.mean", mean_));
    state.arrays.push_back(float_state("optimizer.variance", variance_));
  }
  void restore(const State& state) override {
    steps_ = state.header.value("optimizer_steps", std::int64_t{0});
    mean_ = state_floats(state, "optimizer.mean", mean_.size());
    variance_ = state_floats(state, "optimizer.variance", variance_.size());
  }

 private:
  std::vector<Segment> segments_;
  std::vector<float> mean_, variance_;
  std::int64_t steps_ = 0;
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(OptimizerKind kind, std::vector<Segment> segments, std::size_t size,
                                          double momentum) {
  switch (kind) {
    case OptimizerKind::adam:
      return std::make_unique<Adam>(std::move(segments), size);
    case OptimizerKind::momentum:
      return std::make_unique<Momentum>(std::move(segments), size, momentum);
    case OptimizerKind::sgd:
      return std::make_unique<Sgd>(std::move(segments));
  }
  throw Error("Unknown optimizer");
}

std::vector<float> state_floats(const State& state, const std::string& name, std::size_t size) {
  for (const auto& array : state.arrays) {
    if (array.name != name) continue;
    if (array.type != "F32" || array.bytes.size() != size * sizeof(float))
      throw Error("The checkpoint's array '" + name + "' does not fit this experiment: " + std::to_string(size) +
                  " float32 values were expected, but it has " + std::to_string(array.bytes.size()) + " bytes of " +
                  array.type);
    std::vector<float> values(size);
    std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
    return values;
  }
  throw Error("The checkpoint has no array '" + name + "'");
}

StateArray float_state(std::string name, std::span<const float> values) {
  StateArray array{std::move(name), "F32", {static_cast<std::int64_t>(values.size())}, {}};
  array.bytes.resize(values.size_bytes());
  std::memcpy(array.bytes.data(), values.data(), values.size_bytes());
  return array;
}

}  // namespace gb
