#include "core/model/network_model.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "core/graph/passes.hpp"
#include "core/model/feature_maps.hpp"
#include "core/model/onnx_graph.hpp"
#include "core/model/onnx_network.hpp"

namespace gb {

namespace {
/// Rows that go through the network at once, and the memory that what they become may take.
constexpr std::size_t most_rows = 512;
constexpr std::int64_t most_bytes = std::int64_t{1} << 28;

std::size_t forward_batch(const Graph& graph) {
  std::int64_t bytes = 1;
  for (const Node& node : graph.nodes())
    for (const ValueId id : node.outputs)
      if (const Shape& shape = graph.value(id).shape; !shape.empty() && shape.front() == any_batch)
        bytes += 4 * volume(Shape(shape.begin() + 1, shape.end()));
  return std::clamp<std::size_t>(static_cast<std::size_t>(most_bytes / bytes), 1, most_rows);
}

}  // namespace

MatrixF network_outputs(const Network& network, const Storage& parameters, const Features& features,
                        std::span<const std::int64_t> rows, bool probabilities) {
  Graph graph = network.graph;
  const ValueId wanted = probabilities ? graph.add("Softmax", {network.output}) : network.output;
  prepare_for_inference(graph, {wanted});
  fuse_activations(graph, {wanted});
  const auto bound = bindings(graph, parameters);
  const auto device = make_device(DeviceKind::onednn);
  MatrixF outputs(static_cast<Eigen::Index>(rows.size()), graph.value(wanted).shape[1]);
  const std::size_t batch = forward_batch(graph);
  std::optional<Executable> one;
  for (std::size_t first = 0; first < rows.size(); first += batch) {
    const auto piece = rows.subspan(first, std::min(batch, rows.size() - first));
    const auto size = static_cast<std::int64_t>(piece.size());
    if (!one || one->batch_size() != size) one.emplace(graph, *device, size, std::vector{wanted}, bound);
    features.gather(piece, one->value<float>(network.input).data());
    one->run();
    const auto values = one->value<float>(wanted);
    std::copy(values.begin(), values.end(), outputs.data() + static_cast<Eigen::Index>(first) * outputs.cols());
  }
  return outputs;
}

Prediction NetworkModel::predict(const Features& features, std::span<const std::int64_t> rows) const {
  Prediction prediction;
  prediction.task = task_;
  MatrixF outputs = network_outputs(network_, parameters_, features, rows, task_ == Task::classification);
  if (task_ == Task::regression) {
    prediction.values.assign(outputs.data(), outputs.data() + outputs.size());
    return prediction;
  }
  prediction.labels.resize(rows.size());
  for (Eigen::Index row = 0; row < outputs.rows(); ++row) {
    Eigen::Index best = 0;
    outputs.row(row).maxCoeff(&best);
    prediction.labels[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(best);
  }
  prediction.probabilities = std::move(outputs);
  return prediction;
}

std::vector<std::shared_ptr<const Images>> NetworkModel::feature_maps(const Features& features, std::int64_t row,
                                                                      std::int64_t step) const {
  std::vector<LayerOutput> layers = mapped_layers(network_);
  if (layers.empty()) return {};
  LayerProbe probe(network_, parameters_, 1, std::move(layers));
  features.gather(std::array{row}, probe.input().data());
  probe.run();
  return feature_map_views(probe, step);
}

std::vector<NamedArray> NetworkModel::arrays() const {
  std::vector<NamedArray> list;
  for (const ValueId id : network_.graph.kept()) {
    const Value& value = network_.graph.value(id);
    const auto* data = static_cast<const float*>(parameters_.data(id));
    list.push_back({value.name, value.shape, {data, static_cast<std::size_t>(volume(value.shape))}});
  }
  return list;
}

std::string NetworkModel::write_onnx(OnnxGraph& graph, const std::string& features) const {
  Network network = network_;
  prepare_for_inference(network.graph, {network.output});
  const std::string output = write_network(graph, network, parameters_, features);
  return task_ == Task::classification ? graph.add("Softmax", {output}, {{"axis", std::int64_t{1}}}) : output;
}

}  // namespace gb
