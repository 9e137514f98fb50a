#pragma once

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/backend/device.hpp"
#include "core/backend/window.hpp"

/// Parts of the oneDNN device. Every maker returns null for an operation that it has no kernel for.
namespace gb::onednn {

enum class Precision { float32, bfloat16 };

std::unique_ptr<Kernel> make_product(const Operation& operation, Precision precision);
std::unique_ptr<Kernel> make_convolution(const Operation& operation, Precision precision);
/// What many channels of `x` add up to in few of `y`, window by window: ConvTranspose, and what flows back through a
/// convolution of few channels. oneDNN's kernels would work on 16 channels of `y` at a time. `w` is [channels of x,
/// channels of y, kH, kW].
std::unique_ptr<Kernel> make_fold(const Operand& x, const Operand& w, const Operand* bias, const Operand& y,
                                  const Window& window);
std::unique_ptr<Kernel> make_tiles(const Operation& operation);
std::unique_ptr<Kernel> make_pooling(const Operation& operation);
std::unique_ptr<Kernel> make_normalization(const Operation& operation);
std::unique_ptr<Kernel> make_channels(const Operation& operation);
std::unique_ptr<Kernel> make_loss(const Operation& operation);
/// x and y may be the same.
std::unique_ptr<Kernel> make_activation(const std::string& op, const Operand& x, const Operand& y);

const dnnl::engine& engine();

/// Primitives run one after another, each with its memory bound.
class Steps : public Kernel {
 public:
  void add(dnnl::primitive primitive, std::unordered_map<int, dnnl::memory> arguments) {
    steps_.push_back({std::move(primitive), std::move(arguments)});
  }
  void run() override {
    for (const auto& step : steps_) step.primitive.execute(stream_, step.arguments);
    stream_.wait();
    if (activation_) activation_->run();
  }
  /// Applied to the output after the primitives.
  void finish_with(std::unique_ptr<Kernel> activation) { activation_ = std::move(activation); }

  /// Memory in the form that a primitive wants, for what lies in another one: converted before the primitive runs. The
  /// operand's own memory where both are the same. What is `fixed` is converted once, here.
  dnnl::memory converted(const dnnl::memory& from, const dnnl::memory::desc& wanted, bool fixed = false);
  /// Memory for a result, converted into `to` afterwards (call once the primitive is added).
  void convert_back(const dnnl::memory& from, const dnnl::memory& to);

 private:
  struct Step {
    dnnl::primitive primitive;
    std::unordered_map<int, dnnl::memory> arguments;
  };
  dnnl::stream stream_{engine()};
  std::vector<Step> steps_;
  std::unique_ptr<Kernel> activation_;
};

/// oneDNN's name for an activation that it can apply while the sum is still in registers. Its exponentials differ from
/// libm's beyond 1e-5 for some, so only the exact ones are left to it.
std::optional<dnnl::algorithm> fused_activation(const std::string& op);
/// Adds the operation's activation to a primitive's attributes where fused_activation() allows it; what it does not
/// allow becomes a kernel to be run afterwards.
std::unique_ptr<Kernel> apply_activation(const Operation& operation, dnnl::primitive_attr& attributes);

/// Scratch memory given from outside, so that running allocates nothing.
dnnl::primitive_attr with_own_scratchpad();

/// Pictures as they lie in memory.
dnnl::memory::desc picture_desc(const Operand& operand, dnnl::memory::data_type type = dnnl::memory::data_type::f32);

}  // namespace gb::onednn
