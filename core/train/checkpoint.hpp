#pragma once

#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/events/state.hpp"

namespace gb {

/// A checkpoint is damaged, truncated or none of ours; the text names it and says what is wrong.
struct CheckpointError : Error {
  using Error::Error;
};

/// A state as safetensors: 8 bytes with the length of a JSON header, the header (type, shape and place of every array;
/// step and counters under "__metadata__", as texts), then the arrays' bytes without gaps. Plain data: reading one
/// cannot run code. Throws CheckpointError for an array whose bytes do not match its type and shape.
std::string to_safetensors(const State& state);

/// Reads what to_safetensors() wrote. Every size is checked against the bytes at hand before anything is allocated:
/// arrays must fill the file from the header to its end, in order of their places, without gap or overlap. `name` is
/// what the file is called in errors. Throws CheckpointError.
State from_safetensors(std::string_view bytes, const std::string& name);

}  // namespace gb
