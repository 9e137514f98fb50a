#pragma once

#include <memory>

#include "core/backend/device.hpp"

namespace gb {

/// Products, convolutions and poolings on oneDNN, loops over channels here, everything else on the reference kernels;
/// float. With half precision the factors of products and convolutions are rounded to bfloat16 and summed up in float:
/// mixed precision training (Micikevicius et al. 2018).
std::unique_ptr<Device> make_onednn_device(bool half_precision);

}  // namespace gb
