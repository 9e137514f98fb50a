#include "core/layers/activation.hpp"

#include <algorithm>

namespace gb {
namespace {

struct Described {
  Choice choice;
  const char* op;
};

/// In the order of Activation.
const std::vector<Described>& table() {
  static const std::vector<Described> list{
      {{"relu", "ReLU", "max(0, x): fast, the usual choice."}, "Relu"},
      {{"leaky_relu", "Leaky ReLU", "Lets a hundredth of negative sums through."}, "LeakyRelu"},
      {{"elu", "ELU", "Smooth below zero (Clevert et al. 2016)."}, "Elu"},
      {{"selu", "SELU", "Keeps mean and variance by itself (Klambauer et al. 2017)."}, "Selu"},
      {{"tanh", "tanh", "From -1 to 1."}, "Tanh"},
      {{"sigmoid", "Sigmoid", "From 0 to 1."}, "Sigmoid"},
      {{"softplus", "Softplus", "A smooth ReLU."}, "Softplus"},
      {{"gelu", "GELU", "x times the share of a normal distribution below x (Hendrycks, Gimpel 2016)."}, "Gelu"},
      {{"hard_swish", "Hard swish", "x times a cut line from 0 to 1: cheap and smooth (Howard et al. 2019)."},
       "HardSwish"},
      {{"prelu", "PReLU", "Learns, per channel, how much of negative sums to let through (He et al. 2015)."}, "PRelu"},
      {{"linear", "Linear", "Leaves the sum as it is."}, ""},
      {{"softmax", "Softmax", "Shares that add up to 1 over a row."}, "Softmax"},
  };
  return list;
}

}  // namespace

std::vector<Choice> activation_choices(std::size_t count) {
  std::vector<Choice> choices;
  for (const auto& described : table())
    if (choices.size() < count) choices.push_back(described.choice);
  return choices;
}

std::string operator_of(Activation activation) {
  return table().at(static_cast<std::size_t>(activation)).op;
}

Initializer initializer_for(Activation activation) {
  switch (activation) {
    case Activation::relu:
    case Activation::leaky_relu:
    case Activation::elu:
    case Activation::softplus:
    case Activation::gelu:
    case Activation::hard_swish:
    case Activation::prelu:
      return Initializer::he_uniform;
    case Activation::selu:
      return Initializer::lecun_uniform;
    case Activation::tanh:
    case Activation::sigmoid:
    case Activation::linear:
    case Activation::softmax:
      break;
  }
  return Initializer::glorot_uniform;
}

std::vector<Choice> initializer_choices() {
  return {{"zeros", "Zeros", "All units of a layer stay the same: only of use to see why one does not do this."},
          {"ones", "Ones", ""},
          {"glorot_uniform", "Glorot, uniform", "By the numbers that go in and out (Glorot, Bengio 2010)."},
          {"glorot_normal", "Glorot, normal", "The same, drawn from a normal distribution cut at two deviations."},
          {"he_uniform", "He, uniform", "By the numbers that go in, for rectifiers (He et al. 2015)."},
          {"he_normal", "He, normal", "The same, drawn from a normal distribution cut at two deviations."},
          {"lecun_uniform", "LeCun, uniform", "Half the variance of He's, for selu (LeCun et al. 1998)."},
          {"lecun_normal", "LeCun, normal", "The same, drawn from a normal distribution cut at two deviations."},
          {"small_normal", "Normal, 0.02",
           "With a deviation of 0.02 in every layer, as GANs begin (Radford et al. 2016)."}};
}

}  // namespace gb
