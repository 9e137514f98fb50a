#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/problem_set.hpp"

namespace gb {

/// Something in the data that makes figures look better than they are, or that cannot help: nothing is refused for it,
/// but people should know before they run.
struct DataWarning {
  enum class Kind {
    duplicates,       ///< rows held back that also are among those learnt from
    near_duplicates,  ///< the same of rows that are nearly equal
    near_constant,    ///< columns with one value in nearly every row
    leak              ///< columns that tell the target by themselves
  };
  Kind kind = Kind::duplicates;
  std::string message;               ///< a sentence that names columns and rows (rows counted from 1)
  std::vector<std::string> columns;  ///< all that are meant
  std::vector<std::int64_t> rows;    ///< positions in the dataset, ascending, all that are meant
};

/// "duplicates", "near_duplicates", "near_constant", "leak": as JSON has it.
std::string_view warning_name(DataWarning::Kind kind);
/// [{"kind", "message", "columns", "rows"}]; rows counted from 1, the first 1,000 of each.
Json warnings_json(std::span<const DataWarning> warnings);

/// Looks for:
/// - exact duplicates across the parts of `split` (null: anywhere): rows that are equal in every feature, pictures that
///   are equal byte by byte; the answers may differ;
/// - across the parts of `split` rows that are nearly equal (core/data/near_rows.hpp);
/// - columns of a table of which 99 % of the training rows, or all of them, hold the same value;
/// - columns (pixels, of pictures) that leak the target: a rule on this one column alone, learnt from half of a sample
///   of the training rows (the one-rule of Holte, Very simple classification rules perform well on most commonly used
///   datasets, 1993, on bins as fine as the rows allow), makes on the other half at most 2 % of the mistakes of always
///   saying the most frequent class, or explains 99 % of the target's variance. Columns equal to the target are told
///   apart.
/// `target` is null where nothing is to be predicted. `columns` names the feature columns of a table that count; empty
/// means all but the target. Text columns never count. Deterministic; of test rows nothing but whether they repeat
/// others is looked at.
std::vector<DataWarning> data_warnings(const Dataset& dataset, const Split* split, const Target* target,
                                       std::span<const std::string> columns = {});

/// Copies among `rows` that a cross-validation deals out, exact and near ones: those in different folds are learnt from
/// and judged by at once. Nothing without any.
std::vector<DataWarning> fold_warnings(const Dataset& dataset, std::span<const std::int64_t> rows,
                                       std::span<const std::string> columns = {});

}  // namespace gb
