#include "core/train/tree_grower.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/train/tree_split.hpp"

namespace gb {
namespace {

/// A node that may be split. Best first its split is known; depth first it is looked for when its turn comes.
struct Open {
  std::int32_t node = 0;
  NodeSums sums;
  std::size_t constants = 0;  ///< features that are known to be constant here
  SplitChoice choice;
  double improvement = 0;  ///< of the whole tree's impurity
};

/// Where a node's rows stand.
struct Place {
  std::size_t begin, end;
};

}  // namespace

struct TreeGrower::Implementation {
  Implementation(const TreeColumns& tree_columns, const TreeTarget& tree_target, const TreeGrowth& tree_growth,
                 std::vector<TreeRow> tree_rows, const Random& start, std::function<bool()> ask)
      : columns(tree_columns),
        target(tree_target),
        growth(tree_growth),
        rows(std::move(tree_rows)),
        scratch_rows(rows.size()),
        random(start),
        stop(std::move(ask)),
        importances(columns.columns()),
        features(columns.columns()),
        constant_features(columns.columns()) {
    const std::size_t count = growth.parallel ? chunk_count(columns.columns(), 1) : 1;
    for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i) searches.emplace_back(columns, target, growth);
    std::iota(features.begin(), features.end(), 0u);
  }

  const TreeColumns& columns;
  const TreeTarget& target;
  const TreeGrowth& growth;
  std::vector<TreeRow> rows, scratch_rows;
  Random random;
  std::function<bool()> stop;

  std::vector<SplitSearch> searches;
  std::vector<GrownNode> nodes;
  std::vector<Place> places;
  std::vector<float> values;
  std::vector<Open> open;  ///< the next one is the last; best first: a heap by improvement
  std::size_t leaf_count = 1;
  double impurity = 0;  ///< of the tree
  double total_weight = 0;
  std::vector<double> importances;

  // Drawing features without repetition (see draw_features).
  std::vector<std::uint32_t> features, constant_features;

  std::size_t width() const { return std::max<std::size_t>(target.classes, 1); }
  bool stopping() const { return stop && stop(); }
  std::span<const TreeRow> rows_of(std::int32_t node) const {
    const Place& place = places[static_cast<std::size_t>(node)];
    return std::span(rows).subspan(place.begin, place.end - place.begin);
  }

  NodeSums add_node(std::int32_t parent, Place place);
  bool may_split(const GrownNode& node) const;
  /// Finds the node's split. False when it has none, or when stopped.
  bool find(Open& candidate);
  /// Queues a node. False when stopped.
  bool offer(std::int32_t node, NodeSums sums, std::size_t constants);
  SplitChoice search_all(std::span<const TreeRow> some, const NodeSums& sums, Random* thresholds);
  SplitChoice draw_features(std::span<const TreeRow> some, const NodeSums& sums, Random& draws,
                            std::size_t known_constants, std::size_t& constants);
  std::size_t divide(const Place& place, const SplitChoice& choice);
  void apply(std::int32_t node, const SplitChoice& choice, NodeSums& left, NodeSums& right);
  double improvement_of(std::int32_t node, const SplitChoice& choice, const NodeSums& sums) const;
  static bool lesser(const Open& a, const Open& b) {
    return a.improvement != b.improvement ? a.improvement < b.improvement : a.node > b.node;
  }
};

NodeSums TreeGrower::Implementation::add_node(std::int32_t parent, Place place) {
  const auto some = std::span<const TreeRow>(rows).subspan(place.begin, place.end - place.begin);
  NodeSums sums = searches[0].sums_of(some);
  GrownNode node;
  node.parent = parent;
  node.depth = parent < 0 ? 0 : nodes[static_cast<std::size_t>(parent)].depth + 1;
  node.rows = sums.rows;
  node.weight = sums.weight;
  node.impurity = sums.impurity;
  nodes.push_back(node);
  places.push_back(place);
  if (target.classes == 0)
    values.push_back(static_cast<float>(sums.sum / sums.weight));
  else
    for (const double weight : sums.classes)
      values.push_back(static_cast<float>(sums.weight > 0 ? weight / sums.weight : 1.0 / static_cast<double>(width())));
  return sums;
}

bool TreeGrower::Implementation::may_split(const GrownNode& node) const {
  return (growth.max_depth == 0 || node.depth < growth.max_depth) && node.rows >= growth.min_samples_split &&
         node.rows >= 2 * growth.min_samples_leaf && node.impurity > std::numeric_limits<double>::epsilon();
}

