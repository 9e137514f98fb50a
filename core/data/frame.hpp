#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/data/numeric_chain.hpp"
#include "core/data/prepare.hpp"

namespace gb {

/// A column as categories, whatever type the table gave it: another file may have read the same column as text (every
/// value different) or as numbers.
class CategoryCells {
 public:
  explicit CategoryCells(const Column& column);

  /// -1 is missing.
  std::int32_t code(std::size_t row) const { return (*codes_)[row]; }
  const std::vector<std::string>& levels() const { return *levels_; }

 private:
  std::vector<std::int32_t> own_codes_;
  std::vector<std::string> own_levels_;
  const std::vector<std::int32_t>* codes_;
  const std::vector<std::string>* levels_;
};

/// What the steps so far make of the categories of a column.
struct Categories {
  std::shared_ptr<const CategoryCells> cells;
  std::vector<std::string> levels;
  std::vector<std::int32_t> level_of;  ///< per code: position in `levels`
  std::int32_t missing_level = -1;     ///< where impute puts a missing cell
  std::string merged;                  ///< the level that takes those which have no place of their own
  bool is_merged = false;

  std::int32_t level_at(std::size_t row) const {
    const auto code = cells->code(row);
    return code < 0 ? missing_level : level_of[static_cast<std::size_t>(code)];
  }
  /// Per code, where it is among an encoding's levels (-1 for none), and as the last one where a missing cell is.
  std::vector<std::int32_t> places_in(const std::vector<std::string>& encoded) const;
};

struct FrameColumn;
using SharedColumn = std::shared_ptr<const FrameColumn>;

/// What the numbers of a column are computed from.
struct FromNumbers {
  const Column* column;
};
struct FromLevels {
  std::shared_ptr<const CategoryCells> cells;
  const Column* column;
  std::vector<double> numbers;                              ///< per code, and last that of a missing cell
  std::vector<std::vector<double>> folds;                   ///< the same per fold, for rows that have one
  std::shared_ptr<const std::vector<std::int8_t>> fold_of;  ///< per row; null for new rows

  const std::vector<double>& numbers_of(std::size_t row) const {
    if (!fold_of || (*fold_of)[row] < 0) return numbers;
    return folds[static_cast<std::size_t>((*fold_of)[row])];
  }
};
struct FromIndicator {
  std::shared_ptr<const CategoryCells> cells;
  const Column* column;
  std::shared_ptr<const std::vector<std::int32_t>> places;  ///< as Categories::places_in()
  std::int32_t level;
};
struct FromDate {
  SharedColumn days;
  DatePart part;
  Wave wave;
};
struct FromProduct {
  std::vector<SharedColumn> factors;
};
struct FromTerm {
  std::shared_ptr<const TermMatrix> matrix;
  const Column* column;
  std::int32_t term;
};

/// A column on its way from the table to the features.
struct FrameColumn {
  enum class Kind {
    number,     ///< steps for numbers are for it
    indicator,  ///< 0 or 1: a level of one_hot
    term,       ///< a word of a text
    category,   ///< not encoded yet
    text        ///< not encoded yet
  };
  std::string name;
  Kind kind = Kind::number;
  std::variant<FromNumbers, FromLevels, FromIndicator, FromDate, FromProduct, FromTerm> origin = FromNumbers{nullptr};
  NumericChain chain = {};         ///< after it
  Categories categories = {};      ///< of a category
  const Column* column = nullptr;  ///< of a category or text

  bool is_number() const { return kind == Kind::number; }
  bool is_encoded() const { return kind != Kind::category && kind != Kind::text; }
  /// Its numbers in these rows; of an encoded column.
  void evaluate(std::span<const std::size_t> rows, double* out) const;
  double value(std::size_t row) const;
  /// The columns of the table that it is computed from.
  void add_sources(std::vector<const Column*>& sources) const;
};

/// The columns of a table as the steps leave them, one after another. Fitting and applying go through the same frame.
class Frame {
 public:
  /// Columns are found by name. `to_learn`: see Preparation::transform_to_learn(). Throws DataError naming a column
  /// that is missing or of the wrong type.
  Frame(const DataTable& table, std::span<const SourceColumn> sources, bool to_learn);

  /// What the step does to the columns; one that is not there any more is none of its business.
  void apply(const FittedStep& step);

  std::vector<FrameColumn>& columns() { return columns_; }
  const std::vector<FrameColumn>& columns() const { return columns_; }
  const FrameColumn* find(const std::string& name) const;
  /// Leaves out columns for good.
  void erase(std::span<const std::string> names);

 private:
  FrameColumn* named(const std::string& name);
  void replace(std::size_t place, std::vector<FrameColumn> columns);
  void index();

  void apply_step(const FittedImpute& step);
  void apply_step(const FittedOneHot& step);
  void apply_step(const FittedAffine& step);
  void apply_step(const FittedPixelScale&) {}
  void apply_step(const FittedClip& step);
  void apply_step(const FittedLevelNumbers& step);
  void apply_step(const FittedRareCategories& step);
  void apply_step(const FittedPower& step);
  void apply_step(const FittedQuantile& step);
  void apply_step(const FittedDates& step);
  void apply_step(const FittedProducts& step);
  void apply_step(const FittedText& step);

  /// Replaces every column that parts name by what `make` makes of them: parts of one column follow one another.
  template <class Part, class Make>
  void replace_columns(const std::vector<Part>& parts, const Make& make);

  std::size_t rows_;
  bool to_learn_;
  std::vector<FrameColumn> columns_;
  std::unordered_map<std::string, std::size_t> place_of_;
};

/// Names for what a step makes: no column has them, and they are different from one another.
class NewNames {
 public:
  explicit NewNames(const Frame& frame) : frame_(frame) {}

  /// `wanted`, with a number after it where that name is taken.
  std::string take(const std::string& wanted);

 private:
  const Frame& frame_;
  std::unordered_set<std::string> taken_;
};

}  // namespace gb
