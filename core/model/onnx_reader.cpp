#include "core/model/onnx_reader.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <onnx/onnx_pb.h>

#include <cstring>
#include <set>

#include "core/model/model.hpp"

namespace gb {
namespace {

/// Our deepest message is model, graph, node, attribute, tensor; types nest a little.
constexpr int most_nested = 16;
/// A label or category longer than this is an attack on memory, not a name.
constexpr std::size_t longest_text = std::size_t{1} << 16;

TensorType tensor_type(int type) {
  switch (type) {
    case onnx::TensorProto::FLOAT:
      return TensorType::real;
    case onnx::TensorProto::INT64:
      return TensorType::integer;
    case onnx::TensorProto::STRING:
      return TensorType::text;
    case onnx::TensorProto::BOOL:
      return TensorType::boolean;
    default:
      break;
  }
  const std::string name = onnx::TensorProto::DataType_IsValid(type)
                               ? onnx::TensorProto::DataType_Name(static_cast<onnx::TensorProto::DataType>(type))
                               : std::to_string(type);
  throw ModelError("has the element type " + name + "; FLOAT, INT64, STRING and BOOL are supported");
}

std::string checked_text(const std::string& text) {
  if (text.size() > longest_text)
    throw ModelError("holds a string of " + std::to_string(text.size()) + " bytes; at most " +
                     std::to_string(longest_text) + " are supported");
  return text;
}

/// The elements of a numeric tensor: either raw little-endian bytes or the typed field, exactly as many as the shape
/// says. `Stored` is the type in the raw bytes.
template <class T, class Stored, class Field>
std::vector<T> numbers(const onnx::TensorProto& tensor, std::size_t count, const Field& field) {
  std::vector<T> values;
  if (tensor.has_raw_data()) {
    const std::string& raw = tensor.raw_data();
    if (raw.size() / sizeof(Stored) != count || raw.size() % sizeof(Stored) != 0)
      throw ModelError("has " + std::to_string(raw.size()) + " bytes of data where its shape needs " +
                       std::to_string(count) + " x " + std::to_string(sizeof(Stored)));
    if (field.size() > 0) throw ModelError("holds its data twice");
    values.resize(count);
    if (count > 0) std::memcpy(values.data(), raw.data(), raw.size());
  } else {
    if (static_cast<std::size_t>(field.size()) != count)
      throw ModelError("has " + std::to_string(field.size()) + " values where its shape needs " +
                       std::to_string(count));
    values.reserve(count);
    for (const auto value : field) values.push_back(static_cast<T>(value));
  }
  return values;
}

Tensor tensor_of(const onnx::TensorProto& proto) {
  if (proto.data_location() != onnx::TensorProto::DEFAULT || proto.external_data_size() > 0)
    throw ModelError("keeps its data outside the file, which is refused");
  if (proto.has_segment()) throw ModelError("is stored in segments, which is refused");
  Tensor tensor;
  tensor.shape.assign(proto.dims().begin(), proto.dims().end());
  const TensorType type = tensor_type(proto.data_type());
  const std::size_t count = element_count(tensor.shape);
  switch (type) {
    case TensorType::real:
      tensor.values = numbers<float, float>(proto, count, proto.float_data());
      break;
    case TensorType::integer:
      tensor.values = numbers<std::int64_t, std::int64_t>(proto, count, proto.int64_data());
      break;
    case TensorType::boolean: {
      auto values = numbers<std::uint8_t, std::uint8_t>(proto, count, proto.int32_data());
      for (std::uint8_t& value : values) value = value != 0;
      tensor.values = std::move(values);
      break;
    }
    case TensorType::text: {
      if (proto.has_raw_data() || static_cast<std::size_t>(proto.string_data_size()) != count)
        throw ModelError("has " + std::to_string(proto.string_data_size()) + " strings where its shape needs " +
                         std::to_string(count));
      Tensor::Texts texts;
      texts.reserve(count);
      for (const std::string& text : proto.string_data()) texts.push_back(checked_text(text));
      tensor.values = std::move(texts);
      break;
    }
  }
  return tensor;
}

AttributeValue attribute_value(const onnx::AttributeProto& proto) {
  if (!proto.ref_attr_name().empty()) throw ModelError("refers to an attribute of a function; functions are refused");
  switch (proto.type()) {
    case onnx::AttributeProto::INT:
      return proto.i();
    case onnx::AttributeProto::FLOAT:
      return proto.f();
    case onnx::AttributeProto::STRING:
      return checked_text(proto.s());
    case onnx::AttributeProto::INTS:
      return std::vector<std::int64_t>(proto.ints().begin(), proto.ints().end());
    case onnx::AttributeProto::FLOATS:
      return std::vector<float>(proto.floats().begin(), proto.floats().end());
    case onnx::AttributeProto::STRINGS: {
      std::vector<std::string> texts;
      for (const std::string& text : proto.strings()) texts.push_back(checked_text(text));
      return texts;
    }
    case onnx::AttributeProto::TENSOR:
      return tensor_of(proto.t());
    case onnx::AttributeProto::GRAPH:
    case onnx::AttributeProto::GRAPHS:
      throw ModelError("holds a subgraph, which is refused");
    default:
      throw ModelError("has a type that is not supported");
  }
}

OnnxNode node_of(const onnx::NodeProto& proto) {
  OnnxNode node;
  node.name = proto.name();
  node.op = proto.op_type();
  node.domain = proto.domain() == "ai.onnx" ? std::string() : proto.domain();
  node.inputs.assign(proto.input().begin(), proto.input().end());
  node.outputs.assign(proto.output().begin(), proto.output().end());
  for (const onnx::AttributeProto& attribute : proto.attribute()) {
    try {
      if (!node.attributes.emplace(attribute.name(), attribute_value(attribute)).second)
        throw ModelError("is given twice");
    } catch (const ModelError& error) {
      throw ModelError(node.text() + ": attribute '" + attribute.name() + "' " + error.what());
    }
  }
  return node;
}

OnnxValue value_of(const onnx::ValueInfoProto& proto) {
  OnnxValue value;
  value.name = proto.name();
  if (value.name.empty()) throw ModelError("has no name");
  if (!proto.type().has_tensor_type()) throw ModelError("is no tensor");
  const onnx::TypeProto::Tensor& tensor = proto.type().tensor_type();
  value.type = tensor_type(tensor.elem_type());
  for (const onnx::TensorShapeProto::Dimension& dimension : tensor.shape().dim()) {
    if (dimension.has_dim_value() && dimension.dim_value() < 0)
      throw ModelError("has a negative dimension " + std::to_string(dimension.dim_value()));
    value.shape.push_back(dimension.has_dim_value() ? dimension.dim_value() : -1);
  }
  return value;
}

void check_versions(const onnx::ModelProto& model) {
  bool main = false;
  std::set<std::string> seen;
  for (const onnx::OperatorSetIdProto& opset : model.opset_import()) {
    const std::string domain = opset.domain() == "ai.onnx" ? std::string() : opset.domain();
    if (!seen.insert(domain).second) throw ModelError("the operator set '" + domain + "' is given twice");
    const bool machine_learning = domain == "ai.onnx.ml";
    if (!domain.empty() && !machine_learning)
      throw ModelError("operators of the domain '" + domain + "' are not supported");
    const std::int64_t least = machine_learning ? 2 : 13;
    const std::int64_t most = machine_learning ? 3 : 17;
    if (opset.version() < least || opset.version() > most)
      throw ModelError("version " + std::to_string(opset.version()) + " of " +
                       (machine_learning ? "ai.onnx.ml" : "opset") + " is not supported, only " +
                       std::to_string(least) + " to " + std::to_string(most));
    main = main || domain.empty();
  }
  if (!main) throw ModelError("it names no opset; the file is damaged or cut short");
}

/// Calls `read` and says which thing of the file its complaint is about.
template <class Read>
auto of(const std::string& what, const Read& read) {
  try {
    return read();
  } catch (const ModelError& error) {
    throw ModelError(what + " " + error.what());
  }
}

OnnxContents contents_of(onnx::ModelProto& model) {
  if (!model.has_graph()) throw ModelError("it holds no graph");
  check_versions(model);
  if (model.functions_size() > 0) throw ModelError("it defines functions, which are refused");
  if (model.training_info_size() > 0) throw ModelError("it holds training graphs, which are refused");
  onnx::GraphProto& graph = *model.mutable_graph();
  if (graph.sparse_initializer_size() > 0) throw ModelError("it holds sparse tensors, which are refused");
  if (graph.quantization_annotation_size() > 0) throw ModelError("it holds quantised tensors, which are refused");

  OnnxContents contents;
  contents.producer = model.producer_name();
  for (onnx::TensorProto& initializer : *graph.mutable_initializer()) {
    const std::string name = initializer.name();
    of("initializer '" + name + "'", [&] {
      if (name.empty()) throw ModelError("has no name");
      if (!contents.constants.emplace(name, tensor_of(initializer)).second) throw ModelError("is given twice");
    });
    initializer.Clear();  // one copy of the weights at a time is enough
  }
  for (const onnx::ValueInfoProto& input : graph.input())
    if (!contents.constants.contains(input.name()))
      contents.inputs.push_back(of("input '" + input.name() + "'", [&] { return value_of(input); }));
  for (const onnx::ValueInfoProto& output : graph.output())
    contents.outputs.push_back(of("output '" + output.name() + "'", [&] { return value_of(output); }));
  for (const onnx::NodeProto& node : graph.node()) contents.nodes.push_back(node_of(node));
  for (const onnx::StringStringEntryProto& entry : model.metadata_props())
    if (!contents.metadata.emplace(entry.key(), entry.value()).second)
      throw ModelError("the metadata '" + entry.key() + "' is given twice");
  return contents;
}

}  // namespace

std::string OnnxNode::text() const {
  const std::string& label = !name.empty() || outputs.empty() ? name : outputs.front();
  return "node '" + label + "' (" + (domain.empty() ? "" : domain + ".") + op + ")";
}

OnnxContents read_onnx(const std::string& bytes, const std::string& file) {
  if (bytes.empty()) throw ModelError(file + ": the file is empty; an ONNX model was expected");
  if (bytes.size() >= (std::size_t{1} << 31) - 1) throw ModelError(file + ": an ONNX file is smaller than 2 GB");
  onnx::ModelProto model;
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                                static_cast<int>(bytes.size()));
  stream.SetRecursionLimit(most_nested);
  if (!model.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage())
    throw ModelError(file + ": this is no ONNX model, or it is damaged, cut short or nested too deeply");
  try {
    OnnxContents contents = contents_of(model);
    contents.file = file;
    return contents;
  } catch (const ModelError& error) {
    throw ModelError(file + ": " + error.what());
  }
}

}  // namespace gb
