#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/params/param_spec.hpp"

namespace gb {

/// One experiment: the document that anyone can run again. Round-trips through JSON.
struct Experiment {
  static constexpr int version = 1;

  std::string name;
  std::uint64_t seed = 0;
  Json data = Json::object();  ///< validated "data" as written; defaults are not filled in
  std::optional<Json> prepare;
  std::optional<Json> split;
  std::string algorithm;               ///< id
  Json params = Json::object();        ///< as written; complete_params() fills in the defaults
  Json evaluate, record;               ///< kept as written; null when absent
  std::filesystem::path folder = ".";  ///< where relative paths start; not written

  /// Throws ParamError with field paths for unknown fields, wrong kinds, impossible values, unknown algorithm or
  /// source, a newer version. Duplicate keys are refused.
  static Experiment from_json(const Json& document, const std::filesystem::path& folder);
  static Experiment parse(std::string_view text, const std::string& name, const std::filesystem::path& folder);
  static Experiment read(const std::filesystem::path& path);

  Json to_json() const;
  /// `--set path=value`: a bare name means algorithm.params.NAME. Validates the result.
  void set(std::string_view path, const Json& value);
  Json complete_params() const;
};

}  // namespace gb
