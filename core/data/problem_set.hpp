#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/data/augment.hpp"
#include "core/data/features.hpp"
#include "core/data/prepare.hpp"
#include "core/data/split.hpp"

namespace gb {

enum class Task { classification, regression, clustering, decomposition, generation };
std::string_view task_name(Task task);
/// Learns from examples with answers.
constexpr bool is_supervised(Task task) {
  return task == Task::classification || task == Task::regression;
}

/// What is to be predicted, for every row of the dataset.
struct Target {
  std::string name;
  Task task = Task::classification;
  std::vector<std::string> classes;  ///< classification: names in the order of the codes
  bool integer_classes = false;      ///< every class is a whole number: labels are written as int64
  std::vector<std::int32_t> codes;   ///< classification: class per row, -1 missing
  std::vector<float> values;         ///< regression: value per row, NaN missing
};

/// The target of a dataset, for all of its rows. This is the one place that decides between classes and numbers:
/// - categorical: classes;
/// - text: classes when at most 100 different ones occur, else DataError;
/// - numeric: classes when all values are whole, at most 20 different ones occur, each three times on average, and the
///   user did not name the type; else regression;
/// - date: regression on days since 1970-01-01.
/// Classes are those that occur, in the order of levels. Throws ParamError (data.target) when there is no target,
/// DataError when all rows have the same one or none has any.
Target make_target(const Dataset& dataset);

/// Everything an algorithm gets to learn from. Rows are positions in the dataset.
struct ProblemSet {
  Features features;  ///< all rows, prepared
  std::vector<std::string> feature_names;
  std::optional<Target> target;  ///< clustering algorithms see it only through evaluate/
  Split split;
  std::size_t channels = 0, height = 0, width = 0;  ///< of image data, else 0
  std::optional<Augmentation> augmentation;         ///< of image data: how training varies it (see make_feed)

  bool is_images() const { return height > 0; }
};

/// Puts together what an algorithm gets. A target that cannot be predicted (none, or the same everywhere) is left out:
/// clustering does without, and make_split() has refused it for supervised learning. Throws DataError when only one
/// class is left among the training rows of a classification.
ProblemSet make_problem(const Dataset& dataset, const Preparation& preparation, Split split);

/// Throws DataError that names row and feature when a training row holds NaN or an infinite number: what computes with
/// distances or products asks for this in its check.
void require_finite(const ProblemSet& problem);

}  // namespace gb
