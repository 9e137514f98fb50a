#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/params/param_spec.hpp"

namespace gb {

/// One setting in which recorded experiments differ.
struct SettingDifference {
  std::string path;                 ///< "algorithm.params.dropout"
  std::string label;                ///< "Dropout", as forms call it
  std::vector<std::string> values;  ///< one per experiment, "–" where it has none
};

/// The settings in which these experiments differ, in document order. Names do not count. Where algorithms differ,
/// their parameters are not comparable and only the algorithm is listed; where data differs, only the data.
std::vector<SettingDifference> differing_settings(std::span<const Json> documents);

/// What a setting is called in forms: the label of a parameter, else the path as words.
std::string setting_label(const std::string& path, const std::string& algorithm);
/// A JSON value as people write it: no quotes around texts, "256, 128" for lists, "automatic" for null.
std::string setting_text(const Json& value);
/// What "data" of a document speaks of, not how it is read: a set's name, a file's name.
std::string data_name(const Json& document);

}  // namespace gb
