#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/model/autoencoder.hpp"
#include "core/model/generator.hpp"
#include "core/model/model.hpp"
#include "core/model/network_predictor.hpp"

namespace gb {

/// An encoder, whose codes are the embedding of rows, and beside it the decoder that turns codes back into what they
/// stand for.
class AutoencoderModel : public Model {
 public:
  /// `whole` holds what has been learnt; it is copied. `pictures` says what the decoder's outputs are as pictures;
  /// nothing of tables.
  AutoencoderModel(const Autoencoder& parts, const Storage& whole, std::optional<GeneratorForm> pictures);

  Task task() const override { return Task::decomposition; }
  /// Codes, and how far what the decoder makes of them is from the rows.
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override;
  std::vector<std::shared_ptr<const Images>> feature_maps(const Features& features, std::int64_t row,
                                                          std::int64_t step) const override;
  std::vector<NamedArray> arrays() const override;
  const Generator* generator() const override { return generator_ ? &*generator_ : nullptr; }
  bool takes_pictures() const override { return encoder_.graph.value(encoder_.input).shape.size() == 4; }
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override;

  std::int64_t latent() const { return encoder_.graph.value(encoder_.output).shape[1]; }
  /// What codes (rows x latent) stand for: rows x features on their prepared scale, pictures channel after channel.
  MatrixF decode(MatrixF codes) const;

 private:
  Network encoder_, decoder_;
  Storage encoder_kept_, decoder_kept_;
  NetworkPredictor encoding_, decoding_;
  std::optional<Generator> generator_;
};

}  // namespace gb
