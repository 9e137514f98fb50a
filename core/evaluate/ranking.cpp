#include "core/evaluate/ranking.hpp"

#include <algorithm>
#include <numeric>

namespace gb {

Ranking::Ranking(std::span<const float> scores, std::span<const char> is_positive) : rows(scores.size()) {
  std::iota(rows.begin(), rows.end(), 0U);
  std::sort(rows.begin(), rows.end(),
            [&](std::uint32_t a, std::uint32_t b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; });
  positive.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    positive.push_back(is_positive[rows[i]]);
    if (i + 1 == rows.size() || scores[rows[i]] != scores[rows[i + 1]])
      ends.push_back(static_cast<std::uint32_t>(i + 1));
  }
}

std::optional<RankingAreas> ranking_areas(const Ranking& ranking, std::span<const std::uint32_t> counts) {
  const auto count_of = [&](std::size_t i) {
    return counts.empty() ? 1.0 : static_cast<double>(counts[ranking.rows[i]]);
  };
  double positives = 0, all = 0;
  for (std::size_t i = 0; i < ranking.rows.size(); ++i) {
    all += count_of(i);
    if (ranking.positive[i]) positives += count_of(i);
  }
  if (positives == 0 || positives == all) return std::nullopt;
  RankingAreas areas;
  double found = 0, seen = 0, concordant = 0;
  std::size_t begin = 0;
  for (const std::uint32_t end : ranking.ends) {
    double here = 0, positives_here = 0;
    for (std::size_t i = begin; i < end; ++i) {
      here += count_of(i);
      if (ranking.positive[i]) positives_here += count_of(i);
    }
    begin = end;
    if (here == 0) continue;
    concordant += (here - positives_here) * (found + positives_here / 2);
    found += positives_here;
    seen += here;
    areas.average_precision += positives_here / positives * (found / seen);
  }
  areas.roc_auc = concordant / (positives * (all - positives));
  return areas;
}

}  // namespace gb
