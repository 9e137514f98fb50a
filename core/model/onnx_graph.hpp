#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/model/tensor.hpp"

namespace gb {

/// An attribute of an ONNX node.
using OnnxAttribute = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>,
                                   std::vector<std::string>>;

/// An ONNX graph under construction, without protobuf in its header. Values are named; names are made unique here.
/// Everything throws ModelError that names operator and value when the graph would be no valid one.
class OnnxGraph {
 public:
  OnnxGraph();
  ~OnnxGraph();
  OnnxGraph(const OnnxGraph&) = delete;
  OnnxGraph& operator=(const OnnxGraph&) = delete;

  /// Adds a node and returns the name of its (first) output. `domain` is "" or "ai.onnx.ml"; an empty input name
  /// leaves out an optional input.
  std::string add(std::string_view op, const std::vector<std::string>& inputs,
                  const std::map<std::string, OnnxAttribute>& attributes = {}, std::string_view domain = "");
  /// The same of a node with several outputs: their names in order.
  std::vector<std::string> add_outputs(std::string_view op, const std::vector<std::string>& inputs,
                                       const std::map<std::string, OnnxAttribute>& attributes, std::size_t count,
                                       std::string_view domain = "");
  std::string constant(std::string_view hint, std::span<const float> values, const std::vector<std::int64_t>& shape);
  std::string constant(std::string_view hint, std::span<const std::int64_t> values,
                       const std::vector<std::int64_t>& shape);
  std::string constant(std::string_view hint, std::span<const std::string> values,
                       const std::vector<std::int64_t>& shape);

  /// Declares an input of the file and returns its name: the wanted one, with "_in" appended while an output or another
  /// value has that name. A dimension of -1 is the free number of rows.
  std::string add_input(std::string_view wanted, TensorType type, const Shape& shape);
  /// Makes `value` an output of the file under `name`.
  void add_output(const std::string& value, const std::string& name, TensorType type, const Shape& shape);
  /// An input, a constant or a node's output has this name.
  bool defines(const std::string& value) const;

  /// The file: opset 17, ai.onnx.ml 3, `metadata` in the given order. The same calls give the same bytes.
  /// Throws ModelError when they would be more than protobuf's 2 GB.
  std::string bytes(const std::vector<std::pair<std::string, std::string>>& metadata) const;

  struct Implementation;  ///< protobuf; known to onnx_writer.cpp alone
  Implementation& implementation() { return *implementation_; }

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
