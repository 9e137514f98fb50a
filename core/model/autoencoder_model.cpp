#include "core/model/autoencoder_model.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "core/graph/passes.hpp"
#include "core/model/feature_maps.hpp"
#include "core/model/network_model.hpp"
#include "core/model/onnx_graph.hpp"
#include "core/model/onnx_network.hpp"

namespace gb {
namespace {

using Eigen::Index;

/// Rows that are compared with their reconstructions at once.
constexpr std::size_t block = 1024;

double squared_difference(const float* a, const float* b, std::size_t count) {
  constexpr std::size_t lanes = 8;
  double sums[lanes] = {};
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (std::size_t j = 0; j < lanes; ++j) {
      const double difference = static_cast<double>(a[i + j]) - static_cast<double>(b[i + j]);
      sums[j] += difference * difference;
    }
  double total = 0;
  for (; i < count; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    total += difference * difference;
  }
  return std::accumulate(sums, sums + lanes, total);
}

}  // namespace

AutoencoderModel::AutoencoderModel(const Autoencoder& parts, const Storage& whole,
                                   std::optional<GeneratorForm> pictures)
    : encoder_(parts.encoder),
      decoder_(parts.decoder),
      encoder_kept_(part_of(encoder_, parts.encoder_kept, whole)),
      decoder_kept_(part_of(decoder_, parts.decoder_kept, whole)),
      encoding_(encoder_, encoder_kept_, false),
      decoding_(decoder_, decoder_kept_, false) {
  if (pictures) generator_.emplace(decoder_, decoder_kept_, *std::move(pictures));
}

MatrixF AutoencoderModel::decode(MatrixF codes) const {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(codes.rows()));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  return decoding_.outputs(Features(std::move(codes)), rows);
}

Prediction AutoencoderModel::predict(const Features& features, std::span<const std::int64_t> rows) const {
  Prediction prediction;
  prediction.task = Task::decomposition;
  prediction.embedding.resize(static_cast<Index>(rows.size()), latent());
  MatrixF values(static_cast<Index>(std::min(block, rows.size())), features.columns());
  double total = 0;
  for (std::size_t first = 0; first < rows.size(); first += block) {
    const auto piece = rows.subspan(first, std::min(block, rows.size() - first));
    const MatrixF codes = encoding_.outputs(features, piece);
    prediction.embedding.middleRows(static_cast<Index>(first), codes.rows()) = codes;
    const MatrixF rebuilt = decode(codes);
    features.gather(piece, values.data());
    total += squared_difference(values.data(), rebuilt.data(), static_cast<std::size_t>(rebuilt.size()));
  }
  const double numbers = static_cast<double>(rows.size()) * static_cast<double>(features.columns());
  if (!rows.empty()) prediction.reconstruction_mse = total / numbers;
  return prediction;
}

std::vector<std::shared_ptr<const Images>> AutoencoderModel::feature_maps(const Features& features, std::int64_t row,
                                                                          std::int64_t step) const {
  std::vector<LayerOutput> layers = mapped_layers(encoder_);
  if (layers.empty()) return {};
  LayerProbe probe(encoder_, encoder_kept_, 1, std::move(layers));
  features.gather(std::array{row}, probe.input().data());
  probe.run();
  return feature_map_views(probe, step);
}

std::vector<NamedArray> AutoencoderModel::arrays() const {
  std::vector<NamedArray> list;
  const auto add = [&](const char* part, const Network& network, const Storage& kept) {
    for (NamedArray& array : network_arrays(network.graph, kept)) {
      array.name = part + array.name;
      list.push_back(std::move(array));
    }
  };
  add("encoder.", encoder_, encoder_kept_);
  add("decoder.", decoder_, decoder_kept_);
  return list;
}

std::string AutoencoderModel::write_onnx(OnnxGraph& graph, const std::string& features) const {
  Network network = encoder_;
  prepare_for_inference(network.graph, {network.output});
  return write_network(graph, network, encoder_kept_, features);
}

}  // namespace gb
