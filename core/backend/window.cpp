#include "core/backend/window.hpp"

#include <algorithm>

namespace gb {
namespace {

template <std::size_t Size>
std::array<std::int64_t, Size> numbers(const Attributes& attributes, const std::string& name, std::int64_t least,
                                       std::int64_t otherwise) {
  std::array<std::int64_t, Size> result;
  result.fill(otherwise);
  const auto given = integers_attribute(attributes, name, {});
  if (given.empty()) return result;
  if (given.size() != Size)
    throw GraphError("'" + name + "' has " + std::to_string(given.size()) + " numbers where pictures need " +
                     std::to_string(Size));
  for (const auto number : given)
    if (number < least)
      throw GraphError("'" + name + "' holds " + std::to_string(number) + ", but must be at least " +
                       std::to_string(least));
  std::copy(given.begin(), given.end(), result.begin());
  return result;
}

}  // namespace

Window Window::from(const Attributes& attributes) {
  Window window;
  window.kernel = numbers<2>(attributes, "kernel_shape", 1, 1);
  window.stride = numbers<2>(attributes, "strides", 1, 1);
  window.dilation = numbers<2>(attributes, "dilations", 1, 1);
  const auto pads = numbers<4>(attributes, "pads", 0, 0);
  window.before = {pads[0], pads[1]};
  window.after = {pads[2], pads[3]};
  window.group = integer_attribute(attributes, "group", 1);
  if (window.group < 1) throw GraphError("'group' must be at least 1, not " + std::to_string(window.group));
  return window;
}

}  // namespace gb
