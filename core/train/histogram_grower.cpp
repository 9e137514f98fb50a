#include "core/train/histogram_grower.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/parallel.hpp"

namespace gb {
namespace {

constexpr int count_bits = 26;  ///< of the second lane: up to 67 million rows
constexpr std::int64_t count_mask = (std::int64_t{1} << count_bits) - 1;
/// A child whose second derivatives sum up to less is not made, as in scikit-learn.
constexpr double least_hessian = 1e-3;

/// The power of two that makes `most` at most 2^digits.
double unit_for(double most, int digits) {
  return most > 0 && std::isfinite(most) ? std::ldexp(1.0, std::ilogb(most) + 1 - digits) : 1;
}

}  // namespace

HistogramGrower::HistogramGrower(const BinnedRows& rows, const HistogramGrowth& growth)
    : rows_(rows), growth_(growth), gradients_(rows.rows()) {}

void HistogramGrower::set_gradients(std::span<const float> gradients, std::span<const float> hessians) {
  float largest = 0, largest_hessian = 0;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    largest = std::max(largest, std::abs(gradients[i]));
    largest_hessian = std::max(largest_hessian, hessians[i]);
  }
  const int row_digits = static_cast<int>(std::bit_width(gradients.size()));
  gradient_unit_ = unit_for(static_cast<double>(largest), std::min(40, 61 - row_digits));
  hessian_unit_ = unit_for(static_cast<double>(largest_hessian), std::min(30, 62 - count_bits - row_digits));
  const double per_gradient = 1 / gradient_unit_, per_hessian = 1 / hessian_unit_;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const auto gradient = std::llrint(static_cast<double>(gradients[i]) * per_gradient);
    const auto hessian = std::llrint(static_cast<double>(hessians[i]) * per_hessian);
    gradients_[i] = Sums{gradient, (static_cast<std::int64_t>(hessian) << count_bits) | 1};
  }
}

HistogramGrower::Sums HistogramGrower::sum_of(std::span<const std::uint32_t> some) const {
  Sums sums{};
  for (const std::uint32_t row : some) sums += gradients_[row];
  return sums;
}

template <class Job>
void HistogramGrower::for_groups(const Job& job) const {
  const std::size_t count = rows_.groups().size();
  if (!growth_.parallel) {
    for (std::size_t i = 0; i < count; ++i) job(i);
    return;
  }
  parallel_chunks(count, 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) job(i);
  });
}

/// The histogram of some rows that sum up to `sums`, of one group.
void HistogramGrower::count(const BinnedRows::Group& group, std::span<const std::uint32_t> some, const Sums& sums,
                            Histogram& histogram) const {
  Sums* bins = histogram.data() + group.first_bin;
  std::fill_n(bins, group.bins, Sums{});
  if (group.starts.empty()) {
    const std::size_t width = group.end - group.begin;
    std::vector<Sums*> firsts(width);
    for (std::size_t i = 0; i < width; ++i)
      firsts[i] = bins + (rows_.columns()[group.begin + i].first_bin - group.first_bin);
    for (const std::uint32_t row : some) {
      const Sums gradient = gradients_[row];
      const std::uint8_t* cells = group.cells.data() + row * width;
      for (std::size_t i = 0; i < width; ++i) firsts[i][cells[i]] += gradient;
    }
    return;
  }
  const std::uint16_t* entries = group.entries.data();
  for (const std::uint32_t row : some) {
    const Sums gradient = gradients_[row];
    const std::uint32_t end = group.starts[row + 1];
    for (std::uint32_t i = group.starts[row]; i < end; ++i) bins[entries[i]] += gradient;
  }
  for (std::size_t i = group.begin; i < group.end; ++i) {
    const auto& column = rows_.columns()[i];
    Sums* own = histogram.data() + column.first_bin;
    Sums rest = sums;
    for (std::uint32_t bin = 0; bin < column.bins; ++bin) rest -= own[bin];
    own[column.common] = rest;
  }
}

