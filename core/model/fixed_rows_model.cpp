#include "core/model/fixed_rows_model.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace gb {

FixedRowsModel::FixedRowsModel(std::vector<std::int64_t> rows, MatrixF embedding, std::string why)
    : task_(Task::decomposition), rows_(std::move(rows)), embedding_(std::move(embedding)), why_(std::move(why)) {
  sort_rows();
}

FixedRowsModel::FixedRowsModel(std::vector<std::int64_t> rows, std::vector<std::int32_t> clusters, std::string why)
    : task_(Task::clustering),
      rows_(std::move(rows)),
      clusters_(std::move(clusters)),
      cluster_numbers_(clusters_.begin(), clusters_.end()),
      why_(std::move(why)) {
  sort_rows();
}

void FixedRowsModel::sort_rows() {
  order_.resize(rows_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) { return rows_[a] < rows_[b]; });
}

Prediction FixedRowsModel::predict(const Features&, std::span<const std::int64_t> rows) const {
  Prediction prediction;
  prediction.task = task_;
  if (task_ == Task::decomposition)
    prediction.embedding.resize(static_cast<Eigen::Index>(rows.size()), embedding_.cols());
  else
    prediction.labels.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto found = std::lower_bound(order_.begin(), order_.end(), rows[i],
                                        [&](std::size_t place, std::int64_t row) { return rows_[place] < row; });
    if (found == order_.end() || rows_[*found] != rows[i])
      throw ModelError("Row " + std::to_string(rows[i] + 1) + " was not among the training rows: " + why_);
    if (task_ == Task::decomposition)
      prediction.embedding.row(static_cast<Eigen::Index>(i)) = embedding_.row(static_cast<Eigen::Index>(*found));
    else
      prediction.labels[i] = clusters_[*found];
  }
  return prediction;
}

std::vector<NamedArray> FixedRowsModel::arrays() const {
  if (task_ == Task::clustering)
    return {{"clusters", {static_cast<std::int64_t>(cluster_numbers_.size())}, cluster_numbers_}};
  return {{"embedding",
           {embedding_.rows(), embedding_.cols()},
           std::span(embedding_.data(), static_cast<std::size_t>(embedding_.size()))}};
}

std::string FixedRowsModel::write_onnx(OnnxGraph&, const std::string&) const {
  throw ModelError("This model has no rule for new rows, so there is nothing to export: " + why_);
}

}  // namespace gb
