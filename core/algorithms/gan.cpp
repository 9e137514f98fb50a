#include <algorithm>
#include <cmath>
#include <limits>

#include "core/algorithms/algorithm.hpp"
#include "core/algorithms/gan_quality.hpp"
#include "core/algorithms/network_fit.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/generator_views.hpp"
#include "core/layers/generator_presets.hpp"
#include "core/layers/layer_list.hpp"
#include "core/layers/network_part.hpp"
#include "core/model/generator_model.hpp"
#include "core/train/adversarial.hpp"

namespace gb {
namespace {

/// A position in adversarial_presets(), which has the names.
enum class Preset : int {};

struct GanParams : AdversarialParams {
  std::optional<Preset> preset;
  int latent = 100;
  bool conditional = false;
  std::optional<LayerList> generator_layers, discriminator_layers;
  bool spectral_normalization = false;
  int judged_samples = 2000;
};

Schema<GanParams> with_game_fields(Schema<GanParams>&& schema) {
  return std::move(schema)
      .add(&GanParams::preset, {.name = "preset",
                                .label = "Preset",
                                .help = "A ready pair of networks. Automatic goes by the size of the pictures: the "
                                        "DCGAN that makes them, else dense layers.",
                                .choices = adversarial_preset_choices()})
      .add(&GanParams::latent, {.name = "latent",
                                .label = "Latent size",
                                .help = "How many random numbers a picture is made of.",
                                .valid = {1, 4096},
                                .search = {2, 256},
                                .scale = Scale::log})
      .add(&GanParams::conditional,
           {.name = "conditional",
            .label = "Told the class",
            .help = "The generator is told which class to make, and the discriminator judges pictures as one of it "
                    "(Mirza, Osindero 2014; Miyato, Koyama 2018). Wants classes in the data."})
      .add(&AdversarialParams::loss,
           {.name = "loss",
            .label = "Loss",
            .help = "What the two networks play for.",
            .choices = {
                {"non_saturating", "Non-saturating", "The original game (Goodfellow et al. 2014)."},
                {"least_squares", "Least squares", "Smoother where the discriminator is sure (Mao et al. 2017)."},
                {"hinge", "Hinge", "Goes well with spectral normalization (Miyato et al. 2018)."},
                {"wasserstein", "Wasserstein",
                 "With a gradient penalty: a critic of bounded slope, stable, slower; wants several discriminator "
                 "steps (Gulrajani et "
                 "al. 2017)."}}});
}

const Schema<GanParams>& schema() {
  static const auto s = [] {
    auto fields = with_game_fields(Schema<GanParams>{});
    training_fields::add_basics(fields);
    std::move(fields)
        .add(&AdversarialParams::discriminator_learning_rate,
             {.name = "discriminator_learning_rate",
              .label = "Discriminator's rate",
              .help = "The discriminator's own learning rate. Automatic: the generator's.",
              .valid = {0, 1000, true},
              .search = {1e-5, 1e-2},
              .scale = Scale::log,
              .live = true})
        .add(&AdversarialParams::discriminator_steps,
             {.name = "discriminator_steps",
              .label = "Discriminator steps",
              .help = "So many steps of the discriminator, then those of the generator, in turn.",
              .valid = {1, 100},
              .search = {1, 5}})
        .add(&AdversarialParams::generator_steps, {.name = "generator_steps",
                                                   .label = "Generator steps",
                                                   .help = "Steps of the generator in each turn.",
                                                   .valid = {1, 100},
                                                   .search = {1, 5},
                                                   .advanced = true})
        .add(&TrainingParams::label_smoothing,
             {.name = "label_smoothing",
              .label = "Label smoothing",
              .help = "Real pictures count as real but for this share, so that the discriminator does not get too sure "
                      "(Salimans et al. 2016).",
              .valid = {0, 0.5},
              .search = {0, 0.3},
              .enabled_by = EnabledBy{"loss", {"non_saturating", "least_squares"}},
              .advanced = true})
        .add(&AdversarialParams::gradient_penalty, {.name = "gradient_penalty",
                                                    .label = "Gradient penalty",
                                                    .help = "How hard the critic's slope is held at 1; 0 does not.",
                                                    .valid = {0, 1e4},
                                                    .search = {1, 20},
                                                    .enabled_by = EnabledBy{"loss", {"wasserstein"}},
                                                    .advanced = true})
        .add(&GanParams::spectral_normalization,
             {.name = "spectral_normalization",
              .label = "Spectral normalization",
              .help = "Divides all weights of the discriminator by their largest singular value, so that it changes "
                      "smoothly from picture to picture (Miyato et al. 2018).",
              .advanced = true})
        .add(&GanParams::generator_layers,
             {.name = "generator_layers",
              .label = "Generator",
              .help = "Layers of your own, from the latent numbers to the picture, values from -1 to 1 (end in tanh).",
              .advanced = true,
              .most = 1000})
        .add(&GanParams::discriminator_layers,
             {.name = "discriminator_layers",
              .label = "Discriminator",
              .help = "Layers of your own, from the picture on; the score's layer is added.",
              .advanced = true,
              .most = 1000})
        .add(&GanParams::judged_samples,
             {.name = "judged_samples",
              .label = "Judged samples",
              .help = "At the end so many samples are compared with real pictures, by the features of a classifier "
                      "trained on the same classes: Frechet distance, precision, recall. 0 leaves it out.",
              .valid = {0, 50000},
              .search = {500, 5000},
              .unit = "pictures",
              .advanced = true});
    training_fields::add_optimizer_fields(fields);
    training_fields::add_schedule_fields(fields);
    training_fields::add_averaging(fields);
    training_fields::add_precision(fields);
    return fields;
  }();
  return s;
}

GanParams read(const Json& json) {
  return schema().read(json, "algorithm.params");
}

std::string picture_text(const Shape& picture) {
  return std::to_string(picture[0]) + " x " + std::to_string(picture[1]) + " x " + std::to_string(picture[2]) +
         " (channels x height x width)";
}

void refuse_tables(const ProblemSet& problem) {
  if (problem.is_images()) return;
  throw ParamError("A GAN makes pictures, but this data is a table", "algorithm.id", "data of pictures");
}

Json settle(const ProblemSet& problem, Json json) {
  refuse_tables(problem);
  const GanParams params = read(json);
  if (!params.preset && !(params.generator_layers && params.discriminator_layers))
    json["preset"] = adversarial_presets()[adversarial_preset_for(picture_of(problem))].name;
  return json;
}

/// Spectral normalization for every layer with weights, those inside of blocks included.
void normalize_spectrally(Json& layers) {
  if (!layers.is_array()) return;
  for (Json& layer : layers) {
    if (!layer.is_object()) continue;
    const Json type = layer.value("type", Json());
    if (type == "Dense" || type == "Conv2D" || type == "DepthwiseConv2D" || type == "Conv2DTranspose")
      layer["spectral_norm"] = true;
    if (layer.contains("layers")) normalize_spectrally(layer["layers"]);
  }
}

/// What the discriminator is asked: one score, and one more per class that the generator is told.
std::int64_t scores_of(const GanParams& params, std::int64_t classes) {
  return 1 + (params.conditional ? classes : 0);
}

/// The discriminator's layers, its own or those of a preset, as the loss and the normalization want them.
Json judging_layers(const GanParams& params, const AdversarialPreset& preset, const Shape& picture,
                    std::int64_t scores) {
  const bool normalized = params.loss != AdversarialLoss::wasserstein && !params.spectral_normalization;
  Json layers =
      params.discriminator_layers ? params.discriminator_layers->entries : preset.discriminator(picture, normalized);
  if (!params.spectral_normalization) return layers;
  const bool complete = !layers.empty() && layers.back().is_object() && layers.back().value("type", "") == "Dense" &&
                        layers.back().value("units", Json()) == scores;
  if (!complete) layers.push_back({{"type", "Dense"}, {"units", scores}});
  normalize_spectrally(layers);
  return layers;
}

/// Both networks, as the parameters and the pictures say.
struct Pair {
  Pair(const ProblemSet& problem, const GanParams& params) {
    const Shape picture = picture_of(problem);
    classes = params.conditional ? static_cast<std::int64_t>(problem.target->classes.size()) : 0;
    const auto list = adversarial_presets();
    const auto& preset =
        list[params.preset ? static_cast<std::size_t>(*params.preset) : adversarial_preset_for(picture)];
    if (!preset.makes(picture) && !(params.generator_layers && params.discriminator_layers))
      throw ParamError(preset.label + " makes pictures of " + std::to_string(preset.height) + " x " +
                           std::to_string(preset.width) + " pixels, but these are " + std::to_string(picture[1]) +
                           " x " + std::to_string(picture[2]) + "; load them in that size, or take another preset",
                       "algorithm.params.preset", "a preset for pictures of this size, or dense");
    const std::int64_t scores = scores_of(params, classes);
    const auto path = [&](const std::optional<LayerList>& own, const char* field) {
      return std::string("algorithm.params.") + (own ? field : "preset");
    };
    generator = build_network_to(params.generator_layers ? params.generator_layers->entries : preset.generator(picture),
                                 {params.latent + classes}, picture, path(params.generator_layers, "generator_layers"));
    discriminator = build_network(judging_layers(params, preset, picture, scores), picture, scores,
                                  path(params.discriminator_layers, "discriminator_layers"));
  }

