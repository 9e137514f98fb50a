#include "core/algorithms/autoencoder_fit.hpp"

#include <algorithm>
#include <string>

#include "core/base/text.hpp"
#include "core/evaluate/reconstruction_views.hpp"
#include "core/layers/layer_list.hpp"
#include "core/model/autoencoder_model.hpp"

namespace gb {
namespace {

constexpr int most_latent = 16;

const std::string encoder_path = "algorithm.params.encoder_layers";
const std::string decoder_path = "algorithm.params.decoder_layers";
const std::string preset_path = "algorithm.params.preset";

/// [channels, height, width] or [numbers].
Shape example_of(const ProblemSet& problem) {
  if (!problem.is_images()) return {problem.features.columns()};
  return {static_cast<std::int64_t>(problem.channels), static_cast<std::int64_t>(problem.height),
          static_cast<std::int64_t>(problem.width)};
}

int latent_for(const Shape& example) {
  return static_cast<int>(std::clamp<std::int64_t>(volume(example) / 2, 1, most_latent));
}

/// Whether all prepared numbers of pictures lie between 0 and 1.
bool within_unit(const Features& pictures) {
  const float low = pictures.offset(), high = pictures.offset() + 255 * pictures.factor();
  return pictures.bytes() && std::min(low, high) >= -1e-6F && std::max(low, high) <= 1 + 1e-6F;
}

/// What the decoder's outputs are as pictures of 0..255.
std::optional<GeneratorForm> pictures_of(const ProblemSet& problem, const Autoencoder& parts) {
  if (!problem.is_images()) return std::nullopt;
  const float factor = problem.features.factor() != 0 ? problem.features.factor() : 1;
  return GeneratorForm{.latent = parts.latent(),
                       .classes = {},
                       .picture = {problem.channels, problem.height, problem.width},
                       .factor = 1 / factor,
                       .offset = -problem.features.offset() / factor};
}

AutoencoderPreset preset_of(const Shape& example, const AutoencoderParams& params) {
  return params.preset.value_or(autoencoder_preset_for(example));
}

Network build_encoder(const Shape& example, const AutoencoderParams& params, bool variational) {
  const std::int64_t latent = params.latent.value_or(most_latent);
  Json layers =
      params.encoder_layers ? params.encoder_layers->entries : encoder_layers(preset_of(example, params), example);
  const Json code{{"type", "Dense"}, {"units", latent}};
  const bool complete = !variational && !layers.empty() && layers.back().is_object() &&
                        layers.back().value("type", "") == "Dense" && layers.back().value("units", Json()) == latent;
  if (!complete) {
    layers.push_back("Flatten");
    layers.push_back(code);
  }
  return build_network_to(layers, example, {latent}, params.encoder_layers ? encoder_path : preset_path);
}

Network build_decoder(const Shape& example, const AutoencoderParams& params) {
  const Json layers =
      params.decoder_layers ? params.decoder_layers->entries : decoder_layers(preset_of(example, params), example);
  return build_network_to(layers, {params.latent.value_or(most_latent)}, example,
                          params.decoder_layers ? decoder_path : preset_path);
}

/// Another product of what the code is made of, next to the one that makes its mean.
ValueId add_log_variance(Network& encoder) {
  Graph& graph = encoder.graph;
  const ValueId from = graph.nodes().back().inputs[0];
  const std::int64_t width = graph.value(from).shape[1], latent = graph.value(encoder.output).shape[1];
  const Filling filling{Initializer::glorot_uniform, static_cast<double>(width), static_cast<double>(latent)};
  const ValueId weight = graph.parameter("log_variance.weight", {width, latent}, filling);
  return graph.add("Gemm", {from, weight, graph.parameter("log_variance.bias", {latent})});
}

/// First weights, and what the network is to make small.
struct Beginning {
  Beginning(const Autoencoder& parts, std::vector<LossTerm> terms, const AutoencoderParams& params,
            const RunContext& context)
      : kept(parts.whole.graph, parts.whole.graph.kept()),
        reconstruction{parts.whole.input, *params.loss, std::move(terms)} {
    Random random = context.random(1);
    initialize(parts.whole.graph, kept, random);
  }
  TrainingTarget target() const { return {.codes = {}, .values = {}, .reconstruction = &reconstruction}; }

