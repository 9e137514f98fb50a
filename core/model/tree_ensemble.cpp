#include "core/model/tree_ensemble.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <numeric>

#include "core/base/parallel.hpp"
#include "core/model/onnx_graph.hpp"

namespace gb {
namespace {

constexpr std::string_view machine_learning = "ai.onnx.ml";
/// Rows that go through a tree together: their values stay in the cache while the trees pass by.
constexpr std::size_t block = 128;

/// Rounds shares that add up to 1 to multiples of 1 / `unit` that do so too: what rounding down leaves over goes to
/// the largest remainders.
void round_shares(std::span<float> shares, double unit, std::vector<std::pair<double, std::size_t>>& rest) {
  rest.clear();
  auto left = static_cast<std::int64_t>(unit);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const double scaled = static_cast<double>(shares[i]) * unit;
    const double whole = std::floor(scaled);
    rest.emplace_back(whole - scaled, i);
    shares[i] = static_cast<float>(whole / unit);
    left -= static_cast<std::int64_t>(whole);
  }
  std::sort(rest.begin(), rest.end());
  for (std::size_t i = 0; left != 0 && i < rest.size(); ++i) {
    const int one = left > 0 ? 1 : -1;
    shares[rest[i].second] += static_cast<float>(one / unit);
    left -= one;
  }
}

}  // namespace

void TreeEnsemble::add(std::span<const Split> nodes, std::span<const float> values, std::int64_t output) {
  assert(!nodes.empty() && values.size() == nodes.size() * static_cast<std::size_t>(width_));
  const auto root = static_cast<std::int32_t>(nodes_.size());
  roots_.push_back(root);
  tree_outputs_.push_back(static_cast<std::int32_t>(output));
  // In breadth: the first splits of a tree, which every row meets, share cache lines.
  std::vector<std::int32_t> order{0};
  order.reserve(nodes.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Split& split = nodes[static_cast<std::size_t>(order[i])];
    if (split.feature < 0) {
      nodes_.push_back({0, -1, static_cast<std::int32_t>(leaves())});
      const float* from = values.data() + order[i] * width_;
      values_.insert(values_.end(), from, from + width_);
    } else {
      nodes_.push_back({split.threshold, split.feature | (split.missing_left ? to_left : 0),
                        root + static_cast<std::int32_t>(order.size())});
      order.push_back(split.left);
      order.push_back(split.right);
    }
  }
}

void TreeEnsemble::keep(std::int64_t count) {
  if (count >= trees()) return;
  nodes_.resize(static_cast<std::size_t>(roots_[static_cast<std::size_t>(count)]));
  roots_.resize(static_cast<std::size_t>(count));
  tree_outputs_.resize(static_cast<std::size_t>(count));
  const auto left = std::count_if(nodes_.begin(), nodes_.end(), [](const Node& node) { return node.feature < 0; });
  values_.resize(static_cast<std::size_t>(left * width_));
}

void TreeEnsemble::make_sums_exact() {
  if (trees() < 2) return;
  constexpr int digits = 24;  // of a float's significand
  if (width_ > 1) {
    const int whole = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(trees())));
    const double unit = std::ldexp(1.0, std::max(1, digits - whole));
    std::vector<std::pair<double, std::size_t>> rest;
    for (std::size_t i = 0; i < values_.size(); i += static_cast<std::size_t>(width_))
      round_shares(std::span(values_).subspan(i, static_cast<std::size_t>(width_)), unit, rest);
    return;
  }
  std::vector<double> largest(static_cast<std::size_t>(outputs_));
  for (std::size_t tree = 0; tree < roots_.size(); ++tree) {
    const auto begin = static_cast<std::size_t>(roots_[tree]);
    const std::size_t end = tree + 1 < roots_.size() ? static_cast<std::size_t>(roots_[tree + 1]) : nodes_.size();
    double most = 0;
    for (std::size_t i = begin; i < end; ++i)
      if (nodes_[i].feature < 0)
        most = std::max(most, std::abs(static_cast<double>(values_[static_cast<std::size_t>(nodes_[i].next)])));
    largest[static_cast<std::size_t>(tree_outputs_[tree])] += most;
  }
  const double bound = *std::max_element(largest.begin(), largest.end());
  if (!(bound > 0) || !std::isfinite(bound)) return;
  const double unit = std::ldexp(1.0, std::max(-126, std::ilogb(bound) + 2 - digits));
  for (float& value : values_) value = static_cast<float>(std::nearbyint(static_cast<double>(value) / unit) * unit);
}

