#pragma once

#include <cstdint>
#include <memory>

#include "core/data/problem_set.hpp"
#include "core/events/run_context.hpp"
#include "core/graph/network.hpp"
#include "core/model/model.hpp"
#include "core/train/training.hpp"

namespace gb {

/// Of image data: [channels, height, width].
Shape picture_of(const ProblemSet& problem);

/// How many numbers a network answers: a score per class, or one value.
std::int64_t network_answers(const ProblemSet& problem);

/// Draws the network's first weights, trains it on the problem's target, shows it while it learns. A numeric target is
/// learnt on a scale of mean 0 and deviation 1, which ends up in the last layer: that must be a Gemm with a bias.
std::unique_ptr<Model> fit_network(const Network& network, const ProblemSet& problem, const TrainingParams& params,
                                   RunContext& context);

/// What fit_network() with the same arguments would take; see forecast_training().
Forecast forecast_network(const Network& network, const ProblemSet& problem, const TrainingParams& params,
                          RunContext& context, double seconds);

}  // namespace gb
