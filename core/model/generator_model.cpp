#include "core/model/generator_model.hpp"

#include "core/model/network_model.hpp"

namespace gb {

GeneratorModel::GeneratorModel(Network network, Storage weights, GeneratorForm form)
    : network_(std::move(network)), weights_(std::move(weights)), generator_(network_, weights_, std::move(form)) {}

Prediction GeneratorModel::predict(const Features&, std::span<const std::int64_t>) const {
  Prediction nothing;
  nothing.task = Task::generation;
  return nothing;
}

std::vector<NamedArray> GeneratorModel::arrays() const {
  return network_arrays(network_.graph, weights_);
}

std::string GeneratorModel::write_onnx(OnnxGraph&, const std::string&) const {
  throw ModelError("A generator reads latent vectors, not rows");
}

}  // namespace gb
