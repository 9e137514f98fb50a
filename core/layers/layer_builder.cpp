#include "core/layers/layer_builder.hpp"

#include <algorithm>

namespace gb {

std::string times_text(std::int64_t height, std::int64_t width) {
  return std::to_string(height) + " x " + std::to_string(width);
}

std::string described(const Shape& shape) {
  if (shape.size() == 2) return "rows of " + std::to_string(shape[1]) + (shape[1] == 1 ? " number" : " numbers");
  std::string text;
  for (std::size_t i = 1; i < shape.size(); ++i) text += (i > 1 ? " x " : "") + std::to_string(shape[i]);
  return shape.size() == 4 ? "pictures of " + text + " (channels x height x width)" : "arrays of " + text;
}

void LayerBuilder::refuse(const std::string& problem, const std::string& field, const std::string& allowed) const {
  throw ParamError(place_.words + ": " + problem, field.empty() ? place_.path : place_.path + "." + field, allowed);
}

ValueId LayerBuilder::input(const std::string& name, const std::string& field) const {
  if (name.empty()) return previous_;
  const ValueId found = lists_.find(name);
  if (found < 0)
    refuse("it reads '" + name + "', but no layer before it has that name", field,
           "the name of an earlier layer, or \"input\"");
  return found;
}

ValueId LayerBuilder::pictures(const std::string& name) const {
  const ValueId id = input(name);
  if (shape(id).size() != 4)
    refuse("it works on pictures, but gets " + described(shape(id)) +
           "; a Reshape to [channels, height, width] before it makes pictures of rows");
  return id;
}

ValueId LayerBuilder::rows(const std::string& name) const {
  const ValueId id = input(name);
  if (shape(id).size() != 2)
    refuse("it works on rows of numbers, but gets " + described(shape(id)) +
           "; put a Flatten or GlobalAveragePooling2D before it");
  return id;
}

ValueId LayerBuilder::add(const std::string& op, const std::vector<ValueId>& inputs, const Attributes& attributes) {
  try {
    return graph_.add(op, inputs, attributes);
  } catch (const GraphError& error) {
    refuse(error.what());
  }
}

ValueId LayerBuilder::activate(ValueId x, Activation activation) {
  if (activation == Activation::linear) return x;
  const Shape from = shape(x);
  if (activation == Activation::softmax && from.size() != 2)
    refuse("softmax shares out rows of numbers, but gets " + described(from), "activation");
  if (activation == Activation::prelu) {
    // One slope per channel; they begin at zero, as a ReLU.
    Shape slopes(from.size() - 1, 1);
    slopes.front() = from[1];
    return add("PRelu", {x, parameter("slope", slopes)});
  }
  return add(operator_of(activation), {x});
}

ValueId LayerBuilder::weight(const WeightFields& fields, const Shape& shape, double fan_in, double fan_out) {
  const ValueId weight = parameter("weight", shape, {fields.initializer(), fan_in, fan_out});
  if (!fields.spectral_norm) return weight;
  return add("SpectralNormalization", {weight, state("singular", {shape[0]}, {Initializer::lecun_normal})});
}

ValueId LayerBuilder::normalize_batch(ValueId x, double momentum, double epsilon, const std::string& prefix) {
  const Shape channels{shape(x)[1]};
  const Filling ones{Initializer::ones};
  const ValueId scale = parameter((prefix + "scale").c_str(), channels, ones);
  const ValueId bias = parameter((prefix + "bias").c_str(), channels);
  const ValueId mean = state((prefix + "mean").c_str(), channels);
  const ValueId variance = state((prefix + "variance").c_str(), channels, ones);
  return add("BatchNormalization", {x, scale, bias, mean, variance},
             {{"momentum", momentum}, {"epsilon", epsilon}, {"training_mode", std::int64_t{1}}});
}

}  // namespace gb
