#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/data/dataset.hpp"
#include "core/params/param_spec.hpp"

namespace gb {

/// A data set made by a formula: its name and the fields it takes.
struct SyntheticGenerator {
  std::string name;
  std::string title;
  std::string help;
  std::span<const ParamSpec> fields;
  std::size_t default_rows;
  /// `fields` are validated and complete; `seed` is the experiment's, used where the fields have none.
  Dataset (*make)(const Json& fields, std::uint64_t seed);
};

std::span<const SyntheticGenerator> synthetic_generators();
/// Null for an unknown name.
const SyntheticGenerator* find_generator(std::string_view name);

}  // namespace gb
