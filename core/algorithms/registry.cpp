#include <algorithm>
#include <array>

#include "core/algorithms/algorithm.hpp"

namespace gb {

// One line per algorithm here and one below: an explicit list, because static linking drops self-registering objects.
AlgorithmInfo bagging_algorithm();
AlgorithmInfo cnn_algorithm();
AlgorithmInfo decision_tree_algorithm();
AlgorithmInfo extra_trees_algorithm();
AlgorithmInfo gradient_boosting_algorithm();
AlgorithmInfo kmeans_algorithm();
AlgorithmInfo mlp_algorithm();
AlgorithmInfo random_forest_algorithm();
AlgorithmInfo stacking_algorithm();
AlgorithmInfo voting_algorithm();

std::span<const AlgorithmInfo> algorithms() {
  static const std::array list{
      kmeans_algorithm(),      decision_tree_algorithm(),     random_forest_algorithm(),
      extra_trees_algorithm(), gradient_boosting_algorithm(), bagging_algorithm(),
      voting_algorithm(),      stacking_algorithm(),          mlp_algorithm(),
      cnn_algorithm(),
  };
  return list;
}

const AlgorithmInfo* find_algorithm(std::string_view id) {
  const auto list = algorithms();
  const auto found = std::find_if(list.begin(), list.end(), [&](const AlgorithmInfo& info) { return info.id == id; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace gb