  std::int64_t classes = 0;
  Network generator, discriminator;
};

std::vector<NetworkPart> networks(const Json& json, const Shape& example, std::int64_t classes) {
  GanParams params = schema().read_valid(json);
  params.discriminator_layers.reset();
  const std::int64_t scores = scores_of(params, classes);
  NetworkPart generator{.field = "generator_layers",
                        .input = {params.latent + scores - 1},
                        .outputs = 0,
                        .output = example,
                        .presets = {},
                        .preset = {}};
  NetworkPart discriminator{
      .field = "discriminator_layers", .input = example, .outputs = scores, .output = {}, .presets = {}, .preset = {}};
  if (example.empty()) {
    generator.input.clear();
    return {generator, discriminator};
  }
  const auto list = adversarial_presets();
  const std::size_t chosen = params.preset ? static_cast<std::size_t>(*params.preset) : adversarial_preset_for(example);
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!list[i].makes(example) && i != chosen) continue;
    if (i == chosen) generator.preset = discriminator.preset = generator.presets.size();
    generator.presets.push_back({list[i].name, list[i].label, list[i].help, list[i].generator(example)});
    discriminator.presets.push_back(
        {list[i].name, list[i].label, list[i].help, judging_layers(params, list[i], example, scores)});
  }
  return {generator, discriminator};
}

