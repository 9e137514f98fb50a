#include "core/train/optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"

namespace gb {
namespace {

constexpr std::size_t grain = 16384;

/// What pulls on a weight besides its gradient.
struct Pull {
  float l2 = 0, l1 = 0;
  float keep = 1;  ///< share that decoupled decay leaves
};

/// Calls body(segment, begin, end, pull, every) for pieces that lie in one segment, spread over the threads. `every` is
/// a constant: whether l1 and decay need looking at, or l2 alone.
template <class Body>
void for_pieces(const std::vector<Segment>& segments, std::size_t size, const StepSettings& settings, Body body) {
  const Pull none;
  const Pull pull{static_cast<float>(settings.l2), static_cast<float>(settings.l1),
                  static_cast<float>(1 - settings.learning_rate * settings.weight_decay)};
  const bool every = settings.l1 != 0 || settings.weight_decay != 0;
  parallel_chunks(size, grain, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const std::size_t from = std::max(begin, segments[i].begin);
      const std::size_t to = std::min(end, segments[i].end);
      if (from >= to) continue;
      if (every && segments[i].decays)
        body(i, from, to, pull, std::true_type{});
      else
        body(i, from, to, segments[i].decays ? pull : none, std::false_type{});
    }
  });
}

// The inner loops stand alone, with values and restricted pointers for parameters: captured references would keep them
// from being vectorised (measured: three times slower).

template <bool every>
inline float pulled(float g, float w, Pull pull) {
  const float sum = g + pull.l2 * w;
  if constexpr (!every) return sum;
  return sum + ((w > 0 ? pull.l1 : 0.0F) - (w < 0 ? pull.l1 : 0.0F));
}
template <bool every>
inline float kept(float w, Pull pull) {
  if constexpr (every) return pull.keep * w;
  return w;
}

template <bool every>
void sgd_piece(float* __restrict w, const float* __restrict g, std::size_t count, float rate, Pull pull) {
  for (std::size_t i = 0; i < count; ++i) w[i] = kept<every>(w[i], pull) - rate * pulled<every>(g[i], w[i], pull);
}

template <bool every>
void momentum_piece(float* __restrict w, float* __restrict v, const float* __restrict g, std::size_t count, float rate,
                    float momentum, Pull pull) {
  for (std::size_t i = 0; i < count; ++i) {
    v[i] = momentum * v[i] + pulled<every>(g[i], w[i], pull);
    w[i] = kept<every>(w[i], pull) - rate * v[i];
  }
}

template <bool every>
void nesterov_piece(float* __restrict w, float* __restrict v, const float* __restrict gradient, std::size_t count,
                    float rate, float momentum, Pull pull) {
  for (std::size_t i = 0; i < count; ++i) {
    const float g = pulled<every>(gradient[i], w[i], pull);
    v[i] = momentum * v[i] + g;
    w[i] = kept<every>(w[i], pull) - rate * (g + momentum * v[i]);
  }
}

template <bool every>
void lars_piece(float* __restrict w, float* __restrict v, const float* __restrict g, std::size_t count, float rate,
                float momentum, Pull pull) {
  for (std::size_t i = 0; i < count; ++i) {
    v[i] = momentum * v[i] + rate * pulled<every>(g[i], w[i], pull);
    w[i] = kept<every>(w[i], pull) - v[i];
  }
}

struct AdamNumbers {
  float beta1, beta2, epsilon;
  float rate;  ///< learning rate over the first moment's bias
  float root;  ///< 1 / square root of the second moment's bias
};

template <bool every>
void adam_piece(float* __restrict w, float* __restrict m, float* __restrict v, const float* __restrict gradient,
                std::size_t count, AdamNumbers n, Pull pull) {
  for (std::size_t i = 0; i < count; ++i) {
    const float g = pulled<every>(gradient[i], w[i], pull);
    m[i] = n.beta1 * m[i] + (1 - n.beta1) * g;
    v[i] = n.beta2 * v[i] + (1 - n.beta2) * g * g;
    w[i] = kept<every>(w[i], pull) - n.rate * m[i] / (std::sqrt(v[i]) * n.root + n.epsilon);
  }
}

