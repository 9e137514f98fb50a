#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/params/param_spec.hpp"

namespace gb {

/// Text that is no JSON, or JSON that we do not trust.
struct JsonError : ParamError {
  using ParamError::ParamError;
};

/// Limits that honest documents never meet; they keep a hostile one from taking time or stack.
struct JsonLimits {
  int depth = 64;
  std::size_t keys = 10000;  ///< per object
};

/// Parses a whole document. Other than the parser underneath it refuses duplicate keys (which would silently lose
/// all but the last) and deep nesting. `name` is what the text is called in errors. Throws JsonError.
Json parse_json(std::string_view text, const std::string& name, const JsonLimits& limits = {});

/// As Json::dump(), but never throws: bytes that are no UTF-8 become U+FFFD. NaN and infinities become null.
std::string dump_json(const Json& value, int indent = -1);

}  // namespace gb
