#include "core/train/layer_watch.hpp"

#include <algorithm>
#include <array>

namespace gb {
namespace {

const std::string filters_view = "filters";
const std::string activations_view = "activations";

constexpr std::int64_t most_rows = 64;
constexpr std::int64_t most_bytes = std::int64_t{1} << 26;  ///< of what all layers hand on

/// As many rows as are worth a look, spread over those that the network does not learn from.
std::vector<std::int64_t> probe_rows(const Network& network, const ProblemSet& problem) {
  std::int64_t bytes = 1;
  for (const LayerOutput& output : layer_outputs(network)) {
    const Shape& shape = network.graph.value(output.value).shape;
    bytes += 4 * volume(Shape(shape.begin() + 1, shape.end()));
  }
  const auto all = own_rows(problem, problem.split.validation.empty() ? problem.split.train : problem.split.validation);
  const auto count =
      std::min(static_cast<std::size_t>(std::clamp<std::int64_t>(most_bytes / bytes, 1, most_rows)), all.size());
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < count; ++i) rows.push_back(all[i * all.size() / count]);
  return rows;
}

}  // namespace

LayerWatch::LayerWatch(const Network& network, const Storage& kept, const ProblemSet& problem, RunContext& context)
    : network_(network),
      kept_(kept),
      problem_(problem),
      context_(context),
      filters_(network.graph),
      rows_(probe_rows(network, problem)) {}

void LayerWatch::after_step(std::int64_t step) {
  if (filters_.any()) context_.watch(filters_view, [&]() -> Event { return filters_.look(step, kept_); });
}

void LayerWatch::after_epoch(std::int64_t step, bool force) {
  if (filters_.any() && force)
    context_.watch(
        filters_view, [&]() -> Event { return filters_.look(step, kept_); }, true);
  if (rows_.empty() || !context_.watch_due(activations_view, force)) return;
  const auto start = std::chrono::steady_clock::now();
  look(step);
  context_.watch_done(activations_view, std::chrono::steady_clock::now() - start);
}

void LayerWatch::look(std::int64_t step) {
  if (!probe_) {
    probe_.emplace(network_, kept_, static_cast<std::int64_t>(rows_.size()), layer_outputs(network_));
    for (const LayerOutput& output : probe_->layers())
      histories_.emplace_back("activations", output.layer, "Activations of " + output.layer, "activation");
  }
  problem_.features.gather(rows_, probe_->input().data());
  probe_->run();
  for (std::size_t i = 0; i < histories_.size(); ++i)
    context_.publish(histories_[i].look(step, std::array{probe_->values(i)}));
}

}  // namespace gb
