#include "core/train/tree_split.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace gb {
namespace {

double x_log_x(double x) {
  return x > 0 ? x * std::log2(x) : 0;
}

/// Integers in the order of the floats.
std::uint32_t ordered(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

float from_ordered(std::uint32_t key) {
  return std::bit_cast<float>(key & 0x80000000u ? key & 0x7fffffffu : ~key);
}

float drawn_threshold(float low, float high, Random& random) {
  const auto threshold = static_cast<float>(random.uniform(low, high));
  return threshold >= low && threshold < high ? threshold : low;
}

}  // namespace

SplitSearch::SplitSearch(const TreeColumns& columns, const TreeTarget& target, const TreeGrowth& growth)
    : columns_(columns),
      target_(target),
      growth_(growth),
      counts_(TreeColumns::most_codes * target.classes),
      left_(target.classes),
      right_(target.classes) {}

NodeSums SplitSearch::sums_of(std::span<const TreeRow> rows) const {
  NodeSums sums;
  if (target_.classes == 0) {
    for (const TreeRow& row : rows) {
      sums.rows += row.weight;
      sums.sum += row.weight * target_.values[row.position];
    }
    sums.weight = static_cast<double>(sums.rows);
    const double mean = sums.sum / sums.weight;
    double squares = 0;
    for (const TreeRow& row : rows) {
      const double difference = target_.values[row.position] - mean;
      squares += row.weight * difference * difference;
    }
    sums.impurity = squares / sums.weight;
    return sums;
  }
  sums.counts.resize(target_.classes);
  for (const TreeRow& row : rows) {
    sums.rows += row.weight;
    sums.counts[row.code] += row.weight;
  }
  sums.classes.assign(sums.counts.begin(), sums.counts.end());
  double terms = 0;
  for (std::size_t i = 0; i < target_.classes; ++i) {
    double& weight = sums.classes[i];
    weight *= target_.class_weights[i];
    sums.weight += weight;
    terms += growth_.impurity == Impurity::gini ? weight * weight : x_log_x(weight);
  }
  if (!(sums.weight > 0))
    sums.impurity = 0;
  else if (growth_.impurity == Impurity::gini)
    sums.impurity = 1 - terms / (sums.weight * sums.weight);
  else
    sums.impurity = std::log2(sums.weight) - terms / sums.weight;
  return sums;
}

bool SplitSearch::improve(std::span<const TreeRow> rows, const NodeSums& sums, std::size_t feature, Random* random,
                          SplitChoice& best) {
  return columns_.coded(feature) ? improve_coded(rows, sums, feature, random, best)
                                 : improve_floats(rows, sums, feature, random, best);
}

/// Rows with the column's common code are not counted one by one: their counters would be read right after they were
/// written, again and again, which processors are slow at. What the others leave over is theirs.
void SplitSearch::count_classes(std::span<const TreeRow> rows, std::size_t feature) {
  const std::uint8_t common = columns_.common(feature);
  const std::size_t classes = target_.classes;
  if (keys_.size() < rows.size()) keys_.resize(rows.size());
  std::uint64_t* keys = keys_.data();
  std::size_t uncommon = 0;
  const TreeColumns::Codes codes = columns_.codes(feature, rows.size());
  for (const TreeRow& row : rows) {
    const std::uint8_t code = codes[row.position];
    keys[uncommon] = std::uint64_t{row.weight} << 32 | std::uint64_t{row.code} << 8 | code;
    uncommon += code != common;
  }
  for (std::size_t i = 0; i < uncommon; ++i) {
    const auto code = static_cast<std::uint8_t>(keys[i]);
    counts_[code * classes + (keys[i] >> 8 & 0xffff)] += static_cast<std::uint32_t>(keys[i] >> 32);
    seen_[code] = 1;
  }
  if (uncommon < rows.size()) seen_[common] = 1;
}

void SplitSearch::count_common(std::span<const std::uint8_t> codes, std::uint8_t common, const NodeSums& sums) {
  rest_ = sums.counts;
  for (const std::uint8_t code : codes) {
    if (code == common) continue;
    const std::uint32_t* counted = counts_.data() + code * target_.classes;
    for (std::size_t i = 0; i < rest_.size(); ++i) rest_[i] -= counted[i];
  }
  std::copy(rest_.begin(), rest_.end(), counts_.begin() + static_cast<std::ptrdiff_t>(common * target_.classes));
}

void SplitSearch::count_values(std::span<const TreeRow> rows, std::size_t feature) {
  const TreeColumns::Codes codes = columns_.codes(feature, rows.size());
  for (const TreeRow& row : rows) {
    const std::uint8_t code = codes[row.position];
    row_counts_[code] += row.weight;
    totals_[code] += row.weight * target_.values[row.position];
    seen_[code] = 1;
  }
}

std::span<const std::uint8_t> SplitSearch::tally(std::span<const TreeRow> rows, const NodeSums& sums,
                                                 std::size_t feature) {
  if (target_.classes > 0)
    count_classes(rows, feature);
  else
    count_values(rows, feature);
  std::size_t count = 0;
  for (std::size_t word = 0; word < seen_.size(); word += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, seen_.data() + word, 8);
    for (; eight != 0; eight &= eight - 1)
      list_[count++] = static_cast<std::uint8_t>(word + static_cast<std::size_t>(std::countr_zero(eight)) / 8);
  }
  const auto codes = std::span(list_).first(count);
  if (target_.classes > 0 && seen_[columns_.common(feature)]) count_common(codes, columns_.common(feature), sums);
  for (const std::uint8_t code : codes) seen_[code] = 0;
  return codes;
}

