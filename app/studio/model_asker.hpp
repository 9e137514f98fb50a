#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/studio/run_controller.hpp"
#include "core/evaluate/what_if.hpp"

namespace gb {

/// A trained model to try out, wherever it comes from: the run that has just ended, or a model file.
struct ModelAsker {
  std::shared_ptr<const Dataset> dataset;  ///< what it learnt from: rows to start with, ranges and levels
  std::vector<std::string> columns;        ///< of a table, those that the model looks at
  Ask ask;
};

/// Null where there is no rule for new rows, or nothing is said of them but a place in a plane.
std::shared_ptr<const ModelAsker> modelAsker(const std::shared_ptr<const RunOutcome>& outcome);
/// The same of a model file, read now: not on the window's thread. Null where it cannot be read.
std::shared_ptr<const ModelAsker> modelAsker(const std::filesystem::path& file,
                                             const std::shared_ptr<const Dataset>& dataset);

}  // namespace gb