std::int32_t TreeEnsemble::leaf_of(std::int32_t root, const float* row) const {
  const Node* node = nodes_.data() + root;
  while (node->feature >= 0) {
    const float value = row[node->feature & ~to_left];
    std::int32_t right = !(value <= node->threshold);
    if (value != value) right = !(node->feature & to_left);
    node = nodes_.data() + node->next + right;
  }
  return node->next;
}

void TreeEnsemble::sum(const float* rows, std::int64_t count, std::int64_t columns, float* sums) const {
  std::fill_n(sums, count * outputs_, 0.0F);
  for (std::size_t tree = 0; tree < roots_.size(); ++tree) {
    for (std::int64_t row = 0; row < count; ++row) {
      const std::int32_t leaf = leaf_of(roots_[tree], rows + row * columns);
      float* to = sums + row * outputs_;
      if (width_ == 1) {
        to[tree_outputs_[tree]] += values_[static_cast<std::size_t>(leaf)];
        continue;
      }
      const float* from = values_.data() + leaf * width_;
      for (std::int64_t i = 0; i < width_; ++i) to[i] += from[i];
    }
  }
}

std::string TreeEnsemble::write_onnx(OnnxGraph& graph, const std::string& features) const {
  using Integers = std::vector<std::int64_t>;
  const std::size_t count = nodes_.size();
  Integers trees(count), ids(count), feature_ids(count), true_ids(count), false_ids(count), missing(count);
  std::vector<float> thresholds(count);
  std::vector<std::string> modes(count, "BRANCH_LEQ");
  Integers target_trees, target_nodes, targets;
  std::vector<float> weights;
  bool any_missing = false;
  for (std::size_t tree = 0; tree < roots_.size(); ++tree) {
    const auto begin = static_cast<std::size_t>(roots_[tree]);
    const std::size_t end = tree + 1 < roots_.size() ? static_cast<std::size_t>(roots_[tree + 1]) : count;
    for (std::size_t i = begin; i < end; ++i) {
      const Node& node = nodes_[i];
      trees[i] = static_cast<std::int64_t>(tree);
      ids[i] = static_cast<std::int64_t>(i - begin);
      if (node.feature >= 0) {
        feature_ids[i] = node.feature & ~to_left;
        thresholds[i] = node.threshold;
        true_ids[i] = node.next - static_cast<std::int64_t>(begin);
        false_ids[i] = true_ids[i] + 1;
        missing[i] = (node.feature & to_left) != 0;
        any_missing = any_missing || missing[i] != 0;
        continue;
      }
      modes[i] = "LEAF";
      for (std::int64_t output = 0; output < width_; ++output) {
        const float value = values_[static_cast<std::size_t>(node.next * width_ + output)];
        // Shares of nothing need no entry, except that a leaf must have one.
        if (value == 0 && width_ > 1) continue;
        target_trees.push_back(trees[i]);
        target_nodes.push_back(ids[i]);
        targets.push_back(width_ > 1 ? output : tree_outputs_[tree]);
        weights.push_back(value);
      }
    }
  }
  std::map<std::string, OnnxAttribute> attributes{{"n_targets", outputs_},
                                                  {"aggregate_function", std::string("SUM")},
                                                  {"post_transform", std::string("NONE")},
                                                  {"nodes_treeids", std::move(trees)},
                                                  {"nodes_nodeids", std::move(ids)},
                                                  {"nodes_featureids", std::move(feature_ids)},
                                                  {"nodes_values", std::move(thresholds)},
                                                  {"nodes_modes", std::move(modes)},
                                                  {"nodes_truenodeids", std::move(true_ids)},
                                                  {"nodes_falsenodeids", std::move(false_ids)},
                                                  {"target_treeids", std::move(target_trees)},
                                                  {"target_nodeids", std::move(target_nodes)},
                                                  {"target_ids", std::move(targets)},
                                                  {"target_weights", std::move(weights)}};
  if (any_missing) attributes.emplace("nodes_missing_value_tracks_true", std::move(missing));
  return graph.add("TreeEnsembleRegressor", {features}, attributes, machine_learning);
}

