#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "core/base/error.hpp"
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

template <class T>
StateArray state_array(std::string name, std::string type, std::vector<std::int64_t> shape, const T* values,
                       std::size_t count) {
  StateArray array{std::move(name), std::move(type), std::move(shape), std::vector<std::uint8_t>(count * sizeof(T))};
  if (count > 0) std::memcpy(array.bytes.data(), values, array.bytes.size());
  return array;
}

/// Copies a checkpoint's array of this name to `out`. Throws Error when it is not there or of another size.
template <class T>
void read_array(const State& state, const std::string& name, T* out, std::size_t count) {
  for (const auto& array : state.arrays)
    if (array.name == name && array.bytes.size() == count * sizeof(T)) {
      if (count > 0) std::memcpy(out, array.bytes.data(), array.bytes.size());
      return;
    }
  throw Error("The checkpoint does not fit this experiment: its array \"" + name + "\" should hold " +
              std::to_string(count) + " numbers");
}

/// A field of a checkpoint's header. Throws Error when it is not there.
inline const Json& header_field(const State& state, const std::string& name) {
  if (!state.header.contains(name))
    throw Error("The checkpoint does not fit this experiment: its field \"" + name + "\" is missing");
  return state.header[name];
}

}  // namespace gb
