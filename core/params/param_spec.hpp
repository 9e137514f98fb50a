#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"

namespace gb {

/// Keeps the order in which fields were declared or written: documents read as people wrote them.
using Json = nlohmann::ordered_json;

/// A field of a request is unknown, missing, of the wrong kind or out of range; field() and allowed() say which and
/// what.
struct ParamError : Error {
  using Error::Error;
};

enum class Kind {
  boolean,
  integer,
  real,
  choice,
  text,
  integers,
  reals,
  texts,
  text_map,
  layers,
  algorithm,
  algorithms
};

/// The layers of a network as documents hold them: each {"type": ..., its fields}, or a type alone. What types and
/// fields there are is for core/layers to say.
struct LayerList {
  Json entries = Json::array();
};

/// An algorithm within another one's parameters, as documents hold it: {"id": ..., "params": {...}}, or an id alone.
/// What ids and params there are is for core/algorithms to say.
struct NestedAlgorithm {
  Json document = Json::object();
};
struct NestedAlgorithms {
  Json documents = Json::array();
};
enum class Scale { linear, log };

/// A closed interval; an end may be left open with `above` (exclusive lower end).
struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool above = false;  ///< min itself is excluded

  bool contains(double value) const { return (above ? value > min : value >= min) && value <= max; }
  bool bounded() const {
    return min > -std::numeric_limits<double>::infinity() && max < std::numeric_limits<double>::infinity();
  }
  /// "at least 1", "above 0", "from 1 to 10".
  std::string text(bool whole_numbers) const;
};

struct Choice {
  std::string name;   ///< in documents
  std::string label;  ///< in menus
  std::string help = {};
};

/// The field matters only while another one has one of these values.
struct EnabledBy {
  std::string param;
  std::vector<std::string> values;
};

/// All that anyone needs to know of one field: forms, documents, search spaces, help and tests are made from it.
/// The declaring struct gives kind and default; the declarer gives the rest.
struct ParamSpec {
  std::string name = {};   ///< in documents, snake case
  std::string label = {};  ///< in forms
  std::string help = {};   ///< a sentence or two
  Range valid = {};        ///< of numbers, and of each entry of a list: what is outside is refused
  Range search = {};       ///< what a slider and the tuner span
  Scale scale = Scale::linear;
  std::vector<Choice> choices = {};
  std::optional<EnabledBy> enabled_by = {};
  std::string unit = {};
  bool advanced = false;
  bool live = false;        ///< may change while the run goes on
  bool forkable = false;    ///< may differ in a run that goes on from another's checkpoint; what is live always may
  bool optional = false;    ///< null is allowed and means "decide by the data"
  std::size_t most = 64;    ///< entries of a list at most
  Kind kind = Kind::real;   ///< set by Schema
  Json default_value = {};  ///< set by Schema
};

const ParamSpec* find_spec(std::span<const ParamSpec> specs, std::string_view name);

/// "one of: adam, momentum, sgd", "a whole number from 1 to 1000000": for errors and help.
std::string allowed_text(const ParamSpec& spec);

/// The value as documents hold it (20.0 becomes 20 for integers). Throws ParamError naming `field`, value and what is
/// allowed.
Json validated_value(const ParamSpec& spec, const Json& value, const std::string& field);

/// All fields, defaults filled in, in declaration order. Throws ParamError for unknown names (with the nearest known
/// one), wrong kinds and values outside `valid`. `path` prefixes the field names; null reads as an empty object.
Json validated(std::span<const ParamSpec> specs, const Json& object, const std::string& path);

/// Those fields of `object` that validated() would take: what stands while somebody is still typing.
Json valid_fields(std::span<const ParamSpec> specs, const Json& object);

/// Values that must be refused, with what is wrong with each: tests and fuzzers are generated from them.
std::vector<Json> bad_values(const ParamSpec& spec);

/// Reads the text of `--set name=text`: JSON where it is JSON, else a string.
Json parse_value(std::string_view text);

/// Whether the field matters, given the other values.
bool enabled(const ParamSpec& spec, const Json& values);

/// The known name nearest to a misspelt one, or empty when none is near.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace gb