/// Every feature, side by side where that pays.
SplitChoice TreeGrower::Implementation::search_all(std::span<const TreeRow> some, const NodeSums& sums,
                                                   Random* thresholds) {
  const std::size_t count = columns.columns();
  SplitChoice best;
  if (!growth.parallel || thresholds || some.size() * count < 32768) {
    for (std::size_t feature = 0; feature < count; ++feature) {
      if (feature % 64 == 63 && stopping()) break;
      searches[0].improve(some, sums, feature, thresholds, best);
    }
    return best;
  }
  std::vector<SplitChoice> found(chunk_count(count, 1));
  parallel_chunks(count, 1, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
    for (std::size_t feature = begin; feature < end && !stopping(); ++feature)
      searches[chunk].improve(some, sums, feature, nullptr, found[chunk]);
  });
  for (const SplitChoice& choice : found)
    if (choice.score > best.score) best = choice;
  return best;
}

/// Draws features until `growth.features` were drawn and one of them is not constant. Features found constant are
/// constant in every child: they are kept at the front (the first `known_constants`), drawn like others but not looked
/// at again. Depth first alone: a subtree must be complete before its sibling begins.
SplitChoice TreeGrower::Implementation::draw_features(std::span<const TreeRow> some, const NodeSums& sums,
                                                      Random& draws, std::size_t known_constants,
                                                      std::size_t& constants) {
  // features: [0, drawn_known) constants drawn, [drawn_known, known) constants not drawn, [known, known +
  // new_constants) constants found here, [known + new_constants, rest) not drawn yet, [rest, all) drawn.
  // Best first nothing is handed down: every node begins with the same order.
  if (growth.best_first) std::iota(features.begin(), features.end(), 0u);
  SplitChoice best;
  std::size_t rest = features.size(), drawn_known = 0, new_constants = 0, visited = 0;
  while (rest > known_constants + new_constants &&
         (visited < growth.features || visited <= new_constants + drawn_known)) {
    ++visited;
    std::size_t at = drawn_known + draws.below(rest - new_constants - drawn_known);
    if (at < known_constants) {
      std::swap(features[drawn_known++], features[at]);
      continue;
    }
    at += new_constants;
    const std::uint32_t feature = features[at];
    if (!searches[0].improve(some, sums, feature, growth.random_thresholds ? &draws : nullptr, best)) {
      std::swap(features[at], features[known_constants + new_constants]);
      ++new_constants;
      continue;
    }
    --rest;
    std::swap(features[at], features[rest]);
  }
  // Children and siblings rely on the order of the constants they know.
  std::copy_n(constant_features.begin(), known_constants, features.begin());
  std::copy_n(features.begin() + static_cast<std::ptrdiff_t>(known_constants), new_constants,
              constant_features.begin() + static_cast<std::ptrdiff_t>(known_constants));
  constants = known_constants + new_constants;
  return best;
}

double TreeGrower::Implementation::improvement_of(std::int32_t node, const SplitChoice& choice,
                                                  const NodeSums& sums) const {
  // The scores' common part is the node's own term.
  const GrownNode& of = nodes[static_cast<std::size_t>(node)];
  double own = 0;
  if (target.classes == 0) {
    own = sums.sum * sums.sum / sums.weight;
  } else if (growth.impurity == Impurity::gini) {
    for (const double weight : sums.classes) own += weight * weight;
    own /= of.weight;
  } else {
    own = -of.weight * of.impurity;
  }
  return (choice.score - own) / total_weight;
}

bool TreeGrower::Implementation::find(Open& candidate) {
  // Best first: a stream per node, so that a tree can be continued in its middle.
  const auto bits = random.state();
  Random own(bits[0] ^ bits[3], static_cast<std::uint64_t>(candidate.node) + 1);
  Random& draws = growth.best_first ? own : random;
  const auto some = rows_of(candidate.node);
  if (growth.features > 0 && growth.features < columns.columns())
    candidate.choice =
        draw_features(some, candidate.sums, draws, growth.best_first ? 0 : candidate.constants, candidate.constants);
  else
    candidate.choice = search_all(some, candidate.sums, growth.random_thresholds ? &draws : nullptr);
  if (!candidate.choice.found() || stopping()) return false;
  candidate.improvement = improvement_of(candidate.node, candidate.choice, candidate.sums);
  return candidate.improvement + std::numeric_limits<double>::epsilon() >= growth.min_impurity_decrease;
}

