#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/graph/network.hpp"

namespace gb {

/// The layer that a parameter's name belongs to: all before the last dot.
std::string layer_name(const std::string& parameter);

/// What one layer hands on.
struct LayerOutput {
  std::string layer;
  ValueId value = -1;
};

/// Of every layer with parameters, in the order in which they compute; behind the activation where one alone reads what
/// the layer makes.
std::vector<LayerOutput> layer_outputs(const Network& network);

/// A network as it computes after training, of which the outputs of layers can be read. A device and memory of its own:
/// running it leaves whatever else uses the parameters as it was.
class LayerProbe {
 public:
  /// `kept` holds parameters and states, as they are at each run; it must outlive this. `rows` go through at once.
  LayerProbe(const Network& network, const Storage& kept, std::int64_t rows, std::vector<LayerOutput> layers);

  /// Prepared features of all rows, to be written before run().
  std::span<float> input();
  void run();

  const std::vector<LayerOutput>& layers() const { return layers_; }
  /// Of a layer, the batch first.
  Shape shape(std::size_t layer) const;
  std::span<const float> values(std::size_t layer) const;
  /// The network's answer: scores of classes (logits), or values.
  std::span<const float> answer() const;

 private:
  ValueId input_, output_;
  std::vector<LayerOutput> layers_;
  std::vector<Shape> shapes_;
  std::unique_ptr<Device> device_;
  std::optional<Executable> executable_;
};

}  // namespace gb
