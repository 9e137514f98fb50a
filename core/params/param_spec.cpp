#include "core/params/param_spec.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gb {
namespace {

constexpr double largest_exact_integer = 9007199254740992.0;  // 2^53: JSON numbers beyond lose digits elsewhere

std::string number_text(double value, bool whole) {
  Json json = whole ? Json(static_cast<std::int64_t>(value)) : Json(value);
  return json.dump();
}

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

std::string join(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

bool is_integral(const Json& value) {
  if (value.is_number_integer()) return true;
  if (!value.is_number_float()) return false;
  const double number = value.get<double>();
  return std::isfinite(number) && number == std::floor(number) && std::abs(number) <= largest_exact_integer;
}

[[noreturn]] void refuse(const ParamSpec& spec, const Json& value, const std::string& field) {
  const std::string allowed = allowed_text(spec);
  throw ParamError(field + " is " + shown(value) + ", but must be " + allowed, field, allowed);
}

}  // namespace

std::string Range::text(bool whole) const {
  const bool low = std::isfinite(min);
  const bool high = std::isfinite(max);
  if (low && high && above) return "above " + number_text(min, whole) + " and at most " + number_text(max, whole);
  if (low && high) return "from " + number_text(min, whole) + " to " + number_text(max, whole);
  if (low) return (above ? "above " : "at least ") + number_text(min, whole);
  if (high) return "at most " + number_text(max, whole);
  return "";
}

const ParamSpec* find_spec(std::span<const ParamSpec> specs, std::string_view name) {
  const auto found = std::find_if(specs.begin(), specs.end(), [&](const ParamSpec& spec) { return spec.name == name; });
  return found == specs.end() ? nullptr : &*found;
}

std::string allowed_text(const ParamSpec& spec) {
  const auto ranged = [&](const std::string& noun, bool whole) {
    const std::string range = spec.valid.text(whole);
    return range.empty() ? noun : noun + " " + range;
  };
  std::string text;
  switch (spec.kind) {
    case Kind::boolean:
      text = "true or false";
      break;
    case Kind::integer:
      text = ranged("a whole number", true);
      break;
    case Kind::real:
      text = ranged("a number", false);
      break;
    case Kind::text:
      text = "a text";
      break;
    case Kind::integers:
    case Kind::reals: {
      const bool whole = spec.kind == Kind::integers;
      text = "a list of at most " + std::to_string(spec.most) + (whole ? " whole numbers" : " numbers");
      if (const auto range = spec.valid.text(whole); !range.empty()) text += ", each " + range;
      break;
    }
    case Kind::texts:
      text = "a list of at most " + std::to_string(spec.most) + " texts";
      break;
    case Kind::text_map:
      text = "an object whose values are texts";
      break;
    case Kind::layers:
      text = "a list of at most " + std::to_string(spec.most) + " layers, each a type or an object with a \"type\"";
      break;
    case Kind::algorithm:
      text = "an algorithm's id, or an object with \"id\" and \"params\"";
      break;
    case Kind::algorithms:
      text = "a list of at most " + std::to_string(spec.most) +
             " algorithms, each an id or an object with \"id\" and \"params\"";
      break;
    case Kind::choice:
      text = "one of: ";
      for (std::size_t i = 0; i < spec.choices.size(); ++i) text += (i ? ", " : "") + spec.choices[i].name;
      break;
  }
  return spec.optional ? text + ", or null" : text;
}

Json validated_value(const ParamSpec& spec, const Json& value, const std::string& field) {
  if (value.is_null() && spec.optional) return value;
  const auto whole = [&](const Json& number, const std::string& where) -> Json {
    if (!is_integral(number) || !spec.valid.contains(number.get<double>())) refuse(spec, number, where);
    if (number.is_number_unsigned() && number.get<std::uint64_t>() > static_cast<std::uint64_t>(largest_exact_integer))
      refuse(spec, number, where);
    const auto integer =
        number.is_number_float() ? static_cast<std::int64_t>(number.get<double>()) : number.get<std::int64_t>();
    if (std::abs(static_cast<double>(integer)) > largest_exact_integer) refuse(spec, number, where);
    return integer;
  };
  const auto real = [&](const Json& number, const std::string& where) -> Json {
    if (!number.is_number()) refuse(spec, number, where);
    const double read = number.get<double>();
    if (!std::isfinite(read) || !spec.valid.contains(read)) refuse(spec, number, where);
    return read;
  };
  const auto text = [&](const Json& entry, const std::string& where) -> Json {
    if (!entry.is_string()) refuse(spec, entry, where);
    return entry;
  };
  const auto list = [&](const auto& check) {
    if (!value.is_array() || value.size() > spec.most) refuse(spec, value, field);
    Json entries = Json::array();
    for (std::size_t i = 0; i < value.size(); ++i)
      entries.push_back(check(value[i], field + "[" + std::to_string(i) + "]"));
    return entries;
  };
  const auto algorithm = [&](const Json& entry, const std::string& where) -> Json {
    if (entry.is_string()) return Json{{"id", entry}, {"params", Json::object()}};
    if (!entry.is_object() || !entry.contains("id") || !entry["id"].is_string()) refuse(spec, entry, where);
    for (const auto& item : entry.items())
      if (item.key() != "id" && item.key() != "params")
        throw ParamError(join(where, item.key()) + " is not a known field", join(where, item.key()), "id, params");
    const Json params = entry.value("params", Json());
    if (!params.is_object() && !params.is_null())
      throw ParamError(join(where, "params") + " must be an object, not " + shown(params), join(where, "params"),
                       "an object");
    return Json{{"id", entry["id"]}, {"params", params.is_null() ? Json::object() : params}};
  };
  switch (spec.kind) {
    case Kind::boolean:
      if (!value.is_boolean()) refuse(spec, value, field);
      return value;
    case Kind::integer:
      return whole(value, field);
    case Kind::real:
      return real(value, field);
    case Kind::text:
      return text(value, field);
    case Kind::integers:
      return list(whole);
    case Kind::reals:
      return list(real);
    case Kind::texts:
      return list(text);
    case Kind::text_map: {
      if (!value.is_object()) refuse(spec, value, field);
      for (const auto& item : value.items()) text(item.value(), join(field, item.key()));
      return value;
    }
    case Kind::layers:
      return list([&](const Json& entry, const std::string& where) -> Json {
        const bool typed = entry.is_object() && entry.contains("type") && entry["type"].is_string();
        if (!typed && !entry.is_string()) refuse(spec, entry, where);
        return entry;
      });
    case Kind::algorithm:
      return algorithm(value, field);
    case Kind::algorithms:
      return list(algorithm);
    case Kind::choice:
      if (value.is_string())
        for (const auto& choice : spec.choices)
          if (choice.name == value.get<std::string>()) return value;
      refuse(spec, value, field);
  }
  return value;
}

Json validated(std::span<const ParamSpec> specs, const Json& object, const std::string& path) {
  if (!object.is_object() && !object.is_null()) {
    const std::string where = path.empty() ? "the parameters" : path;
    throw ParamError(where + " must be an object, not " + shown(object), path, "an object");
  }
  std::vector<std::string> known;
  for (const auto& spec : specs) known.push_back(spec.name);
  if (object.is_object()) {
    for (const auto& item : object.items()) {
      if (find_spec(specs, item.key())) continue;
      std::string message = join(path, item.key()) + " is not a known field";
      if (const auto near = nearest_name(item.key(), known); !near.empty()) message += "; did you mean '" + near + "'?";
      std::string allowed;
      for (const auto& name : known) allowed += (allowed.empty() ? "" : ", ") + name;
      throw ParamError(message, join(path, item.key()), allowed.empty() ? "no fields" : allowed);
    }
  }
  Json complete = Json::object();
  for (const auto& spec : specs) {
    const bool given = object.is_object() && object.contains(spec.name);
    complete[spec.name] = given ? validated_value(spec, object[spec.name], join(path, spec.name)) : spec.default_value;
  }
  return complete;
}

Json valid_fields(std::span<const ParamSpec> specs, const Json& object) {
  Json kept = Json::object();
  if (!object.is_object()) return kept;
  for (const auto& item : object.items()) {
    const ParamSpec* spec = find_spec(specs, item.key());
    if (!spec) continue;
    try {
      kept[item.key()] = validated_value(*spec, item.value(), item.key());
    } catch (const ParamError&) {
      // Stays at its default.
    }
  }
  return kept;
}

std::vector<Json> bad_values(const ParamSpec& spec) {
  std::vector<Json> bad;
  if (!spec.optional) bad.emplace_back(nullptr);
  bad.push_back(Json::object());
  const auto numbers = [&](bool whole, const auto& add) {
    if (std::isfinite(spec.valid.min)) add(spec.valid.above ? spec.valid.min : spec.valid.min - 1);
    if (std::isfinite(spec.valid.max)) add(whole ? spec.valid.max + 1 : spec.valid.max * 2 + 1);
    add(std::numeric_limits<double>::infinity());
    add(std::numeric_limits<double>::quiet_NaN());
  };
  switch (spec.kind) {
    case Kind::boolean:
      bad.insert(bad.end(), {Json(1), Json("true")});
      break;
    case Kind::integer:
      bad.insert(bad.end(),
                 {Json("3"), Json(true), Json(1.5), Json(1e300), Json(std::numeric_limits<std::uint64_t>::max())});
      numbers(true, [&](double number) { bad.emplace_back(number); });
      break;
    case Kind::real:
      bad.insert(bad.end(), {Json("0.5"), Json(true), Json::array({1})});
      numbers(false, [&](double number) { bad.emplace_back(number); });
      break;
    case Kind::text:
      bad.insert(bad.end(), {Json(1), Json(false)});
      break;
    case Kind::integers:
      bad.insert(bad.end(),
                 {Json(3), Json::array({"3"}), Json::array({1.5}), Json(std::vector<int>(spec.most + 1, 1))});
      numbers(true, [&](double number) { bad.push_back(Json::array({number})); });
      break;
    case Kind::reals:
      bad.insert(bad.end(), {Json(3), Json::array({"3"}), Json(std::vector<double>(spec.most + 1, 1))});
      numbers(false, [&](double number) { bad.push_back(Json::array({number})); });
      break;
    case Kind::texts:
      bad.insert(bad.end(), {Json("a"), Json::array({1}), Json(std::vector<std::string>(spec.most + 1, "a"))});
      break;
    case Kind::text_map:
      bad = {Json("a"), Json::array({1}), Json{{"a", 1}}};
      if (!spec.optional) bad.emplace_back(nullptr);
      break;
    case Kind::layers:
      bad.insert(bad.end(), {Json(3), Json("Flatten"), Json::array({1}), Json::array({Json::object()}),
                             Json(std::vector<std::string>(spec.most + 1, "Flatten"))});
      break;
    case Kind::algorithm:
      bad.insert(bad.end(), {Json(3), Json::array(), Json{{"id", 3}}, Json{{"id", "knn"}, {"params", 3}},
                             Json{{"id", "knn"}, {"weight", 3}}});
      break;
    case Kind::algorithms:
      bad.insert(bad.end(), {Json(3), Json("knn"), Json::array({1}), Json::array({Json::object()}),
                             Json(std::vector<std::string>(spec.most + 1, "knn"))});
      break;
    case Kind::choice:
      bad.insert(bad.end(), {Json(""), Json(0), Json("no such choice")});
      break;
  }
  return bad;
}

Json parse_value(std::string_view text) {
  Json parsed = Json::parse(text, nullptr, false);
  return parsed.is_discarded() ? Json(std::string(text)) : parsed;
}

bool enabled(const ParamSpec& spec, const Json& values) {
  if (!spec.enabled_by || !values.is_object() || !values.contains(spec.enabled_by->param)) return true;
  const Json& value = values[spec.enabled_by->param];
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  const auto& wanted = spec.enabled_by->values;
  return std::find(wanted.begin(), wanted.end(), text) != wanted.end();
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
  // Levenshtein distance, two letters or a third of the name may differ.
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(name.size() / 3, 2) + 1;
  for (const auto& candidate : known) {
    std::vector<std::size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= name.size(); ++i) {
      std::size_t diagonal = std::exchange(row[0], i);
      for (std::size_t j = 1; j <= candidate.size(); ++j) {
        const std::size_t substituted = diagonal + (name[i - 1] != candidate[j - 1]);
        diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, substituted}));
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

}  // namespace gb
