#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/model/onnx_reader.hpp"
#include "core/model/operators.hpp"
#include "core/model/tensor.hpp"

namespace gb {

/// Runs the nodes of an ONNX file one after another with our own operators, independent of the native predictors.
class Evaluator {
 public:
  /// Binds every node to its kernel. Throws ModelError naming file, node and operator: unknown operators, domains and
  /// attributes, values read before they are made (so cycles too), values made twice, outputs that nothing makes.
  explicit Evaluator(OnnxContents contents);

  const OnnxContents& contents() const { return contents_; }

  /// The outputs in the file's order, for inputs in the file's order. Safe to call from several threads. Throws
  /// ModelError where tensors do not fit an operator or would take more than 2 GB together.
  std::vector<Tensor> run(std::span<const Tensor> inputs) const;

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  struct Step {
    NodeKernel kernel;
    std::vector<std::size_t> inputs;  ///< slots; `none` for an input left out
    std::size_t output;
    std::vector<std::size_t> last_used;  ///< computed slots that no later step and no output needs
    std::string text;
  };

  void plan_release();

  OnnxContents contents_;
  std::vector<const Tensor*> constants_;  ///< per slot; null where it is not a constant
  std::vector<std::size_t> input_slots_, output_slots_;
  std::vector<Step> steps_;
};

}  // namespace gb
