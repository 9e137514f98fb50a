#include "core/evaluate/embedding_views.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/text.hpp"

namespace gb {

EmbeddingViews::EmbeddingViews(const ProblemSet& problem, std::size_t most) : problem_(problem) {
  const auto& train = problem.split.train;
  const std::size_t count = std::min(train.size(), most);
  auto rows = std::make_shared<std::vector<std::int64_t>>(count);
  places_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    places_[i] = i * train.size() / count;
    (*rows)[i] = train[places_[i]];
  }
  rows_ = std::move(rows);
  groups_.assign(count, -1);
  if (problem.target && problem.target->task == Task::classification)
    for (std::size_t i = 0; i < count; ++i) groups_[i] = problem.target->codes[static_cast<std::size_t>((*rows_)[i])];
}

std::shared_ptr<const Points> EmbeddingViews::map(std::int64_t step, const std::string& title, const MatrixF& embedding,
                                                  std::string x_label, std::string y_label,
                                                  const std::string& view) const {
  auto points = std::make_shared<Points>();
  points->view = view;
  points->title = title;
  points->step = step;
  points->x_label = std::move(x_label);
  points->y_label = embedding.cols() > 1 ? std::move(y_label) : std::string();
  auto xy = std::make_shared<std::vector<float>>(static_cast<std::size_t>(embedding.rows()) * 2);
  for (Eigen::Index row = 0; row < embedding.rows(); ++row)
    for (Eigen::Index axis = 0; axis < std::min<Eigen::Index>(2, embedding.cols()); ++axis)
      (*xy)[static_cast<std::size_t>(row * 2 + axis)] = embedding(row, axis);
  points->xy = std::move(xy);
  points->rows = rows_;
  points->group = groups_;
  if (problem_.target && problem_.target->task == Task::classification) points->group_names = problem_.target->classes;
  return points;
}

std::shared_ptr<const Images> EmbeddingViews::parts(std::int64_t step, const std::string& title, const MatrixF& parts,
                                                    std::vector<std::string> captions) const {
  constexpr Eigen::Index most = 100;
  auto images = std::make_shared<Images>();
  images->view = "components";
  images->title = title;
  images->step = step;
  const Eigen::Index count = std::min(parts.rows(), most);
  images->count = static_cast<int>(count);
  images->channels = static_cast<int>(problem_.channels);
  images->height = static_cast<int>(problem_.height);
  images->width = static_cast<int>(problem_.width);
  images->pixels.reserve(static_cast<std::size_t>(count * parts.cols()));
  const bool has_signs = parts.size() > 0 && parts.minCoeff() < 0;
  for (Eigen::Index part = 0; part < count; ++part) {
    const float largest = parts.cols() > 0 ? parts.row(part).cwiseAbs().maxCoeff() : 0;
    const float factor = largest > 0 ? (has_signs ? 127.0f : 255.0f) / largest : 0;
    for (Eigen::Index i = 0; i < parts.cols(); ++i)
      images->pixels.push_back(
          static_cast<std::uint8_t>(std::lround((has_signs ? 128.0f : 0.0f) + factor * parts(part, i))));
  }
  captions.resize(static_cast<std::size_t>(count));
  images->captions = std::move(captions);
  return images;
}

std::shared_ptr<const Table> loadings_view(std::int64_t step, const std::string& title, const MatrixF& parts,
                                           std::span<const std::string> feature_names) {
  constexpr Eigen::Index most_parts = 12, most_features = 30;
  auto table = std::make_shared<Table>();
  table->view = "components";
  table->title = title;
  table->step = step;
  table->columns = {"Feature"};
  const Eigen::Index count = std::min(parts.rows(), most_parts);
  for (Eigen::Index part = 0; part < count; ++part) table->columns.push_back(std::to_string(part + 1));
  // The features that weigh most in any shown component, in their own order.
  const Eigen::VectorXf weight = parts.topRows(count).cwiseAbs().colwise().maxCoeff().transpose();
  std::vector<Eigen::Index> order(static_cast<std::size_t>(parts.cols()));
  std::iota(order.begin(), order.end(), 0);
  if (parts.cols() > most_features) {
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return weight[a] > weight[b]; });
    order.resize(static_cast<std::size_t>(most_features));
    std::sort(order.begin(), order.end());
  }
  for (const Eigen::Index feature : order) {
    const auto place = static_cast<std::size_t>(feature);
    std::vector<std::string> row{place < feature_names.size() ? feature_names[place] : std::to_string(feature + 1)};
    for (Eigen::Index part = 0; part < count; ++part)
      row.push_back(short_number(static_cast<double>(parts(part, feature))));
    table->rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace gb
