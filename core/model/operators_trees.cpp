#include <cmath>
#include <limits>
#include <memory>
#include <unordered_map>

#include "core/model/operators.hpp"

// The domain ai.onnx.ml: trees. A file may say anything of its nodes, so every index is checked before the first row.

namespace gb {
namespace {

using Integers = Tensor::Integers;
using Reals = Tensor::Reals;
using Texts = Tensor::Texts;

enum class Mode : std::uint8_t { leq, lt, gte, gt, eq, neq, leaf };

Mode mode_of(const std::string& name) {
  static const std::unordered_map<std::string, Mode> modes{
      {"BRANCH_LEQ", Mode::leq}, {"BRANCH_LT", Mode::lt},   {"BRANCH_GTE", Mode::gte}, {"BRANCH_GT", Mode::gt},
      {"BRANCH_EQ", Mode::eq},   {"BRANCH_NEQ", Mode::neq}, {"LEAF", Mode::leaf}};
  const auto found = modes.find(name);
  if (found == modes.end()) throw ModelError("has a node of the mode '" + name.substr(0, 40) + "'");
  return found->second;
}

struct TreeNode {
  std::int64_t feature = 0;
  float value = 0;
  Mode mode = Mode::leaf;
  bool missing_true = false;
  std::size_t when_true = 0, when_false = 0;
  std::size_t first_weight = 0, weights = 0;  ///< of a leaf
};

struct Weight {
  std::int64_t target;
  float value;
};

struct Trees {
  std::vector<TreeNode> nodes;
  std::vector<Weight> weights;
  std::vector<std::size_t> roots;
  Reals base;
  std::int64_t targets = 1;
  std::int64_t features = 0;  ///< the least number of features a row must have
  bool average = false;
};

template <class T>
std::vector<T> list(const NodeAttributes& given, const char* name, std::size_t count) {
  std::vector<T> values = given.get(name, std::vector<T>{});
  if (values.size() != count)
    throw ModelError("attribute '" + std::string(name) + "' has " + std::to_string(values.size()) +
                     " values, expected " + std::to_string(count));
  return values;
}

struct PlaceHash {
  std::size_t operator()(const std::pair<std::int64_t, std::int64_t>& place) const {
    return std::hash<std::uint64_t>{}(static_cast<std::uint64_t>(place.first) * 0x9E3779B97F4A7C15ULL ^
                                      static_cast<std::uint64_t>(place.second));
  }
};
using Places = std::unordered_map<std::pair<std::int64_t, std::int64_t>, std::size_t, PlaceHash>;

std::string node_text(std::int64_t tree, std::int64_t node) {
  return "node " + std::to_string(node) + " of tree " + std::to_string(tree);
}

/// Every node has one parent at most, every tree one root, and every node is reached from a root: no cycles.
void check_shape(Trees& trees, const Integers& tree_ids, const Integers& node_ids) {
  constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::vector<std::size_t> parent(trees.nodes.size(), none);
  for (std::size_t i = 0; i < trees.nodes.size(); ++i) {
    const TreeNode& node = trees.nodes[i];
    if (node.mode == Mode::leaf) continue;
    for (const std::size_t child : {node.when_true, node.when_false}) {
      if (parent[child] != none)
        throw ModelError(node_text(tree_ids[child], node_ids[child]) + " has two parents, so this is no tree");
      parent[child] = i;
    }
  }
  std::unordered_map<std::int64_t, std::size_t> root_of;
  std::vector<std::size_t> reached;
  for (std::size_t i = 0; i < parent.size(); ++i) {
    if (parent[i] != none) continue;
    if (!root_of.emplace(tree_ids[i], i).second)
      throw ModelError("tree " + std::to_string(tree_ids[i]) + " has two roots");
    trees.roots.push_back(i);
    reached.push_back(i);
  }
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const TreeNode& node = trees.nodes[reached[i]];
    if (node.mode == Mode::leaf) continue;
    reached.push_back(node.when_true);
    reached.push_back(node.when_false);
  }
  if (reached.size() != trees.nodes.size()) throw ModelError("has nodes that lead in a circle");
}

void read_weights(Trees& trees, const NodeAttributes& given, const Places& places) {
  const Integers ids = given.get("target_ids", Integers{});
  const auto tree_ids = list<std::int64_t>(given, "target_treeids", ids.size());
  const auto node_ids = list<std::int64_t>(given, "target_nodeids", ids.size());
  const auto values = list<float>(given, "target_weights", ids.size());
  std::vector<std::size_t> owner(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto found = places.find({tree_ids[i], node_ids[i]});
    if (found == places.end() || trees.nodes[found->second].mode != Mode::leaf)
      throw ModelError("gives a weight to " + node_text(tree_ids[i], node_ids[i]) + ", which is no leaf");
    if (ids[i] < 0 || ids[i] >= trees.targets)
      throw ModelError("gives a weight to target " + std::to_string(ids[i]) + " of " + std::to_string(trees.targets));
    owner[i] = found->second;
    ++trees.nodes[found->second].weights;
  }
  std::size_t begin = 0;
  for (TreeNode& node : trees.nodes) {
    node.first_weight = begin;
    begin += node.weights;
    node.weights = 0;
  }
  trees.weights.resize(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    TreeNode& node = trees.nodes[owner[i]];
    trees.weights[node.first_weight + node.weights++] = {ids[i], values[i]};
  }
}

std::shared_ptr<const Trees> read_trees(const NodeAttributes& given) {
  auto trees = std::make_shared<Trees>();
  const std::string aggregate = given.text("aggregate_function", "SUM");
  if (aggregate != "SUM" && aggregate != "AVERAGE")
    throw ModelError("aggregate_function '" + aggregate.substr(0, 40) + "' is not SUM or AVERAGE");
  trees->average = aggregate == "AVERAGE";
  if (const std::string transform = given.text("post_transform", "NONE"); transform != "NONE")
    throw ModelError("post_transform '" + transform.substr(0, 40) + "' is not supported; it must be NONE");
  trees->targets = given.integer("n_targets", 1);
  if (trees->targets < 1 || trees->targets > std::int64_t{1} << 24)
    throw ModelError("has " + std::to_string(trees->targets) + " targets");
  trees->base = given.get("base_values", Reals{});
  if (!trees->base.empty() && static_cast<std::int64_t>(trees->base.size()) != trees->targets)
    throw ModelError("attribute 'base_values' has " + std::to_string(trees->base.size()) + " values for " +
                     std::to_string(trees->targets) + " targets");

  const Integers node_ids = given.get("nodes_nodeids", Integers{});
  const std::size_t count = node_ids.size();
  if (count == 0) throw ModelError("has no nodes");
  const auto tree_ids = list<std::int64_t>(given, "nodes_treeids", count);
  const auto features = list<std::int64_t>(given, "nodes_featureids", count);
  const auto values = list<float>(given, "nodes_values", count);
  const auto modes = list<std::string>(given, "nodes_modes", count);
  const auto when_true = list<std::int64_t>(given, "nodes_truenodeids", count);
  const auto when_false = list<std::int64_t>(given, "nodes_falsenodeids", count);
  Integers missing = given.get("nodes_missing_value_tracks_true", Integers{});
  if (missing.empty())
    missing.resize(count);
  else
    list<std::int64_t>(given, "nodes_missing_value_tracks_true", count);

  Places places;
  places.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    if (!places.emplace(std::pair(tree_ids[i], node_ids[i]), i).second)
      throw ModelError("has " + node_text(tree_ids[i], node_ids[i]) + " twice");
  trees->nodes.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    TreeNode& node = trees->nodes[i];
    node.mode = mode_of(modes[i]);
    if (node.mode == Mode::leaf) continue;
    if (features[i] < 0 || features[i] >= std::numeric_limits<std::int32_t>::max())
      throw ModelError(node_text(tree_ids[i], node_ids[i]) + " looks at feature " + std::to_string(features[i]));
    node.feature = features[i];
    node.value = values[i];
    node.missing_true = missing[i] != 0;
    trees->features = std::max(trees->features, features[i] + 1);
    const auto child = [&](std::int64_t id) {
      const auto found = places.find({tree_ids[i], id});
      if (found == places.end())
        throw ModelError(node_text(tree_ids[i], node_ids[i]) + " leads to node " + std::to_string(id) +
                         ", which is not there");
      return found->second;
    };
    node.when_true = child(when_true[i]);
    node.when_false = child(when_false[i]);
  }
  check_shape(*trees, tree_ids, node_ids);
  read_weights(*trees, given, places);
  return trees;
}

