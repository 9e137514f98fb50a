#include "core/events/series_name.hpp"

namespace gb {

SeriesName series_name(const std::string& series) {
  const auto slash = series.find('/');
  if (slash == std::string::npos) return {series, {}, false};
  const std::string before = series.substr(0, slash), after = series.substr(slash + 1);
  if (before == "train" || before == "validation" || before == "test") return {after, before, true};
  return {before, after, false};
}

}  // namespace gb
