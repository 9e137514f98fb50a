#include <algorithm>
#include <array>

#include "core/algorithms/algorithm.hpp"

namespace gb {

// One line per algorithm here and one below: an explicit list, because static linking drops self-registering objects.
AlgorithmInfo autoencoder_algorithm();
AlgorithmInfo bagging_algorithm();
AlgorithmInfo cnn_algorithm();
AlgorithmInfo dbscan_algorithm();
AlgorithmInfo decision_tree_algorithm();
AlgorithmInfo extra_trees_algorithm();
AlgorithmInfo gan_algorithm();
AlgorithmInfo gaussian_mixture_algorithm();
AlgorithmInfo gradient_boosting_algorithm();
AlgorithmInfo hierarchical_algorithm();
AlgorithmInfo kmeans_algorithm();
AlgorithmInfo knn_algorithm();
AlgorithmInfo linear_regression_algorithm();
AlgorithmInfo linear_svm_algorithm();
AlgorithmInfo logistic_regression_algorithm();
AlgorithmInfo minibatch_kmeans_algorithm();
AlgorithmInfo mlp_algorithm();
AlgorithmInfo naive_bayes_algorithm();
AlgorithmInfo nmf_algorithm();
AlgorithmInfo pca_algorithm();
AlgorithmInfo random_forest_algorithm();
AlgorithmInfo stacking_algorithm();
AlgorithmInfo svm_algorithm();
AlgorithmInfo tsne_algorithm();
AlgorithmInfo vae_algorithm();
AlgorithmInfo voting_algorithm();

std::span<const AlgorithmInfo> algorithms() {
  // clang-format off
  static const std::array list{
      kmeans_algorithm(),
      minibatch_kmeans_algorithm(),
      dbscan_algorithm(),
      gaussian_mixture_algorithm(),
      hierarchical_algorithm(),
      pca_algorithm(),
      nmf_algorithm(),
      tsne_algorithm(),
      naive_bayes_algorithm(),
      logistic_regression_algorithm(),
      linear_regression_algorithm(),
      knn_algorithm(),
      svm_algorithm(),
      linear_svm_algorithm(),
      decision_tree_algorithm(),
      random_forest_algorithm(),
      extra_trees_algorithm(),
      gradient_boosting_algorithm(),
      bagging_algorithm(),
      voting_algorithm(),
      stacking_algorithm(),
      mlp_algorithm(),
      cnn_algorithm(),
      autoencoder_algorithm(),
      vae_algorithm(),
      gan_algorithm(),
  };
  // clang-format on
  return list;
}

const AlgorithmInfo* find_algorithm(std::string_view id) {
  const auto list = algorithms();
  const auto found = std::find_if(list.begin(), list.end(), [&](const AlgorithmInfo& info) { return info.id == id; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace gb
