#include "core/backend/onednn/primitives.hpp"

#include "core/backend/reference/activation.hpp"
#include "core/base/parallel.hpp"

namespace gb::onednn {
namespace {

class ActivationKernel : public Kernel {
 public:
  ActivationKernel(std::string op, float alpha, const Operand& y) : op_(std::move(op)), alpha_(alpha), y_(y) {}
  void run() override {
    constexpr std::size_t grain = 4096;
    float* values = y_.as<float>();
    parallel_chunks(static_cast<std::size_t>(y_.size()), grain, [&](std::size_t begin, std::size_t end, std::size_t) {
      reference::apply_activation<float>(op_, alpha_, values + begin, values + begin,
                                         static_cast<std::int64_t>(end - begin));
    });
  }

 private:
  std::string op_;
  float alpha_;
  Operand y_;
};

}  // namespace

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

dnnl::memory Steps::converted(const dnnl::memory& from, const dnnl::memory::desc& wanted, bool fixed) {
  if (from.get_desc() == wanted) return from;
  dnnl::memory to(wanted, engine());
  if (fixed) {
    dnnl::reorder(from, to).execute(stream_, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
    stream_.wait();
    return to;
  }
  add(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  return to;
}

void Steps::convert_back(const dnnl::memory& from, const dnnl::memory& to) {
  if (from.get_desc() == to.get_desc()) return;
  add(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
}

std::optional<dnnl::algorithm> fused_activation(const std::string& op) {
  if (op == "Relu" || op == "LeakyRelu") return dnnl::algorithm::eltwise_relu;
  return std::nullopt;
}

std::unique_ptr<Kernel> apply_activation(const Operation& operation, dnnl::primitive_attr& attributes) {
  const std::string activation = text_attribute(operation.attributes, "activation", "");
  if (activation.empty()) return nullptr;
  const auto alpha = static_cast<float>(reference::activation_alpha(operation));
  const auto fused = fused_activation(activation);
  if (!fused)
    if (auto fast = make_activation(activation, operation.outputs[0], operation.outputs[0])) return fast;
  if (!fused) return std::make_unique<ActivationKernel>(activation, alpha, operation.outputs[0]);
  dnnl::post_ops after;
  after.append_eltwise(1.0F, *fused, activation == "LeakyRelu" ? alpha : 0.0F, 0.0F);
  attributes.set_post_ops(after);
  return nullptr;
}

dnnl::primitive_attr with_own_scratchpad() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

dnnl::memory::desc picture_desc(const Operand& operand, dnnl::memory::data_type type) {
  using tag = dnnl::memory::format_tag;
  const bool last = operand.channels_last || operand.shape[1] == 1 || operand.shape[2] * operand.shape[3] == 1;
  return {operand.shape, type, last ? tag::nhwc : tag::nchw};
}

}  // namespace gb::onednn
