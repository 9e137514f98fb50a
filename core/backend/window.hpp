#pragma once

#include <array>
#include <cstdint>

#include "core/backend/device.hpp"

namespace gb {

/// The sliding window of convolutions and poolings over pictures [N, C, H, W]: ONNX attributes kernel_shape, strides,
/// pads (top, left, bottom, right), dilations and group.
struct Window {
  std::array<std::int64_t, 2> kernel{1, 1}, stride{1, 1}, before{0, 0}, after{0, 0}, dilation{1, 1};
  std::int64_t group = 1;

  /// Throws GraphError when an attribute is missing, has another length than pictures need or is out of range.
  static Window from(const Attributes& attributes);

  /// From the first to the last number that the window sees, along H (0) or W (1).
  std::int64_t reach(std::size_t axis) const { return (kernel[axis] - 1) * dilation[axis] + 1; }
  /// Positions of the window along an axis; 0 or less where it does not fit.
  std::int64_t positions(std::size_t axis, std::int64_t extent) const {
    const std::int64_t room = extent + before[axis] + after[axis] - reach(axis);
    return room < 0 ? 0 : room / stride[axis] + 1;
  }
};

}  // namespace gb
