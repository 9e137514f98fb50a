#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "core/data/prepare.hpp"
#include "core/model/onnx_graph.hpp"

namespace gb {

/// Prepared columns as a file computes them.
struct OnnxColumns {
  std::string values;              ///< float [N, D]
  std::vector<std::string> names;  ///< D of them
  /// The size of numbers whose rounding to float32 a column's errors come from, besides its own: those that were
  /// subtracted on the way. Empty where all columns are as the inputs gave them, and negative for one that is.
  std::vector<double> rounded_at = {};

  /// The column's place, or -1.
  std::int64_t place_of(const std::string& name) const;
};

/// The columns that features are made of, over all steps: the file computes no others.
std::unordered_set<std::string> needed_columns(const Preparation& preparation);

/// Only these columns, in this order.
void write_order(OnnxGraph& graph, OnnxColumns& columns, const std::vector<std::string>& names);

/// The steps that do more than move numbers: power, quantile, dates and polynomial, by operators that every runtime
/// knows. Throws ModelError for what a file cannot compute (the hour of a date: 32-bit days tell no time of day).
void write_step(OnnxGraph& graph, OnnxColumns& columns, const FittedStep& step,
                const std::unordered_set<std::string>& needed);

}  // namespace gb
