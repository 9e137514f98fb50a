#include "core/evaluate/generator_views.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/text.hpp"
#include "core/evaluate/generation.hpp"
#include "core/evaluate/nearest_pictures.hpp"
#include "core/evaluate/views.hpp"

namespace gb {
namespace {

using Eigen::Index;

constexpr Index most_samples = 64, most_large_samples = 36, most_pairs = 12;
constexpr std::size_t large_area = 64 * 64 + 1;
constexpr std::size_t most_looked_through = 20000;

}  // namespace

GeneratorViews::GeneratorViews(const Generator& generator, const ProblemSet& problem, std::uint64_t seed)
    : generator_(generator), problem_(problem) {
  const GeneratorForm& form = generator.form();
  const Index count = form.picture.area() < large_area ? most_samples : most_large_samples;
  latents_ = generator.latents(count, seed);
  // A row of the wall for each class where there are few, else one after the other.
  if (const auto kinds = static_cast<Index>(form.classes.size()); kinds > 0)
    for (Index i = 0; i < count; ++i) classes_.push_back(static_cast<std::int32_t>(i % kinds));
  real_distance_ = mean_distance(real(evenly_drawn(problem.split.train, static_cast<std::size_t>(count))));
}

MatrixF GeneratorViews::real(std::span<const std::int64_t> rows) const {
  MatrixF values = problem_.features.dense(rows);
  const float factor = problem_.features.factor(), offset = problem_.features.offset();
  return (values.array() - offset) / factor;
}

MatrixF GeneratorViews::pictures(Index count) const {
  const auto kinds = std::span(classes_).first(classes_.empty() ? 0 : static_cast<std::size_t>(count));
  return generator_.pictures(latents_.topRows(count), kinds);
}

std::shared_ptr<Images> GeneratorViews::wall(const char* view, const char* title, std::int64_t step) const {
  auto images = std::make_shared<Images>();
  images->view = view;
  images->title = title;
  images->step = step;
  const PictureShape& shape = generator_.form().picture;
  images->channels = static_cast<int>(shape.channels);
  images->height = static_cast<int>(shape.height);
  images->width = static_cast<int>(shape.width);
  return images;
}

std::shared_ptr<const Images> GeneratorViews::samples(std::int64_t step) const {
  auto images = wall("samples", "Samples", step);
  images->count = static_cast<int>(latents_.rows());
  images->pixels = picture_bytes(pictures(latents_.rows()));
  for (const std::int32_t code : classes_)
    images->captions.push_back(generator_.form().classes[static_cast<std::size_t>(code)]);
  return images;
}

std::shared_ptr<const Images> GeneratorViews::nearest(std::int64_t step) const {
  const MatrixF made = pictures(std::min<Index>(most_pairs, latents_.rows()));
  const auto rows = evenly_drawn(problem_.split.train, most_looked_through);
  auto images = wall("nearest", "Samples and their nearest training pictures", step);
  images->count = static_cast<int>(2 * made.rows());
  const std::vector<std::uint8_t> samples = picture_bytes(made);
  const std::size_t size = samples.size() / static_cast<std::size_t>(made.rows());
  const std::uint8_t* const data = problem_.features.bytes();
  for (std::size_t i = 0; i < static_cast<std::size_t>(made.rows()); ++i) {
    const auto sample = std::span(samples).subspan(i * size, size);
    const std::int64_t row = nearest_pictures(sample, data, rows, 1).front().row;
    const auto nearest = std::span(data + static_cast<std::size_t>(row) * size, size);
    images->pixels.insert(images->pixels.end(), sample.begin(), sample.end());
    images->pixels.insert(images->pixels.end(), nearest.begin(), nearest.end());
    // Both lead to the training picture: the sample is no row of the data.
    for (const std::string& caption : {std::string("made"), "row " + grouped(row + 1)}) {
      images->captions.push_back(caption);
      images->rows.push_back(row);
    }
  }
  return images;
}

double GeneratorViews::variety() const {
  return real_distance_ > 0 ? mean_distance(pictures(latents_.rows())) / real_distance_ : 1;
}

std::shared_ptr<const Chart> scores_view(std::span<const float> real, std::span<const float> generated, bool as_chance,
                                         std::int64_t step) {
  constexpr int bins = 20;
  auto chart = std::make_shared<Chart>();
  chart->view = "scores";
  chart->title = "What the discriminator says";
  chart->step = step;
  chart->x_label = as_chance ? "Probability of being real" : "Score";
  chart->y_label = "Share of pictures";
  const auto shown = [&](float score) {
    const auto value = static_cast<double>(score);
    return as_chance ? 1 / (1 + std::exp(-value)) : value;
  };
  double low = 0, high = 1;
  if (!as_chance) {
    low = high = real.empty() ? 0 : static_cast<double>(real.front());
    for (const auto scores : {real, generated})
      for (const float score : scores) {
        low = std::min(low, static_cast<double>(score));
        high = std::max(high, static_cast<double>(score));
      }
    if (high <= low) high = low + 1;
  }
  const std::array<std::pair<const char*, std::span<const float>>, 2> sides{{{"real", real}, {"generated", generated}}};
  for (const auto& [name, scores] : sides) {
    std::array<double, bins> counts{};
    for (const float score : scores) {
      const double place = (shown(score) - low) / (high - low) * bins;
      counts[static_cast<std::size_t>(std::clamp(place, 0.0, bins - 1.0))] += 1;
    }
    Chart::Line line{name, false, {}, {}};
    for (int bin = 0; bin < bins; ++bin) {
      line.x.push_back(low + (high - low) * (bin + 0.5) / bins);
      line.y.push_back(counts[static_cast<std::size_t>(bin)] /
                       static_cast<double>(std::max<std::size_t>(scores.size(), 1)));
    }
    chart->lines.push_back(std::move(line));
  }
  return chart;
}

std::shared_ptr<const Table> health_view(double accuracy, double variety, std::int64_t step) {
  auto table = std::make_shared<Table>();
  table->view = "health";
  table->title = "How the game stands";
  table->step = step;
  table->columns = {"Sign", "Now", "What it means"};
  if (!std::isnan(accuracy)) {
    std::string meaning = "Both networks keep up with one another.";
    if (accuracy > 0.97)
      meaning =
          "The discriminator wins: the generator learns little from it. Try a smaller learning rate for the "
          "discriminator, label smoothing, or more generator steps.";
    else if (accuracy < 0.52)
      meaning =
          "The discriminator sees no difference. Early in a run it has learnt too little: try more discriminator "
          "steps or a larger learning rate for it; late in a run it may be that the pictures are good.";
    table->rows.push_back({"Discriminator accuracy", short_number(accuracy), meaning});
  }
  std::string meaning = "The samples differ from one another as the data does.";
  if (variety < 0.35)
    meaning =
        "Mode collapse: the generator makes nearly the same picture again and again. Try the Wasserstein or hinge "
        "loss, spectral normalization, or a smaller learning rate.";
  else if (variety < 0.7)
    meaning = "The samples are more alike than the data: watch whether it goes on falling.";
  table->rows.push_back({"Variety of samples", short_number(variety) + " of the data's", meaning});
  return table;
}

}  // namespace gb
