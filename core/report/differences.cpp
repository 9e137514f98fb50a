#include "core/report/differences.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/algorithms/algorithm.hpp"
#include "core/base/text.hpp"
#include "core/params/json_text.hpp"

namespace gb {
namespace {

using Flat = std::vector<std::pair<std::string, Json>>;

void flatten(const Json& value, const std::string& path, Flat& out) {
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, child] : value.items()) flatten(child, path.empty() ? key : path + "." + key, out);
  } else {
    out.emplace_back(path, value);
  }
}

const Json* look_up(const Flat& flat, const std::string& path) {
  const auto found = std::find_if(flat.begin(), flat.end(), [&](const auto& each) { return each.first == path; });
  return found == flat.end() ? nullptr : &found->second;
}

std::string algorithm_of(const Json& document) {
  const Json algorithm = document.is_object() ? document.value("algorithm", Json()) : Json();
  const Json id = algorithm.is_object() ? algorithm.value("id", Json()) : Json();
  return id.is_string() ? id.get<std::string>() : std::string();
}

template <class Value>
bool all_equal(std::span<const Json> documents, Value value) {
  return std::all_of(documents.begin(), documents.end(),
                     [&](const Json& each) { return value(each) == value(documents.front()); });
}

std::vector<std::string> paths_of(const std::vector<Flat>& documents) {
  std::vector<std::string> paths;
  for (const auto& flat : documents)
    for (const auto& [path, value] : flat)
      if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
  return paths;
}

bool same_everywhere(const std::vector<Flat>& documents, const std::string& path) {
  const Json* first = look_up(documents.front(), path);
  return std::all_of(documents.begin(), documents.end(), [&](const Flat& each) {
    const Json* value = look_up(each, path);
    return value && first && *value == *first;
  });
}

}  // namespace

std::string data_name(const Json& document) {
  const Json data = document.is_object() ? document.value("data", Json()) : Json();
  if (!data.is_object()) return {};
  for (const char* key : {"name", "path", "images"})
    if (const auto found = data.find(key); found != data.end() && found->is_string())
      return std::filesystem::path(found->get<std::string>()).filename().string();
  return {};
}

std::string setting_label(const std::string& path, const std::string& algorithm) {
  const std::string prefix = "algorithm.params.";
  std::string words = path;
  if (path.starts_with(prefix)) {
    words = path.substr(prefix.size());
    if (const auto* info = find_algorithm(algorithm))
      if (const auto* spec = find_spec(info->params, words)) return spec->label;
  }
  if (path == "algorithm.id") return "Algorithm";
  if (path == "seed") return "Seed";
  if (path == "prepare") return "Preparation";
  if (path == "balance.method") return "Class balance";
  std::string label;
  for (const char letter : words) label += letter == '.' ? " \u203a " : std::string(1, letter == '_' ? ' ' : letter);
  return label;
}

std::string setting_text(const Json& value) {
  if (value.is_null()) return "automatic";
  if (value.is_boolean()) return value.get<bool>() ? "on" : "off";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return dump_json(value);
  if (!value.is_array()) return dump_json(value);
  std::string text;
  for (const auto& each : value) {
    const auto step = each.is_object() ? each.find("step") : each.end();
    text += (text.empty() ? "" : ", ") + setting_text(each.is_object() && step != each.end() ? *step : each);
  }
  return text.empty() ? "none" : text;
}

std::vector<SettingDifference> differing_settings(std::span<const Json> documents) {
  std::vector<SettingDifference> all;
  if (documents.size() < 2) return all;
  std::vector<Flat> flat(documents.size());
  for (std::size_t i = 0; i < documents.size(); ++i) flatten(documents[i], {}, flat[i]);
  const std::string algorithm = algorithm_of(documents.front());
  const bool same_algorithm = all_equal(documents, algorithm_of);
  bool data_listed = all_equal(documents, data_name);
  const bool same_data = data_listed;
  for (const auto& path : paths_of(flat)) {
    if (path == "name" || path == "glassbench" || same_everywhere(flat, path)) continue;
    if (!same_algorithm && path.starts_with("algorithm.params")) continue;
    if (path.starts_with("data.") && !same_data) {
      if (std::exchange(data_listed, true)) continue;
      SettingDifference data{"data", "Data", {}};
      for (const Json& each : documents) data.values.push_back(data_name(each));
      all.push_back(std::move(data));
      continue;
    }
    SettingDifference difference{path, setting_label(path, algorithm), {}};
    for (const Flat& each : flat) {
      const Json* value = look_up(each, path);
      difference.values.push_back(value ? setting_text(*value) : "\u2013");
    }
    all.push_back(std::move(difference));
  }
  return all;
}

}  // namespace gb