void TreeEnsemble::save(State& state) const {
  std::vector<std::int32_t> features, next;
  std::vector<float> thresholds;
  for (const Node& node : nodes_) {
    features.push_back(node.feature);
    next.push_back(node.next);
    thresholds.push_back(node.threshold);
  }
  state.header["trees"] = roots_.size();
  state.header["tree_nodes"] = nodes_.size();
  state.header["tree_leaves"] = leaves();
  state.arrays.push_back(state_array("tree_features", "I32", {nodes()}, features.data(), features.size()));
  state.arrays.push_back(state_array("tree_next", "I32", {nodes()}, next.data(), next.size()));
  state.arrays.push_back(state_array("tree_thresholds", "F32", {nodes()}, thresholds.data(), thresholds.size()));
  state.arrays.push_back(state_array("tree_values", "F32", {leaves(), width_}, values_.data(), values_.size()));
  state.arrays.push_back(state_array("tree_roots", "I32", {trees()}, roots_.data(), roots_.size()));
  state.arrays.push_back(state_array("tree_outputs", "I32", {trees()}, tree_outputs_.data(), tree_outputs_.size()));
}

void TreeEnsemble::restore(const State& state, std::int64_t columns) {
  const auto require = [](bool fits) {
    if (!fits) throw Error("The checkpoint does not fit this experiment: its trees are damaged");
  };
  const auto size_of = [&](const char* name) {
    const auto size = header_field(state, name).get<std::int64_t>();
    require(size >= 0 && size < std::int64_t{1} << 31);
    return static_cast<std::size_t>(size);
  };
  const std::size_t tree_count = size_of("trees"), node_count = size_of("tree_nodes"),
                    leaf_count = size_of("tree_leaves");
  std::vector<std::int32_t> features(node_count), next(node_count);
  std::vector<float> thresholds(node_count);
  // In this order sizes are checked against the arrays before anything large is made of them.
  read_array(state, "tree_features", features.data(), node_count);
  read_array(state, "tree_next", next.data(), node_count);
  read_array(state, "tree_thresholds", thresholds.data(), node_count);
  roots_.resize(tree_count);
  tree_outputs_.resize(tree_count);
  read_array(state, "tree_roots", roots_.data(), tree_count);
  read_array(state, "tree_outputs", tree_outputs_.data(), tree_count);
  values_.resize(leaf_count * static_cast<std::size_t>(width_));
  read_array(state, "tree_values", values_.data(), values_.size());
  nodes_.clear();
  for (std::size_t tree = 0; tree < tree_count; ++tree) {
    const std::size_t end = tree + 1 < tree_count ? static_cast<std::size_t>(roots_[tree + 1]) : node_count;
    const auto begin = static_cast<std::size_t>(roots_[tree]);
    require(begin == nodes_.size() && begin < end && end <= node_count);
    require(tree_outputs_[tree] >= 0 && tree_outputs_[tree] < outputs_);
    for (std::size_t i = begin; i < end; ++i) {
      const bool leaf = features[i] < 0;
      // Children stand behind their parents: no walk is endless.
      require(leaf ? next[i] >= 0 && static_cast<std::size_t>(next[i]) < leaf_count
                   : (features[i] & ~to_left) < columns && next[i] > static_cast<std::int32_t>(i) &&
                         static_cast<std::size_t>(next[i]) + 1 < end);
      nodes_.push_back({thresholds[i], features[i], next[i]});
    }
  }
  require(nodes_.size() == node_count);
}

std::vector<NamedArray> TreeEnsemble::arrays() const {
  std::call_once(made_, [this] {
    for (const Node& node : nodes_) {
      thresholds_.push_back(node.threshold);
      structure_.push_back(static_cast<float>(node.feature < 0 ? -1 : node.feature & ~to_left));
      structure_.push_back(node.feature < 0 ? 0.0F : node.feature & to_left ? 1.0F : 2.0F);
      // Two floats: one alone would not hold large numbers.
      structure_.push_back(static_cast<float>(node.next / 4096));
      structure_.push_back(static_cast<float>(node.next % 4096));
    }
  });
  const std::int64_t count = nodes();
  return {{"structure", {count, 4}, structure_},
          {"thresholds", {count}, thresholds_},
          {"leaves", {leaves(), width_}, values_}};
}

