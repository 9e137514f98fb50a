#pragma once

#include <memory>

#include "core/model/generator.hpp"
#include "core/model/model.hpp"

namespace gb {

/// A trained generator: it answers nothing about rows, it makes pictures.
class GeneratorModel : public Model {
 public:
  GeneratorModel(Network network, Storage weights, GeneratorForm form);

  Task task() const override { return Task::generation; }
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override;
  std::vector<NamedArray> arrays() const override;
  const Generator* generator() const override { return &generator_; }
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override;

 private:
  Network network_;
  Storage weights_;
  Generator generator_;
};

}  // namespace gb
