#include "core/report/differences.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "core/algorithms/algorithm.hpp"
#include "core/base/text.hpp"
#include "core/params/json_text.hpp"

namespace gb {
namespace {

using Values = std::vector<const Json*>;

constexpr const char* params_path = "algorithm.params.";

bool is_tree(const Json* value) {
  return value && value->is_object() && !value->empty();
}

/// Descends only where documents differ: of thousands most are alike in most places.
void collect(const Values& values, const std::string& path, std::vector<DifferingValues>& out) {
  const Json* first = values.front();
  if (std::all_of(values.begin(), values.end(),
                  [&](const Json* each) { return each == first || (each && first && *each == *first); }))
    return;
  const bool trees = std::all_of(values.begin(), values.end(), [](const Json* each) { return !each || is_tree(each); });
  if (!trees) {
    out.push_back({path, values});
    return;
  }
  std::vector<std::string> keys;
  for (const Json* each : values)
    if (each)
      for (const auto& item : each->items())
        if (std::find(keys.begin(), keys.end(), item.key()) == keys.end()) keys.push_back(item.key());
  for (const auto& key : keys) {
    Values children;
    for (const Json* each : values) {
      const auto found = each ? each->find(key) : Json::const_iterator();
      children.push_back(each && found != each->end() ? &*found : nullptr);
    }
    collect(children, path.empty() ? key : path + "." + key, out);
  }
}

const Json* data_of(const Json& document) {
  const auto found = document.is_object() ? document.find("data") : document.end();
  return found == document.end() ? nullptr : &*found;
}

template <class Value>
bool all_equal(std::span<const Json* const> documents, Value value) {
  return std::all_of(documents.begin(), documents.end(),
                     [&](const Json* each) { return value(*each) == value(*documents.front()); });
}

}  // namespace

std::string algorithm_of(const Json& document) {
  const Json algorithm = document.is_object() ? document.value("algorithm", Json()) : Json();
  const Json id = algorithm.is_object() ? algorithm.value("id", Json()) : Json();
  return id.is_string() ? id.get<std::string>() : std::string();
}

const ParamSpec* param_at(const std::string& path, const std::string& algorithm) {
  const auto* info = path.starts_with(params_path) ? find_algorithm(algorithm) : nullptr;
  return info ? find_spec(info->params, path.substr(std::string_view(params_path).size())) : nullptr;
}

std::vector<DifferingValues> differing_values(std::span<const Json* const> documents) {
  std::vector<DifferingValues> all, kept;
  if (documents.size() < 2) return kept;
  collect({documents.begin(), documents.end()}, {}, all);
  const bool same_algorithm = all_equal(documents, algorithm_of);
  const bool same_data = all_equal(documents, [](const Json& each) { return data_name(data_of(each)); });
  bool data_listed = false;
  for (auto& each : all) {
    if (each.path == "name" || each.path == "glassbench") continue;
    if (!same_algorithm && each.path.starts_with("algorithm.params")) continue;
    if (each.path.starts_with("data.") && !same_data) {
      if (std::exchange(data_listed, true)) continue;
      each = {"data", {}};
      for (const Json* document : documents) each.values.push_back(data_of(*document));
    }
    kept.push_back(std::move(each));
  }
  return kept;
}

std::string data_name(const Json* data) {
  if (!data || !data->is_object()) return {};
  for (const char* key : {"name", "path", "images"})
    if (const auto found = data->find(key); found != data->end() && found->is_string())
      return std::filesystem::path(found->get<std::string>()).filename().string();
  return {};
}

std::string setting_label(const std::string& path, const std::string& algorithm) {
  if (const auto* spec = param_at(path, algorithm)) return spec->label;
  const bool param = path.starts_with(params_path);
  const std::string words = param ? path.substr(std::string_view(params_path).size()) : path;
  if (path == "data") return "Data";
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
  std::vector<const Json*> pointers;
  for (const Json& each : documents) pointers.push_back(&each);
  std::vector<SettingDifference> all;
  const std::string algorithm = documents.empty() ? std::string() : algorithm_of(documents.front());
  for (const auto& [path, values] : differing_values(pointers)) {
    SettingDifference difference{path, setting_label(path, algorithm), {}};
    for (const Json* value : values)
      difference.values.push_back(path == "data" ? data_name(value) : value ? setting_text(*value) : "\u2013");
    all.push_back(std::move(difference));
  }
  return all;
}

}  // namespace gb
