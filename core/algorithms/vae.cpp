#include "core/algorithms/autoencoder_fit.hpp"

namespace gb {
namespace {

const Schema<AutoencoderParams>& schema() {
  static const auto s = with_reconstruction_training_fields(with_noise_field(
      with_autoencoder_fields(Schema<AutoencoderParams>{})
          .add(&AutoencoderParams::beta,
               {.name = "beta",
                .label = "Beta",
                .help = "How much it counts that codes are distributed normally, against how well rows come back: 1 "
                        "is the bound on the likelihood, more pulls the meanings of a code's numbers apart (Higgins "
                        "et al. 2017), less gives sharper rows. Can be changed while the network learns.",
                .valid = {0, 10000},
                .search = {0, 10},
                .live = true})));
  return s;
}

AutoencoderParams read(const ProblemSet& problem, const Json& json) {
  return settled_autoencoder(problem, schema().read(json, "algorithm.params"),
                             ReconstructionLoss::binary_cross_entropy);
}

Json settle(const ProblemSet& problem, Json json) {
  return schema().write(read(problem, json));
}

/// The reconstruction loss is a mean over a row's numbers, and so is this: with beta 1 the loss is the negative bound
/// of Kingma, Welling (2014), equation 7, over the number of features; of a squared error for numbers of variance 1/2
/// and up to a constant.
std::vector<LossTerm> terms_of(const Autoencoder& parts, const ProblemSet& problem, const AutoencoderParams& params) {
  return {{.name = "divergence",
           .field = "beta",
           .op = "StandardNormalDivergenceLoss",
           .values = {parts.mean, parts.log_variance},
           .factor = params.beta,
           .scale = 1 / static_cast<double>(problem.features.columns())}};
}

void check(const ProblemSet& problem, const Json& json) {
  check_autoencoder(problem, read(problem, json), true);
}

std::vector<NetworkPart> networks(const Json& json, const Shape& example, std::int64_t) {
  return autoencoder_networks(schema().read_valid(json), example);
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& json, RunContext& context) {
  const AutoencoderParams params = read(problem, json);
  const Autoencoder parts = build_autoencoder(problem, params, true);
  return fit_autoencoder(parts, terms_of(parts, problem, params), problem, params, context);
}

Forecast forecast(const ProblemSet& problem, const Json& json, RunContext& context, double seconds) {
  const AutoencoderParams params = read(problem, json);
  const Autoencoder parts = build_autoencoder(problem, params, true);
  return forecast_autoencoder(parts, terms_of(parts, problem, params), problem, params, context, seconds);
}

}  // namespace

AlgorithmInfo vae_algorithm() {
  return {
      .id = "vae",
      .label = "Variational autoencoder (VAE)",
      .family = "Neural networks",
      .help =
          "An autoencoder whose codes are kept close to a normal distribution, so that random codes decode to new rows "
          "that look like the data. The map of its codes has no gaps: one thing turns into another along any line.",
      .citation =
          "D. P. Kingma, M. Welling: Auto-encoding variational Bayes. ICLR 2014. I. Higgins et al.: beta-VAE: learning "
          "basic visual concepts with a constrained variational framework. ICLR 2017.",
      .tasks = {Task::decomposition},
      .params = schema().specs(),
      .headline = "reconstruction_mse",
      .settle = settle,
      .check = check,
      .fit = fit,
      .forecast = forecast,
      .networks = networks,
      .table_step = "standardize",
      .augments = true,
  };
}

}  // namespace gb
