#include "core/backend/device.hpp"

#include "core/backend/onednn/onednn_device.hpp"
#include "core/backend/reference/reference_device.hpp"

namespace gb {

std::string extents_text(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + (shape[i] < 0 ? std::string("N") : std::to_string(shape[i]));
  return text + "]";
}

std::int64_t volume(const Shape& shape) {
  std::int64_t count = 1;
  for (const auto extent : shape) count *= extent;
  return count;
}

namespace {
template <class T>
T attribute(const Attributes& attributes, const std::string& name, const T& otherwise) {
  const auto found = attributes.find(name);
  if (found == attributes.end()) return otherwise;
  if (const T* value = std::get_if<T>(&found->second)) return *value;
  throw GraphError("Attribute '" + name + "' has the wrong kind");
}
}  // namespace

std::int64_t integer_attribute(const Attributes& attributes, const std::string& name, std::int64_t otherwise) {
  return attribute<std::int64_t>(attributes, name, otherwise);
}
double real_attribute(const Attributes& attributes, const std::string& name, double otherwise) {
  return attribute<double>(attributes, name, otherwise);
}
std::string text_attribute(const Attributes& attributes, const std::string& name, const std::string& otherwise) {
  return attribute<std::string>(attributes, name, otherwise);
}

std::vector<std::int64_t> integers_attribute(const Attributes& attributes, const std::string& name,
                                             const std::vector<std::int64_t>& otherwise) {
  return attribute<std::vector<std::int64_t>>(attributes, name, otherwise);
}

std::unique_ptr<Device> make_device(DeviceKind kind) {
  switch (kind) {
    case DeviceKind::reference:
      return make_reference_device<float>();
    case DeviceKind::reference_double:
      return make_reference_device<double>();
    case DeviceKind::onednn:
      return make_onednn_device(false);
    case DeviceKind::onednn_bfloat16:
      return make_onednn_device(true);
  }
  throw GraphError("Unknown device");
}

}  // namespace gb
