#pragma once

#include "core/linalg/matrix.hpp"

namespace gb {

/// How far apart two clouds of features are, each taken for a normal distribution: |m - m'|^2 + tr(C + C' - 2 (C
/// C')^1/2) (Heusel et al. 2017, section 1). Rows are examples; at least two each, as many columns in both.
double frechet_distance(const MatrixF& real, const MatrixF& generated);

/// How much of what was generated looks real, and how much of what is real was generated.
struct Coverage {
  double precision = 0, recall = 0;
};
/// An example counts as covered when it is no farther from one of the others than that one's k-th neighbour of its own
/// kind (Kynkaanniemi et al. 2019, equations 1 and 2). Both need more than k rows.
Coverage coverage(const MatrixF& real, const MatrixF& generated, int neighbors = 3);

/// Mean distance between rows, of at most 256 of them evenly drawn: what shrinks when a generator makes the same again
/// and again.
double mean_distance(const MatrixF& rows);

}  // namespace gb
