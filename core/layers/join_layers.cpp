#include <algorithm>

#include "core/layers/layer_builder.hpp"

namespace gb {
namespace {

/// Layers that read several others.
struct Join : LayerFields {
  std::vector<std::string> inputs;
};

const Schema<Join>& join_schema() {
  static const auto s = with_name_field(
      Schema<Join>{}.add(&Join::inputs, {.name = "inputs",
                                         .label = "Inputs",
                                         .help = "Names of the layers to join. With one name, the layer before this "
                                                 "one is the other."}));
  return s;
}

std::vector<ValueId> joined(const LayerBuilder& builder, const Join& fields) {
  if (fields.inputs.empty())
    builder.refuse("it joins layers, but names none", "inputs", "the names of two or more earlier layers");
  std::vector<ValueId> ids;
  if (fields.inputs.size() == 1) ids.push_back(builder.previous());
  for (const auto& name : fields.inputs) ids.push_back(builder.input(name, "inputs"));
  return ids;
}

ValueId fold(LayerBuilder& builder, const Join& fields, const char* op) {
  const auto ids = joined(builder, fields);
  ValueId result = ids.front();
  for (std::size_t i = 1; i < ids.size(); ++i) {
    const Shape& left = builder.shape(result);
    const Shape& right = builder.shape(ids[i]);
    // One number per channel stretches over pictures: squeeze and excitation (Hu et al. 2018).
    const bool per_channel = left.size() == 4 && right.size() == 4 && left[1] == right[1] &&
                             (right[2] * right[3] == 1 || left[2] * left[3] == 1);
    if (left != right && !per_channel)
      builder.refuse("it joins " + described(left) + " and " + described(right) + ", which must be the same", "inputs");
    result = builder.add(op, {result, ids[i]});
  }
  return result;
}

ValueId build_add(LayerBuilder& builder, const Join& fields) {
  return fold(builder, fields, "Add");
}

ValueId build_multiply(LayerBuilder& builder, const Join& fields) {
  return fold(builder, fields, "Mul");
}

ValueId build_concatenate(LayerBuilder& builder, const Join& fields) {
  const auto ids = joined(builder, fields);
  const Shape& first = builder.shape(ids.front());
  for (const ValueId id : ids) {
    Shape other = builder.shape(id);
    if (other.size() == first.size()) other[1] = first[1];
    if (other != first)
      builder.refuse("it joins " + described(first) + " and " + described(builder.shape(id)) +
                         ", which may differ in " + (first.size() == 4 ? "channels" : "length") + " only",
                     "inputs");
  }
  return builder.add("Concat", ids, {{"axis", std::int64_t{1}}});
}

struct Residual : LayerFields {
  LayerList layers;
  Activation activation = Activation::relu;
};

const Schema<Residual>& residual_schema() {
  static const auto s =
      with_layer_fields(Schema<Residual>{}
                            .add(&Residual::layers, {.name = "layers",
                                                     .label = "Layers",
                                                     .help = "The branch whose output is added to the block's input.",
                                                     .most = 200})
                            .add(&Residual::activation, {.name = "activation",
                                                         .label = "Activation",
                                                         .help = "What happens to the sum.",
                                                         .choices = activation_choices(simple_activations + 2)}));
  return s;
}

/// The stride at which every so-many-th pixel of `from` makes `to` of them; 0 where none does.
std::int64_t stride_between(std::int64_t from, std::int64_t to) {
  const std::int64_t stride = (from + to - 1) / to;
  return (from + stride - 1) / stride == to ? stride : 0;
}

/// The block's input in the shape of its branch: learnt, one product per pixel (He et al. 2016, option B).
ValueId projected(LayerBuilder& builder, ValueId x, ValueId branch, bool normalized) {
  const Shape from = builder.shape(x);
  const Shape to = builder.shape(branch);
  const std::string both = "its branch makes " + described(to) + " of " + described(from);
  if (from.size() != to.size()) builder.refuse(both + ", which cannot be added", "layers");
  const Filling filling{Initializer::glorot_uniform, static_cast<double>(from[1]), static_cast<double>(to[1])};
  ValueId result;
  if (from.size() == 2) {
    result = builder.add("Gemm", {x, builder.parameter("projection.weight", {from[1], to[1]}, filling)});
  } else {
    const std::int64_t down = stride_between(from[2], to[2]);
    const std::int64_t across = stride_between(from[3], to[3]);
    if (down == 0 || across == 0)
      builder.refuse(both + "; no stride makes the one of the other: use padding \"same\" in the branch", "layers");
    result = builder.add("Conv", {x, builder.parameter("projection.weight", {to[1], from[1], 1, 1}, filling)},
                         {{"strides", Shape{down, across}}});
  }
  return normalized ? builder.normalize_batch(result, 0.9, 1e-5, "projection.") : result;
}

ValueId build_residual(LayerBuilder& builder, const Residual& fields) {
  if (fields.layers.entries.empty())
    builder.refuse("its branch has no layers", "layers", "a list of at least one layer");
  const ValueId x = builder.input(fields.input);
  const std::size_t before = builder.graph().nodes().size();
  const ValueId branch = builder.nested(fields.layers.entries, "layers", x);
  const auto& nodes = builder.graph().nodes();
  const bool normalized = std::any_of(nodes.begin() + static_cast<std::ptrdiff_t>(before), nodes.end(),
                                      [](const Node& node) { return node.op == "BatchNormalization"; });
  const bool same = builder.shape(x) == builder.shape(branch);
  const ValueId shortcut = same ? x : projected(builder, x, branch, normalized);
  return builder.activate(builder.add("Add", {branch, shortcut}), fields.activation);
}

}  // namespace

void add_join_layers(std::vector<LayerInfo>& list) {
  list.push_back(make_layer("Residual", "Residual block", "Branches",
                            "Adds what its layers compute to what goes in, so that deep networks stay trainable (He et "
                            "al. 2016). Where the shapes differ, a 1 x 1 convolution with the stride it takes "
                            "projects the input, normalized as the branch is.",
                            residual_schema(), build_residual));
  list.push_back(make_layer("Add", "Add", "Branches", "The sum of several layers' outputs.", join_schema(), build_add));
  list.push_back(make_layer("Multiply", "Multiply", "Branches",
                            "The product of several layers' outputs: gates, squeeze and excitation.", join_schema(),
                            build_multiply));
  list.push_back(make_layer("Concatenate", "Concatenate", "Branches",
                            "Puts several layers' channels (of rows: numbers) one after another.", join_schema(),
                            build_concatenate));
}

}  // namespace gb
