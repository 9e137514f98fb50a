#include "core/algorithms/gan_quality.hpp"

#include <algorithm>
#include <numeric>

#include "core/algorithms/network_fit.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/generation.hpp"
#include "core/evaluate/views.hpp"
#include "core/layers/layer_list.hpp"
#include "core/model/network_model.hpp"
#include "core/train/training.hpp"

namespace gb {
namespace {

using Eigen::Index;

constexpr std::size_t most_training_rows = 30000;
constexpr int features = 64;

/// Convolutions that halve the picture until little is left, then a layer whose outputs are the features.
Json reader_layers(const ProblemSet& problem) {
  Json layers = Json::array();
  std::size_t side = std::min(problem.height, problem.width);
  for (int filters = 32; side >= 8 && filters <= 128; filters *= 2, side /= 2)
    layers.push_back({{"type", "Conv2D"},
                      {"filters", filters},
                      {"kernel_size", 3},
                      {"strides", 2},
                      {"padding", "same"},
                      {"activation", "relu"}});
  layers.push_back("Flatten");
  layers.push_back({{"type", "Dense"}, {"units", features}, {"activation", "relu"}});
  return layers;
}

/// A network that has learnt to read the classes of the data.
class Reader {
 public:
  Reader(const ProblemSet& problem, RunContext& context)
      : problem_(problem),
        network_(build_network(reader_layers(problem), picture_of(problem),
                               static_cast<std::int64_t>(problem.target->classes.size()))),
        weights_(network_.graph, network_.graph.kept()) {
    // One row of ten is held back, so that its accuracy can be told.
    std::vector<std::int64_t> labelled;
    for (const auto row : problem.split.train)
      if (problem.target->codes[static_cast<std::size_t>(row)] >= 0) labelled.push_back(row);
    ProblemSet part = problem;
    part.augmentation.reset();
    part.split = {};
    const auto rows = evenly_drawn(labelled, most_training_rows);
    for (std::size_t i = 0; i < rows.size(); ++i)
      (i % 10 == 9 ? part.split.validation : part.split.train).push_back(rows[i]);
    Random random = context.random(3);
    initialize(network_.graph, weights_, random);
    TrainingParams params;
    params.batch_size = 64;
    params.epochs = static_cast<int>(std::clamp<std::size_t>(60000 / std::max<std::size_t>(rows.size(), 1), 2, 15));
    const TrainingTarget target{problem.target->codes, {}};
    train_network(network_, weights_, part, target, params, context, {});
    accuracy = context.last("validation/accuracy");
  }

  MatrixF chances(const Features& pictures, std::span<const std::int64_t> rows) const {
    return network_outputs(network_, weights_, pictures, rows, true);
  }

  /// What the last hidden layer makes of them.
  MatrixF features_of(const Features& pictures, std::span<const std::int64_t> rows) const {
    Network hidden = network_;
    for (const Node& node : network_.graph.nodes())
      if (node.outputs.front() == network_.output) hidden.output = node.inputs.front();
    return network_outputs(hidden, weights_, pictures, rows, false);
  }

  std::optional<double> accuracy;

 private:
  const ProblemSet& problem_;
  Network network_;
  Storage weights_;
};

std::shared_ptr<const Table> classes_view(const Target& target, const std::vector<std::int32_t>& read,
                                          const MatrixF& chances, std::optional<double> accuracy, std::int64_t step) {
  const std::size_t kinds = target.classes.size();
  std::vector<double> count(kinds, 0), sure(kinds, 0);
  double total = 0;
  for (std::size_t i = 0; i < read.size(); ++i) {
    const auto kind = static_cast<std::size_t>(read[i]);
    const auto chance = static_cast<double>(chances(static_cast<Index>(i), read[i]));
    count[kind] += 1;
    sure[kind] += chance;
    total += chance;
  }
  auto table = std::make_shared<Table>();
  table->view = "generated-classes";
  table->title = "What a classifier reads in " + grouped(static_cast<std::int64_t>(read.size())) + " samples";
  if (accuracy) table->title += " (it is right about " + short_number(100 * *accuracy) + " % of real ones)";
  table->step = step;
  table->columns = {"Class", "Share of samples", "Mean confidence"};
  const auto percent = [](double share) { return short_number(100 * share) + " %"; };
  for (std::size_t kind = 0; kind < kinds; ++kind)
    table->rows.push_back({target.classes[kind], percent(count[kind] / static_cast<double>(read.size())),
                           count[kind] > 0 ? percent(sure[kind] / count[kind]) : std::string("-")});
  table->rows.push_back({"all", percent(1), percent(total / static_cast<double>(read.size()))});
  return table;
}

}  // namespace

void tell_quality(const Generator& generator, const ProblemSet& problem, std::int64_t count, std::int64_t step,
                  RunContext& context) {
  if (!problem.target || problem.target->task != Task::classification || context.stopped()) return;
  context.publish(Text{"this-step", step, "Judging the samples by a classifier of the same data."});
  Observers nobody({});
  RunContext::Options options;
  options.seed = context.seed();
  options.watches = [](std::string_view) { return false; };
  RunContext child(context, nobody, options);
  const Reader reader(problem, child);
  if (context.stopped()) return;

  const auto real = evenly_drawn(problem.split.train, static_cast<std::size_t>(count));
  const auto made = static_cast<std::int64_t>(real.size());
  std::vector<std::int32_t> asked;
  if (!generator.form().classes.empty()) {
    const auto kinds = static_cast<std::int32_t>(generator.form().classes.size());
    for (std::int64_t i = 0; i < made; ++i) asked.push_back(static_cast<std::int32_t>(i % kinds));
  }
  MatrixF pictures = generator.pictures(generator.latents(made, context.seed() + 1), asked);
  // As the classifier sees the data's.
  pictures = pictures.array() * problem.features.factor() + problem.features.offset();
  const Features generated(std::move(pictures));
  std::vector<std::int64_t> all(real.size());
  std::iota(all.begin(), all.end(), std::int64_t{0});

  const MatrixF chances = reader.chances(generated, all);
  const auto read = best_classes(chances);
  context.publish(classes_view(*problem.target, read, chances, reader.accuracy, step));
  if (!asked.empty()) {
    std::int64_t right = 0;
    for (std::size_t i = 0; i < asked.size(); ++i) right += asked[i] == read[i];
    context.scalar("train/class_accuracy", step, static_cast<double>(right) / static_cast<double>(made));
  }
  constexpr int neighbors = 3;
  if (made <= neighbors) return;
  const MatrixF of_real = reader.features_of(problem.features, real);
  const MatrixF of_generated = reader.features_of(generated, all);
  const Coverage covered = coverage(of_real, of_generated, neighbors);
  context.scalar("train/frechet_distance", step, frechet_distance(of_real, of_generated));
  context.scalar("train/precision", step, covered.precision);
  context.scalar("train/recall", step, covered.recall);
}

}  // namespace gb
