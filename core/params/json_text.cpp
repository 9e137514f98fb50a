#include "core/params/json_text.hpp"

#include <set>
#include <utility>
#include <vector>

namespace gb {

Json parse_json(std::string_view text, const std::string& name, const JsonLimits& limits) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) throw JsonError(name + " is empty");
  // The keys seen so far of every open object; an array takes a place too, so that depths match.
  std::vector<std::set<std::string>> open;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (depth >= limits.depth)
        throw JsonError(name + " is nested deeper than " + std::to_string(limits.depth) + " levels");
      open.emplace_back();
    } else if (event == Event::object_end || event == Event::array_end) {
      open.pop_back();
    } else if (event == Event::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (open.back().size() >= limits.keys)
        throw JsonError(name + " has an object with more than " + std::to_string(limits.keys) + " fields");
      if (!open.back().insert(key).second)
        throw JsonError(name + " has the field '" + key + "' twice", key, "one value");
    }
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const Json::exception& error) {
    std::string why = error.what();  // "[json.exception.parse_error.101] parse error at line 3, column 5: ..."
    if (const auto bracket = why.find("] "); why.starts_with("[json.exception") && bracket != std::string::npos)
      why.erase(0, bracket + 2);
    throw JsonError(name + " is not valid JSON: " + why);
  }
}

std::string dump_json(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace gb
