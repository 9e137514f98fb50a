#include "core/backend/reference/reference_device.hpp"

#include "core/backend/reference/kernels.hpp"

namespace gb {
namespace {

class ReferenceKernel : public Kernel {
 public:
  ReferenceKernel(Operation operation, void (*compute)(const Operation&))
      : operation_(std::move(operation)), compute_(compute) {}
  void run() override { compute_(operation_); }

 private:
  Operation operation_;
  void (*compute_)(const Operation&);
};

template <class T>
class ReferenceDevice : public Device {
 public:
  ReferenceDevice() {
    reference::add_gemm_kernels<T>(table_);
    reference::add_elementwise_kernels<T>(table_);
    reference::add_noise_kernels<T>(table_);
    reference::add_loss_kernels<T>(table_);
    reference::add_convolution_kernels<T>(table_);
    reference::add_pooling_kernels<T>(table_);
    reference::add_normalization_kernels<T>(table_);
    reference::add_spectral_kernels<T>(table_);
    reference::add_layout_kernels<T>(table_);
  }
  std::string name() const override { return sizeof(T) == 4 ? "reference" : "reference (double)"; }
  std::size_t element_bytes() const override { return sizeof(T); }
  std::unique_ptr<Kernel> kernel(const Operation& operation) override {
    const auto found = table_.find(operation.op);
    if (found == table_.end()) throw GraphError("The " + name() + " device has no kernel for operator " + operation.op);
    return std::make_unique<ReferenceKernel>(operation, found->second);
  }

 private:
  reference::KernelTable<T> table_;
};

}  // namespace

template <class T>
std::unique_ptr<Device> make_reference_device() {
  return std::make_unique<ReferenceDevice<T>>();
}
template std::unique_ptr<Device> make_reference_device<float>();
template std::unique_ptr<Device> make_reference_device<double>();

}  // namespace gb