template <bool every>
void amsgrad_piece(float* __restrict w, float* __restrict m, float* __restrict v, float* __restrict top,
                   const float* __restrict gradient, std::size_t count, AdamNumbers n, Pull pull) {
  for (std::size_t i = 0; i < count; ++i) {
    const float g = pulled<every>(gradient[i], w[i], pull);
    m[i] = n.beta1 * m[i] + (1 - n.beta1) * g;
    v[i] = n.beta2 * v[i] + (1 - n.beta2) * g * g;
    top[i] = std::max(top[i], v[i]);
    w[i] = kept<every>(w[i], pull) - n.rate * m[i] / (std::sqrt(top[i]) * n.root + n.epsilon);
  }
}

template <bool every>
void rmsprop_piece(float* __restrict w, float* __restrict v, const float* __restrict gradient, std::size_t count,
                   float rate, float rho, float epsilon, Pull pull) {
  for (std::size_t i = 0; i < count; ++i) {
    const float g = pulled<every>(gradient[i], w[i], pull);
    v[i] = rho * v[i] + (1 - rho) * g * g;
    w[i] = kept<every>(w[i], pull) - rate * g / (std::sqrt(v[i]) + epsilon);
  }
}

template <bool every>
void centered_piece(float* __restrict w, float* __restrict m, float* __restrict v, const float* __restrict gradient,
                    std::size_t count, float rate, float rho, float epsilon, Pull pull) {
  for (std::size_t i = 0; i < count; ++i) {
    const float g = pulled<every>(gradient[i], w[i], pull);
    m[i] = rho * m[i] + (1 - rho) * g;
    v[i] = rho * v[i] + (1 - rho) * g * g;
    // Rounding may leave a variance just below zero.
    w[i] = kept<every>(w[i], pull) - rate * g / (std::sqrt(std::max(v[i] - m[i] * m[i], 0.0F)) + epsilon);
  }
}

template <bool every>
void adagrad_piece(float* __restrict w, float* __restrict v, const float* __restrict gradient, std::size_t count,
                   float rate, float epsilon, Pull pull) {
  for (std::size_t i = 0; i < count; ++i) {
    const float g = pulled<every>(gradient[i], w[i], pull);
    v[i] += g * g;
    w[i] = kept<every>(w[i], pull) - rate * g / (std::sqrt(v[i]) + epsilon);
  }
}

/// An optimizer that remembers some numbers for each weight, and how many steps it has made.
class Remembering : public Optimizer {
 public:
  /// `scale` tells apart what has the same name in other units.
  Remembering(std::vector<Segment> segments, std::size_t size, std::vector<std::string> names,
              const std::string& scale = {})
      : segments_(std::move(segments)), names_(std::move(names)), moments_(names_.size(), std::vector<float>(size)) {
    memory_ = scale;
    for (const auto& name : names_) memory_ += (memory_.empty() ? "" : ",") + name;
  }
  void save(State& state) const override {
    state.header["optimizer_memory"] = memory_;
    state.header["optimizer_steps"] = steps_;
    for (std::size_t i = 0; i < names_.size(); ++i) state.arrays.push_back(float_state(array(i), moments_[i]));
  }
  void restore(const State& state) override {
    // A fork may go on with another optimizer, which begins to remember.
    if (state.header.value("optimizer_memory", memory_) != memory_) return;
    steps_ = state.header.value("optimizer_steps", std::int64_t{0});
    for (std::size_t i = 0; i < names_.size(); ++i) moments_[i] = state_floats(state, array(i), moments_[i].size());
  }

 protected:
  std::string array(std::size_t i) const { return "optimizer." + names_[i]; }

  std::vector<Segment> segments_;
  std::vector<std::string> names_;
  std::vector<std::vector<float>> moments_;
  std::string memory_;  ///< what is remembered: only this can be gone on with
  std::int64_t steps_ = 0;
};