bool TreeGrower::Implementation::offer(std::int32_t node, NodeSums sums, std::size_t constants) {
  if (!may_split(nodes[static_cast<std::size_t>(node)])) return true;
  Open candidate;
  candidate.node = node;
  candidate.sums = std::move(sums);
  candidate.constants = constants;
  if (!growth.best_first) {
    open.push_back(std::move(candidate));
    return true;
  }
  if (find(candidate)) {
    open.push_back(std::move(candidate));
    std::push_heap(open.begin(), open.end(), lesser);
  }
  return !stopping();
}

/// Puts the rows that go left first, both parts in their order. Returns where the right ones begin.
std::size_t TreeGrower::Implementation::divide(const Place& place, const SplitChoice& choice) {
  const auto feature = static_cast<std::size_t>(choice.feature);
  std::size_t left = place.begin, right = 0;
  const auto part = [&](const auto& goes_left) {
    for (std::size_t i = place.begin; i < place.end; ++i) {
      const TreeRow row = rows[i];
      const bool first = goes_left(row.position);
      rows[left] = row;
      scratch_rows[right] = row;
      left += first;
      right += !first;
    }
  };
  if (columns.coded(feature)) {
    const auto known = columns.values(feature);
    const auto bound =
        static_cast<std::size_t>(std::upper_bound(known.begin(), known.end(), choice.threshold) - known.begin());
    const TreeColumns::Codes codes = columns.codes(feature, place.end - place.begin);
    part([&](std::uint32_t position) { return codes[position] < bound; });
  } else {
    const float* floats = columns.floats(feature);
    part([&](std::uint32_t position) { return floats[position] <= choice.threshold; });
  }
  std::copy_n(scratch_rows.begin(), right, rows.begin() + static_cast<std::ptrdiff_t>(left));
  return left;
}

void TreeGrower::Implementation::apply(std::int32_t node, const SplitChoice& choice, NodeSums& left, NodeSums& right) {
  const Place place = places[static_cast<std::size_t>(node)];
  const std::size_t middle = divide(place, choice);
  {
    GrownNode& of = nodes[static_cast<std::size_t>(node)];
    of.feature = choice.feature;
    of.threshold = choice.threshold;
    of.left = static_cast<std::int32_t>(nodes.size());
    of.right = of.left + 1;
  }
  left = add_node(node, {place.begin, middle});
  right = add_node(node, {middle, place.end});
  ++leaf_count;
  const GrownNode& of = nodes[static_cast<std::size_t>(node)];
  const double before = of.impurity * of.weight / total_weight;
  const double after = (left.impurity * left.weight + right.impurity * right.weight) / total_weight;
  impurity += after - before;
  importances[static_cast<std::size_t>(choice.feature)] += before - after;
}

TreeGrower::TreeGrower(const TreeColumns& columns, const TreeTarget& target, const TreeGrowth& growth,
                       std::vector<TreeRow> rows, Random random, std::function<bool()> stop)
    : implementation_(
          std::make_unique<Implementation>(columns, target, growth, std::move(rows), random, std::move(stop))) {
  Implementation& self = *implementation_;
  const NodeSums sums = self.add_node(-1, {0, self.rows.size()});
  self.total_weight = sums.weight;
  self.impurity = sums.impurity;
}

TreeGrower::~TreeGrower() = default;
TreeGrower::TreeGrower(TreeGrower&&) noexcept = default;

bool TreeGrower::begin() {
  return implementation_->offer(0, implementation_->searches[0].sums_of(implementation_->rows), 0);
}

std::optional<std::int32_t> TreeGrower::split() {
  Implementation& self = *implementation_;
  if (self.growth.max_leaf_nodes > 0 && self.leaf_count >= static_cast<std::size_t>(self.growth.max_leaf_nodes))
    return -1;
  while (!self.open.empty()) {
    if (self.growth.best_first) std::pop_heap(self.open.begin(), self.open.end(), Implementation::lesser);
    Open next = std::move(self.open.back());
    self.open.pop_back();
    if (!self.growth.best_first && !self.find(next)) {
      if (self.stopping()) return std::nullopt;
      continue;
    }
    NodeSums left, right;
    self.apply(next.node, next.choice, left, right);
    const std::int32_t left_child = self.nodes[static_cast<std::size_t>(next.node)].left;
    // The right one first: depth first, the left one is then next.
    if (!self.offer(left_child + 1, std::move(right), next.constants) ||
        !self.offer(left_child, std::move(left), next.constants))
      return std::nullopt;
    return next.node;
  }
  return -1;
}

bool TreeGrower::grow() {
  if (!begin()) return false;
  for (;;) {
    const auto node = split();
    if (!node) return false;
    if (*node < 0) return true;
  }
}

