#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/params/param_spec.hpp"

namespace gb {

/// One place in which recorded experiments differ, as their documents have it.
struct DifferingValues {
  std::string path;                 ///< "algorithm.params.dropout"; "data" for what they learn from as a whole
  std::vector<const Json*> values;  ///< one per experiment; null where it has none
};

/// The settings in which these experiments differ, in document order. Names do not count. Where algorithms differ,
/// their parameters are not comparable and only the algorithm is listed; where data differs, only the data.
std::vector<DifferingValues> differing_values(std::span<const Json* const> documents);

/// The same in words.
struct SettingDifference {
  std::string path;
  std::string label;                ///< "Dropout", as forms call it
  std::vector<std::string> values;  ///< one per experiment, "–" where it has none
};
std::vector<SettingDifference> differing_settings(std::span<const Json> documents);

/// The parameter that a path speaks of; null for all others.
const ParamSpec* param_at(const std::string& path, const std::string& algorithm);
/// What a setting is called in forms: the label of a parameter, else the path as words.
std::string setting_label(const std::string& path, const std::string& algorithm);
/// A JSON value as people write it: no quotes around texts, "256, 128" for lists, "automatic" for null.
std::string setting_text(const Json& value);
/// What "data" speaks of, not how it is read: a set's name, a file's name. Null is nothing.
std::string data_name(const Json* data);
/// The id that a document names, or empty.
std::string algorithm_of(const Json& document);

}  // namespace gb