TreeModel::TreeModel(Task task, std::shared_ptr<const TreeEnsemble> ensemble, Combine combine, std::vector<float> base)
    : task_(task), ensemble_(std::move(ensemble)), combine_(combine), base_(std::move(base)) {
  assert(base_.empty() || base_.size() == static_cast<std::size_t>(ensemble_->outputs()));
}

Prediction TreeModel::predict(const Features& features, std::span<const std::int64_t> rows) const {
  Prediction prediction;
  prediction.task = task_;
  const std::int64_t outputs = ensemble_->outputs(), columns = features.columns();
  if (task_ == Task::classification) {
    prediction.labels.resize(rows.size());
    prediction.probabilities.resize(static_cast<Eigen::Index>(rows.size()), outputs == 1 ? 2 : outputs);
  } else {
    prediction.values.resize(rows.size());
  }
  parallel_chunks(rows.size(), block, [&](std::size_t begin, std::size_t end, std::size_t) {
    std::vector<float> values(block * static_cast<std::size_t>(columns));
    std::vector<float> sums(block * static_cast<std::size_t>(outputs));
    for (std::size_t first = begin; first < end; first += block) {
      const std::size_t some = std::min(block, end - first);
      features.gather(rows.subspan(first, some), values.data());
      ensemble_->sum(values.data(), static_cast<std::int64_t>(some), columns, sums.data());
      for (std::size_t i = 0; i < some; ++i)
        finish(sums.data() + static_cast<std::int64_t>(i) * outputs, static_cast<Eigen::Index>(first + i), prediction);
    }
  });
  return prediction;
}

/// The same operations in the same order as the nodes that write_onnx() makes.
void TreeModel::finish(float* sums, Eigen::Index row, Prediction& prediction) const {
  const std::int64_t outputs = ensemble_->outputs();
  const auto trees = static_cast<float>(ensemble_->trees());
  for (std::int64_t i = 0; i < outputs; ++i) {
    if (combine_ == Combine::average && trees > 1) sums[i] /= trees;
    if (!base_.empty()) sums[i] += base_[static_cast<std::size_t>(i)];
  }
  if (task_ == Task::regression) {
    prediction.values[static_cast<std::size_t>(row)] = sums[0];
    return;
  }
  auto probabilities = prediction.probabilities.row(row);
  if (combine_ == Combine::average) {
    std::copy_n(sums, outputs, probabilities.data());
  } else if (outputs == 1) {
    const float second = 1 / (1 + std::exp(-sums[0]));
    probabilities[1] = second;
    probabilities[0] = 1 - second;
  } else {
    const float most = *std::max_element(sums, sums + outputs);
    float total = 0;
    for (std::int64_t i = 0; i < outputs; ++i) total += probabilities[i] = std::exp(sums[i] - most);
    probabilities /= total;
  }
  Eigen::Index best = 0;
  probabilities.maxCoeff(&best);
  prediction.labels[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(best);
}

std::vector<NamedArray> TreeModel::arrays() const {
  auto list = ensemble_->arrays();
  if (!base_.empty()) list.insert(list.begin(), {"base", {static_cast<std::int64_t>(base_.size())}, base_});
  return list;
}

std::string TreeModel::write_onnx(OnnxGraph& graph, const std::string& features) const {
  const std::int64_t outputs = ensemble_->outputs();
  std::string sums = ensemble_->write_onnx(graph, features);
  const auto trees = static_cast<float>(ensemble_->trees());
  if (combine_ == Combine::average && trees > 1)
    sums = graph.add("Div", {sums, graph.constant("trees", std::span<const float>(&trees, 1), {})});
  if (!base_.empty())
    sums = graph.add("Add", {sums, graph.constant("base", std::span<const float>(base_), {1, outputs})});
  if (task_ == Task::regression || combine_ == Combine::average) return sums;
  if (outputs > 1) return graph.add("Softmax", {sums}, {{"axis", std::int64_t{1}}});
  const float one = 1;
  const std::string second = graph.add("Sigmoid", {sums});
  const std::string first = graph.add("Sub", {graph.constant("one", std::span<const float>(&one, 1), {}), second});
  return graph.add("Concat", {first, second}, {{"axis", std::int64_t{1}}});
}

}  // namespace gb
