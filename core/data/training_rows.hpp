#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/data/frame.hpp"
#include "core/data/prepare_steps.hpp"

namespace gb {

/// The answers of the training rows, in their order.
struct TrainingAnswers {
  std::vector<std::string> classes;  ///< those that occur among them; empty for numbers
  std::vector<std::int32_t> codes;   ///< of classes: -1 is missing
  std::vector<double> values;        ///< of numbers: NaN is missing

  bool is_classes() const { return !classes.empty(); }
  bool is_known(std::size_t row) const { return is_classes() ? codes[row] >= 0 : values[row] == values[row]; }
};

/// The only door through which fitting sees values: those of training rows.
class TrainingRows {
 public:
  TrainingRows(const Dataset& dataset, const std::vector<std::int64_t>& rows)
      : dataset_(dataset), rows_(rows.begin(), rows.end()) {}

  std::size_t count() const { return rows_.size(); }
  std::size_t dataset_rows() const { return dataset_.rows(); }
  /// Positions in the dataset.
  const std::vector<std::size_t>& positions() const { return rows_; }
  /// The numbers of an encoded column, NaN where missing.
  std::vector<double> all_numbers(const FrameColumn& column) const;
  /// Those that are known, in row order. A single 0 where none is: the product of columns that are never known
  /// together.
  std::vector<double> numbers(const FrameColumn& column) const;
  /// Of a category, per row; -1 is missing.
  std::vector<std::int32_t> levels(const FrameColumn& column) const;
  /// How often each level occurs.
  std::vector<std::size_t> level_counts(const FrameColumn& column) const;
  std::string text(const FrameColumn& column, std::size_t row) const { return column.column->cell(rows_[row]); }
  /// Throws ParamError naming the step where the data has no target.
  TrainingAnswers target(const PlannedStep& step) const;

 private:
  const Dataset& dataset_;
  std::vector<std::size_t> rows_;
};

/// What fitting a step takes. Fitting changes nothing: Frame::apply() does.
struct StepFit {
  const PlannedStep& step;
  const Dataset& dataset;  ///< for what its columns are called and are, never for their values
  const TrainingRows& rows;
  const Frame& frame;
  std::vector<Problem>& problems;
  bool keeps_missing = false;  ///< missing numbers stay missing

  using Chosen = std::vector<const FrameColumn*>;
  /// The columns that the step is for, in their order. Throw ParamError naming one that it cannot be for.
  Chosen numbers() const;
  Chosen categories() const;
  Chosen texts() const;
  Chosen dates() const;
  Chosen encoded() const;  ///< whatever is numbers by now
  /// Throws ParamError when there is none: `expected` says what the step is for ("a date column").
  Chosen required(Chosen chosen, const char* expected) const;

 private:
  template <class Fits>
  Chosen chosen(const Fits& fits, const char* otherwise) const;
  void refuse_unusable(const std::string& name, const std::string& begin, const std::string& field) const;
  template <class Fits>
  std::string allowed(const Fits& fits) const;
};

// One function per step; steps that find no column come back empty.

FittedImpute fit_impute(const StepFit& fit);
FittedAffine fit_affine(const StepFit& fit);
FittedClip fit_clip(const StepFit& fit);
FittedPower fit_power(const StepFit& fit);
FittedQuantile fit_quantile(const StepFit& fit);

FittedRareCategories fit_rare_categories(const StepFit& fit);
FittedOneHot fit_one_hot(const StepFit& fit);
FittedLevelNumbers fit_level_numbers(const StepFit& fit);
FittedLevelNumbers fit_target(const StepFit& fit);

FittedDates fit_dates(const StepFit& fit);
FittedProducts fit_polynomial(const StepFit& fit);
FittedText fit_text(const StepFit& fit);

/// Names of the columns that a selecting step leaves out, with problems noted. Throws DataError when none would be
/// left.
std::vector<std::string> left_out_by(const StepFit& fit);

/// The variance of the population, as NumPy's; exactly 0 where all values are equal.
double variance_of(std::span<const double> values);
double mean_of(std::span<const double> values);
/// Chi-squared of what each class has of a column in sum against what its share of the rows would be (as scikit-learn's
/// chi2). `sums` per class; classes of no row count for nothing.
double chi_squared(std::span<const double> sums, std::span<const double> class_shares);

}  // namespace gb
