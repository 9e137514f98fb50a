#include "core/backend/onednn/primitives.hpp"
#include "core/backend/window.hpp"

namespace gb::onednn {
namespace {

using dnnl::memory;
using Forward = dnnl::pooling_forward;
using Backward = dnnl::pooling_backward;

struct Pooling {
  memory::dims strides, kernel, before, after;
  dnnl::algorithm how;

  explicit Pooling(const Operation& operation) {
    const Window window = Window::from(operation.attributes);
    strides = {window.stride[0], window.stride[1]};
    kernel = {window.kernel[0], window.kernel[1]};
    before = {window.before[0], window.before[1]};
    after = {window.after[0], window.after[1]};
    const bool padding_counts = integer_attribute(operation.attributes, "count_include_pad", 0) != 0;
    how = operation.op.starts_with("Max") ? dnnl::algorithm::pooling_max
          : padding_counts                ? dnnl::algorithm::pooling_avg_include_padding
                                          : dnnl::algorithm::pooling_avg_exclude_padding;
  }

  Forward::primitive_desc forward(const Operand& x, const Operand& y, bool training) const {
    const auto kind = training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
    return {Forward::desc(kind, how, picture_desc(x), picture_desc(y), strides, kernel, before, after),
            with_own_scratchpad(), engine()};
  }
};

memory pictures(const Operand& operand) {
  return memory(picture_desc(operand), engine(), operand.data);
}

/// Where the maxima were found, in oneDNN's form: bytes, in memory that holds four for each.
memory places(const memory::desc& desc, const Operand& operand) {
  return memory(desc, engine(), operand.data);
}

std::unique_ptr<Kernel> forward(const Operation& operation) {
  const bool training = operation.outputs.size() > 1;
  const auto chosen = Pooling(operation).forward(operation.inputs[0], operation.outputs[0], training);
  std::unordered_map<int, memory> arguments{{DNNL_ARG_SRC, pictures(operation.inputs[0])},
                                            {DNNL_ARG_DST, pictures(operation.outputs[0])},
                                            {DNNL_ARG_SCRATCHPAD, memory(chosen.scratchpad_desc(), engine())}};
  if (training) arguments.emplace(DNNL_ARG_WORKSPACE, places(chosen.workspace_desc(), operation.outputs[1]));
  auto kernel = std::make_unique<Steps>();
  kernel->add(Forward(chosen), std::move(arguments));
  return kernel;
}

/// Inputs dY and, of maxima, their places.
std::unique_ptr<Kernel> backward(const Operation& operation) {
  const Pooling pooling(operation);
  const Operand& dx = operation.outputs[0];
  const Operand& dy = operation.inputs[0];
  const Backward::primitive_desc chosen(Backward::desc(pooling.how, picture_desc(dx), picture_desc(dy), pooling.strides,
                                                       pooling.kernel, pooling.before, pooling.after),
                                        with_own_scratchpad(), engine(), pooling.forward(dx, dy, true));
  std::unordered_map<int, memory> arguments{{DNNL_ARG_DIFF_DST, pictures(dy)},
                                            {DNNL_ARG_DIFF_SRC, pictures(dx)},
                                            {DNNL_ARG_SCRATCHPAD, memory(chosen.scratchpad_desc(), engine())}};
  if (operation.inputs.size() > 1)
    arguments.emplace(DNNL_ARG_WORKSPACE, places(chosen.workspace_desc(), operation.inputs[1]));
  auto kernel = std::make_unique<Steps>();
  kernel->add(Backward(chosen), std::move(arguments));
  return kernel;
}

}  // namespace

std::unique_ptr<Kernel> make_pooling(const Operation& operation) {
  if (operation.op == "MaxPool" || operation.op == "AveragePool") return forward(operation);
  if (operation.op == "MaxPoolGrad" || operation.op == "AveragePoolGrad") return backward(operation);
  return nullptr;
}

}  // namespace gb::onednn
