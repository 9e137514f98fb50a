#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/algorithms/kmeans_lloyd.hpp"
#include "core/algorithms/kmeans_rows.hpp"
#include "core/data/problem_set.hpp"
#include "core/evaluate/views.hpp"
#include "core/events/run_context.hpp"

namespace gb {

/// What people see of k-means at work: a sentence, the rows in the plane with their centres, and of images the centres
/// as pictures.
class KMeansViews {
 public:
  /// Both must outlive this.
  KMeansViews(const ProblemSet& problem, RunContext& context);

  /// Shows what is due; everything when `last`.
  void show(std::int64_t step, const Lloyd& lloyd, const CenteredRows& rows, const std::string& sentence, bool last);

 private:
  std::shared_ptr<const Points> points(std::int64_t step, const Lloyd& lloyd, const CenteredRows& rows) const;
  std::shared_ptr<const Images> pictures(std::int64_t step, const Lloyd& lloyd, const CenteredRows& rows) const;

  const ProblemSet& problem_;
  RunContext& context_;
  PlaneView plane_;
  std::vector<std::size_t> places_;  ///< of the plane's rows among the training rows
};

}  // namespace gb