/// Memory of both, with the weights that they begin with.
struct Beginning {
  Beginning(const Pair& pair, const RunContext& context)
      : generator(pair.generator.graph, pair.generator.graph.kept()),
        discriminator(pair.discriminator.graph, pair.discriminator.graph.kept()) {
    Random random = context.random(1);
    initialize(pair.generator.graph, generator, random);
    initialize(pair.discriminator.graph, discriminator, random);
  }
  Storage generator, discriminator;
};

GeneratorForm form_of(const ProblemSet& problem, const GanParams& params) {
  GeneratorForm form;
  form.latent = params.latent;
  if (params.conditional) form.classes = problem.target->classes;
  form.picture = {problem.channels, problem.height, problem.width};
  return form;
}

/// Shows the game while it is played.
class GameViews {
 public:
  GameViews(const Pair& pair, const ProblemSet& problem, const GanParams& params, RunContext& context)
      : pair_(pair), problem_(problem), params_(params), context_(context) {}

  void show(const AdversarialReport& report) {
    const std::int64_t step = report.step;
    // The storage is the same for the whole run, and there for as long: the first report brings it.
    if (!views_) {
      generator_.emplace(pair_.generator, report.generator_weights, form_of(problem_, params_), true);
      views_.emplace(*generator_, problem_, context_.seed());
    }
    if (!report.discriminator) {
      // Its pictures are other ones now.
      context_.watch(
          "samples", [&]() -> Event { return views_->samples(step); }, report.last);
      context_.watch(
          "nearest", [&]() -> Event { return views_->nearest(step); }, report.last);
      context_.watch(
          "health", [&]() -> Event { return health_view(accuracy_, views_->variety(), step); }, report.last);
      return;
    }
    accuracy_ = std::isnan(accuracy_) ? report.accuracy : accuracy_ + 0.02 * (report.accuracy - accuracy_);
    const bool as_chance = params_.loss == AdversarialLoss::non_saturating;
    context_.watch(
        "scores", [&]() -> Event { return scores_view(report.real_scores, report.generated_scores, as_chance, step); });
  }

