#include "core/backend/onednn/onednn_device.hpp"

#include "core/backend/onednn/primitives.hpp"
#include "core/backend/reference/reference_device.hpp"

namespace gb {
namespace {

class OneDnnDevice : public Device {
 public:
  explicit OneDnnDevice(onednn::Precision precision) : precision_(precision) {}
  std::string name() const override {
    return precision_ == onednn::Precision::bfloat16 ? "onednn (bfloat16)" : "onednn";
  }
  std::size_t element_bytes() const override { return sizeof(float); }
  bool channels_last() const override { return true; }
  std::unique_ptr<Kernel> kernel(const Operation& operation) override {
    if (auto made = onednn::make_product(operation, precision_)) return made;
    if (auto made = onednn::make_convolution(operation, precision_)) return made;
    if (auto made = onednn::make_tiles(operation)) return made;
    if (auto made = onednn::make_pooling(operation)) return made;
    if (auto made = onednn::make_normalization(operation)) return made;
    if (auto made = onednn::make_channels(operation)) return made;
    if (auto made = onednn::make_loss(operation)) return made;
    if (operation.inputs.size() == 1)
      if (auto made = onednn::make_activation(operation.op, operation.inputs[0], operation.outputs[0])) return made;
    return reference_->kernel(operation);
  }

 private:
  onednn::Precision precision_;
  std::unique_ptr<Device> reference_ = make_reference_device<float>();
};

}  // namespace

std::unique_ptr<Device> make_onednn_device(bool half_precision) {
  return std::make_unique<OneDnnDevice>(half_precision ? onednn::Precision::bfloat16 : onednn::Precision::float32);
}

bool has_fast_bfloat16() {
  return __builtin_cpu_supports("avx512bf16") != 0;
}

}  // namespace gb
