#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/model/model.hpp"

namespace gb {

/// Size of the pictures that features are, for members that take them as such; all 0 for tables.
struct PictureSize {
  std::size_t channels = 0, height = 0, width = 0;
};

/// Several models whose answers are taken together: the weighted mean of their probabilities or values, or the weighted
/// votes for the class that each of them finds likeliest.
class VotingModel : public Model {
 public:
  /// All members are of one task and of the same classes (0 for regression); weights are positive and as many as
  /// members.
  VotingModel(std::vector<std::shared_ptr<const Model>> members, const std::vector<double>& weights, bool hard,
              std::size_t classes, PictureSize pictures);

  Task task() const override { return members_.front()->task(); }
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override;
  std::vector<NamedArray> arrays() const override;
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override;

 private:
  std::vector<std::shared_ptr<const Model>> members_;
  std::vector<float> shares_;  ///< of the members' weights, together 1
  bool hard_;
  std::size_t classes_;
  PictureSize pictures_;
};

/// What stacked members say of rows, as features of the model above them: a column per class and member (two classes:
/// the second one's alone), or a column per member of a regression.
MatrixF stacked_features(const std::vector<std::shared_ptr<const Model>>& members, const Features& features,
                         std::span<const std::int64_t> rows);
/// The columns that one prediction makes of those, written to `out` from `first` on. Returns how many.
Eigen::Index put_stacked(const Prediction& prediction, MatrixF& out, Eigen::Index row, Eigen::Index at,
                         Eigen::Index first);
/// How many columns a member of this task makes.
Eigen::Index stacked_width(Task task, std::size_t classes);

/// A model over what other models say (Wolpert 1992).
class StackedModel : public Model {
 public:
  StackedModel(std::vector<std::shared_ptr<const Model>> members, std::shared_ptr<const Model> last,
               std::size_t classes, PictureSize pictures);

  Task task() const override { return last_->task(); }
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override;
  std::vector<NamedArray> arrays() const override;
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override;

 private:
  std::vector<std::shared_ptr<const Model>> members_;
  std::shared_ptr<const Model> last_;
  std::size_t classes_;
  PictureSize pictures_;
};

}  // namespace gb
