#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/data/problem_set.hpp"
#include "core/events/events.hpp"
#include "core/linalg/matrix.hpp"

namespace gb {

/// A model file cannot be written, read or trusted.
struct ModelError : Error {
  using Error::Error;
};

/// What a model says of some rows; only the members of its task are filled.
struct Prediction {
  Task task = Task::classification;
  std::vector<std::int32_t> labels;  ///< class or cluster per row; cluster -1 is noise
  MatrixF probabilities;             ///< rows x classes
  std::vector<float> values;         ///< regression
  MatrixF embedding;                 ///< decomposition: rows x components
  /// Decomposition: mean over rows and features of the squared difference between a feature and what the embedding
  /// gives back; NaN for what gives nothing back.
  double reconstruction_mse = std::numeric_limits<double>::quiet_NaN();
};

/// A fitted array by name: for the weight hash and for people who count parameters.
struct NamedArray {
  std::string name;
  std::vector<std::int64_t> shape;
  std::span<const float> values;
  std::span<const std::int8_t> bytes = {};  ///< instead of values where the numbers are kept as bytes (pixels)
};

class Generator;
class OnnxGraph;

/// A trained model: predicts from prepared features in memory, writes itself as ONNX nodes.
class Model {
 public:
  virtual ~Model() = default;

  virtual Task task() const = 0;
  /// Why there is no rule for new rows: then predict() takes training rows only and nothing is exported. Empty where
  /// there is one.
  virtual std::string no_rule() const { return {}; }
  /// Predictions for the given rows. Safe to call from several threads.
  virtual Prediction predict(const Features& features, std::span<const std::int64_t> rows) const = 0;
  /// What a row of pictures becomes on its way to the answer, layer by layer (views "feature-maps/LAYER"); empty where
  /// a model has nothing of the kind. Safe to call from several threads.
  virtual std::vector<std::shared_ptr<const Images>> feature_maps(const Features& features, std::int64_t row,
                                                                  std::int64_t step) const {
    static_cast<void>(features), static_cast<void>(row), static_cast<void>(step);
    return {};
  }
  /// What makes pictures of latent vectors; null where nothing does.
  virtual const Generator* generator() const { return nullptr; }
  /// Every fitted array.
  virtual std::vector<NamedArray> arrays() const = 0;
  /// write_onnx() is to be given prepared pictures as they are, [N, C, H, W], instead of rows [N, D].
  virtual bool takes_pictures() const { return false; }
  /// Appends nodes that turn `features` (float [N, D], prepared) into the outputs of the task: "probabilities"
  /// [N, K] (classification; the label is derived from it by the writer), "value" [N, 1], "cluster" int64 [N] or
  /// "embedding" [N, components].
  /// Returns the name of that output.
  virtual std::string write_onnx(OnnxGraph& graph, const std::string& features) const = 0;
};

}  // namespace gb
