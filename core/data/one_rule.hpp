#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/data/problem_set.hpp"

namespace gb {

/// Training rows in two halves: rules are learnt from one and judged on the other.
struct RuleRows {
  std::vector<std::int64_t> learnt, judged;
};

/// One column for one-rule prediction. `ordered` columns give numbers (NaN is a value of its own), the others small
/// whole numbers from 0 (categories, bytes).
struct RuleColumn {
  std::function<double(std::int64_t row)> value;
  bool ordered = true;
};

/// How well a rule on this column alone predicts the target of the judged rows: 1 is perfect, 0 is as good as always
/// saying the most frequent class, or the mean. Classification: the share of those mistakes that the rule avoids (0
/// where there are fewer than five of them);
/// regression: R2, of the rule or of a straight line, whichever is better.
double one_rule_score(const RuleColumn& column, const RuleRows& rows, const Target& target);

}  // namespace gb
