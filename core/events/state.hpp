#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/params/param_spec.hpp"

namespace gb {

/// A named array of a checkpoint or a model: little-endian bytes of float32 ("F32"), float64 ("F64"), int64 ("I64"),
/// int32 ("I32") or bytes ("U8"), row-major.
struct StateArray {
  std::string name;
  std::string type;
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> bytes;
};

/// Everything an algorithm needs to go on as if it had never stopped: its arrays and, in `header`, its counters,
/// random states and the current values of its live parameters.
struct State {
  std::int64_t step = 0;  ///< steps completed
  Json header = Json::object();
  std::vector<StateArray> arrays;
};

}  // namespace gb
