#include "core/backend/onednn/primitives.hpp"
#include "core/backend/window.hpp"

namespace gb::onednn {
namespace {

using dnnl::memory;
using type = memory::data_type;
using tag = memory::format_tag;
using Forward = dnnl::convolution_forward;
using BackwardData = dnnl::convolution_backward_data;
using BackwardWeights = dnnl::convolution_backward_weights;

/// What the three directions of a convolution share: pictures x and y, weights, and the forward form that the backward
/// ones refer to.
struct Convolution {
  Window window;
  memory::dims strides, dilations, before, after;
  memory::desc x, y, any_weights, plain_weights, bias;
  type factor;
  bool own_order;

  /// Of float32 pictures that a primitive writes.
  memory::desc result(const Operand& operand) const {
    return own_order ? memory::desc(operand.shape, type::f32, tag::any) : picture_desc(operand);
  }

  Convolution(const Operation& operation, const Operand& x_operand, const Operand& w, const Operand& y_operand,
              Precision precision)
      : window(Window::from(operation.attributes)), factor(precision == Precision::bfloat16 ? type::bf16 : type::f32) {
    strides = {window.stride[0], window.stride[1]};
    dilations = {window.dilation[0] - 1, window.dilation[1] - 1};
    before = {window.before[0], window.before[1]};
    after = {window.after[0], window.after[1]};
    // With channels last, oneDNN 2.6's kernels for windows of one pixel that move by more write beyond their memory
    // where the channels are no multiple of a vector: these get pictures in oneDNN's own order.
    constexpr std::int64_t vector = 16;
    own_order = w.shape[2] * w.shape[3] == 1 && window.stride[0] * window.stride[1] > 1 &&
                (x_operand.shape[1] % vector != 0 || y_operand.shape[1] % vector != 0);
    x = own_order ? memory::desc(x_operand.shape, factor, tag::any) : picture_desc(x_operand, factor);
    y = own_order ? memory::desc(y_operand.shape, factor, tag::any) : picture_desc(y_operand, factor);
    bias = memory::desc({w.shape[0]}, type::f32, tag::x);
    const std::int64_t group = window.group;
    const memory::dims extents =
        group == 1 ? w.shape : memory::dims{group, w.shape[0] / group, w.shape[1], w.shape[2], w.shape[3]};
    any_weights = memory::desc(extents, factor, tag::any);
    plain_weights = memory::desc(extents, type::f32, group == 1 ? tag::oihw : tag::goihw);
  }

