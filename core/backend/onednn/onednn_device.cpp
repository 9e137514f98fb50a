#include "core/backend/onednn/onednn_device.hpp"

#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <unordered_map>

#include "core/backend/reference/activation.hpp"
#include "core/backend/reference/reference_device.hpp"

namespace gb {
namespace {

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

/// oneDNN's name for an activation it can apply while the product is still in registers. Its exponentials differ from
/// libm's beyond 1e-5 for some, so only the exact ones are fused.
std::optional<dnnl::algorithm> fused_activation(const std::string& op) {
  if (op == "Relu" || op == "LeakyRelu") return dnnl::algorithm::eltwise_relu;
  return std::nullopt;
}

/// Y = activation(op(A) op(B) + C).
class GemmKernel : public Kernel {
 public:
  explicit GemmKernel(const Operation& operation) : stream_(engine()) {
    using dnnl::memory;
    const auto type = memory::data_type::f32;
    const auto plain = memory::format_tag::ab;
    const auto transposed = memory::format_tag::ba;
    const bool trans_a = integer_attribute(operation.attributes, "transA", 0) != 0;
    const bool trans_b = integer_attribute(operation.attributes, "transB", 0) != 0;
    const Operand& y = operation.outputs[0];
    const std::int64_t m = y.shape[0];
    const std::int64_t n = y.shape[1];
    const std::int64_t k = operation.inputs[0].shape[trans_a ? 0 : 1];
    const memory::desc a({m, k}, type, trans_a ? transposed : plain);
    const memory::desc b({k, n}, type, trans_b ? transposed : plain);
    const memory::desc c({m, n}, type, plain);
    const memory::desc bias({1, n}, type, plain);
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    if (operation.op == "FusedGemm") {
      const std::string activation = text_attribute(operation.attributes, "activation", "");
      dnnl::post_ops after;
      const bool leaky = activation == "LeakyRelu";
      after.append_eltwise(1.0F, *fused_activation(activation),
                           leaky ? static_cast<float>(reference::activation_alpha(operation)) : 0.0F, 0.0F);
      attributes.set_post_ops(after);
    }
    const bool has_bias = operation.inputs.size() > 2;
    const auto description = has_bias ? dnnl::matmul::desc(a, b, bias, c) : dnnl::matmul::desc(a, b, c);
    const dnnl::matmul::primitive_desc chosen(description, attributes, engine());
    product_ = dnnl::matmul(chosen);
    arguments_ = {{DNNL_ARG_SRC, memory(a, engine(), operation.inputs[0].data)},
                  {DNNL_ARG_WEIGHTS, memory(b, engine(), operation.inputs[1].data)},
                  {DNNL_ARG_DST, memory(c, engine(), y.data)},
                  {DNNL_ARG_SCRATCHPAD, memory(chosen.scratchpad_desc(), engine())}};
    if (has_bias) arguments_.emplace(DNNL_ARG_BIAS, memory(bias, engine(), operation.inputs[2].data));
  }

  void run() override {
    product_.execute(stream_, arguments_);
    stream_.wait();
  }

 private:
  dnnl::stream stream_;
  dnnl::matmul product_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

class OneDnnDevice : public Device {
 public:
  std::string name() const override { return "onednn"; }
  std::size_t element_bytes() const override { return sizeof(float); }
  std::unique_ptr<Kernel> kernel(const Operation& operation) override {
    const bool product =
        operation.op == "Gemm" ||
        (operation.op == "FusedGemm" && fused_activation(text_attribute(operation.attributes, "activation", "")));
    if (product) return std::make_unique<GemmKernel>(operation);
    return reference_->kernel(operation);
  }

 private:
  std::unique_ptr<Device> reference_ = make_reference_device<float>();
};

}  // namespace

std::unique_ptr<Device> make_onednn_device() {
  return std::make_unique<OneDnnDevice>();
}

}  // namespace gb
