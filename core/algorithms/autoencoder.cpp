#include "core/algorithms/autoencoder_fit.hpp"

namespace gb {
namespace {

const Schema<AutoencoderParams>& schema() {
  static const auto s = with_reconstruction_training_fields(with_noise_field(
      with_autoencoder_fields(Schema<AutoencoderParams>{})
          .add(&AutoencoderParams::sparsity,
               {.name = "sparsity",
                .label = "Sparsity",
                .help = "Adds so many times the mean absolute number of the codes to the loss, so that each row makes "
                        "do with few of them. Can be changed while the network learns.",
                .valid = {0, 1000},
                .search = {0, 0.1},
                .live = true})));
  return s;
}

AutoencoderParams read(const ProblemSet& problem, const Json& json) {
  return settled_autoencoder(problem, schema().read(json, "algorithm.params"), ReconstructionLoss::squared_error);
}

Json settle(const ProblemSet& problem, Json json) {
  return schema().write(read(problem, json));
}

std::vector<LossTerm> terms_of(const Autoencoder& parts, const AutoencoderParams& params) {
  return {{.name = "sparsity",
           .field = "sparsity",
           .op = "AbsoluteLoss",
           .values = {parts.code},
           .factor = params.sparsity}};
}

void check(const ProblemSet& problem, const Json& json) {
  check_autoencoder(problem, read(problem, json), false);
}

std::vector<NetworkPart> networks(const Json& json, const Shape& example, std::int64_t) {
  return autoencoder_networks(schema().read_valid(json), example);
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& json, RunContext& context) {
  const AutoencoderParams params = read(problem, json);
  const Autoencoder parts = build_autoencoder(problem, params, false);
  return fit_autoencoder(parts, terms_of(parts, params), problem, params, context);
}

Forecast forecast(const ProblemSet& problem, const Json& json, RunContext& context, double seconds) {
  const AutoencoderParams params = read(problem, json);
  const Autoencoder parts = build_autoencoder(problem, params, false);
  return forecast_autoencoder(parts, terms_of(parts, params), problem, params, context, seconds);
}

}  // namespace

AlgorithmInfo autoencoder_algorithm() {
  return {
      .id = "autoencoder",
      .label = "Autoencoder",
      .family = "Neural networks",
      .help =
          "A network that squeezes every row into a short code and learns to give the row back from it. Codes of two "
          "numbers make a map; with noise it learns to clean what it sees, with sparsity to name few things at a time.",
      .citation =
          "G. E. Hinton, R. R. Salakhutdinov: Reducing the dimensionality of data with neural networks. Science 313, "
          "2006. P. Vincent, H. Larochelle, Y. Bengio, P.-A. Manzagol: Extracting and composing robust features with "
          "denoising autoencoders. ICML 2008.",
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
