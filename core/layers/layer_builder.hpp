#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/layers/activation.hpp"
#include "core/layers/layer_types.hpp"
#include "core/params/schema.hpp"

namespace gb {

/// Where a layer stands, for messages and for fields.
struct LayerPlace {
  std::string path;   ///< "algorithm.params.layers[3]"
  std::string words;  ///< "layer 4 (Conv2D)"
};

/// Builds lists of layers that stand inside of a layer; known to it by this alone.
class NestedLists {
 public:
  virtual ~NestedLists() = default;
  /// Returns the output of the last layer. `field` is the one that holds the list.
  virtual ValueId build(const Json& list, const LayerPlace& owner, const std::string& field, ValueId from) = 0;
  /// The output of an earlier layer; -1 where there is none of that name.
  virtual ValueId find(const std::string& name) const = 0;
  /// A number for each random mask of the network.
  virtual std::int64_t next_site() = 0;
};

struct WeightFields;

/// What a layer type builds with: the graph, and the layer's own name and place.
class LayerBuilder {
 public:
  LayerBuilder(Graph& graph, NestedLists& lists, LayerPlace place, std::string name, ValueId previous)
      : graph_(graph), lists_(lists), place_(std::move(place)), name_(std::move(name)), previous_(previous) {}

  const LayerPlace& place() const { return place_; }
  Graph& graph() { return graph_; }
  /// Extents of a value, the batch first.
  const Shape& shape(ValueId id) const { return graph_.value(id).shape; }
  /// The output of the layer before this one.
  ValueId previous() const { return previous_; }

  /// The layer named by `name`, or the one before where it is empty.
  ValueId input(const std::string& name, const std::string& field = "input") const;
  /// The same, refused unless it is pictures [N, C, H, W] or rows [N, F].
  ValueId pictures(const std::string& name) const;
  ValueId rows(const std::string& name) const;

  ValueId parameter(const char* part, Shape shape, Filling filling = {}) {
    return graph_.parameter(name_ + "." + part, std::move(shape), filling);
  }
  ValueId state(const char* part, Shape shape, Filling filling = {}) {
    return graph_.state(name_ + "." + part, std::move(shape), filling);
  }
  /// Throws ParamError where the graph refuses the node.
  ValueId add(const std::string& op, const std::vector<ValueId>& inputs, const Attributes& attributes = {});
  ValueId activate(ValueId x, Activation activation);
  /// The layer's weights, spectrally normalized where its fields say so.
  ValueId weight(const WeightFields& fields, const Shape& shape, double fan_in, double fan_out);
  /// Scale, bias and running statistics of their own; `prefix` stands in their names.
  ValueId normalize_batch(ValueId x, double momentum, double epsilon, const std::string& prefix = {});
  std::int64_t next_site() { return lists_.next_site(); }
  ValueId nested(const Json& list, const std::string& field, ValueId from) {
    return lists_.build(list, place_, field, from);
  }

  /// Throws ParamError: "layer 4 (Conv2D): PROBLEM".
  [[noreturn]] void refuse(const std::string& problem, const std::string& field = {},
                           const std::string& allowed = {}) const;

 private:
  Graph& graph_;
  NestedLists& lists_;
  LayerPlace place_;
  std::string name_;
  ValueId previous_;
};

/// "pictures of 3 x 28 x 28 (channels x height x width)", "rows of 10 numbers".
std::string described(const Shape& shape);
/// "3 x 3"
std::string times_text(std::int64_t height, std::int64_t width);

/// What every layer with one input has.
struct LayerFields {
  std::string name;
  std::string input;
};

template <class T>
Schema<T>&& with_name_field(Schema<T>&& schema) {
  return std::move(schema).add(&LayerFields::name, {.name = "name",
                                                    .label = "Name",
                                                    .help = "By which other layers, and the weights, call this one. "
                                                            "Empty numbers the layers of a type.",
                                                    .advanced = true});
}

template <class T>
Schema<T>&& with_layer_fields(Schema<T>&& schema) {
  return with_name_field(std::move(schema))
      .add(&LayerFields::input, {.name = "input",
                                 .label = "Input",
                                 .help = "The layer that this one reads: a name, or \"input\" for the pictures. Empty "
                                         "is the layer before it.",
                                 .advanced = true});
}

/// What layers with weights have.
struct WeightFields {
  Activation activation = Activation::linear;
  bool use_bias = true;
  std::optional<Initializer> kernel_initializer;
  bool spectral_norm = false;

  Initializer initializer() const { return kernel_initializer.value_or(initializer_for(activation)); }
};

template <class T>
Schema<T>&& with_weight_fields(Schema<T>&& schema) {
  return std::move(schema)
      .add(&WeightFields::activation, {.name = "activation",
                                       .label = "Activation",
                                       .help = "What each unit does to its sum.",
                                       .choices = activation_choices()})
      .add(&WeightFields::use_bias,
           {.name = "use_bias",
            .label = "Bias",
            .help = "Adds a learnt number to each sum. Of no use before a batch normalization.",
            .advanced = true})
      .add(&WeightFields::kernel_initializer,
           {.name = "kernel_initializer",
            .label = "First weights",
            .help = "How weights are drawn before training. Automatic goes by the activation: he_uniform for "
                    "rectifiers, lecun_uniform for selu, else glorot_uniform.",
            .choices = initializer_choices(),
            .advanced = true})
      .add(&WeightFields::spectral_norm,
           {.name = "spectral_norm",
            .label = "Spectral normalization",
            .help = "Divides the weights by their largest singular value, so that the layer stretches nothing: keeps "
                    "discriminators smooth (Miyato et al. 2018).",
            .advanced = true});
}

/// A layer type from its struct, schema (which must outlive it) and builder.
template <class T>
LayerInfo make_layer(std::string type, std::string label, std::string family, std::string help, const Schema<T>& schema,
                     ValueId (*build)(LayerBuilder&, const T&)) {
  return {std::move(type),
          std::move(label),
          std::move(family),
          std::move(help),
          schema.specs(),
          [&schema, build](LayerBuilder& builder, const Json& fields) {
            return build(builder, schema.read(fields, builder.place().path));
          }};
}

/// The types by kind, one file each.
void add_core_layers(std::vector<LayerInfo>& list);
void add_window_layers(std::vector<LayerInfo>& list);
void add_shape_layers(std::vector<LayerInfo>& list);
void add_normalization_layers(std::vector<LayerInfo>& list);
void add_join_layers(std::vector<LayerInfo>& list);

}  // namespace gb
