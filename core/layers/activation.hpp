#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/graph/graph.hpp"
#include "core/params/param_spec.hpp"

namespace gb {

/// What a unit does to its sum. Those that any hidden layer may have come first, in the order of menus.
enum class Activation {
  relu,
  leaky_relu,
  elu,
  selu,
  tanh,
  sigmoid,
  softplus,
  gelu,
  hard_swish,
  prelu,
  linear,
  softmax,
};

/// The leading activations that need neither slopes of their own nor a whole row.
constexpr std::size_t simple_activations = 9;

/// The first `count` of them, for a field of the type Activation.
std::vector<Choice> activation_choices(std::size_t count = static_cast<std::size_t>(-1));

/// The graph's operator; empty for linear, which has none.
std::string operator_of(Activation activation);

/// The scale of first weights that keeps signals alive through layers of this activation: He et al. (2015) for
/// rectifiers, LeCun et al. (1998) for selu, Glorot, Bengio (2010) for the others.
Initializer initializer_for(Activation activation);

/// For a field of the type Initializer.
std::vector<Choice> initializer_choices();

}  // namespace gb
