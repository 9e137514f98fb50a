#pragma once

#include <memory>

#include "core/backend/device.hpp"

namespace gb {

/// Matrix products on oneDNN (float), everything else on the reference kernels.
std::unique_ptr<Device> make_onednn_device();

}  // namespace gb
