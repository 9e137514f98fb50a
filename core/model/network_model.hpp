#pragma once

#include "core/graph/network.hpp"
#include "core/model/model.hpp"
#include "core/model/network_predictor.hpp"

namespace gb {

/// Runs a network forward over rows of prepared features, as after training; with `probabilities` through a softmax.
/// One row per row.
MatrixF network_outputs(const Network& network, const Storage& parameters, const Features& features,
                        std::span<const std::int64_t> rows, bool probabilities);

/// Every parameter and state by its name.
std::vector<NamedArray> network_arrays(const Graph& graph, const Storage& kept);

/// A trained feed-forward network; it computes as after training (running statistics, no dropout). Its ONNX form is a
/// walk over the graph.
class NetworkModel : public Model {
 public:
  NetworkModel(Network network, Storage parameters, Task task);

  Task task() const override { return task_; }
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override;
  std::vector<std::shared_ptr<const Images>> feature_maps(const Features& features, std::int64_t row,
                                                          std::int64_t step) const override;
  std::vector<NamedArray> arrays() const override;
  bool takes_pictures() const override { return network_.graph.value(network_.input).shape.size() == 4; }
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override;

 private:
  Network network_;
  Storage parameters_;
  Task task_;
  NetworkPredictor predictor_;
};

}  // namespace gb
