#pragma once

#include <functional>
#include <optional>

#include "core/base/random.hpp"
#include "core/train/centered_rows.hpp"

namespace gb {

/// `clusters` different rows, each set equally likely.
MatrixD random_centers(const CenteredRows& rows, std::int64_t clusters, Random random);

/// k-means++ (Arthur, Vassilvitskii 2007): each next centre is a row drawn with probability proportional to its squared
/// distance from the nearest centre so far, the best of 2 + ln(k) draws. Null when `stop` said so on the way.
std::optional<MatrixD> plus_plus_centers(const CenteredRows& rows, std::int64_t clusters, Random random,
                                         const std::function<bool()>& stop);

}  // namespace gb