  Storage kept;
  Reconstruction reconstruction;
};

void refuse_odd_preset(const Shape& example, const AutoencoderParams& params) {
  if (params.preset != AutoencoderPreset::convolutional || can_be_halved(example)) return;
  if (params.encoder_layers && params.decoder_layers) return;
  if (example.size() != 3)
    throw ParamError(
        "The convolutional preset is for pictures, but this data is a table, whose columns have no "
        "neighbours",
        preset_path, "dense");
  throw ParamError("The convolutional preset halves pictures twice, but these have " + std::to_string(example[1]) +
                       " x " + std::to_string(example[2]) + " pixels, which do not divide by 4",
                   preset_path, "dense, or layers of your own");
}

/// A cross-entropy compares what lies between 0 and 1.
void refuse_beyond_unit(const ProblemSet& problem) {
  const char* allowed = "squared_error, or a step {\"step\": \"scale\", \"range\": [0, 1]}";
  if (problem.features.bytes() && !within_unit(problem.features))
    throw ParamError("Binary cross-entropy is for numbers from 0 to 1, but the pictures are prepared to another range",
                     "algorithm.params.loss", allowed);
  const MatrixF* values = problem.features.matrix();
  if (!values) return;
  for (const std::int64_t row : problem.split.train)
    for (Eigen::Index i = 0; i < values->cols(); ++i)
      if (const float value = (*values)(row, i); value < -1e-5F || value > 1 + 1e-5F)
        throw ParamError("Binary cross-entropy is for numbers from 0 to 1, but row " + std::to_string(row + 1) +
                             " has " + short_number(static_cast<double>(value)) + " in feature " +
                             std::to_string(i + 1),
                         "algorithm.params.loss", allowed);
}

}  // namespace

Autoencoder build_autoencoder(const ProblemSet& problem, const AutoencoderParams& params, bool variational) {
  const Shape example = example_of(problem);
  Autoencoder parts;
  parts.encoder = build_encoder(example, params, variational);
  parts.decoder = build_decoder(example, params);

  Graph& graph = parts.whole.graph;
  Shape whole{any_batch};
  whole.insert(whole.end(), example.begin(), example.end());
  parts.whole.input = graph.input(example.size() == 3 ? "image" : "features", whole);
  ValueId seen = parts.whole.input;
  if (params.noise > 0)
    seen = graph.add("GaussianNoise", {seen, graph.key()}, {{"deviation", params.noise}, {"site", std::int64_t{0}}});
  if (variational) {
    const ValueId spread = add_log_variance(parts.encoder);
    const auto both =
        append_network(graph, parts.encoder, seen, parts.encoder_kept, "encoder.", {parts.encoder.output, spread});
    parts.mean = both[0];
    parts.log_variance = both[1];
    parts.code = graph.add("GaussianSample", {both[0], both[1], graph.key()}, {{"site", next_site(graph)}});
  } else {
    parts.code = parts.mean = append_network(graph, parts.encoder, seen, parts.encoder_kept, "encoder.");
  }
  parts.whole.output = append_network(graph, parts.decoder, parts.code, parts.decoder_kept, "decoder.");
  parts.reconstruction = parts.whole.output;
  if (params.loss == ReconstructionLoss::binary_cross_entropy) {
    parts.reconstruction = graph.add("Sigmoid", {parts.whole.output});
    parts.decoder.output = parts.decoder.graph.add("Sigmoid", {parts.decoder.output});
  }
  return parts;
}

std::vector<NetworkPart> autoencoder_networks(const AutoencoderParams& params, const Shape& example) {
  NetworkPart encoder{
      .field = "encoder_layers", .input = example, .outputs = 0, .output = {}, .presets = {}, .preset = {}};
  NetworkPart decoder{
      .field = "decoder_layers", .input = {}, .outputs = 0, .output = example, .presets = {}, .preset = {}};
  if (example.empty()) return {encoder, decoder};
  const std::int64_t latent = params.latent.value_or(latent_for(example));
  encoder.outputs = latent;
  decoder.input = {latent};
  const AutoencoderPreset chosen = preset_of(example, params);
  for (const auto preset : {AutoencoderPreset::dense, AutoencoderPreset::convolutional}) {
    if (preset == AutoencoderPreset::convolutional && !can_be_halved(example)) continue;
    if (preset == chosen) encoder.preset = decoder.preset = encoder.presets.size();
    const Choice words = autoencoder_preset_choices()[static_cast<std::size_t>(preset)];
    encoder.presets.push_back({words.name, words.label, words.help, encoder_layers(preset, example)});
    decoder.presets.push_back({words.name, words.label, words.help, decoder_layers(preset, example)});
  }
  return {encoder, decoder};
}

AutoencoderParams settled_autoencoder(const ProblemSet& problem, AutoencoderParams params,
                                      ReconstructionLoss picture_loss) {
  const Shape example = example_of(problem);
  if (!params.preset && !(params.encoder_layers && params.decoder_layers))
    params.preset = autoencoder_preset_for(example);
  if (!params.latent) params.latent = latent_for(example);
  if (!params.loss)
    params.loss =
        problem.is_images() && within_unit(problem.features) ? picture_loss : ReconstructionLoss::squared_error;
  return params;
}

void check_autoencoder(const ProblemSet& problem, const AutoencoderParams& params, bool variational) {
  if (problem.features.columns() < 1) throw DataError("There is nothing to learn: the data has no features");
  if (problem.split.train.size() < 2)
    throw DataError("There is only one row to learn from; a code says how rows differ, which takes at least two");
  const Shape example = example_of(problem);
  refuse_odd_preset(example, params);
  const Autoencoder parts = build_autoencoder(problem, params, variational);
  double weights = 0;
  for (const ValueId id : parts.whole.graph.parameters())
    weights += static_cast<double>(volume(parts.whole.graph.value(id).shape));
  constexpr double most = 1e9;  // 16 GB with gradients and Adam's moments
  if (weights > most)
    throw ParamError("These layers have " + short_number(weights) +
                         " weights, more than a run can hold; use smaller "
                         "or fewer layers, or a shorter code",
                     params.encoder_layers ? encoder_path : preset_path, "layers with at most 1e9 weights together");
  require_finite(problem);
  if (params.loss == ReconstructionLoss::binary_cross_entropy) refuse_beyond_unit(problem);
}

std::unique_ptr<Model> fit_autoencoder(const Autoencoder& parts, std::vector<LossTerm> terms, const ProblemSet& problem,
                                       const AutoencoderParams& params, RunContext& context) {
  Beginning begun(parts, std::move(terms), params, context);
  ReconstructionViews views(parts, begun.kept, problem, params.noise, context);
  std::int64_t finished = -1;
  train_network(
      parts.whole, begun.kept, problem, begun.target(), params, context,
      [&](const EpochReport& report) {
        if (!report.last) return;
        views.show(report.step, report.parameters, true);
        finished = report.step;
      },
      [&](std::int64_t step, const Storage& judged) { views.show(step, judged, false); });
  auto model = std::make_unique<AutoencoderModel>(parts, begun.kept, pictures_of(problem, parts));
  // What the series has told was of weights on their way; its end speaks of the model.
  if (finished >= 0)
    context.scalar("train/reconstruction_mse", finished,
                   model->predict(problem.features, problem.split.train).reconstruction_mse);
  return model;
}

Forecast forecast_autoencoder(const Autoencoder& parts, std::vector<LossTerm> terms, const ProblemSet& problem,
                              const AutoencoderParams& params, RunContext& context, double seconds) {
  Beginning begun(parts, std::move(terms), params, context);
  return forecast_training(parts.whole, begun.kept, problem, begun.target(), params, context, seconds);
}

}  // namespace gb
