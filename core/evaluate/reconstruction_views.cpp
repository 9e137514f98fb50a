#include "core/evaluate/reconstruction_views.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "core/base/text.hpp"
#include "core/graph/passes.hpp"
#include "core/linalg/principal_axes.hpp"
#include "core/model/feature_maps.hpp"

namespace gb {
namespace {

using Eigen::Index;

const std::string reconstructions_view = "reconstructions";
const std::string errors_view = "feature-errors";
const std::string latent_view = "latent";
const std::string samples_view = "samples";
const std::string plane_view = "latent-plane";

constexpr std::size_t shown_pictures = 12, shown_rows = 256, mapped_rows = 2000;
constexpr std::int64_t encoded_at_once = 250;
constexpr Index sampled_codes = 64;
constexpr int plane_tiles = 14;   ///< along each side
constexpr float plane_reach = 2;  ///< of standard normal codes

/// Some of the rows that the network does not learn from, else of those that it does.
std::vector<std::int64_t> rows_to_show(const ProblemSet& problem) {
  const auto& all = problem.split.validation.empty() ? problem.split.train : problem.split.validation;
  const std::size_t count = std::min(problem.is_images() ? shown_pictures : shown_rows, all.size());
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < count; ++i) rows.push_back(all[i * all.size() / count]);
  return rows;
}

/// The same at every call, and none of the run's own numbers.
MatrixF normal_numbers(Index rows, Index columns, double deviation) {
  Random random(7);
  MatrixF numbers(rows, columns);
  for (Index i = 0; i < numbers.size(); ++i) numbers.data()[i] = static_cast<float>(deviation * random.normal());
  return numbers;
}

}  // namespace

LearningDecoder::LearningDecoder(const Autoencoder& parts, const Storage& whole, std::int64_t codes)
    : decoder_(parts.decoder), device_(make_device(DeviceKind::onednn)) {
  const std::vector<ValueId> wanted{decoder_.output};
  prepare_for_inference(decoder_.graph, wanted);
  fuse_activations(decoder_.graph, wanted);
  std::map<ValueId, void*> bound;
  for (const ValueId id : decoder_.graph.kept()) bound[id] = whole.data(parts.decoder_kept.at(id));
  executable_.emplace(decoder_.graph, *device_, codes, wanted, bound);
}

MatrixF LearningDecoder::decode(const MatrixF& codes) {
  const auto into = executable_->value<float>(decoder_.input);
  std::copy_n(codes.data(), into.size(), into.begin());
  executable_->run();
  const auto made = executable_->value<float>(decoder_.output);
  MatrixF decoded(codes.rows(), static_cast<Index>(made.size()) / codes.rows());
  std::copy(made.begin(), made.end(), decoded.data());
  return decoded;
}

ReconstructionViews::ReconstructionViews(const Autoencoder& parts, const Storage& learning, const ProblemSet& problem,
                                         double noise, RunContext& context)
    : parts_(parts),
      learning_(learning),
      problem_(problem),
      context_(context),
      map_(problem, mapped_rows),
      rows_(rows_to_show(problem)),
      clean_(problem.features.dense(rows_)),
      seen_(clean_),
      sampled_(normal_numbers(sampled_codes, parts.latent(), 1)) {
  if (noise > 0) seen_ += normal_numbers(seen_.rows(), seen_.cols(), noise);
  context_.on_look([this](std::int64_t row, std::int64_t step) { return look(row, step); });
}

ReconstructionViews::~ReconstructionViews() {
  context_.on_look({});
}

void ReconstructionViews::show(std::int64_t step, const Storage& judged, bool last) {
  const bool pictures = problem_.is_images();
  if (pictures)
    context_.watch(
        reconstructions_view, [&] { return reconstructions(step, judged); }, last);
  else
    context_.watch(
        errors_view, [&] { return feature_errors(step, judged); }, last);
  context_.watch(
      latent_view, [&] { return latent(step, judged); }, last);
  if (pictures && parts_.draws())
    context_.watch(
        samples_view, [&] { return samples(step, judged); }, last);
  if (pictures && parts_.latent() == 2)
    context_.watch(
        plane_view, [&] { return plane(step, judged); }, last);
}

std::shared_ptr<Images> ReconstructionViews::wall(const char* view, const char* title, std::int64_t step) const {
  auto images = std::make_shared<Images>();
  images->view = view;
  images->title = title;
  images->step = step;
  images->channels = static_cast<int>(problem_.channels);
  images->height = static_cast<int>(problem_.height);
  images->width = static_cast<int>(problem_.width);
  return images;
}