void HistogramGrower::search(const BinnedRows::Group& group, const Histogram& histogram, const Sums& sums,
                             Split& best) const {
  // In the whole numbers' units: gains are multiples of gradient_unit^2 / hessian_unit.
  const double l2 = growth_.l2 / hessian_unit_;
  const auto least = static_cast<std::int64_t>(std::ceil(least_hessian / hessian_unit_));
  const std::int64_t all_gradient = sums[0], all_hessian = sums[1] >> count_bits, all_rows = sums[1] & count_mask;
  const auto term = [&](std::int64_t gradient, std::int64_t hessian) {
    const auto g = static_cast<double>(gradient);
    return g * g / (static_cast<double>(hessian) + l2);
  };
  const double own = term(all_gradient, std::max<std::int64_t>(all_hessian, 1));
  for (std::size_t i = group.begin; i < group.end; ++i) {
    const auto& column = rows_.columns()[i];
    const Sums* bins = histogram.data() + column.first_bin;
    const std::uint32_t ends = column.bins - column.missing;  // of bins that hold values
    const Sums missing = column.missing ? bins[ends] : Sums{};
    const bool any_missing = (missing[1] & count_mask) > 0;
    for (int turn = 0; turn < (any_missing ? 2 : 1); ++turn) {
      Sums left = turn == 1 ? missing : Sums{};
      // Beside the values' last bin there is nothing but missing values.
      const std::uint32_t last = any_missing && turn == 0 ? ends : ends - 1;
      for (std::uint32_t bin = 0; bin < last; ++bin) {
        if (bins[bin][1] == 0) continue;
        left += bins[bin];
        const std::int64_t left_rows = left[1] & count_mask;
        if (left_rows < growth_.min_samples_leaf) continue;
        if (all_rows - left_rows < growth_.min_samples_leaf) break;
        const std::int64_t hessian = left[1] >> count_bits;
        if (hessian < least) continue;
        if (all_hessian - hessian < least) break;
        const double gain = term(left[0], hessian) + term(all_gradient - left[0], all_hessian - hessian) - own;
        if (!(gain > best.gain)) continue;
        best.gain = gain;
        best.column = static_cast<std::int32_t>(i);
        best.bin = bin;
        best.missing_left = any_missing ? turn == 1 : 2 * left_rows > all_rows;
        best.left = left;
      }
    }
  }
}

HistogramGrower::Split HistogramGrower::best_of(std::span<const Split> found) {
  Split best;
  for (const Split& split : found)
    if (split.gain > best.gain) best = split;
  return best;
}

HistogramGrower::Histogram HistogramGrower::take_histogram() {
  const std::size_t most =
      std::max<std::size_t>(3, growth_.memory / (sizeof(Sums) * std::max<std::size_t>(rows_.bins(), 1)));
  if (spare_.empty() && histograms_ >= most) {
    // The leaf that is split last, if ever, gives its own; it is made again then.
    const auto poorest = std::min_element(open_.begin(), open_.end(), [](const Open& a, const Open& b) {
      if (a.histogram.empty() != b.histogram.empty()) return b.histogram.empty();
      return a.split.gain < b.split.gain;
    });
    if (poorest != open_.end() && !poorest->histogram.empty()) spare_.push_back(std::move(poorest->histogram));
  }
  if (spare_.empty()) {
    ++histograms_;
    return Histogram(rows_.bins());
  }
  Histogram taken = std::move(spare_.back());
  spare_.pop_back();
  return taken;
}

void HistogramGrower::give_back(Histogram&& histogram) {
  if (!histogram.empty()) spare_.push_back(std::move(histogram));
}

bool HistogramGrower::is_full() const {
  return growth_.max_leaf_nodes > 0 && leaves_ >= static_cast<std::size_t>(growth_.max_leaf_nodes);
}

void HistogramGrower::offer(Open&& candidate, std::int32_t depth) {
  if (candidate.split.column < 0 || (growth_.max_depth > 0 && depth >= growth_.max_depth)) {
    give_back(std::move(candidate.histogram));
    return;
  }
  open_.push_back(std::move(candidate));
  std::push_heap(open_.begin(), open_.end(), [](const Open& a, const Open& b) {
    return a.split.gain != b.split.gain ? a.split.gain < b.split.gain : a.node > b.node;
  });
}

