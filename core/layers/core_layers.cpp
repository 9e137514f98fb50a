#include "core/layers/layer_builder.hpp"

namespace gb {
namespace {

struct Dense : LayerFields, WeightFields {
  int units = 64;
};

const Schema<Dense>& dense_schema() {
  static const auto s = with_layer_fields(
      with_weight_fields(Schema<Dense>{}.add(&Dense::units, {.name = "units",
                                                             .label = "Units",
                                                             .help = "How many sums, each over all numbers of a row.",
                                                             .valid = {1, 65536},
                                                             .search = {8, 1024},
                                                             .scale = Scale::log})));
  return s;
}

ValueId build_dense(LayerBuilder& builder, const Dense& fields) {
  const ValueId x = builder.rows(fields.input);
  const std::int64_t width = builder.shape(x)[1];
  std::vector<ValueId> inputs{
      x, builder.weight(fields, {width, fields.units}, static_cast<double>(width), static_cast<double>(fields.units))};
  if (fields.use_bias) inputs.push_back(builder.parameter("bias", {fields.units}));
  return builder.activate(builder.add("Gemm", inputs), fields.activation);
}

struct ActivationLayer : LayerFields {
  Activation activation = Activation::relu;
};

const Schema<ActivationLayer>& activation_schema() {
  static const auto s = with_layer_fields(
      Schema<ActivationLayer>{}.add(&ActivationLayer::activation, {.name = "activation",
                                                                   .label = "Activation",
                                                                   .help = "What to do to each number.",
                                                                   .choices = activation_choices()}));
  return s;
}

ValueId build_activation(LayerBuilder& builder, const ActivationLayer& fields) {
  return builder.activate(builder.input(fields.input), fields.activation);
}

struct LeakyReLU : LayerFields {
  double negative_slope = 0.3;
};

const Schema<LeakyReLU>& leaky_schema() {
  static const auto s = with_layer_fields(
      Schema<LeakyReLU>{}.add(&LeakyReLU::negative_slope, {.name = "negative_slope",
                                                           .label = "Negative slope",
                                                           .help = "What share of a negative number is let through.",
                                                           .valid = {0, 1},
                                                           .search = {0.01, 0.3}}));
  return s;
}

ValueId build_leaky(LayerBuilder& builder, const LeakyReLU& fields) {
  return builder.add("LeakyRelu", {builder.input(fields.input)}, {{"alpha", fields.negative_slope}});
}

struct GaussianNoise : LayerFields {
  double stddev = 0.1;
};

const Schema<GaussianNoise>& noise_schema() {
  static const auto s = with_layer_fields(
      Schema<GaussianNoise>{}.add(&GaussianNoise::stddev, {.name = "stddev",
                                                           .label = "Deviation",
                                                           .help = "Standard deviation of what is added.",
                                                           .valid = {0, 1000},
                                                           .search = {0.01, 0.5}}));
  return s;
}

ValueId build_noise(LayerBuilder& builder, const GaussianNoise& fields) {
  const ValueId x = builder.input(fields.input);
  if (fields.stddev == 0) return x;
  return builder.add("GaussianNoise", {x, builder.graph().key()},
                     {{"deviation", fields.stddev}, {"site", builder.next_site()}});
}

struct Dropout : LayerFields {
  double rate = 0.5;
};

const Schema<Dropout>& dropout_schema() {
  static const auto s =
      with_layer_fields(Schema<Dropout>{}.add(&Dropout::rate, {.name = "rate",
                                                               .label = "Rate",
                                                               .help = "Share of the numbers that each step sets to 0.",
                                                               .valid = {0, 0.99},
                                                               .search = {0, 0.7}}));
  return s;
}

ValueId build_dropout(LayerBuilder& builder, const Dropout& fields) {
  const ValueId x = builder.input(fields.input);
  if (fields.rate == 0) return x;
  return builder.add("Dropout", {x, builder.graph().key()}, {{"ratio", fields.rate}, {"site", builder.next_site()}});
}

}  // namespace

void add_core_layers(std::vector<LayerInfo>& list) {
  list.push_back(make_layer("Dense", "Dense", "Basic",
                            "Every unit sums up all numbers of a row, each with a weight of its own.", dense_schema(),
                            build_dense));
  list.push_back(make_layer("Activation", "Activation", "Basic",
                            "A nonlinearity on its own, for where it does not directly follow a sum.",
                            activation_schema(), build_activation));
  list.push_back(
      make_layer("LeakyReLU", "Leaky ReLU", "Basic",
                 "Keeps positive numbers and lets a share of negative ones through, so that a gradient always "
                 "flows (Maas et al. 2013).",
                 leaky_schema(), build_leaky));
  list.push_back(
      make_layer("GaussianNoise", "Gaussian noise", "Basic",
                 "Adds random numbers while training: what learns to see through them does not rely on single "
                 "pixels (Vincent et al. 2008).",
                 noise_schema(), build_noise));
  list.push_back(make_layer("Dropout", "Dropout", "Basic",
                            "Sets random numbers to zero while training, so that no unit relies on a single other one "
                            "(Srivastava et al. 2014).",
                            dropout_schema(), build_dropout));
}

}  // namespace gb
