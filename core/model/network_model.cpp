#include "core/model/network_model.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/graph/passes.hpp"
#include "core/model/feature_maps.hpp"
#include "core/model/onnx_graph.hpp"
#include "core/model/onnx_network.hpp"

namespace gb {

MatrixF network_outputs(const Network& network, const Storage& parameters, const Features& features,
                        std::span<const std::int64_t> rows, bool probabilities) {
  return NetworkPredictor(network, parameters, probabilities).outputs(features, rows);
}

NetworkModel::NetworkModel(Network network, Storage parameters, Task task)
    : network_(std::move(network)),
      parameters_(std::move(parameters)),
      task_(task),
      predictor_(network_, parameters_, task == Task::classification) {}

Prediction NetworkModel::predict(const Features& features, std::span<const std::int64_t> rows) const {
  Prediction prediction;
  prediction.task = task_;
  MatrixF outputs = predictor_.outputs(features, rows);
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

std::vector<NamedArray> network_arrays(const Graph& graph, const Storage& kept) {
  std::vector<NamedArray> list;
  for (const ValueId id : graph.kept()) {
    const Value& value = graph.value(id);
    const auto* data = static_cast<const float*>(kept.data(id));
    list.push_back({value.name, value.shape, {data, static_cast<std::size_t>(volume(value.shape))}});
  }
  return list;
}

std::vector<NamedArray> NetworkModel::arrays() const {
  return network_arrays(network_.graph, parameters_);
}

std::string NetworkModel::write_onnx(OnnxGraph& graph, const std::string& features) const {
  Network network = network_;
  prepare_for_inference(network.graph, {network.output});
  const std::string output = write_network(graph, network, parameters_, features);
  return task_ == Task::classification ? graph.add("Softmax", {output}, {{"axis", std::int64_t{1}}}) : output;
}

}  // namespace gb
