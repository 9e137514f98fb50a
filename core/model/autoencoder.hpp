#pragma once

#include <map>

#include "core/graph/network.hpp"

namespace gb {

/// A network that makes codes of examples and one that makes examples of codes, and both together as they learn. An
/// example is a picture [channels, height, width] or a row [numbers].
struct Autoencoder {
  Network encoder;  ///< example to code [N, latent]; of a variational one to the mean of its codes
  Network decoder;  ///< code [N, latent] to example, on the scale of the prepared features
  /// One after the other: from the example, with noise, codes drawn where they are, to the numbers that the loss wants
  /// (logits of a binary cross-entropy).
  Network whole;
  ValueId code = -1;            ///< in `whole`: what the decoder reads
  ValueId mean = -1;            ///< in `whole`: of the codes; the code itself where none are drawn
  ValueId log_variance = -1;    ///< in `whole`: of the codes that are drawn; -1: none are
  ValueId reconstruction = -1;  ///< in `whole`: the example as the decoder gives it back
  /// Parameters and states of the parts -> those of `whole`.
  std::map<ValueId, ValueId> encoder_kept, decoder_kept;

  bool draws() const { return log_variance >= 0; }
  std::int64_t latent() const { return encoder.graph.value(encoder.output).shape[1]; }
};

/// What a part has learnt, in memory of its own.
Storage part_of(const Network& part, const std::map<ValueId, ValueId>& kept, const Storage& whole);

}  // namespace gb