const std::vector<GrownNode>& TreeGrower::nodes() const {
  return implementation_->nodes;
}
std::span<const float> TreeGrower::values(std::int32_t node) const {
  return values().subspan(static_cast<std::size_t>(node) * width(), width());
}
std::span<const float> TreeGrower::values() const {
  return implementation_->values;
}
std::size_t TreeGrower::width() const {
  return implementation_->width();
}
std::size_t TreeGrower::leaves() const {
  return implementation_->leaf_count;
}
double TreeGrower::impurity() const {
  return std::max(0.0, implementation_->impurity);
}
std::vector<double> TreeGrower::importances() const {
  return implementation_->importances;
}

void TreeGrower::prune(double alpha) {
  Implementation& self = *implementation_;
  const std::size_t count = self.nodes.size();
  // From the last node on: children come after their parents.
  std::vector<double> cost(count), leaves(count);
  for (std::size_t i = count; i-- > 0;) {
    GrownNode& node = self.nodes[i];
    const double own = node.impurity * node.weight / self.total_weight;
    if (node.left < 0) {
      cost[i] = own;
      leaves[i] = 1;
      continue;
    }
    const auto left = static_cast<std::size_t>(node.left), right = static_cast<std::size_t>(node.right);
    cost[i] = cost[left] + cost[right];
    leaves[i] = leaves[left] + leaves[right];
    if ((own - cost[i]) / (leaves[i] - 1) > alpha) continue;
    cost[i] = own;
    leaves[i] = 1;
    node.left = node.right = node.feature = -1;
  }
  std::vector<GrownNode> kept;
  std::vector<float> values;
  std::vector<Place> places;
  std::vector<std::int32_t> number(count, -1);
  self.leaf_count = 0;
  std::fill(self.importances.begin(), self.importances.end(), 0.0);
  for (std::size_t i = 0; i < count; ++i) {
    GrownNode node = self.nodes[i];
    if (node.parent >= 0) {
      node.parent = number[static_cast<std::size_t>(node.parent)];
      if (node.parent < 0) continue;
      GrownNode& parent = kept[static_cast<std::size_t>(node.parent)];
      if (parent.left < 0) continue;
    }
    number[i] = static_cast<std::int32_t>(kept.size());
    self.leaf_count += node.left < 0;
    kept.push_back(node);
    places.push_back(self.places[i]);
    const auto from = self.values.begin() + static_cast<std::ptrdiff_t>(i * self.width());
    values.insert(values.end(), from, from + static_cast<std::ptrdiff_t>(self.width()));
  }
  for (GrownNode& node : kept) {
    if (node.left < 0) continue;
    node.left = number[static_cast<std::size_t>(node.left)];
    node.right = number[static_cast<std::size_t>(node.right)];
    const auto share = [&](const GrownNode& of) { return of.impurity * of.weight / self.total_weight; };
    self.importances[static_cast<std::size_t>(node.feature)] += share(node) -
                                                                share(kept[static_cast<std::size_t>(node.left)]) -
                                                                share(kept[static_cast<std::size_t>(node.right)]);
  }
  self.nodes = std::move(kept);
  self.values = std::move(values);
  self.places = std::move(places);
  self.impurity = cost[0];
  self.open.clear();
}

bool TreeGrower::replay(std::span<const GrownNode> nodes) {
  Implementation& self = *implementation_;
  const auto misfit = [] { return Error("The checkpoint does not fit this experiment: its tree is another one's"); };
  // Splits in the order in which they were made: their children were numbered by it.
  std::vector<std::pair<std::int32_t, std::int32_t>> order;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].left >= 0) order.emplace_back(nodes[i].left, static_cast<std::int32_t>(i));
  std::sort(order.begin(), order.end());
  NodeSums left, right;
  for (const auto& [child, place] : order) {
    const GrownNode& node = nodes[static_cast<std::size_t>(place)];
    if (child != static_cast<std::int32_t>(self.nodes.size()) || place >= child || node.feature < 0 ||
        static_cast<std::size_t>(node.feature) >= self.columns.columns() ||
        self.nodes[static_cast<std::size_t>(place)].left >= 0)
      throw misfit();
    self.apply(place, {0, node.feature, node.threshold}, left, right);
    if (left.rows == 0 || right.rows == 0) throw misfit();
  }
  if (self.nodes.size() != nodes.size()) throw misfit();
  for (std::size_t i = 0; i < self.nodes.size(); ++i) {
    if (self.nodes[i].left >= 0) continue;
    const auto node = static_cast<std::int32_t>(i);
    if (!self.offer(node, self.searches[0].sums_of(self.rows_of(node)), 0)) return false;
  }
  return true;
}

}  // namespace gb