bool holds(const TreeNode& node, float x) {
  if (std::isnan(x) && node.missing_true) return true;
  switch (node.mode) {
    case Mode::leq:
      return x <= node.value;
    case Mode::lt:
      return x < node.value;
    case Mode::gte:
      return x >= node.value;
    case Mode::gt:
      return x > node.value;
    case Mode::eq:
      return x == node.value;
    case Mode::neq:
      return x != node.value;
    case Mode::leaf:
      break;
  }
  return false;
}

NodeKernel make_tree_ensemble_regressor(const NodeAttributes& given) {
  return [trees = read_trees(given)](Operands in) -> Tensor {
    const Reals& rows = in[0]->reals();
    if (in[0]->rank() != 2 || in[0]->shape[1] < trees->features)
      throw ModelError("looks at " + std::to_string(trees->features) + " features, but gets " +
                       shape_text(in[0]->shape));
    const std::int64_t count = in[0]->shape[0], columns = in[0]->shape[1];
    const Shape shape{count, trees->targets};
    Reals sums = computed_values<float>(shape);
    for (std::int64_t row = 0; row < count; ++row) {
      const float* x = rows.data() + row * columns;
      float* out = sums.data() + row * trees->targets;
      for (const std::size_t root : trees->roots) {
        const TreeNode* node = &trees->nodes[root];
        while (node->mode != Mode::leaf)
          node = &trees->nodes[holds(*node, x[node->feature]) ? node->when_true : node->when_false];
        for (std::size_t i = 0; i < node->weights; ++i) {
          const Weight& weight = trees->weights[node->first_weight + i];
          out[weight.target] += weight.value;
        }
      }
      for (std::int64_t i = 0; i < trees->targets; ++i) {
        if (trees->average) out[i] /= static_cast<float>(trees->roots.size());
        if (!trees->base.empty()) out[i] += trees->base[static_cast<std::size_t>(i)];
      }
    }
    return {shape, std::move(sums)};
  };
}

const std::vector<OnnxOperator>& table() {
  static const std::vector<OnnxOperator> operators{
      {"ai.onnx.ml",
       "TreeEnsembleRegressor",
       1,
       1,
       {"aggregate_function", "base_values", "n_targets", "nodes_falsenodeids", "nodes_featureids", "nodes_hitrates",
        "nodes_missing_value_tracks_true", "nodes_modes", "nodes_nodeids", "nodes_treeids", "nodes_truenodeids",
        "nodes_values", "post_transform", "target_ids", "target_nodeids", "target_treeids", "target_weights"},
       make_tree_ensemble_regressor},
  };
  return operators;
}

}  // namespace

std::span<const OnnxOperator> tree_operators() {
  return table();
}

}  // namespace gb
