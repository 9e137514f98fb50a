#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/events/events.hpp"
#include "core/model/model.hpp"

namespace gb {

/// Confusion matrix with the rows behind each cell. `part` is "validation" or "test".
std::shared_ptr<const Matrix> confusion_view(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                             std::span<const std::int32_t> predicted, std::int64_t step,
                                             const std::string& part);

/// Precision, recall, F1 and support per class.
std::shared_ptr<const Table> class_report(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                          std::span<const std::int32_t> predicted, std::int64_t step,
                                          const std::string& part);

/// The `rows` among pictures on which a classifier is most wrong (view "mistakes"): those it calls by another class,
/// the ones first whose own class it believes in least. `probabilities` has a row per row.
std::shared_ptr<const Images> mistakes_view(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                            const MatrixF& probabilities, std::int64_t step);

/// Predicted against true values (view "fit").
std::shared_ptr<const Points> fit_view(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                       std::span<const float> predicted, std::int64_t step, const std::string& part);

/// The class of greatest probability in each row, the first of equals.
std::vector<std::int32_t> best_classes(const MatrixF& probabilities);

/// At most `most` of the rows, evenly spread over them.
std::vector<std::int64_t> evenly_drawn(std::span<const std::int64_t> rows, std::size_t most);

/// A fixed view of the rows in the plane: the two features themselves, or their first two principal components (of at
/// most 10,000 rows) when there are more; at most `most` rows, evenly drawn. Made once per run, then shared by all
/// point clouds of it.
class PlaneView {
 public:
  PlaneView(const ProblemSet& problem, std::span<const std::int64_t> rows, std::size_t most = 100000);

  const std::shared_ptr<const std::vector<std::int64_t>>& rows() const { return rows_; }
  bool is_plane() const { return features_ == 2; }  ///< the data is two-dimensional: regions can be drawn exactly
  /// Orthonormal directions of the plane, 2 x features.
  const MatrixF& axes() const { return axes_; }
  /// Projects a k x features matrix, for centres.
  std::vector<float> project(const MatrixF& points) const;
  /// The cloud without groups; the caller fills view, title, step, group, centers, region.
  Points points() const;
  /// The grid that covers the cloud with a margin, as features (width * height x features, row 0 smallest y); through
  /// the inverse projection where there are more than two features.
  MatrixF grid(int width, int height) const;
  /// The cloud coloured by its true classes (view "border") over the region that a classifier would give each class;
  /// `probabilities` of the rows of grid(width, height).
  std::shared_ptr<const Points> border(const Target& target, int width, int height, const MatrixF& probabilities,
                                       std::int64_t step) const;
  /// A region of width x height from the model's group and certainty (0..1) at each grid cell.
  std::shared_ptr<const Region> region(int width, int height, std::span<const std::int32_t> groups,
                                       std::span<const float> certainty) const;

 private:
  std::int64_t features_ = 0;
  std::shared_ptr<const std::vector<float>> xy_;
  std::shared_ptr<const std::vector<std::int64_t>> rows_;
  std::string x_label_, y_label_;
  MatrixF axes_;             ///< 2 x features
  Eigen::RowVectorXf mean_;  ///< features
  float x_min_ = 0, x_max_ = 1, y_min_ = 0, y_max_ = 1;
};

}  // namespace gb
