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
  /// So many standard normal vectors; the same for a seed.
  MatrixF latents(std::int64_t count, std::uint64_t seed) const;
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

/// Pictures as bytes, rounded.
std::vector<std::uint8_t> picture_bytes(const MatrixF& pictures);

}  // namespace gb
