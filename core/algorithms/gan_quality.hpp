#pragma once

#include <cstdint>
#include <memory>

#include "core/data/problem_set.hpp"
#include "core/events/run_context.hpp"
#include "core/model/generator.hpp"

namespace gb {

/// How good a generator is, by the eyes of a small network that is trained to tell the classes of the same data apart:
/// Frechet distance, precision and recall on what its last hidden layer makes of `count` real and as many generated
/// pictures, told as train/frechet_distance, train/precision, train/recall; which class it reads in the generated ones,
/// as the Table view "generated-classes"; of a generator that is told the class how often that is what is read, as
/// train/class_accuracy. Without classes to learn, or where the run is stopped meanwhile, nothing is told. Changes
/// nothing of the generator.
void tell_quality(const Generator& generator, const ProblemSet& problem, std::int64_t count, std::int64_t step,
                  RunContext& context);

}  // namespace gb
