#include "core/backend/onednn/primitives.hpp"

namespace gb::onednn {
namespace {

using dnnl::memory;
using type = memory::data_type;
using tag = memory::format_tag;

}  // namespace

/// Y = activation(op(A) op(B) + C).
std::unique_ptr<Kernel> make_product(const Operation& operation, Precision precision) {
  if (operation.op != "Gemm" && operation.op != "FusedGemm") return nullptr;
  const bool trans_a = integer_attribute(operation.attributes, "transA", 0) != 0;
  const bool trans_b = integer_attribute(operation.attributes, "transB", 0) != 0;
  const Operand& y = operation.outputs[0];
  const std::int64_t m = y.shape[0];
  const std::int64_t n = y.shape[1];
  const std::int64_t k = operation.inputs[0].shape[trans_a ? 0 : 1];
  // Rounding pays where there is much to multiply.
  constexpr std::int64_t worth_rounding = 1 << 20;
  const auto factor = precision == Precision::bfloat16 && m * n * k >= worth_rounding ? type::bf16 : type::f32;
  const memory::desc plain_a({m, k}, type::f32, trans_a ? tag::ba : tag::ab);
  const memory::desc plain_b({k, n}, type::f32, trans_b ? tag::ba : tag::ab);
  const memory::desc a({m, k}, factor, trans_a ? tag::ba : tag::ab);
  // Weights that stay are put into the form that oneDNN likes best.
  const bool fixed = operation.inputs[1].fixed;
  const memory::desc b({k, n}, factor, fixed ? tag::any : trans_b ? tag::ba : tag::ab);
  const memory::desc c({m, n}, type::f32, tag::ab);
  const memory::desc bias({1, n}, type::f32, tag::ab);
  auto attributes = with_own_scratchpad();
  auto kernel = std::make_unique<Steps>();
  kernel->finish_with(apply_activation(operation, attributes));
  const bool has_bias = operation.inputs.size() > 2;
  const auto description = has_bias ? dnnl::matmul::desc(a, b, bias, c) : dnnl::matmul::desc(a, b, c);
  const dnnl::matmul::primitive_desc chosen(description, attributes, engine());
  std::unordered_map<int, memory> arguments{
      {DNNL_ARG_SRC, kernel->converted(memory(plain_a, engine(), operation.inputs[0].data), a)},
      {DNNL_ARG_WEIGHTS,
       kernel->converted(memory(plain_b, engine(), operation.inputs[1].data), chosen.weights_desc(), fixed)},
      {DNNL_ARG_DST, memory(c, engine(), y.data)},
      {DNNL_ARG_SCRATCHPAD, memory(chosen.scratchpad_desc(), engine())}};
  if (has_bias) arguments.emplace(DNNL_ARG_BIAS, memory(bias, engine(), operation.inputs[2].data));
  kernel->add(dnnl::matmul(chosen), std::move(arguments));
  return kernel;
}

}  // namespace gb::onednn
