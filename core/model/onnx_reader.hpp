#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "core/model/tensor.hpp"

namespace gb {

/// The value of a node's attribute.
using AttributeValue = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>,
                                    std::vector<std::string>, Tensor>;

/// One operation as the file has it.
struct OnnxNode {
  std::string name;                 ///< may be empty
  std::string op;                   ///< "Gemm"
  std::string domain;               ///< "" or "ai.onnx.ml"
  std::vector<std::string> inputs;  ///< an empty name is an optional input left out
  std::vector<std::string> outputs;
  std::map<std::string, AttributeValue> attributes;

  /// "node 'gemm_1' (Gemm)", for messages.
  std::string text() const;
};

/// An input or output of the file.
struct OnnxValue {
  std::string name;
  TensorType type = TensorType::real;
  Shape shape;  ///< -1 where the dimension is free
};

/// The contents of an ONNX file as plain structs: well-formed, not yet checked for meaning.
struct OnnxContents {
  std::string file;  ///< what messages call it
  std::string producer;
  std::vector<OnnxValue> inputs;  ///< initializers that older writers list as inputs are left out
  std::vector<OnnxValue> outputs;
  std::map<std::string, Tensor> constants;
  std::vector<OnnxNode> nodes;
  std::map<std::string, std::string> metadata;
};

/// Takes an ONNX file apart. Refused, with a ModelError that names file, node and operator: damaged or nested messages,
/// data outside the file, subgraphs, functions, sparse and quantised tensors, element types other than TensorType's,
/// tensors whose bytes do not match their shape, other versions than opset 13 to 17 and ai.onnx.ml 2 and 3.
OnnxContents read_onnx(const std::string& bytes, const std::string& file);

}  // namespace gb
