#include <algorithm>
#include <array>

#include "core/algorithms/algorithm.hpp"

namespace gb {

// One line per algorithm here and one below: an explicit list, because static linking drops self-registering objects.
AlgorithmInfo cnn_algorithm();
AlgorithmInfo kmeans_algorithm();
AlgorithmInfo knn_algorithm();
AlgorithmInfo linear_regression_algorithm();
AlgorithmInfo linear_svm_algorithm();
AlgorithmInfo logistic_regression_algorithm();
AlgorithmInfo mlp_algorithm();
AlgorithmInfo naive_bayes_algorithm();
AlgorithmInfo svm_algorithm();

std::span<const AlgorithmInfo> algorithms() {
  static const std::array list{
      kmeans_algorithm(),
      mlp_algorithm(),
      cnn_algorithm(),
      naive_bayes_algorithm(),
      logistic_regression_algorithm(),
      knn_algorithm(),
      svm_algorithm(),
      linear_svm_algorithm(),
      linear_regression_algorithm(),
  };
  return list;
}

const AlgorithmInfo* find_algorithm(std::string_view id) {
  const auto list = algorithms();
  const auto found = std::find_if(list.begin(), list.end(), [&](const AlgorithmInfo& info) { return info.id == id; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace gb
