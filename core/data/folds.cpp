#include "core/data/folds.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "core/base/random.hpp"

namespace gb {
namespace {

constexpr std::uint64_t fold_stream = 0x666f6c64;  // "fold"

}  // namespace

std::vector<Split> fold_splits(const Target& target, std::vector<std::int64_t> rows, int folds, int repeats,
                               double validation, bool stratified, std::uint64_t seed) {
  const auto count = static_cast<std::size_t>(folds);
  if (rows.size() < count)
    throw DataError("There are " + std::to_string(rows.size()) + " rows to learn from, too few for " +
                        std::to_string(folds) + " folds",
                    "evaluate.folds", "at most " + std::to_string(rows.size()));
  std::sort(rows.begin(), rows.end());
  std::vector<Split> splits;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    Random random(seed, fold_stream + static_cast<std::uint64_t>(repeat));
    random.shuffle(std::span(rows));
    // Dealt out class by class, like cards: neighbours in the order go to different folds.
    if (stratified && target.task == Task::classification)
      std::stable_sort(rows.begin(), rows.end(), [&](std::int64_t a, std::int64_t b) {
        return target.codes[static_cast<std::size_t>(a)] < target.codes[static_cast<std::size_t>(b)];
      });
    for (std::size_t fold = 0; fold < count; ++fold) {
      Split split;
      // Every so many of the rows that are left, so that classes keep their shares here too.
      double due = 0.5;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i % count == fold) {
          split.test.push_back(rows[i]);
          continue;
        }
        due += validation;
        if (due >= 1) {
          due -= 1;
          split.validation.push_back(rows[i]);
        } else {
          split.train.push_back(rows[i]);
        }
      }
      for (auto* part : {&split.train, &split.validation, &split.test}) std::sort(part->begin(), part->end());
      splits.push_back(std::move(split));
    }
  }
  return splits;
}

}  // namespace gb
