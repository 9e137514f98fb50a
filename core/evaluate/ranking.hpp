#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace gb {

/// Rows of one class among all, the one that is most probably of it first.
struct Ranking {
  std::vector<std::uint32_t> rows;  ///< positions among the scores, by descending score
  std::vector<char> positive;       ///< in that order: of the class
  std::vector<std::uint32_t> ends;  ///< where each run of equal scores ends: one threshold each

  Ranking() = default;
  Ranking(std::span<const float> scores, std::span<const char> is_positive);
};

/// Areas under the ROC and the precision-recall curve.
struct RankingAreas {
  double roc_auc = 0;
  double average_precision = 0;
};

/// Null where the class has no row or all rows. Equal scores count half in the first area (Mann, Whitney 1947) and as
/// one threshold in the second (scikit-learn's step-wise sum). `counts` says how often each row is there; once where
/// empty.
std::optional<RankingAreas> ranking_areas(const Ranking& ranking, std::span<const std::uint32_t> counts = {});

}  // namespace gb
