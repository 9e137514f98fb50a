#include "core/model/centers_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/parallel.hpp"
#include "core/model/onnx_graph.hpp"

namespace gb {

CentersModel::CentersModel(MatrixF centers)
    : centers_(std::move(centers)),
      origin_(centers_.cast<double>().colwise().mean().cast<float>()),
      nearest_(centers_.cast<double>().rowwise() - origin_.cast<double>()) {}

Prediction CentersModel::predict(const Features& features, std::span<const std::int64_t> rows) const {
  Prediction prediction;
  prediction.task = Task::clustering;
  prediction.labels.resize(rows.size());
  constexpr std::size_t block = 128;
  parallel_chunks(rows.size(), block, [&](std::size_t begin, std::size_t end, std::size_t) {
    MatrixF values(static_cast<Eigen::Index>(block), features.columns());
    MatrixF scores(static_cast<Eigen::Index>(block), nearest_.count());
    for (std::size_t first = begin; first < end; first += block) {
      const std::size_t some = std::min(block, end - first);
      features.gather(rows.subspan(first, some), values.data());
      nearest_of(values, static_cast<Eigen::Index>(some), scores, prediction.labels.data() + first);
    }
  });
  return prediction;
}

std::vector<NamedArray> CentersModel::arrays() const {
  return {{"centers",
           {centers_.rows(), centers_.cols()},
           std::span(centers_.data(), static_cast<std::size_t>(centers_.size()))}};
}

std::string CentersModel::write_onnx(OnnxGraph& graph, const std::string& features) const {
  const std::int64_t k = centers_.rows(), columns = centers_.cols();
  const MatrixF centered = nearest_.centers().cast<float>();
  const Eigen::VectorXf norms = nearest_.centers().rowwise().squaredNorm().cast<float>();
  const auto values_of = [](const auto& matrix) {
    return std::span<const float>(matrix.data(), static_cast<std::size_t>(matrix.size()));
  };
  const std::string origin = graph.constant("origin", values_of(origin_), {1, columns});
  const std::string centers = graph.constant("centers", values_of(centered), {k, columns});
  const std::string squares = graph.constant("squared_norms", values_of(norms), {1, k});
  const std::string shifted = graph.add("Sub", {features, origin});
  const std::string scores =
      graph.add("Gemm", {shifted, centers, squares}, {{"alpha", -2.0f}, {"transB", std::int64_t{1}}});
  return graph.add("ArgMin", {scores}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}});
}

std::vector<std::int32_t> CentersModel::regions(MatrixF rows, std::vector<float>& certainty) const {
  std::vector<std::int32_t> labels(static_cast<std::size_t>(rows.rows()));
  MatrixF scores(rows.rows(), nearest_.count());
  nearest_of(rows, rows.rows(), scores, labels.data());
  certainty.assign(labels.size(), 1.0f);
  if (nearest_.count() < 2) return labels;
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    const float squared = rows.row(i).squaredNorm();
    const std::int32_t own = labels[static_cast<std::size_t>(i)];
    float next = std::numeric_limits<float>::infinity();
    for (Eigen::Index j = 0; j < scores.cols(); ++j)
      if (j != own) next = std::min(next, scores(i, j));
    const float near = std::sqrt(std::max(0.0f, scores(i, own) + squared));
    const float far = std::sqrt(std::max(0.0f, next + squared));
    certainty[static_cast<std::size_t>(i)] = far > 0 ? 1 - near / far : 0;
  }
  return labels;
}

void CentersModel::nearest_of(MatrixF& rows, Eigen::Index some, MatrixF& scores, std::int32_t* labels) const {
  rows.topRows(some).rowwise() -= origin_;
  nearest_.scores(rows.data(), some, scores.data());
  for (Eigen::Index i = 0; i < some; ++i) {
    const float* row = rows.data() + i * rows.cols();
    labels[i] = nearest_.nearest(row, row_norm(row, rows.cols()), scores.data() + i * scores.cols());
  }
}

}  // namespace gb