  Forward::primitive_desc forward(const memory::desc& to, bool with_bias,
                                  const dnnl::primitive_attr& attributes) const {
    const auto kind = dnnl::prop_kind::forward_training;
    const auto how = dnnl::algorithm::convolution_direct;
    const auto description = with_bias
                                 ? Forward::desc(kind, how, x, any_weights, bias, to, strides, dilations, before, after)
                                 : Forward::desc(kind, how, x, any_weights, to, strides, dilations, before, after);
    return {description, attributes, engine()};
  }
};

memory bound(const memory::desc& desc, const Operand& operand) {
  return memory(desc, engine(), operand.data);
}
memory pictures(const Operand& operand) {
  return bound(picture_desc(operand), operand);
}

/// Where a primitive writes: into `to` itself where that is of the form it wants.
memory written(const memory::desc& wanted, const memory& to) {
  return wanted == to.get_desc() ? to : memory(wanted, engine());
}

/// Inputs X, W, B.
std::unique_ptr<Kernel> forward(const Operation& operation, Precision precision) {
  const Operand& y = operation.outputs[0];
  const Convolution convolution(operation, operation.inputs[0], operation.inputs[1], y, precision);
  auto attributes = with_own_scratchpad();
  auto kernel = std::make_unique<Steps>();
  kernel->finish_with(apply_activation(operation, attributes));
  const bool has_bias = operation.inputs.size() > 2;
  const auto chosen = convolution.forward(convolution.result(y), has_bias, attributes);
  const memory made = written(chosen.dst_desc(), pictures(y));
  std::unordered_map<int, memory> arguments{
      {DNNL_ARG_SRC, kernel->converted(pictures(operation.inputs[0]), chosen.src_desc())},
      {DNNL_ARG_WEIGHTS, kernel->converted(bound(convolution.plain_weights, operation.inputs[1]), chosen.weights_desc(),
                                           operation.inputs[1].fixed)},
      {DNNL_ARG_DST, made},
      {DNNL_ARG_SCRATCHPAD, memory(chosen.scratchpad_desc(), engine())}};
  if (has_bias) arguments.emplace(DNNL_ARG_BIAS, bound(convolution.bias, operation.inputs[2]));
  kernel->add(Forward(chosen), std::move(arguments));
  kernel->convert_back(made, pictures(y));
  return kernel;
}

/// Inputs dY, W.
std::unique_ptr<Kernel> input_gradient(const Operation& operation, Precision precision) {
  const Operand& dx = operation.outputs[0];
  if (auto fold = make_fold(operation.inputs[0], operation.inputs[1], nullptr, dx, Window::from(operation.attributes)))
    return fold;
  const Convolution convolution(operation, dx, operation.inputs[1], operation.inputs[0], precision);
  const auto attributes = with_own_scratchpad();
  const auto hint = convolution.forward(convolution.y, false, attributes);
  const BackwardData::primitive_desc chosen(
      BackwardData::desc(dnnl::algorithm::convolution_direct, convolution.result(dx), convolution.any_weights,
                         convolution.y, convolution.strides, convolution.dilations, convolution.before,
                         convolution.after),
      attributes, engine(), hint);
  auto kernel = std::make_unique<Steps>();
  const memory made = written(chosen.diff_src_desc(), pictures(dx));
  kernel->add(BackwardData(chosen),
              {{DNNL_ARG_DIFF_DST, kernel->converted(pictures(operation.inputs[0]), chosen.diff_dst_desc())},
               {DNNL_ARG_WEIGHTS,
                kernel->converted(bound(convolution.plain_weights, operation.inputs[1]), chosen.weights_desc())},
               {DNNL_ARG_DIFF_SRC, made},
               {DNNL_ARG_SCRATCHPAD, memory(chosen.scratchpad_desc(), engine())}});
  kernel->convert_back(made, pictures(dx));
  return kernel;
}

/// Inputs dY, X; outputs dW and, where there is a bias, dB.
std::unique_ptr<Kernel> weight_gradient(const Operation& operation, Precision precision) {
  const Operand& dw = operation.outputs[0];
  const bool has_bias = operation.outputs.size() > 1;
  const Convolution convolution(operation, operation.inputs[1], dw, operation.inputs[0], precision);
  const auto attributes = with_own_scratchpad();
  const auto hint = convolution.forward(convolution.y, has_bias, attributes);
  const memory::desc any(convolution.any_weights.dims(), type::f32, tag::any);
  const auto how = dnnl::algorithm::convolution_direct;
  const auto description =
      has_bias ? BackwardWeights::desc(how, convolution.x, any, convolution.bias, convolution.y, convolution.strides,
                                       convolution.dilations, convolution.before, convolution.after)
               : BackwardWeights::desc(how, convolution.x, any, convolution.y, convolution.strides,
                                       convolution.dilations, convolution.before, convolution.after);
  const BackwardWeights::primitive_desc chosen(description, attributes, engine(), hint);
  auto kernel = std::make_unique<Steps>();
  const memory plain = bound(convolution.plain_weights, dw);
  const memory made = written(chosen.diff_weights_desc(), plain);
  std::unordered_map<int, memory> arguments{
      {DNNL_ARG_DIFF_DST, kernel->converted(pictures(operation.inputs[0]), chosen.diff_dst_desc())},
      {DNNL_ARG_SRC, kernel->converted(pictures(operation.inputs[1]), chosen.src_desc())},
      {DNNL_ARG_DIFF_WEIGHTS, made},
      {DNNL_ARG_SCRATCHPAD, memory(chosen.scratchpad_desc(), engine())}};
  if (has_bias) arguments.emplace(DNNL_ARG_DIFF_BIAS, bound(convolution.bias, operation.outputs[1]));
  kernel->add(BackwardWeights(chosen), std::move(arguments));
  kernel->convert_back(made, plain);
  return kernel;
}

/// Inputs X, W [C, M / group, kH, kW], B.
std::unique_ptr<Kernel> transposed(const Operation& operation) {
  using Deconvolution = dnnl::deconvolution_forward;
  const Window window = Window::from(operation.attributes);
  const Operand& y = operation.outputs[0];
  const Shape& w = operation.inputs[1].shape;
  const bool has_bias = operation.inputs.size() > 2;
  if (auto fold =
          make_fold(operation.inputs[0], operation.inputs[1], has_bias ? &operation.inputs[2] : nullptr, y, window))
    return fold;
  const std::int64_t group = window.group;
  // What is beyond the last window position (output_padding) counts as cut off less at the end.
  memory::dims after;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    Window sized = window;
    sized.kernel = {w[2], w[3]};
    after.push_back((operation.inputs[0].shape[axis + 2] - 1) * window.stride[axis] + sized.reach(axis) -
                    window.before[axis] - y.shape[axis + 2]);
  }
  const memory::dims extents =
      group == 1 ? memory::dims{w[1], w[0], w[2], w[3]} : memory::dims{group, w[1], w[0] / group, w[2], w[3]};
  const memory::desc plain(extents, type::f32, group == 1 ? tag::iohw : tag::giohw);
  const memory::desc any(extents, type::f32, tag::any);
  const memory::desc bias({y.shape[1]}, type::f32, tag::x);
  const memory::dims strides{window.stride[0], window.stride[1]};
  const memory::dims dilations{window.dilation[0] - 1, window.dilation[1] - 1};
  const memory::dims before{window.before[0], window.before[1]};
  const auto kind = dnnl::prop_kind::forward_training;
  const auto how = dnnl::algorithm::deconvolution_direct;
  const auto x_desc = picture_desc(operation.inputs[0]);
  const auto description =
      has_bias ? Deconvolution::desc(kind, how, x_desc, any, bias, picture_desc(y), strides, dilations, before, after)
               : Deconvolution::desc(kind, how, x_desc, any, picture_desc(y), strides, dilations, before, after);
  const Deconvolution::primitive_desc chosen(description, with_own_scratchpad(), engine());
  auto kernel = std::make_unique<Steps>();
  std::unordered_map<int, memory> arguments{
      {DNNL_ARG_SRC, pictures(operation.inputs[0])},
      {DNNL_ARG_WEIGHTS,
       kernel->converted(bound(plain, operation.inputs[1]), chosen.weights_desc(), operation.inputs[1].fixed)},
      {DNNL_ARG_DST, pictures(y)},
      {DNNL_ARG_SCRATCHPAD, memory(chosen.scratchpad_desc(), engine())}};
  if (has_bias) arguments.emplace(DNNL_ARG_BIAS, bound(bias, operation.inputs[2]));
  kernel->add(Deconvolution(chosen), std::move(arguments));
  return kernel;
}

}  // namespace

std::unique_ptr<Kernel> make_convolution(const Operation& operation, Precision precision) {
  if (operation.op == "Conv" || operation.op == "FusedConv") return forward(operation, precision);
  if (operation.op == "ConvInputGrad") return input_gradient(operation, precision);
  if (operation.op == "ConvWeightGrad") return weight_gradient(operation, precision);
  if (operation.op == "ConvTranspose") return transposed(operation);
  return nullptr;
}

}  // namespace gb::onednn
