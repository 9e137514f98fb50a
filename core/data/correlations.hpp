#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/dataset.hpp"

namespace gb {

/// How strongly two columns go together; which figure depends on their types.
enum class Association {
  pearson,    ///< numbers and dates: Pearson's r, from -1 to 1
  cramers_v,  ///< categories: Cramér's V without its bias (Bergsma, A bias-correction for Cramér's V, 2013), 0 to 1
  correlation_ratio  ///< a number and a category: the correlation ratio (Fisher 1925), 0 to 1
};
/// "Pearson's r", "Cramér's V", "correlation ratio".
std::string_view association_name(Association association);

/// Each column against each other one, over the rows in which both have a value.
struct Correlations {
  std::vector<std::string> columns;
  std::vector<ColumnType> types;
  std::vector<double> values;         ///< columns x columns, symmetric; NaN where a column does not vary
  std::size_t rows = 0;               ///< looked at, evenly from all of them
  std::vector<std::string> left_out;  ///< text, columns with too many categories, and those beyond the first

  Association association(std::size_t row, std::size_t column) const;
};

constexpr std::size_t most_correlated_columns = 100;
constexpr std::size_t most_correlated_levels = 200;
constexpr std::size_t most_correlated_rows = 50000;

/// `go_on` is asked between columns; false ends it, and what was not computed is NaN.
Correlations correlations_of(const DataTable& table, const std::function<bool()>& go_on = {});

}  // namespace gb
