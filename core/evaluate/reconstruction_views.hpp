#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/evaluate/embedding_views.hpp"
#include "core/events/run_context.hpp"
#include "core/graph/layer_probe.hpp"
#include "core/model/autoencoder.hpp"

namespace gb {

/// A decoder alone, run on the weights of the autoencoder that is learning.
class LearningDecoder {
 public:
  /// Everything is borrowed; `codes` go through at once.
  LearningDecoder(const Autoencoder& parts, const Storage& whole, std::int64_t codes);

  /// A row per code, on the scale of the prepared features. `codes` has as many rows as were announced.
  MatrixF decode(const MatrixF& codes);

 private:
  Network decoder_;
  std::unique_ptr<Device> device_;
  std::optional<Executable> executable_;
};

/// Shows an autoencoder while it learns, as far as the budget for watching allows: a few pictures above what the
/// network saw of them where noise is added and what it gives back ("reconstructions", a tile each), or of tables the
/// mean squared difference of each feature ("feature-errors"); where rows lie among the codes ("latent"); where codes
/// are drawn, pictures of standard normal ones ("samples"); of pictures with codes of two numbers what stands where in
/// their plane
/// ("latent-plane"). And of a row that somebody looks at what becomes of it.
class ReconstructionViews {
 public:
  /// Everything is borrowed; `learning` holds what is being learnt. `noise`: deviation of what is added to the inputs.
  ReconstructionViews(const Autoencoder& parts, const Storage& learning, const ProblemSet& problem, double noise,
                      RunContext& context);
  ~ReconstructionViews();
  ReconstructionViews(const ReconstructionViews&) = delete;
  ReconstructionViews& operator=(const ReconstructionViews&) = delete;

  /// After `step` steps. `judged` must be the same at each call; `last` shows whatever it costs.
  void show(std::int64_t step, const Storage& judged, bool last);

 private:
  std::shared_ptr<Images> wall(const char* view, const char* title, std::int64_t step) const;
  /// Another tile: pictures (features) below one another.
  void add_column(Images& to, std::span<const float* const> pictures) const;
  /// What the whole network makes of rows of features.
  MatrixF rebuilt(const MatrixF& seen, const Storage& judged);
  MatrixF codes(const Storage& judged);
  Event reconstructions(std::int64_t step, const Storage& judged);
  Event feature_errors(std::int64_t step, const Storage& judged);
  Event latent(std::int64_t step, const Storage& judged);
  Event samples(std::int64_t step, const Storage& judged);
  Event plane(std::int64_t step, const Storage& judged);
  std::vector<Event> look(std::int64_t row, std::int64_t step);

  const Autoencoder& parts_;
  const Storage& learning_;
  const ProblemSet& problem_;
  RunContext& context_;
  EmbeddingViews map_;
  std::vector<std::int64_t> rows_;  ///< that are shown beside their reconstructions
  MatrixF clean_, seen_;            ///< features of these rows, and as the network gets them while it learns
  MatrixF sampled_;                 ///< standard normal codes
  MatrixD axes_;                    ///< of the newest map; empty while there is none
  // Made when they are first needed.
  std::optional<LayerProbe> rebuilding_, encoding_, looking_;
  std::optional<LearningDecoder> sampling_, tiling_;
};

}  // namespace gb