class Sgd : public Remembering {
 public:
  Sgd(std::vector<Segment> segments, std::size_t size) : Remembering(std::move(segments), size, {}) {}
  void step(std::span<float> weights, std::span<const float> gradients, const StepSettings& settings) override {
    const auto rate = static_cast<float>(settings.learning_rate);
    for_pieces(segments_, weights.size(), settings,
               [&](std::size_t, std::size_t begin, std::size_t end, Pull pull, auto every) {
                 sgd_piece<every>(weights.data() + begin, gradients.data() + begin, end - begin, rate, pull);
               });
  }
};

/// Heavy ball (Polyak 1964) as PyTorch writes it: v = momentum v + g, w -= rate v. Looking ahead (Nesterov 1983;
/// Sutskever et al. 2013): w -= rate (g + momentum v).
class Momentum : public Remembering {
 public:
  Momentum(std::vector<Segment> segments, std::size_t size, bool looks_ahead)
      : Remembering(std::move(segments), size, {"velocity"}), looks_ahead_(looks_ahead) {}
  void step(std::span<float> weights, std::span<const float> gradients, const StepSettings& settings) override {
    const auto rate = static_cast<float>(settings.learning_rate);
    const auto momentum = static_cast<float>(settings.momentum);
    float* velocity = moments_[0].data();
    for_pieces(segments_, weights.size(), settings,
               [&](std::size_t, std::size_t begin, std::size_t end, Pull pull, auto every) {
                 const auto piece = looks_ahead_ ? nesterov_piece<every> : momentum_piece<every>;
                 piece(weights.data() + begin, velocity + begin, gradients.data() + begin, end - begin, rate, momentum,
                       pull);
               });
  }

 private:
  bool looks_ahead_;
};

/// Adam (Kingma, Ba 2015, algorithm 1); AdamW where there is decoupled decay (Loshchilov, Hutter 2019); AMSGrad divides
/// by the largest second moment so far (Reddi et al. 2018, bias corrected as in PyTorch).
class Adam : public Remembering {
 public:
  Adam(std::vector<Segment> segments, std::size_t size, const OptimizerSettings& settings)
      : Remembering(std::move(segments), size,
                    settings.amsgrad ? std::vector<std::string>{"mean", "variance", "largest"}
                                     : std::vector<std::string>{"mean", "variance"}),
        settings_(settings) {}
  void step(std::span<float> weights, std::span<const float> gradients, const StepSettings& settings) override {
    ++steps_;
    const auto t = static_cast<double>(steps_);
    const AdamNumbers numbers{static_cast<float>(settings_.beta1), static_cast<float>(settings_.beta2),
                              static_cast<float>(settings_.epsilon),
                              static_cast<float>(settings.learning_rate / (1 - std::pow(settings_.beta1, t))),
                              static_cast<float>(1 / std::sqrt(1 - std::pow(settings_.beta2, t)))};
    float* mean = moments_[0].data();
    float* variance = moments_[1].data();
    float* largest = settings_.amsgrad ? moments_[2].data() : nullptr;
    for_pieces(segments_, weights.size(), settings,
               [&](std::size_t, std::size_t begin, std::size_t end, Pull pull, auto every) {
                 if (largest)
                   amsgrad_piece<every>(weights.data() + begin, mean + begin, variance + begin, largest + begin,
                                        gradients.data() + begin, end - begin, numbers, pull);
                 else
                   adam_piece<every>(weights.data() + begin, mean + begin, variance + begin, gradients.data() + begin,
                                     end - begin, numbers, pull);
               });
  }

 private:
  OptimizerSettings settings_;
};

/// RMSprop (Tieleman, Hinton 2012), centred: Graves (2013). Epsilon stands outside of the root, as in PyTorch.
class RmsProp : public Remembering {
 public:
  RmsProp(std::vector<Segment> segments, std::size_t size, const OptimizerSettings& settings)
      : Remembering(
            std::move(segments), size,
            settings.centered ? std::vector<std::string>{"square", "mean"} : std::vector<std::string>{"square"}),
        settings_(settings) {}
  void step(std::span<float> weights, std::span<const float> gradients, const StepSettings& settings) override {
    const auto rate = static_cast<float>(settings.learning_rate);
    const auto rho = static_cast<float>(settings_.rho);
    const auto epsilon = static_cast<float>(settings_.epsilon);
    float* square = moments_[0].data();
    float* mean = settings_.centered ? moments_[1].data() : nullptr;
    for_pieces(segments_, weights.size(), settings,
               [&](std::size_t, std::size_t begin, std::size_t end, Pull pull, auto every) {
                 if (mean)
                   centered_piece<every>(weights.data() + begin, mean + begin, square + begin, gradients.data() + begin,
                                         end - begin, rate, rho, epsilon, pull);
                 else
                   rmsprop_piece<every>(weights.data() + begin, square + begin, gradients.data() + begin, end - begin,
                                        rate, rho, epsilon, pull);
               });
  }