void ReconstructionViews::add_column(Images& to, std::span<const float* const> pictures) const {
  const float factor = problem_.features.factor() != 0 ? problem_.features.factor() : 1;
  const std::size_t area = problem_.height * problem_.width;
  for (std::size_t channel = 0; channel < problem_.channels; ++channel)
    for (const float* values : pictures)
      for (std::size_t i = channel * area; i < (channel + 1) * area; ++i)
        to.pixels.push_back(static_cast<std::uint8_t>(
            std::lround(std::clamp((values[i] - problem_.features.offset()) / factor, 0.0F, 255.0F))));
  ++to.count;
}

MatrixF ReconstructionViews::rebuilt(const MatrixF& seen, const Storage& judged) {
  if (!rebuilding_)
    rebuilding_.emplace(Network{parts_.whole.graph, parts_.whole.input, parts_.reconstruction}, judged, seen.rows(),
                        std::vector<LayerOutput>{});
  std::copy_n(seen.data(), seen.size(), rebuilding_->input().begin());
  rebuilding_->run();
  MatrixF made(seen.rows(), seen.cols());
  std::copy(rebuilding_->answer().begin(), rebuilding_->answer().end(), made.data());
  return made;
}

MatrixF ReconstructionViews::codes(const Storage& judged) {
  if (!encoding_)
    encoding_.emplace(Network{parts_.whole.graph, parts_.whole.input, parts_.mean}, judged,
                      std::min(encoded_at_once, static_cast<std::int64_t>(map_.rows().size())),
                      std::vector<LayerOutput>{});
  const auto rows = map_.rows();
  const std::size_t at_once = encoding_->input().size() / static_cast<std::size_t>(problem_.features.columns());
  MatrixF made(static_cast<Index>(rows.size()), parts_.latent());
  for (std::size_t first = 0; first < rows.size();) {
    // The last piece is a whole one too: it takes some rows again.
    first = std::min(first, rows.size() - at_once);
    problem_.features.gather(rows.subspan(first, at_once), encoding_->input().data());
    encoding_->run();
    std::copy(encoding_->answer().begin(), encoding_->answer().end(), made.row(static_cast<Index>(first)).data());
    first += at_once;
  }
  return made;
}

Event ReconstructionViews::reconstructions(std::int64_t step, const Storage& judged) {
  const bool noisy = seen_ != clean_;
  auto images = wall(reconstructions_view.c_str(),
                     noisy ? "Pictures, what is seen of them through noise, what comes back"
                           : "Pictures, and below each what comes back of it",
                     step);
  // The parts of a tile stand below one another, so that no layout of the wall parts them.
  std::vector<const MatrixF*> seen{&clean_};
  if (noisy) seen.push_back(&seen_);
  const MatrixF made = rebuilt(seen_, judged);
  for (Index i = 0; i < made.rows(); ++i) {
    std::vector<const float*> parts;
    for (const MatrixF* each : seen) parts.push_back(each->row(i).data());
    parts.push_back(made.row(i).data());
    add_column(*images, parts);
    images->rows.push_back(rows_[static_cast<std::size_t>(i)]);
  }
  images->height *= static_cast<int>(seen.size() + 1);
  return std::shared_ptr<const Images>(std::move(images));
}

Event ReconstructionViews::feature_errors(std::int64_t step, const Storage& judged) {
  constexpr Index most = 50;
  auto chart = std::make_shared<Chart>();
  chart->view = errors_view;
  chart->title = "What comes back worst";
  chart->step = step;
  chart->kind = Chart::Kind::bars;
  chart->x_label = "Feature";
  chart->y_label = "Mean squared difference";
  const Eigen::RowVectorXf errors = (rebuilt(seen_, judged) - clean_).cwiseAbs2().colwise().mean();
  std::vector<Index> order(static_cast<std::size_t>(errors.size()));
  std::iota(order.begin(), order.end(), Index{0});
  if (errors.size() > most) {
    std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return errors[a] > errors[b]; });
    order.resize(static_cast<std::size_t>(most));
    std::sort(order.begin(), order.end());
  }
  Chart::Line line{"difference", false, {}, {}};
  for (const Index feature : order) {
    const auto place = static_cast<std::size_t>(feature);
    line.x.push_back(static_cast<double>(line.x.size()));
    line.y.push_back(static_cast<double>(errors[feature]));
    chart->names.push_back(place < problem_.feature_names.size() ? problem_.feature_names[place]
                                                                 : std::to_string(feature + 1));
  }
  chart->lines.push_back(std::move(line));
  return std::shared_ptr<const Chart>(std::move(chart));
}

