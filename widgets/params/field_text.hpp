#pragma once

#include <QString>

#include "core/params/param_spec.hpp"

namespace gb {

/// How values stand in editors: numbers in the shortest digits, lists as "256, 128", maps as "name=type, name=type",
/// null as nothing. Entries that hold the separators themselves make the whole text JSON.
QString fieldText(const ParamSpec& spec, const Json& value);

/// The other way. What cannot be read stays a text, so that validated_value() refuses it and says what is allowed.
Json parsedField(const ParamSpec& spec, const QString& text);

/// The next value up or down (`steps` below zero): whole numbers by one, others by a nice fraction of the search
/// range, along 1-2-5 where the scale is logarithmic. Never beyond `valid`.
Json steppedValue(const ParamSpec& spec, const Json& value, int steps);

/// Where a value stands in the search range, 0..1, and the rounded value at a place.
double searchPlace(const ParamSpec& spec, double value);
Json searchValue(const ParamSpec& spec, double place);

/// A string of a schema in the language of the window.
QString schemaText(const std::string& text);

}  // namespace gb