 private:
  OptimizerSettings settings_;
};

/// Adagrad (Duchi, Hazan, Singer 2011).
class Adagrad : public Remembering {
 public:
  Adagrad(std::vector<Segment> segments, std::size_t size, const OptimizerSettings& settings)
      : Remembering(std::move(segments), size, {"squares"}), epsilon_(static_cast<float>(settings.epsilon)) {
    std::fill(moments_[0].begin(), moments_[0].end(), static_cast<float>(settings.initial_accumulator));
  }
  void step(std::span<float> weights, std::span<const float> gradients, const StepSettings& settings) override {
    const auto rate = static_cast<float>(settings.learning_rate);
    float* squares = moments_[0].data();
    for_pieces(segments_, weights.size(), settings,
               [&](std::size_t, std::size_t begin, std::size_t end, Pull pull, auto every) {
                 adagrad_piece<every>(weights.data() + begin, squares + begin, gradients.data() + begin, end - begin,
                                      rate, epsilon_, pull);
               });
  }

 private:
  float epsilon_;
};

/// LARS (You, Gitman, Ginsburg 2017, algorithm 1): each parameter's rate is the learning rate times
/// trust |w| / (|g| + l2 |w|). Parameters that do not decay (biases) take plain momentum steps.
class Lars : public Remembering {
 public:
  Lars(std::vector<Segment> segments, std::size_t size, const OptimizerSettings& settings)
      : Remembering(std::move(segments), size, {"velocity"}, "lars"),
        trust_(settings.trust),
        weight_sums_(segments_),
        gradient_sums_(segments_),
        rates_(segments_.size()) {}
  void step(std::span<float> weights, std::span<const float> gradients, const StepSettings& settings) override {
    const auto of_weights = weight_sums_.squares(weights.data());
    const auto of_gradients = gradient_sums_.squares(gradients.data());
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      const double w = std::sqrt(of_weights[i]);
      const double g = std::sqrt(of_gradients[i]);
      const bool adapts = segments_[i].decays && w > 0 && g > 0;
      rates_[i] = static_cast<float>(settings.learning_rate * (adapts ? trust_ * w / (g + settings.l2 * w) : 1));
    }
    const auto momentum = static_cast<float>(settings.momentum);
    float* velocity = moments_[0].data();
    for_pieces(segments_, weights.size(), settings,
               [&](std::size_t segment, std::size_t begin, std::size_t end, Pull pull, auto every) {
                 lars_piece<every>(weights.data() + begin, velocity + begin, gradients.data() + begin, end - begin,
                                   rates_[segment], momentum, pull);
               });
  }

 private:
  double trust_;
  SegmentSums weight_sums_, gradient_sums_;
  std::vector<float> rates_;
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const OptimizerSettings& settings, std::vector<Segment> segments,
                                          std::size_t size) {
  switch (settings.optimizer) {
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
      return std::make_unique<Adam>(std::move(segments), size, settings);
    case OptimizerKind::momentum:
    case OptimizerKind::nesterov:
      return std::make_unique<Momentum>(std::move(segments), size, settings.optimizer == OptimizerKind::nesterov);
    case OptimizerKind::sgd:
      return std::make_unique<Sgd>(std::move(segments), size);
    case OptimizerKind::rmsprop:
      return std::make_unique<RmsProp>(std::move(segments), size, settings);
    case OptimizerKind::adagrad:
      return std::make_unique<Adagrad>(std::move(segments), size, settings);
    case OptimizerKind::lars:
      return std::make_unique<Lars>(std::move(segments), size, settings);
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
