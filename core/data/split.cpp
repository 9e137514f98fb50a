#include "core/data/split.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "core/base/random.hpp"
#include "core/data/problem_set.hpp"

namespace gb {
namespace {

constexpr std::uint64_t split_stream = 0x73706c6974;  // "split"

/// How many rows of each class go to a part that takes `share` of `counts` rows: the exact figure rounded down, and one
/// more where the fraction is largest until the sum is right (Hamilton's method). A class keeps a row to train on.
std::vector<std::size_t> apportion(const std::vector<std::size_t>& counts, const std::vector<std::size_t>& available,
                                   double share) {
  std::vector<std::size_t> taken(counts.size());
  std::vector<double> fraction(counts.size());
  std::size_t total = 0;
  std::size_t sum = 0;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    const double exact = share * static_cast<double>(counts[c]);
    const std::size_t most = available[c] > 0 ? available[c] - 1 : 0;
    // Shares such as 0.1 are not exact in binary: 0.1 * 30 must not round down to 2.
    taken[c] = std::min(most, static_cast<std::size_t>(std::floor(exact + 1e-9)));
    fraction[c] = taken[c] < most ? exact - static_cast<double>(taken[c]) : 0;
    total += counts[c];
    sum += taken[c];
  }
  const auto wanted = static_cast<std::size_t>(std::llround(share * static_cast<double>(total)));
  std::vector<std::size_t> order(counts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return fraction[a] > fraction[b]; });
  for (const auto c : order) {
    if (sum >= wanted || fraction[c] < 1e-9) break;
    ++taken[c];
    ++sum;
  }
  return taken;
}

/// Draws the parts from `groups` (rows of one class each; one group when not stratified).
void draw(std::vector<std::vector<std::int64_t>> groups, double validation, double test, std::uint64_t seed,
          Split& split) {
  std::vector<std::size_t> counts;
  for (const auto& group : groups) counts.push_back(group.size());
  const auto for_test = apportion(counts, counts, test);
  auto available = counts;
  for (std::size_t c = 0; c < counts.size(); ++c) available[c] -= for_test[c];
  const auto for_validation = apportion(counts, available, validation);
  Random random(seed, split_stream);
  for (std::size_t c = 0; c < groups.size(); ++c) {
    auto& group = groups[c];
    random.shuffle(std::span(group));
    const auto test_end = group.begin() + static_cast<std::ptrdiff_t>(for_test[c]);
    const auto validation_end = test_end + static_cast<std::ptrdiff_t>(for_validation[c]);
    split.test.insert(split.test.end(), group.begin(), test_end);
    split.validation.insert(split.validation.end(), test_end, validation_end);
    split.train.insert(split.train.end(), validation_end, group.end());
  }
}

bool known(const Target& target, std::size_t row) {
  return target.task == Task::classification ? target.codes[row] >= 0 : !std::isnan(target.values[row]);
}

}  // namespace

const Schema<SplitParams>& split_schema() {
  static const auto schema =
      Schema<SplitParams>{}
          .add(&SplitParams::validation,
               {.name = "validation",
                .label = "Validation share",
                .help = "Rows kept aside to watch learning and to choose the best step. A share "
                        "of all rows, or of the training rows where the data brings a test set.",
                .valid = {0, 0.95},
                .search = {0, 0.5}})
          .add(&SplitParams::test, {.name = "test",
                                    .label = "Test share",
                                    .help = "Rows kept aside for the final figures; never used for learning. Not "
                                            "used where the data brings a test set.",
                                    .valid = {0, 0.95},
                                    .search = {0, 0.5}})
          .add(&SplitParams::stratified,
               {.name = "stratified", .label = "Stratified", .help = "Every class keeps its share in every part."});
  return schema;
}

const std::vector<std::int64_t>& Split::part(Part part) const {
  switch (part) {
    case Part::validation:
      return validation;
    case Part::test:
      return test;
    case Part::train:
      break;
  }
  return train;
}

Split make_split(const Dataset& dataset, const Json& params, bool supervised, std::uint64_t seed) {
  const auto shares = split_schema().read(params, "split");
  if (shares.validation + shares.test > 0.99)
    throw ParamError("split.validation and split.test take " + Json(shares.validation + shares.test).dump() +
                         " of the rows together and leave too few to train on",
                     "split.test", "validation and test together at most 0.99");
  std::optional<Target> target;
  if (supervised) {
    target = make_target(dataset);
  } else if (!params.is_null() && shares.stratified && dataset.target_column()) {
    try {
      target = make_target(dataset);
    } catch (const DataError&) {
      // Nothing to stratify by.
    }
  }
  const std::size_t rows = dataset.rows();
  Split split;
  if (!supervised && params.is_null()) {
    split.train.resize(rows);
    std::iota(split.train.begin(), split.train.end(), std::int64_t{0});
    if (rows == 0) throw DataError("The data has no rows to train on");
    return split;
  }

  const bool brings_test = std::find(dataset.parts.begin(), dataset.parts.end(), Part::test) != dataset.parts.end();
  const bool brings_validation =
      std::find(dataset.parts.begin(), dataset.parts.end(), Part::validation) != dataset.parts.end();
  const bool stratify = shares.stratified && target && target->task == Task::classification;
  // The last group holds rows without a class: none of them in supervised learning.
  std::vector<std::vector<std::int64_t>> groups(stratify ? target->classes.size() + 1 : 1);
  for (std::size_t row = 0; row < rows; ++row) {
    if (supervised && !known(*target, row)) continue;
    const Part part = dataset.parts.empty() ? Part::train : dataset.parts[row];
    const auto number = static_cast<std::int64_t>(row);
    if (part == Part::test) {
      split.test.push_back(number);
    } else if (part == Part::validation) {
      split.validation.push_back(number);
    } else {
      const auto code = stratify ? target->codes[row] : 0;
      groups[code >= 0 ? static_cast<std::size_t>(code) : groups.size() - 1].push_back(number);
    }
  }
  draw(std::move(groups), brings_validation ? 0 : shares.validation, brings_test ? 0 : shares.test, seed, split);
  for (auto* part : {&split.train, &split.validation, &split.test}) std::sort(part->begin(), part->end());
  if (split.train.empty())
    throw DataError("No training row is left of " + std::to_string(rows) + " rows after the split");
  return split;
}

}  // namespace gb
