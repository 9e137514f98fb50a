#include "core/run/prediction_time.hpp"

#include <algorithm>
#include <chrono>

namespace gb {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double most_seconds = 0.03;       ///< for each of the two
constexpr double most_batch_seconds = 0.1;  ///< that a batch is expected to take at most
constexpr std::size_t most_batch_rows = 1000;
constexpr std::size_t most_answers = 1000, fewest_answers = 3;

double seconds_of(const Model& model, const ProblemSet& problem, std::span<const std::int64_t> rows) {
  const auto start = Clock::now();
  model.predict(problem.features, rows);
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::optional<PredictionTime> prediction_time(const Model& model, const ProblemSet& problem,
                                              std::span<const std::int64_t> rows, const RunContext& context) {
  if (rows.empty() || !model.no_rule().empty() || context.poll()) return std::nullopt;
  const auto timed = [&](std::size_t rows_each) {
    std::vector<double> seconds;
    double all = 0;
    std::size_t at = 0;
    while (seconds.size() < most_answers && (all < most_seconds || seconds.size() < fewest_answers)) {
      if (context.poll()) break;
      seconds.push_back(seconds_of(model, problem, rows.subspan(at, rows_each)));
      all += seconds.back();
      at += rows_each;
      if (at + rows_each > rows.size()) at = 0;
    }
    return seconds;
  };
  seconds_of(model, problem, rows.first(1));  // caches are cold and memory is asked for: nobody waits for that twice
  auto single = timed(1);
  if (single.empty()) return std::nullopt;
  PredictionTime found;
  const double one = median(single);
  found.single = one * 1e6;
  // Of a slow model a batch is as long as it takes a tenth of a second row by row.
  const auto affordable = static_cast<std::size_t>(std::max(1.0, most_batch_seconds / std::max(one, 1e-9)));
  const std::size_t batch = std::min({rows.size(), most_batch_rows, affordable});
  auto many = timed(batch);
  if (many.empty()) return std::nullopt;
  found.batch_rows = static_cast<std::int64_t>(batch);
  found.batch = median(many) * 1e6 / static_cast<double>(batch);
  return found;
}

}  // namespace gb
