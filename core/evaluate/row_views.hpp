#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/events/events.hpp"
#include "core/model/model.hpp"
#include "core/model/onnx_file.hpp"

namespace gb {

/// How much a classifier believes in each class for one row, as bars (view "probabilities"); the class that is right
/// stands out where it is known. `probabilities` has one per class.
std::shared_ptr<const Chart> probabilities_view(const Target& target, std::int64_t row,
                                                std::span<const float> probabilities, std::int64_t step);

/// All there is to see of what a trained model makes of one row of the dataset: the probabilities of a classifier, the
/// feature maps of a network. Empty for a row that does not exist and for models without a rule for single rows.
std::vector<Event> row_views(const Model& model, const ProblemSet& problem, std::int64_t row, std::int64_t step);

/// The same of a model file: the probabilities of a classifier of the dataset's classes; else nothing.
std::vector<Event> row_views(const OnnxModel& model, const Dataset& dataset, std::int64_t row, std::int64_t step);

}  // namespace gb