 private:
  const Pair& pair_;
  const ProblemSet& problem_;
  const GanParams& params_;
  RunContext& context_;
  std::optional<Generator> generator_;
  std::optional<GeneratorViews> views_;
  double accuracy_ = std::numeric_limits<double>::quiet_NaN();  ///< running mean over some fifty steps
};

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& json, RunContext& context) {
  refuse_tables(problem);
  const GanParams params = read(json);
  const Pair pair(problem, params);
  Beginning begun(pair, context);
  if (!context.resume_from()) {
    // What it makes before it has learnt anything.
    const Generator untrained(pair.generator, begun.generator, form_of(problem, params), true);
    context.publish(GeneratorViews(untrained, problem, context.seed()).samples(0));
  }
  GameViews views(pair, problem, params, context);
  std::int64_t steps = context.resume_from() ? context.resume_from()->step : 0;
  train_adversaries(
      {pair.generator, begun.generator, pair.discriminator, begun.discriminator, params.latent, pair.classes}, problem,
      params, context, [&](const AdversarialReport& report) {
        steps = report.step;
        views.show(report);
      });
  auto model = std::make_unique<GeneratorModel>(pair.generator, std::move(begun.generator), form_of(problem, params));
  if (params.judged_samples > 0) tell_quality(*model->generator(), problem, params.judged_samples, steps, context);
  return model;
}

Forecast forecast(const ProblemSet& problem, const Json& json, RunContext& context, double seconds) {
  const GanParams params = read(json);
  const Pair pair(problem, params);
  Beginning begun(pair, context);
  return forecast_adversaries(
      {pair.generator, begun.generator, pair.discriminator, begun.discriminator, params.latent, pair.classes}, problem,
      params, context, seconds);
}

void check(const ProblemSet& problem, const Json& json) {
  refuse_tables(problem);
  const GanParams params = read(json);
  if (problem.split.train.size() < 2)
    throw ParamError("There is one picture to learn from; a GAN wants many", "data", "at least 2 pictures");
  if (params.conditional && (!problem.target || problem.target->task != Task::classification))
    throw ParamError("A generator that is told the class wants classes, but the data has none",
                     "algorithm.params.conditional", "false, or data with classes");
  if (params.conditional)
    for (const auto row : problem.split.train)
      if (problem.target->codes[static_cast<std::size_t>(row)] < 0)
        throw ParamError("A generator that is told the class wants a class for every picture, but row " +
                             grouped(row + 1) + " has none",
                         "algorithm.params.conditional", "false, or a class for every picture");
  if (problem.augmentation && problem.augmentation->blends())
    throw ParamError("mixup and cutmix blend pictures, which a generator would learn to do as well", "augment",
                     "ways of varying that keep pictures whole");
  const PictureScale scale(problem.features);
  static_cast<void>(scale);
  const Pair pair(problem, params);
  std::int64_t weights = 0;
  for (const Network* network : {&pair.generator, &pair.discriminator})
    for (const ValueId id : network->graph.parameters()) weights += volume(network->graph.value(id).shape);
  constexpr std::int64_t most_weights = 500000000;  // 16 GB with gradients, Adam's moments and the running mean
  if (weights > most_weights)
    throw ParamError("The networks have " + grouped(weights) + " weights, more than a run can hold; pictures of " +
                         picture_text(picture_of(problem)) + " want convolutions",
                     "algorithm.params.preset", "networks with at most " + grouped(most_weights) + " weights");
}

}  // namespace

AlgorithmInfo gan_algorithm() {
  return {
      .id = "gan",
      .label = "Adversarial network (GAN)",
      .family = "Generative networks",
      .help =
          "One network makes pictures out of random numbers, another learns to tell them from real ones, and each "
          "gets better by the other. Watch noise turn into digits or faces.",
      .citation =
          "I. Goodfellow et al.: Generative adversarial nets. NeurIPS 2014. A. Radford, L. Metz, S. Chintala: "
          "Unsupervised representation learning with deep convolutional generative adversarial networks. ICLR "
          "2016.",
      .tasks = {Task::generation},
      .params = schema().specs(),
      .headline = "frechet_distance",
      .measures = {"frechet_distance", "precision", "recall", "class_accuracy", "generator_loss", "discriminator_loss"},
      .settle = settle,
      .check = check,
      .fit = fit,
      .forecast = forecast,
      .networks = networks,
      .augments = true,
  };
}

}  // namespace gb
