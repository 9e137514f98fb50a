#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "core/algorithms/algorithm.hpp"
#include "core/layers/autoencoder_presets.hpp"
#include "core/layers/network_part.hpp"
#include "core/model/autoencoder.hpp"
#include "core/train/training.hpp"

namespace gb {

/// What autoencoders and variational ones let people choose.
struct AutoencoderParams : TrainingParams {
  std::optional<AutoencoderPreset> preset;
  std::optional<LayerList> encoder_layers, decoder_layers;  ///< none: the preset's
  std::optional<int> latent;
  std::optional<ReconstructionLoss> loss;
  double noise = 0;
  double sparsity = 0;
  double beta = 1;
};

template <class T>
Schema<T>&& with_autoencoder_fields(Schema<T>&& schema) {
  return std::move(schema)
      .add(&AutoencoderParams::latent,
           {.name = "latent",
            .label = "Latent numbers",
            .help = "How many numbers a code has. Few force the network to find what matters; two make a map. Left "
                    "open: 16, or half of a narrow table's features.",
            .valid = {1, 65536},
            .search = {2, 128},
            .scale = Scale::log})
      .add(&AutoencoderParams::preset,
           {.name = "preset",
            .label = "Preset",
            .help = "Ready layers for encoder and decoder. Automatic goes by the data: convolutions for pictures whose "
                    "sides divide by 4, else dense layers.",
            .choices = autoencoder_preset_choices()})
      .add(&AutoencoderParams::encoder_layers,
           {.name = "encoder_layers",
            .label = "Encoder layers",
            .help = "Layers of your own from the input to the code. A Dense layer that makes the code is added behind "
                    "them, after a Flatten where that is needed.",
            .advanced = true,
            .most = 1000})
      .add(&AutoencoderParams::decoder_layers,
           {.name = "decoder_layers",
            .label = "Decoder layers",
            .help = "Layers of your own from the code back to the input. The last one has to make what the input has: "
                    "as many numbers, or pictures of the same channels, height and width.",
            .advanced = true,
            .most = 1000})
      .add(
          &AutoencoderParams::loss,
          {.name = "loss",
           .label = "Loss",
           .help = "How the difference between a row and what comes back is measured, as a mean over all numbers.",
           .choices = {{"squared_error", "Squared error", "For numbers of any size."},
                       {"binary_cross_entropy", "Binary cross-entropy",
                        "For numbers from 0 to 1, pictures above all: punishes grey where there is black or white."}}});
}

template <class T>
Schema<T>&& with_noise_field(Schema<T>&& schema) {
  return std::move(schema).add(
      &AutoencoderParams::noise,
      {.name = "noise",
       .label = "Noise",
       .help = "Standard deviation of noise added to the inputs while learning; the clean ones are to come back, so "
               "that the network learns what belongs together (Vincent et al. 2008). In units of the prepared data.",
       .valid = {0, 1000},
       .search = {0, 0.5},
       .forkable = true});
}

/// Encoder and decoder for the data, without memory. `variational`: codes are drawn. Throws ParamError where layers do
/// not fit.
Autoencoder build_autoencoder(const ProblemSet& problem, const AutoencoderParams& params, bool variational);

/// The two networks to be put together from layers, see AlgorithmInfo::networks.
std::vector<NetworkPart> autoencoder_networks(const AutoencoderParams& params, const Shape& example);

/// What the parameters leave to the data. `picture_loss` is for pictures of numbers from 0 to 1.
AutoencoderParams settled_autoencoder(const ProblemSet& problem, AutoencoderParams params,
                                      ReconstructionLoss picture_loss);
/// Refuses data and parameters that cannot work; `params` are settled.
void check_autoencoder(const ProblemSet& problem, const AutoencoderParams& params, bool variational);

/// `terms` are added to the loss of what comes back; they may read values of `parts.whole`. `params` are settled.
std::unique_ptr<Model> fit_autoencoder(const Autoencoder& parts, std::vector<LossTerm> terms, const ProblemSet& problem,
                                       const AutoencoderParams& params, RunContext& context);
/// What fit_autoencoder() with the same arguments would take; see forecast_training().
Forecast forecast_autoencoder(const Autoencoder& parts, std::vector<LossTerm> terms, const ProblemSet& problem,
                              const AutoencoderParams& params, RunContext& context, double seconds);

}  // namespace gb
