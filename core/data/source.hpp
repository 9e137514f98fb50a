#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/params/param_spec.hpp"

namespace gb {

/// A kind of data source: its name in documents and its fields ("data": {"source": NAME, ...fields}).
struct SourceInfo {
  std::string name;   ///< "table"
  std::string label;  ///< "Table file"
  std::string help;
  std::span<const ParamSpec> fields;
};

/// All kinds of sources. For "synthetic" the fields depend on the generator: see synthetic_fields().
std::span<const SourceInfo> sources();
const SourceInfo* find_source(std::string_view name);

/// A dataset that ships with Glassbench or is made on demand.
struct NamedDataset {
  std::string name;    ///< "iris"
  std::string source;  ///< "bundled" or "synthetic"
  std::string title;   ///< "Iris flowers"
  std::string help;    ///< a sentence: what it is, from where, licence
  std::size_t rows = 0;
};
std::span<const NamedDataset> named_datasets();

/// Fields of a synthetic generator (rows, noise, ...), "name" excluded. Empty for an unknown name.
std::span<const ParamSpec> synthetic_fields(std::string_view name);

/// While reading: `done` of `total` bytes (total 0 while unknown). Returning false cancels: the load throws Cancelled.
using LoadProgress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

struct Cancelled : DataError {
  using DataError::DataError;
};

/// The "data" object with all defaults filled in. Throws ParamError with paths below `path`.
Json validated_source(const Json& data, const std::string& path = "data");

/// Reads or makes the dataset. Relative paths start at `folder`. `seed` is the experiment's: synthetic sets take it
/// unless they have one of their own. Throws DataError or ParamError.
Dataset load_dataset(const Json& data, const std::filesystem::path& folder, std::uint64_t seed,
                     const LoadProgress& progress = {});

/// The "data" object that fits a file or folder, judged by its content ("table", "idx", ...); for drag and drop and
/// `inspect`. The target is guessed: a column named like one (target, label, class, y, species, ...), else the last.
Json guess_source(const std::filesystem::path& path);

}  // namespace gb
