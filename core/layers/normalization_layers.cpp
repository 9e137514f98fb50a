#include "core/layers/layer_builder.hpp"

namespace gb {
namespace {

struct BatchNormalization : LayerFields {
  double momentum = 0.9;
  double epsilon = 1e-5;
};

ParamSpec epsilon_spec() {
  return {.name = "epsilon",
          .label = "Epsilon",
          .help = "Added to the variance, so that nothing is divided by zero.",
          .valid = {0, 1, true},
          .advanced = true};
}

const Schema<BatchNormalization>& batch_schema() {
  static const auto s = with_layer_fields(
      Schema<BatchNormalization>{}
          .add(&BatchNormalization::momentum,
               {.name = "momentum",
                .label = "Momentum",
                .help = "Share of the running mean and variance that each batch leaves as it was. 0.9 and the epsilon "
                        "of 0.00001 are PyTorch's defaults; Keras' are 0.99 and 0.001.",
                .valid = {0, 1},
                .advanced = true})
          .add(&BatchNormalization::epsilon, epsilon_spec()));
  return s;
}

ValueId build_batch(LayerBuilder& builder, const BatchNormalization& fields) {
  return builder.normalize_batch(builder.input(fields.input), fields.momentum, fields.epsilon);
}

struct LayerNormalization : LayerFields {
  double epsilon = 1e-5;
};

const Schema<LayerNormalization>& layer_schema() {
  static const auto s =
      with_layer_fields(Schema<LayerNormalization>{}.add(&LayerNormalization::epsilon, epsilon_spec()));
  return s;
}

ValueId build_layer(LayerBuilder& builder, const LayerNormalization& fields) {
  const ValueId x = builder.input(fields.input);
  const Shape& whole = builder.shape(x);
  const Shape each(whole.begin() + 1, whole.end());
  const ValueId scale = builder.parameter("scale", each, {Initializer::ones});
  const ValueId bias = builder.parameter("bias", each);
  return builder.add("LayerNormalization", {x, scale, bias}, {{"axis", std::int64_t{1}}, {"epsilon", fields.epsilon}});
}

}  // namespace

void add_normalization_layers(std::vector<LayerInfo>& list) {
  list.push_back(make_layer("BatchNormalization", "Batch normalization", "Normalizations",
                            "Gives every channel mean 0 and variance 1 over the batch, then a learnt scale and shift; "
                            "training gets faster and less touchy (Ioffe, Szegedy 2015).",
                            batch_schema(), build_batch));
  list.push_back(make_layer("LayerNormalization", "Layer normalization", "Normalizations",
                            "Gives all numbers of an example together mean 0 and variance 1, then each a learnt scale "
                            "and shift; it does not depend on the batch (Ba et al. 2016).",
                            layer_schema(), build_layer));
}

}  // namespace gb
