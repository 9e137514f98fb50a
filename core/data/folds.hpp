#pragma once

#include <cstdint>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/data/split.hpp"

namespace gb {

/// `repeats` times `folds` splits for cross-validation (Stone 1974) over `rows`: in each repeat every row is in the
/// test part of exactly one split and else in its training part, of which `validation` is a share taken out for
/// algorithms that watch themselves. Stratified on classes: the folds' shares of a class differ by one row at most.
/// Deterministic in `seed`. Throws DataError when there are fewer rows than folds.
std::vector<Split> fold_splits(const Target& target, std::vector<std::int64_t> rows, int folds, int repeats,
                               double validation, bool stratified, std::uint64_t seed);

}  // namespace gb
