#pragma once

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/data/prepare.hpp"
#include "core/model/onnx_graph.hpp"
#include "core/params/param_spec.hpp"

namespace gb {

/// Fitted steps of a numeric column folded into one: x becomes (x - shift) * factor, then at least `low` and at most
/// `high`; a missing x becomes `fill`. Folded in double, so that the file's float32 constants are rounded once.
struct NumericFold {
  double shift = 0;
  double factor = 1;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  double fill = std::numeric_limits<double>::quiet_NaN();  ///< NaN: missing stays missing

  bool imputes() const { return !std::isnan(fill); }
};

/// Steps that fold, and the one after them that does not. A column that they do not touch is not in the map.
struct NumericStage {
  std::map<std::string, NumericFold> folds;
  const FittedStep* then = nullptr;  ///< power, quantile, dates or polynomial; null for the last
};

/// At least one, in the order in which they apply. They point into `preparation`.
std::vector<NumericStage> numeric_stages(const Preparation& preparation);

/// The preparation as nodes at the front of a graph.
struct WrittenPreparation {
  std::string features;  ///< float [N, D], in the order of Preparation::feature_names(); of pictures [N, C, H, W]
  Json columns;          ///< for the metadata: [{"column", "input", "type", "imputed"}], in the order of the inputs
  Json units;            ///< for the metadata: input -> unit, of dates and pixels
};

/// Declares the inputs (one per source column, `features` for tables that came without names, `image`) and appends the
/// nodes that prepare them. Throws ModelError naming a column that no step turned into numbers, or one whose
/// preparation no operator computes (words of texts, hours).
WrittenPreparation write_preparation(OnnxGraph& graph, const Preparation& preparation, const Dataset& dataset);

}  // namespace gb
