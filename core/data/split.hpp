#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/params/schema.hpp"

namespace gb {

/// The "split" object of an experiment.
struct SplitParams {
  double validation = 0.1;  ///< share of all rows (of the training rows where the data brings a test set)
  double test = 0.2;
  bool stratified = true;
};
const Schema<SplitParams>& split_schema();

/// Dataset rows per part, each ascending.
struct Split {
  std::vector<std::int64_t> train, validation, test;

  const std::vector<std::int64_t>& part(Part part) const;
};

/// Deterministic in `seed`. `params` is null where the document has no "split": then supervised learning takes the
/// defaults and everything else trains on every row. Stratified on a classification target: every class keeps its share
/// to within one row. A test set that the data brings is kept and only validation is taken. Rows whose target is
/// missing are in no part of supervised learning. Throws ParamError (below "split", or data.target when there is none
/// to learn) and DataError when the target is the same everywhere or no training row is left.
Split make_split(const Dataset& dataset, const Json& params, bool supervised, std::uint64_t seed);

}  // namespace gb
