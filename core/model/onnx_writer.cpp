#include <onnx/onnx_pb.h>

#include <array>
#include <cstring>
#include <unordered_map>

#include "core/model/model.hpp"
#include "core/model/onnx_graph.hpp"

namespace gb {
namespace {

/// Outputs of the file's face; nothing else in a graph may have these names.
constexpr std::array<std::string_view, 6> face_outputs{"label",   "probabilities", "value",
                                                       "cluster", "embedding",     "image"};

bool is_face_output(std::string_view name) {
  return std::find(face_outputs.begin(), face_outputs.end(), name) != face_outputs.end();
}

onnx::TensorProto::DataType proto_type(TensorType type) {
  switch (type) {
    case TensorType::real:
      return onnx::TensorProto::FLOAT;
    case TensorType::integer:
      return onnx::TensorProto::INT64;
    case TensorType::text:
      return onnx::TensorProto::STRING;
    case TensorType::boolean:
      return onnx::TensorProto::BOOL;
  }
  return onnx::TensorProto::UNDEFINED;
}

struct AttributeWriter {
  onnx::AttributeProto& proto;

  void operator()(std::int64_t value) const {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(value);
  }
  void operator()(float value) const {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(value);
  }
  void operator()(const std::string& value) const {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(value);
  }
  void operator()(const std::vector<std::int64_t>& values) const {
    proto.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) proto.add_ints(value);
  }
  void operator()(const std::vector<float>& values) const {
    proto.set_type(onnx::AttributeProto::FLOATS);
    for (const float value : values) proto.add_floats(value);
  }
  void operator()(const std::vector<std::string>& values) const {
    proto.set_type(onnx::AttributeProto::STRINGS);
    for (const std::string& value : values) proto.add_strings(value);
  }
};

void set_type(onnx::ValueInfoProto& value, TensorType type, const Shape& shape) {
  onnx::TypeProto::Tensor& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(proto_type(type));
  tensor.mutable_shape();
  for (const std::int64_t dimension : shape) {
    onnx::TensorShapeProto::Dimension& added = *tensor.mutable_shape()->add_dim();
    if (dimension < 0)
      added.set_dim_param("N");
    else
      added.set_dim_value(dimension);
  }
}

}  // namespace

struct OnnxGraph::Implementation {
  enum class Origin { input, constant, node };
  struct Definition {
    Origin origin;
    int node = -1;  ///< index of the node whose output it is
  };

  onnx::ModelProto model;
  std::unordered_map<std::string, Definition> defined;
  std::unordered_map<std::string, std::size_t> next_number;  ///< per hint

  onnx::GraphProto& graph() { return *model.mutable_graph(); }

  std::string unique(std::string_view hint) {
    const std::string stem = hint.empty() ? "value" : std::string(hint);
    if (!defined.contains(stem) && !is_face_output(stem)) return stem;
    for (std::size_t& number = next_number[stem];;) {
      const std::string name = stem + "_" + std::to_string(++number);
      if (!defined.contains(name)) return name;
    }
  }

  onnx::TensorProto& add_constant(std::string_view hint, TensorType type, std::size_t count, const Shape& shape) {
    if (element_count(shape) != count)
      throw ModelError("The constant '" + std::string(hint) + "' has " + std::to_string(count) +
                       " values, which do not fill the shape " + shape_text(shape));
    onnx::TensorProto& tensor = *graph().add_initializer();
    tensor.set_name(unique(hint));
    tensor.set_data_type(proto_type(type));
    for (const std::int64_t dimension : shape) tensor.add_dims(dimension);
    defined[tensor.name()] = {Origin::constant};
    return tensor;
  }
};

OnnxGraph::OnnxGraph() : implementation_(std::make_unique<Implementation>()) {
  onnx::ModelProto& model = implementation_->model;
  model.set_ir_version(8);
  model.set_producer_name("glassbench");
  model.set_producer_version(GLASSBENCH_VERSION);
  model.mutable_graph()->set_name("glassbench");
  onnx::OperatorSetIdProto& main = *model.add_opset_import();
  main.set_domain("");
  main.set_version(17);
  onnx::OperatorSetIdProto& machine_learning = *model.add_opset_import();
  machine_learning.set_domain("ai.onnx.ml");
  machine_learning.set_version(3);
}

OnnxGraph::~OnnxGraph() = default;

std::string OnnxGraph::add(std::string_view op, const std::vector<std::string>& inputs,
                           const std::map<std::string, OnnxAttribute>& attributes, std::string_view domain) {
  return add_outputs(op, inputs, attributes, 1, domain).front();
}

