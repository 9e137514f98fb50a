#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/events/events.hpp"

namespace gb {

/// What people see of a decomposition at work on the training rows.
class EmbeddingViews {
 public:
  /// `problem` must outlive this. At most `most` rows are shown, evenly drawn.
  explicit EmbeddingViews(const ProblemSet& problem, std::size_t most = 10000);

  /// The shown rows as positions in the dataset, and as places among the training rows.
  std::span<const std::int64_t> rows() const { return *rows_; }
  std::span<const std::size_t> places() const { return places_; }

  /// View "map": the first two columns of `embedding` (a row for each of rows()), coloured by class where classes are
  /// known. One column alone stands over zeros. `view` names it otherwise.
  std::shared_ptr<const Points> map(std::int64_t step, const std::string& title, const MatrixF& embedding,
                                    std::string x_label, std::string y_label, const std::string& view = "map") const;
  /// View "components", of image data only: the first 100 rows of `parts` (components x features) as pictures, each
  /// stretched to its own range: zero is black where nothing is negative, else grey.
  std::shared_ptr<const Images> parts(std::int64_t step, const std::string& title, const MatrixF& parts,
                                      std::vector<std::string> captions) const;

 private:
  const ProblemSet& problem_;
  std::shared_ptr<const std::vector<std::int64_t>> rows_;
  std::vector<std::size_t> places_;
  std::vector<std::int32_t> groups_;
};

/// View "components" of a table: how much each of the first 12 components takes of each of its heaviest features.
std::shared_ptr<const Table> loadings_view(std::int64_t step, const std::string& title, const MatrixF& parts,
                                           std::span<const std::string> feature_names);

}  // namespace gb