Event ReconstructionViews::latent(std::int64_t step, const Storage& judged) {
  const MatrixF made = codes(judged);
  if (made.cols() <= 2)
    return map_.map(step, "Where rows lie among the codes", made, "First number of the code",
                    "Second number of the code", latent_view);
  PrincipalAxes found = principal_axes(made, 2);
  // An axis may point either way; the map should not turn over from one step to the next.
  for (Index i = 0; i < found.axes.rows() && axes_.rows() == found.axes.rows(); ++i)
    if (found.axes.row(i).dot(axes_.row(i)) < 0) found.axes.row(i) *= -1;
  axes_ = found.axes;
  const MatrixF flat = ((made.cast<double>().rowwise() - found.mean) * found.axes.transpose()).cast<float>();
  const auto label = [&](Index axis) {
    const double share = found.total_variance > 0 ? found.variances[axis] / found.total_variance : 0;
    return "Direction " + std::to_string(axis + 1) + " (" + short_number(100 * share) + " % of the codes' variance)";
  };
  return map_.map(step, "Where rows lie among the codes, along their two main directions", flat, label(0), label(1),
                  latent_view);
}

Event ReconstructionViews::samples(std::int64_t step, const Storage& judged) {
  if (!sampling_) sampling_.emplace(parts_, judged, sampled_.rows());
  auto images = wall(samples_view.c_str(), "Pictures of random codes", step);
  const MatrixF made = sampling_->decode(sampled_);
  for (Index i = 0; i < made.rows(); ++i) add_column(*images, std::array{made.row(i).data()});
  return std::shared_ptr<const Images>(std::move(images));
}

/// One picture of many, as in Kingma, Welling (2014), figure 4: over the plane where codes are standard normal, else
/// over the middle of where they lie.
Event ReconstructionViews::plane(std::int64_t step, const Storage& judged) {
  std::array<float, 2> from{-plane_reach, -plane_reach}, to{plane_reach, plane_reach};
  if (!parts_.draws()) {
    const MatrixF made = codes(judged);
    for (Index axis = 0; axis < 2; ++axis) {
      std::vector<float> along(made.col(axis).begin(), made.col(axis).end());
      std::sort(along.begin(), along.end());
      from[static_cast<std::size_t>(axis)] = along[along.size() / 50];
      to[static_cast<std::size_t>(axis)] = along[along.size() - 1 - along.size() / 50];
    }
  }
  MatrixF grid(plane_tiles * plane_tiles, 2);
  for (Index tile = 0; tile < grid.rows(); ++tile) {
    const auto at = [](Index place) { return static_cast<float>(place) / static_cast<float>(plane_tiles - 1); };
    // The first row of tiles is the highest, as in the map.
    grid(tile, 0) = from[0] + at(tile % plane_tiles) * (to[0] - from[0]);
    grid(tile, 1) = to[1] + at(tile / plane_tiles) * (from[1] - to[1]);
  }
  if (!tiling_) tiling_.emplace(parts_, judged, grid.rows());
  const MatrixF made = tiling_->decode(grid);
  auto tiles = wall(plane_view.c_str(), "What stands where in the plane of codes", step);
  for (Index tile = 0; tile < made.rows(); ++tile) add_column(*tiles, std::array{made.row(tile).data()});
  const int channels = tiles->channels, height = tiles->height, width = tiles->width;
  std::vector<std::uint8_t> whole(tiles->pixels.size());
  auto from_pixel = tiles->pixels.begin();
  for (int tile = 0; tile < tiles->count; ++tile)
    for (int channel = 0; channel < channels; ++channel)
      for (int y = 0; y < height; ++y) {
        const int line = (channel * plane_tiles + tile / plane_tiles) * height + y;
        const int place = (line * plane_tiles + tile % plane_tiles) * width;
        std::copy_n(from_pixel, width, whole.begin() + place);
        from_pixel += width;
      }
  tiles->pixels = std::move(whole);
  tiles->count = 1;
  tiles->height *= plane_tiles;
  tiles->width *= plane_tiles;
  return std::shared_ptr<const Images>(std::move(tiles));
}

std::vector<Event> ReconstructionViews::look(std::int64_t row, std::int64_t step) {
  std::vector<Event> views;
  if (row < 0 || row >= problem_.features.rows() || !problem_.is_images()) return views;
  if (!looking_) {
    const Network whole{parts_.whole.graph, parts_.whole.input, parts_.reconstruction};
    looking_.emplace(whole, learning_, 1, mapped_layers(whole));
  }
  // The input's memory may be another value's once the network has run.
  const MatrixF own = problem_.features.dense(std::array{row});
  std::copy_n(own.data(), own.size(), looking_->input().begin());
  looking_->run();
  auto images = wall("reconstruction", "The picture, and below it what comes back of it", step);
  add_column(*images, std::array{own.data(), looking_->answer().data()});
  images->height *= 2;
  images->rows.push_back(row);
  views.push_back(std::shared_ptr<const Images>(std::move(images)));
  for (auto& maps : feature_map_views(*looking_, step)) views.push_back(std::move(maps));
  return views;
}

}  // namespace gb
