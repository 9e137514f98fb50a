#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/data/date_parts.hpp"
#include "core/data/features.hpp"
#include "core/data/quantile_map.hpp"
#include "core/data/split.hpp"
#include "core/data/text_terms.hpp"
#include "core/data/yeo_johnson.hpp"
#include "core/params/param_spec.hpp"

namespace gb {

/// A preparation step people can choose: its name in documents and its fields, "step" excluded.
struct StepInfo {
  std::string name;
  std::string label;
  std::string help;
  std::span<const ParamSpec> fields;
};
std::span<const StepInfo> preparation_steps();

/// Fitted steps, plain values: the predictor applies them and the ONNX writer writes them out. They name the columns
/// that they work on, which are those of the table and those that earlier steps made.
struct FittedImpute {
  struct Fill {
    std::string column;
    ColumnType type;    ///< numeric or categorical (dates impute as numbers)
    double number;      ///< median (or mean) of the training rows
    std::string level;  ///< most frequent level of the training rows
  };
  std::vector<Fill> fills;
};
/// Replaces a categorical column, where it stands, by one 0/1 column per level seen in training.
struct FittedOneHot {
  struct Encoding {
    std::string column;
    std::vector<std::string> levels;
    std::vector<std::string> names;  ///< one per level: "column=level"
  };
  std::vector<Encoding> encodings;
};
/// x -> (x - shift) * factor per column: what standardize and scale become.
struct FittedAffine {
  struct Map {
    std::string column;
    double shift;
    double factor;
  };
  std::string step;  ///< "standardize" or "scale"
  std::vector<Map> maps;
};
/// Pixel p in 0..255 becomes p * factor + offset.
struct FittedPixelScale {
  double factor = 1;
  double offset = 0;
};
/// Numbers below `low` become `low`, those above `high` become `high`.
struct FittedClip {
  struct Bounds {
    std::string column;
    double low;
    double high;
  };
  std::vector<Bounds> bounds;
};
/// Replaces a categorical column, where it stands, by one number per level, or by several columns of them: what
/// ordinal, frequency and target become.
struct FittedLevelNumbers {
  /// What stands for the levels in rows of one fold, computed from the other folds.
  struct FoldNumbers {
    std::vector<double> numbers;  ///< one per level
    double unknown;
  };
  struct Encoding {
    std::string column;                   ///< encodings of the same one follow one another
    std::string name;                     ///< of what is made: the column's own where it is one
    std::vector<std::string> levels;      ///< those seen in training
    std::vector<double> numbers;          ///< one per level
    double unknown;                       ///< of a level that training rows did not have
    double missing;                       ///< of a missing cell that nothing imputes; NaN where missing values are kept
    std::vector<FoldNumbers> folds = {};  ///< of target: for the rows that it was fitted on
  };
  std::string step;  ///< "ordinal", "frequency" or "target"
  std::vector<Encoding> encodings;
  /// Of target: per row of the dataset that it was fitted on, -1 for all but training rows.
  std::shared_ptr<const std::vector<std::int8_t>> fold_of_row = {};
};
/// Levels that are none of those kept, the ones unseen in training included, become the level `name`. Only columns that
/// had a rare level in training are in it.
struct FittedRareCategories {
  struct Merge {
    std::string column;
    std::vector<std::string> rare;  ///< of the levels seen in training
    std::string name;
  };
  std::vector<Merge> merges;
};
struct FittedPower {
  struct Map {
    std::string column;
    YeoJohnson power;
  };
  std::vector<Map> maps;
};
struct FittedQuantile {
  struct Map {
    std::string column;
    QuantileMap quantiles;
  };
  std::vector<Map> maps;
};
/// Replaces date columns, where they stand, by columns of their parts.
struct FittedDates {
  struct Part {
    std::string column;  ///< parts of the same one follow one another
    std::string name;    ///< "column year", "column month sine"
    DatePart part;
    Wave wave;
  };
  std::vector<Part> parts;
  bool keep = false;  ///< the dates stay as well, before their parts
};
/// Adds columns that are products of others, after all that there are.
struct FittedProducts {
  struct Product {
    std::string name;                  ///< "a*b", "a^2"
    std::vector<std::string> factors;  ///< two or three columns, repeated for powers
  };
  std::vector<Product> products;
};
/// Replaces text columns, where they stand, by one column per term.
struct FittedText {
  struct Encoding {
    std::string column;
    TextTerms terms;
    std::vector<std::string> names;  ///< one per term: "column:term"
  };
  std::vector<Encoding> encodings;
};
using FittedStep =
    std::variant<FittedImpute, FittedOneHot, FittedAffine, FittedPixelScale, FittedClip, FittedLevelNumbers,
                 FittedRareCategories, FittedPower, FittedQuantile, FittedDates, FittedProducts, FittedText>;

/// A feature column of the source table as the fitted preparation expects it.
struct SourceColumn {
  std::string name;
  ColumnType type;
};

/// The whole fitted preparation: from raw rows to the matrix an algorithm sees.
class Preparation {
 public:
  /// Fits `steps` (the "prepare" array; validated here, paths below `path`) on the training rows and nothing else, the
  /// target's values included. Of the other rows it only asks whether a cell is missing, to know that impute is needed.
  /// `drop_duplicates` removes training rows from `split`. Steps that the data needs and the user did not name
  /// (impute where values are missing, one_hot for categories that nothing else encodes, text where there is nothing
  /// but text, scale to 0..1 for pixels) are added; completed_steps() tells. Text columns that no step is for are left
  /// out with a problem noted. Throws ParamError or DataError (no usable column).
  static Preparation fit(const Dataset& dataset, const Json& steps, Split& split, const std::string& path = "prepare");

  /// The steps as they were carried out, the added ones included: what the run records.
  const Json& completed_steps() const { return completed_; }
  const std::vector<FittedStep>& steps() const { return steps_; }
  /// Those that the features are computed from; empty for images.
  const std::vector<SourceColumn>& source_columns() const { return source_columns_; }
  const std::vector<std::string>& feature_names() const { return feature_names_; }
  const std::vector<Problem>& problems() const { return problems_; }

  /// All rows of a dataset with the same columns (found by name; extra ones ignored). Throws DataError naming a
  /// missing column, one of the wrong type, or a row whose number is missing where nothing was fitted to impute it.
  Features transform(const Dataset& dataset) const;
  /// The same for the dataset it was fitted on, to learn from: what training rows get from the target (target encoding)
  /// is computed without their own answer (out of fold), as otherwise it would leak.
  Features transform_to_learn(const Dataset& dataset) const;

 private:
  Features transformed(const Dataset& dataset, bool to_learn) const;

  Json completed_ = Json::array();
  std::vector<FittedStep> steps_;
  std::vector<SourceColumn> source_columns_;
  std::vector<std::string> feature_names_;
  std::vector<Problem> problems_;
};

}  // namespace gb
