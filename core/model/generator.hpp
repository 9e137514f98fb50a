#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/data/augment.hpp"
#include "core/graph/network.hpp"
#include "core/model/network_predictor.hpp"

namespace gb {

class OnnxGraph;

/// So many vectors of standard normal numbers, one per row; the same for a seed.
MatrixF standard_normal(std::int64_t count, std::int64_t numbers, std::uint64_t seed);

/// What a generator reads and makes.
struct GeneratorForm {
  std::int64_t latent = 0;           ///< numbers of a latent vector, each standard normal
  std::vector<std::string> classes;  ///< of one that is told which class to make; else empty
  PictureShape picture;
  float factor = 127.5F, offset = 127.5F;  ///< the network's outputs, times and plus these, are 0..255
};

/// A network that makes pictures of latent vectors: that of a GAN, the decoder of an autoencoder. The network reads
/// [N, latent + classes], the class as one-hot numbers. Knows of training nothing.
class Generator {
 public:
  /// `weights` must outlive this. `changing`: they may change between calls, as they do while it learns.
  Generator(const Network& network, const Storage& weights, GeneratorForm form, bool changing = false);

  const GeneratorForm& form() const { return form_; }
  MatrixF latents(std::int64_t count, std::uint64_t seed) const { return standard_normal(count, form_.latent, seed); }
  /// A picture per row of `latents` [N, latent]: [N, channels x height x width], 0..255, not rounded. `classes` has one
  /// per row, or is empty where there are none. Safe to call from several threads.
  MatrixF pictures(const MatrixF& latents, std::span<const std::int32_t> classes) const;
  /// What the first product of the network answers to each latent direction of greatest effect: principal axes of its
  /// weights, one per row, of length 1 (Shen, Zhou 2021, section 3). At most `count`.
  MatrixF directions(Eigen::Index count) const;
  /// Appends inputs `latent` (and `class`, int64 [N]), the network and the output `image` [N, channels, height, width].
  void write_onnx(OnnxGraph& graph) const;

 private:
  const Network& network_;
  const Storage& weights_;
  GeneratorForm form_;
  NetworkPredictor predictor_;
};

/// The way from one latent vector to another in so many steps, both ends included, one per row: along the great circle,
/// where lengths stay what normal vectors have (White 2016, equation 1). At least two steps.
MatrixF latent_walk(const Eigen::RowVectorXf& from, const Eigen::RowVectorXf& to, Eigen::Index steps);

/// Pictures as bytes, rounded.
std::vector<std::uint8_t> picture_bytes(const MatrixF& pictures);

}  // namespace gb