void SplitSearch::forget(std::uint8_t code) {
  if (target_.classes > 0) {
    std::fill_n(counts_.begin() + static_cast<std::ptrdiff_t>(code * target_.classes), target_.classes, 0u);
  } else {
    row_counts_[code] = 0;
    totals_[code] = 0;
  }
}

void SplitSearch::start(const NodeSums& sums) {
  std::fill(left_.begin(), left_.end(), 0.0);
  right_ = sums.classes;
  left_weight_ = left_sum_ = left_terms_ = right_terms_ = 0;
  right_weight_ = sums.weight;
  right_sum_ = sums.sum;
  left_rows_ = 0;
  right_rows_ = sums.rows;
  for (const double weight : right_)
    right_terms_ += growth_.impurity == Impurity::gini ? weight * weight : x_log_x(weight);
}

void SplitSearch::move_class(std::size_t code, std::uint32_t count) {
  const double weight = count * target_.class_weights[code];
  double &left = left_[code], &right = right_[code];
  if (growth_.impurity == Impurity::gini) {
    left_terms_ += weight * (2 * left + weight);
    right_terms_ -= weight * (2 * right - weight);
    left += weight;
    right -= weight;
  } else {
    left_terms_ -= x_log_x(left);
    right_terms_ -= x_log_x(right);
    left += weight;
    right -= weight;
    left_terms_ += x_log_x(left);
    right_terms_ += x_log_x(right);
  }
  left_weight_ += weight;
  right_weight_ -= weight;
  left_rows_ += count;
  right_rows_ -= count;
}

void SplitSearch::move_value(double weight, double sum, std::uint32_t count) {
  left_weight_ += weight;
  right_weight_ -= weight;
  left_sum_ += sum;
  right_sum_ -= sum;
  left_rows_ += count;
  right_rows_ -= count;
}

void SplitSearch::move_code(std::uint8_t code) {
  if (target_.classes == 0) {
    move_value(row_counts_[code], totals_[code], row_counts_[code]);
    return;
  }
  const std::uint32_t* counts = counts_.data() + code * target_.classes;
  for (std::size_t i = 0; i < target_.classes; ++i)
    if (counts[i] > 0) move_class(i, counts[i]);
}

double SplitSearch::score() const {
  if (!(left_weight_ > 0) || !(right_weight_ > 0)) return -std::numeric_limits<double>::infinity();
  if (target_.classes == 0) return left_sum_ * left_sum_ / left_weight_ + right_sum_ * right_sum_ / right_weight_;
  if (growth_.impurity == Impurity::gini) return left_terms_ / left_weight_ + right_terms_ / right_weight_;
  return left_terms_ - x_log_x(left_weight_) + right_terms_ - x_log_x(right_weight_);
}

bool SplitSearch::improve_coded(std::span<const TreeRow> rows, const NodeSums& sums, std::size_t feature,
                                Random* random, SplitChoice& best) {
  const auto codes = tally(rows, sums, feature);
  const auto values = columns_.values(feature);
  // Between two values, of which a drawn threshold is given twice.
  const auto take = [&](float low, float high) {
    if (const double found = score(); found > best.score && allowed())
      best = {found, static_cast<std::int32_t>(feature), low == high ? low : threshold_between(low, high)};
  };
  if (codes.size() > 1) {
    start(sums);
    if (random) {
      const float threshold = drawn_threshold(values[codes.front()], values[codes.back()], *random);
      for (std::size_t i = 0; values[codes[i]] <= threshold; ++i) move_code(codes[i]);
      take(threshold, threshold);
    } else {
      for (std::size_t i = 0; i + 1 < codes.size(); ++i) {
        move_code(codes[i]);
        take(values[codes[i]], values[codes[i + 1]]);
      }
    }
  }
  for (const std::uint8_t code : codes) forget(code);
  return codes.size() > 1;
}

bool SplitSearch::improve_floats(std::span<const TreeRow> rows, const NodeSums& sums, std::size_t feature,
                                 Random* random, SplitChoice& best) {
  const float* values = columns_.floats(feature);
  const auto move = [&](const TreeRow& row) {
    if (target_.classes > 0)
      move_class(row.code, row.weight);
    else
      move_value(row.weight, row.weight * target_.values[row.position], row.weight);
  };
  // Between two values, of which a drawn threshold is given twice.
  const auto take = [&](float low, float high) {
    if (const double found = score(); found > best.score && allowed())
      best = {found, static_cast<std::int32_t>(feature), low == high ? low : threshold_between(low, high)};
  };
  if (random) {
    float low = values[rows[0].position], high = low;
    for (const TreeRow& row : rows) {
      low = std::min(low, values[row.position]);
      high = std::max(high, values[row.position]);
    }
    if (!(low < high)) return false;
    start(sums);
    const float threshold = drawn_threshold(low, high, *random);
    for (const TreeRow& row : rows)
      if (values[row.position] <= threshold) move(row);
    take(threshold, threshold);
    return true;
  }
  keys_.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) keys_[i] = (std::uint64_t{ordered(values[rows[i].position])} << 32) | i;
  std::sort(keys_.begin(), keys_.end());
  const auto value_at = [&](std::size_t i) { return static_cast<std::uint32_t>(keys_[i] >> 32); };
  if (value_at(0) == value_at(rows.size() - 1)) return false;
  start(sums);
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    move(rows[static_cast<std::uint32_t>(keys_[i])]);
    if (value_at(i) != value_at(i + 1)) take(from_ordered(value_at(i)), from_ordered(value_at(i + 1)));
  }
  return true;
}

}  // namespace gb
