#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/data/prepare.hpp"
#include "core/model/model.hpp"

namespace gb {

/// What an ONNX file needs beside the model itself. Borrowed for the call.
struct OnnxExport {
  const Model& model;
  const Preparation& preparation;
  const Dataset& dataset;          ///< for the shape of images and the fingerprint
  const Target* target = nullptr;  ///< class names; null for clustering
  std::string experiment;          ///< the document, for the metadata
};

/// The file's bytes: opset 17, ai.onnx.ml 3, raw rows in, labels and probabilities out, as ARCHITECTURE's "face of a
/// file" says. Throws ModelError when something has no operator.
std::string to_onnx(const OnnxExport& what);

/// Writes the file atomically, reads it back through OnnxModel and compares with the model in memory on up to 1,000
/// rows: throws ModelError, leaving no file, unless labels agree and numbers are within 1e-4. Returns the largest
/// difference.
double export_with_proof(const OnnxExport& what, const std::filesystem::path& path);

/// The same for what makes pictures of latent vectors, of whatever model it is a part: inputs `latent` [N, latent] and,
/// of one that is told the class, `class` int64 [N]; output `image` [N, channels, height, width], 0..255. Proven on 16
/// latent vectors.
double export_generator_with_proof(const Generator& generator, const OnnxExport& what,
                                   const std::filesystem::path& path);

/// export_with_proof(), and where the model has a decoder beside what it predicts by, that as the file `decoder.onnx`
/// in the same folder.
double export_all_with_proof(const OnnxExport& what, const std::filesystem::path& path);

/// An ONNX file read back: evaluated by our own closed set of operators, independent of the native predictors.
/// External data, unknown operators, cycles and files over 2 GB are refused. Nothing in the file can run code.
class OnnxModel {
 public:
  static OnnxModel read(const std::filesystem::path& path);
  static OnnxModel parse(const std::string& bytes, const std::string& name);
  ~OnnxModel();
  OnnxModel(OnnxModel&&) noexcept;
  OnnxModel& operator=(OnnxModel&&) noexcept;

  struct Input {
    std::string name;
    bool text = false;                ///< string tensor, else float
    std::vector<std::int64_t> shape;  ///< -1 for the free row count
  };
  const std::vector<Input>& inputs() const;
  std::vector<std::string> output_names() const;
  const std::map<std::string, std::string>& metadata() const;

  /// Predicts all rows of raw data; columns are found by name, extra ones ignored; `features` takes all numeric
  /// columns. Throws DataError naming a missing column.
  struct Result {
    std::vector<std::string> labels;   ///< `label` or `cluster` as text; empty for other tasks
    std::vector<std::string> classes;  ///< columns of `probabilities`
    MatrixF probabilities;
    std::vector<float> values;
    MatrixF embedding;   ///< rows x components; empty where nothing is decomposed
    std::string output;  ///< "label", "value", "cluster" or "embedding"
  };
  Result predict(const Dataset& data) const;

  /// Whether it makes pictures of latent vectors.
  bool generates() const;
  /// Of what it makes: [channels, height, width].
  std::vector<std::int64_t> image_shape() const;
  /// Names of the classes that it tells apart or can be told.
  const std::vector<std::string>& classes() const;
  /// Pictures, a row each; `classes` as Generator::pictures(). Throws ModelError where the file makes none of these.
  MatrixF generate(const MatrixF& latents, std::span<const std::int32_t> classes) const;

 private:
  struct Implementation;
  explicit OnnxModel(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
