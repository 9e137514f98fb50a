#pragma once

#include <memory>

#include "core/backend/device.hpp"

namespace gb {

/// Every operator in plain Eigen; T is float or double.
template <class T>
std::unique_ptr<Device> make_reference_device();

}  // namespace gb