std::vector<std::string> OnnxGraph::add_outputs(std::string_view op, const std::vector<std::string>& inputs,
                                                const std::map<std::string, OnnxAttribute>& attributes,
                                                std::size_t count, std::string_view domain) {
  Implementation& implementation = *implementation_;
  for (const std::string& input : inputs)
    if (!input.empty() && !defines(input))
      throw ModelError("The node " + std::string(op) + " reads '" + input + "', which nothing before it defines");
  std::string hint(op);
  for (char& letter : hint) letter = static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
  const std::string output = implementation.unique(hint);
  onnx::NodeProto& node = *implementation.graph().add_node();
  node.set_op_type(std::string(op));
  node.set_name(output);
  if (!domain.empty()) node.set_domain(std::string(domain));
  for (const std::string& input : inputs) node.add_input(input);
  std::vector<std::string> outputs{output};
  node.add_output(output);
  for (const auto& [name, value] : attributes) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    std::visit(AttributeWriter{attribute}, value);
  }
  implementation.defined[output] = {Implementation::Origin::node, implementation.graph().node_size() - 1};
  while (outputs.size() < count) {
    outputs.push_back(implementation.unique(hint));
    node.add_output(outputs.back());
    implementation.defined[outputs.back()] = {Implementation::Origin::node, implementation.graph().node_size() - 1};
  }
  return outputs;
}

std::string OnnxGraph::constant(std::string_view hint, std::span<const float> values,
                                const std::vector<std::int64_t>& shape) {
  onnx::TensorProto& tensor = implementation_->add_constant(hint, TensorType::real, values.size(), shape);
  tensor.set_raw_data(values.data(), values.size_bytes());
  return tensor.name();
}

std::string OnnxGraph::constant(std::string_view hint, std::span<const std::int64_t> values,
                                const std::vector<std::int64_t>& shape) {
  onnx::TensorProto& tensor = implementation_->add_constant(hint, TensorType::integer, values.size(), shape);
  tensor.set_raw_data(values.data(), values.size_bytes());
  return tensor.name();
}

std::string OnnxGraph::constant(std::string_view hint, std::span<const std::string> values,
                                const std::vector<std::int64_t>& shape) {
  onnx::TensorProto& tensor = implementation_->add_constant(hint, TensorType::text, values.size(), shape);
  for (const std::string& value : values) tensor.add_string_data(value);
  return tensor.name();
}

std::string OnnxGraph::add_input(std::string_view wanted, TensorType type, const Shape& shape) {
  std::string name = wanted.empty() ? "column" : std::string(wanted);
  // The one input of image models is called as the output of generators is; no file has both.
  const bool image = name == "image" && shape.size() == 4;
  while ((!image && is_face_output(name)) || defines(name)) name += "_in";
  onnx::ValueInfoProto& input = *implementation_->graph().add_input();
  input.set_name(name);
  set_type(input, type, shape);
  implementation_->defined[name] = {Implementation::Origin::input};
  return name;
}

void OnnxGraph::add_output(const std::string& value, const std::string& name, TensorType type, const Shape& shape) {
  Implementation& implementation = *implementation_;
  onnx::GraphProto& graph = implementation.graph();
  if (!defines(value)) throw ModelError("The output '" + name + "' is to be '" + value + "', which nothing defines");
  if (defines(name)) throw ModelError("The output '" + name + "' has the name of another value");
  Implementation::Definition definition = implementation.defined.at(value);
  const bool is_output = std::any_of(graph.output().begin(), graph.output().end(),
                                     [&](const onnx::ValueInfoProto& output) { return output.name() == value; });
  if (definition.origin != Implementation::Origin::node || is_output) {
    definition = implementation.defined.at(add("Identity", {value}));
    graph.mutable_node(definition.node)->set_output(0, name);
  } else {
    for (std::string& output : *graph.mutable_node(definition.node)->mutable_output())
      if (output == value) output = name;
    for (int i = definition.node + 1; i < graph.node_size(); ++i)
      for (std::string& input : *graph.mutable_node(i)->mutable_input())
        if (input == value) input = name;
    implementation.defined.erase(value);
  }
  graph.mutable_node(definition.node)->set_name(name);
  implementation.defined[name] = definition;
  onnx::ValueInfoProto& output = *graph.add_output();
  output.set_name(name);
  set_type(output, type, shape);
}

bool OnnxGraph::defines(const std::string& value) const {
  return implementation_->defined.contains(value);
}

std::string OnnxGraph::bytes(const std::vector<std::pair<std::string, std::string>>& metadata) const {
  onnx::ModelProto& model = implementation_->model;
  model.clear_metadata_props();
  for (const auto& [key, value] : metadata) {
    onnx::StringStringEntryProto& entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
  if (model.ByteSizeLong() >= (std::size_t{1} << 31) - 1)
    throw ModelError("The model takes " + std::to_string(model.ByteSizeLong()) +
                     " bytes as ONNX; the format ends at 2 GB");
  std::string bytes;
  if (!model.SerializeToString(&bytes)) throw ModelError("The model cannot be serialised as ONNX");
  return bytes;
}

}  // namespace gb
