#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/base/error.hpp"

namespace gb {

/// A graph is ill-formed, or a device has no kernel for one of its operators; the text names operator, expectation and
/// what arrived.
struct GraphError : Error {
  using Error::Error;
};

/// Extents, outermost first; row-major. While a graph is being built, -1 stands for the batch.
using Shape = std::vector<std::int64_t>;
std::string extents_text(const Shape& shape);
std::int64_t volume(const Shape& shape);

/// ONNX attributes by name.
using Attribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>>;
using Attributes = std::map<std::string, Attribute>;
std::int64_t integer_attribute(const Attributes& attributes, const std::string& name, std::int64_t otherwise);
double real_attribute(const Attributes& attributes, const std::string& name, double otherwise);
std::string text_attribute(const Attributes& attributes, const std::string& name, const std::string& otherwise);

std::vector<std::int64_t> integers_attribute(const Attributes& attributes, const std::string& name,
                                             const std::vector<std::int64_t>& otherwise);

/// Dense memory of the device's element type; integer values (class numbers) are int32.
struct Operand {
  void* data = nullptr;
  Shape shape;
  bool channels_last = false;  ///< pictures [N, C, H, W] whose memory is in the order [N, H, W, C]
  bool fixed = false;          ///< its numbers are there when a kernel is made, and stay

  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
  std::int64_t size() const { return volume(shape); }
};

/// One node with its shapes and memory known.
struct Operation {
  std::string op;  ///< ONNX name, or ours where ONNX has none (gradients, losses)
  Attributes attributes;
  std::vector<Operand> inputs, outputs;
};

/// An operation made ready: run() reads and writes the bound memory, allocates nothing of its own and may be called any
/// number of times, from one thread at a time.
class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual void run() = 0;
};

/// Where kernels come from. Devices stand beside one another; nothing above this folder names one but through
/// make_device().
class Device {
 public:
  virtual ~Device() = default;
  virtual std::string name() const = 0;
  virtual std::size_t element_bytes() const = 0;  ///< 4: float, 8: double
  /// Whether pictures inside a graph should be kept with their channels last; what goes in and out never is.
  virtual bool channels_last() const { return false; }
  /// Throws GraphError when the operator is unknown here.
  virtual std::unique_ptr<Kernel> kernel(const Operation& operation) = 0;
};

enum class DeviceKind {
  reference,         ///< Eigen, float: what every other one is tested against
  reference_double,  ///< Eigen, double: for gradient checks
  onednn,            ///< oneDNN where it has a kernel, else the reference
  onednn_bfloat16,   ///< the same, factors of products and convolutions rounded to bfloat16
};
std::unique_ptr<Device> make_device(DeviceKind kind);
/// Whether this processor multiplies bfloat16 faster than float.
bool has_fast_bfloat16();

}  // namespace gb