/// Splits the leaf that gains most. False when there is none.
bool HistogramGrower::expand(HistogramTree& tree, std::vector<std::uint32_t>& scratch) {
  if (open_.empty() || is_full()) return false;
  std::pop_heap(open_.begin(), open_.end(), [](const Open& a, const Open& b) {
    return a.split.gain != b.split.gain ? a.split.gain < b.split.gain : a.node > b.node;
  });
  Open next = std::move(open_.back());
  open_.pop_back();
  const auto& column = rows_.columns()[static_cast<std::size_t>(next.split.column)];
  HistogramNode node = tree.nodes[static_cast<std::size_t>(next.node)];
  node.feature = column.feature;
  node.threshold =
      next.split.bin < column.edges.size() ? column.edges[next.split.bin] : std::numeric_limits<float>::max();
  node.missing_left = next.split.missing_left;
  node.gain = next.split.gain * gradient_unit_ * gradient_unit_ / hessian_unit_;
  node.left = static_cast<std::int32_t>(tree.nodes.size());
  node.right = node.left + 1;
  tree.nodes[static_cast<std::size_t>(next.node)] = node;
  const auto some = std::span(tree.rows).subspan(node.begin, node.end - node.begin);
  const std::size_t middle = node.begin + rows_.divide(some, node.feature, node.threshold, node.missing_left, scratch);
  for (const auto& [begin, end] : {std::pair{node.begin, middle}, std::pair{middle, node.end}}) {
    HistogramNode child;
    child.depth = node.depth + 1;
    child.begin = begin;
    child.end = end;
    tree.nodes.push_back(child);
  }
  ++leaves_;
  if (is_full() || (growth_.max_depth > 0 && node.depth + 1 >= growth_.max_depth)) {
    give_back(std::move(next.histogram));
    return true;
  }

  Open left, right;
  left.node = node.left;
  right.node = node.right;
  left.sums = next.split.left;
  right.sums = next.sums - next.split.left;
  Open& smaller = middle - node.begin <= node.end - middle ? left : right;
  Open& larger = &smaller == &left ? right : left;
  const auto rows_of = [&](const Open& child) {
    const HistogramNode& of = tree.nodes[static_cast<std::size_t>(child.node)];
    return std::span<const std::uint32_t>(tree.rows).subspan(of.begin, of.end - of.begin);
  };
  smaller.histogram = take_histogram();
  const bool inherited = !next.histogram.empty();
  larger.histogram = inherited ? std::move(next.histogram) : take_histogram();
  std::vector<Split> of_smaller(rows_.groups().size()), of_larger(rows_.groups().size());
  for_groups([&](std::size_t i) {
    const BinnedRows::Group& group = rows_.groups()[i];
    count(group, rows_of(smaller), smaller.sums, smaller.histogram);
    if (inherited) {
      Sums* from = larger.histogram.data() + group.first_bin;
      const Sums* lost = smaller.histogram.data() + group.first_bin;
      for (std::uint32_t bin = 0; bin < group.bins; ++bin) from[bin] -= lost[bin];
    } else {
      count(group, rows_of(larger), larger.sums, larger.histogram);
    }
    search(group, smaller.histogram, smaller.sums, of_smaller[i]);
    search(group, larger.histogram, larger.sums, of_larger[i]);
  });
  smaller.split = best_of(of_smaller);
  larger.split = best_of(of_larger);
  offer(std::move(left), node.depth + 1);
  offer(std::move(right), node.depth + 1);
  return true;
}

HistogramTree HistogramGrower::grow(std::span<const float> gradients, std::span<const float> hessians,
                                    const std::function<bool()>& stop) {
  set_gradients(gradients, hessians);
  HistogramTree tree;
  tree.rows.resize(rows_.rows());
  std::iota(tree.rows.begin(), tree.rows.end(), 0u);
  std::vector<std::uint32_t> scratch(rows_.rows());
  HistogramNode root_node;
  root_node.end = rows_.rows();
  tree.nodes.push_back(root_node);
  leaves_ = 1;
  for (Open& left_over : open_) give_back(std::move(left_over.histogram));
  open_.clear();

  Open root;
  root.sums = sum_of(tree.rows);
  root.histogram = take_histogram();
  std::vector<Split> found(rows_.groups().size());
  for_groups([&](std::size_t i) {
    const BinnedRows::Group& group = rows_.groups()[i];
    count(group, tree.rows, root.sums, root.histogram);
    search(group, root.histogram, root.sums, found[i]);
  });
  root.split = best_of(found);
  offer(std::move(root), 0);
  while (!stop())
    if (!expand(tree, scratch)) {
      tree.complete = true;
      break;
    }
  return tree;
}

}  // namespace gb
