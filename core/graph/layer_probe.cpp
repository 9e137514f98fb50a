#include "core/graph/layer_probe.hpp"

#include <algorithm>
#include <map>

#include "core/graph/operators.hpp"
#include "core/graph/passes.hpp"

namespace gb {

std::string layer_name(const std::string& parameter) {
  const auto dot = parameter.rfind('.');
  return dot == std::string::npos ? parameter : parameter.substr(0, dot);
}

std::vector<LayerOutput> layer_outputs(const Network& network) {
  const auto& nodes = network.graph.nodes();
  std::vector<LayerOutput> found;
  for (const Node& node : nodes)
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
      const Value& value = network.graph.value(node.inputs[i]);
      if (value.kind != Value::Kind::parameter) continue;
      // A layer of several nodes ends with the last of them.
      const std::string layer = layer_name(value.name);
      std::erase_if(found, [&](const LayerOutput& known) { return known.layer == layer; });
      found.push_back({layer, node.outputs.front()});
      break;
    }
  for (LayerOutput& output : found) {
    std::vector<const Node*> readers;
    for (const Node& node : nodes)
      if (std::find(node.inputs.begin(), node.inputs.end(), output.value) != node.inputs.end())
        readers.push_back(&node);
    if (readers.size() == 1 && is_activation(readers.front()->op)) output.value = readers.front()->outputs.front();
  }
  return found;
}

LayerProbe::LayerProbe(const Network& network, const Storage& kept, std::int64_t rows, std::vector<LayerOutput> layers)
    : input_(network.input),
      output_(network.output),
      layers_(std::move(layers)),
      device_(make_device(DeviceKind::onednn)) {
  Graph graph = network.graph;
  std::vector<ValueId> wanted{output_};
  for (const LayerOutput& layer : layers_) {
    if (std::find(wanted.begin(), wanted.end(), layer.value) == wanted.end()) wanted.push_back(layer.value);
    shapes_.push_back(graph.value(layer.value).shape);
    shapes_.back().front() = rows;
  }
  prepare_for_inference(graph, wanted);
  fuse_activations(graph, wanted);
  executable_.emplace(graph, *device_, rows, wanted, bindings(graph, kept));
}

std::span<float> LayerProbe::input() {
  return executable_->value<float>(input_);
}

void LayerProbe::run() {
  executable_->run();
}

Shape LayerProbe::shape(std::size_t layer) const {
  return shapes_[layer];
}

std::span<const float> LayerProbe::values(std::size_t layer) const {
  return executable_->value<float>(layers_[layer].value);
}

std::span<const float> LayerProbe::answer() const {
  return executable_->value<float>(output_);
}

}  // namespace gb
