#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/data/features.hpp"
#include "core/data/split.hpp"

namespace gb {

enum class Task { classification, regression, clustering };
std::string_view task_name(Task task);

/// What is to be predicted, for every row of the dataset.
struct Target {
  std::string name;
  Task task = Task::classification;
  std::vector<std::string> classes;  ///< classification: names in the order of the codes
  bool integer_classes = false;      ///< every class is a whole number: labels are written as int64
  std::vector<std::int32_t> codes;   ///< classification: class per row, -1 missing
  std::vector<float> values;         ///< regression: value per row, NaN missing
};

/// Everything an algorithm gets to learn from. Rows are positions in the dataset.
struct ProblemSet {
  Features features;  ///< all rows, prepared
  std::vector<std::string> feature_names;
  std::optional<Target> target;  ///< clustering algorithms see it only through evaluate/
  Split split;
  std::size_t channels = 0, height = 0, width = 0;  ///< of image data, else 0

  bool is_images() const { return height > 0; }
};

}  // namespace gb
