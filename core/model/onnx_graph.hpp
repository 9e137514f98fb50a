#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gb {

/// An attribute of an ONNX node.
using OnnxAttribute = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>,
                                   std::vector<std::string>>;

/// An ONNX graph under construction, without protobuf in its header. Values are named; names are made unique here.
class OnnxGraph {
 public:
  OnnxGraph();
  ~OnnxGraph();
  OnnxGraph(const OnnxGraph&) = delete;
  OnnxGraph& operator=(const OnnxGraph&) = delete;

  /// Adds a node and returns the name of its (first) output. `domain` is "" or "ai.onnx.ml".
  std::string add(std::string_view op, const std::vector<std::string>& inputs,
                  const std::map<std::string, OnnxAttribute>& attributes = {}, std::string_view domain = "");
  std::string constant(std::string_view hint, std::span<const float> values, const std::vector<std::int64_t>& shape);
  std::string constant(std::string_view hint, std::span<const std::int64_t> values,
                       const std::vector<std::int64_t>& shape);
  std::string constant(std::string_view hint, std::span<const std::string> values,
                       const std::vector<std::int64_t>& shape);

  struct Implementation;  ///< protobuf; known to onnx_writer.cpp alone
  Implementation& implementation() { return *implementation_; }

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
