#include "core/train/binned_rows.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "core/base/parallel.hpp"
#include "core/train/tree_columns.hpp"

namespace gb {
namespace {

/// Rows that bins of many-valued features are cut by, as in scikit-learn.
constexpr std::size_t most_sampled_rows = 200000;
/// Bins of a group: 256 kB of histogram, which the second-level cache holds.
constexpr std::uint32_t group_bins = 16384;
/// Groups are what threads share out, so there should be some of them.
constexpr std::size_t least_groups = 8;
/// A bin that holds this share of the rows is not stored.
constexpr double common_share = 0.5;

/// Different values, ascending, and how many rows have each.
struct Counted {
  std::vector<float> values;
  std::vector<std::size_t> counts;
  std::size_t total = 0;
};

/// The ends of all bins but the last. With more values than bins: midpoints at equal shares of the rows.
std::vector<float> bin_edges(const Counted& counted, std::size_t most) {
  std::vector<float> edges;
  const auto& values = counted.values;
  if (values.size() <= most) {
    for (std::size_t i = 1; i < values.size(); ++i) edges.push_back(threshold_between(values[i - 1], values[i]));
    return edges;
  }
  std::size_t at = 0, passed = 0;
  for (std::size_t i = 1; i < most; ++i) {
    const double position = static_cast<double>(i) * static_cast<double>(counted.total) / static_cast<double>(most);
    while (at + 1 < values.size() && static_cast<double>(passed + counted.counts[at]) < position)
      passed += counted.counts[at++];
    if (at + 1 == values.size()) break;
    const float edge = threshold_between(values[at], values[at + 1]);
    if (edges.empty() || edge > edges.back()) edges.push_back(edge);
  }
  return edges;
}

Counted count_floats(std::vector<float>& sample) {
  std::sort(sample.begin(), sample.end());
  Counted counted;
  counted.total = sample.size();
  for (const float value : sample) {
    if (counted.values.empty() || value != counted.values.back()) {
      counted.values.push_back(value);
      counted.counts.push_back(0);
    }
    ++counted.counts.back();
  }
  return counted;
}

/// What each byte stands for.
std::array<float, 256> byte_values(const Features& features) {
  std::array<std::uint8_t, 256> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  std::array<float, 256> values;
  features.expand(bytes, values.data());
  return values;
}

std::uint8_t bin_of(const BinnedRows::Column& column, float value) {
  if (std::isnan(value)) return static_cast<std::uint8_t>(column.bins - 1);
  return static_cast<std::uint8_t>(std::lower_bound(column.edges.begin(), column.edges.end(), value) -
                                   column.edges.begin());
}

}  // namespace

BinnedRows::BinnedRows(const Features& features, std::span<const std::int64_t> rows, int most_bins)
    : features_(features), rows_(rows) {
  const auto count = static_cast<std::size_t>(features.columns());
  const auto most = static_cast<std::size_t>(most_bins);
  std::vector<Column> all(count);
  std::array<float, 256> meant{};
  if (features.bytes()) meant = byte_values(features);
  parallel_chunks(count, 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    std::vector<float> sample;
    // Bytes are counted for a span of columns at once: rows are read once then.
    std::vector<std::array<std::size_t, 256>> tallies;
    if (features.bytes()) {
      tallies.resize(end - begin);
      for (const std::int64_t row : rows_) {
        const std::uint8_t* bytes = features.bytes() + row * features.columns();
        for (std::size_t column = begin; column < end; ++column) ++tallies[column - begin][bytes[column]];
      }
    }
    for (std::size_t i = begin; i < end; ++i) {
      Column& column = all[i];
      column.feature = static_cast<std::int32_t>(i);
      Counted counted;
      if (features.bytes()) {
        std::vector<std::pair<float, std::size_t>> present;
        for (std::size_t byte = 0; byte < 256; ++byte)
          if (tallies[i - begin][byte] > 0) present.emplace_back(meant[byte], tallies[i - begin][byte]);
        std::sort(present.begin(), present.end());
        for (const auto& [value, times] : present) {
          if (counted.values.empty() || value != counted.values.back()) {
            counted.values.push_back(value);
            counted.counts.push_back(0);
          }
          counted.counts.back() += times;
        }
        counted.total = rows_.size();
        column.edges = bin_edges(counted, most == 255 ? 256 : most);
      } else {
        const MatrixF& matrix = *features.matrix();
        sample.clear();
        const std::size_t stride = std::max<std::size_t>(1, rows_.size() / most_sampled_rows);
        for (std::size_t row = 0; row < rows_.size(); ++row) {
          const float value = matrix(rows_[row], static_cast<Eigen::Index>(i)) + 0.0F;
          if (std::isnan(value))
            column.missing = true;
          else if (row % stride == 0)
            sample.push_back(value);
        }
        counted = count_floats(sample);
        column.edges = bin_edges(counted, most);
      }
      column.bins = static_cast<std::uint32_t>(column.edges.size()) + 1 + column.missing;
      if (column.bins < 2) continue;
      std::array<std::size_t, 257> held{};
      if (features.bytes())
        for (std::size_t byte = 0; byte < 256; ++byte) held[bin_of(column, meant[byte])] += tallies[i - begin][byte];
      else
        for (const std::int64_t row : rows_) ++held[bin_of(column, (*features.matrix())(row, column.feature))];
      const auto most_held = std::max_element(held.begin(), held.begin() + column.bins);
      if (static_cast<double>(*most_held) >= common_share * static_cast<double>(rows_.size()))
        column.common = static_cast<std::int32_t>(most_held - held.begin());
    }
  });
  // Columns of a kind beside each other, so that a group is of one kind.
  for (const bool stored : {false, true})
    for (Column& column : all)
      if (column.bins >= 2 && (column.common < 0) == stored) columns_.push_back(std::move(column));
  for (Column& column : columns_) {
    column.first_bin = bins_;
    bins_ += column.bins;
  }
  const std::uint32_t wanted =
      std::clamp<std::uint32_t>(bins_ / static_cast<std::uint32_t>(least_groups), 1, group_bins);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    const bool same_kind = i > 0 && (columns_[i - 1].common < 0) == (column.common < 0);
    if (groups_.empty() || !same_kind || groups_.back().bins + column.bins > std::max(wanted, 256u)) {
      groups_.emplace_back();
      groups_.back().begin = i;
      groups_.back().first_bin = column.first_bin;
    }
    groups_.back().end = i + 1;
    groups_.back().bins += column.bins;
  }
  parallel_chunks(groups_.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) fill(groups_[i]);
  });
}

void BinnedRows::fill(Group& group) const {
  const std::size_t width = group.end - group.begin;
  const bool stored = columns_[group.begin].common < 0;
  // Of pixels, the bin of each byte and column.
  std::vector<std::array<std::uint8_t, 256>> of_bytes(features_.bytes() ? width : 0);
  if (features_.bytes()) {
    const auto meant = byte_values(features_);
    for (std::size_t i = 0; i < width; ++i)
      for (std::size_t byte = 0; byte < 256; ++byte) of_bytes[i][byte] = bin_of(columns_[group.begin + i], meant[byte]);
  }
  if (stored) group.cells.resize(rows_.size() * width);
  if (!stored) group.starts.assign(rows_.size() + 1, 0);
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const std::uint8_t* bytes = features_.bytes() ? features_.bytes() + rows_[row] * features_.columns() : nullptr;
    const float* values = bytes ? nullptr : features_.matrix()->data() + rows_[row] * features_.columns();
    for (std::size_t i = 0; i < width; ++i) {
      const Column& column = columns_[group.begin + i];
      const std::uint8_t bin = bytes ? of_bytes[i][bytes[column.feature]] : bin_of(column, values[column.feature]);
      if (stored)
        group.cells[row * width + i] = bin;
      else if (bin != column.common)
        group.entries.push_back(static_cast<std::uint16_t>(column.first_bin - group.first_bin + bin));
    }
    if (!stored) group.starts[row + 1] = static_cast<std::uint32_t>(group.entries.size());
  }
  group.entries.shrink_to_fit();
}

std::size_t BinnedRows::divide(std::span<std::uint32_t> rows, std::int32_t feature, float threshold, bool missing_left,
                               std::span<std::uint32_t> scratch) const {
  std::size_t left = 0, right = 0;
  const auto part = [&](const auto& goes_left) {
    for (const std::uint32_t row : rows) {
      const bool first = goes_left(row);
      rows[left] = row;
      scratch[right] = row;
      left += first;
      right += !first;
    }
  };
  if (features_.bytes()) {
    std::array<std::uint8_t, 256> first;
    const auto meant = byte_values(features_);
    for (std::size_t i = 0; i < first.size(); ++i) first[i] = meant[i] <= threshold;
    const std::uint8_t* bytes = features_.bytes() + feature;
    part([&](std::uint32_t row) { return first[bytes[rows_[row] * features_.columns()]]; });
  } else {
    const float* values = features_.matrix()->data() + feature;
    part([&](std::uint32_t row) {
      const float value = values[rows_[row] * features_.columns()];
      return std::isnan(value) ? missing_left : value <= threshold;
    });
  }
  std::copy_n(scratch.begin(), right, rows.begin() + static_cast<std::ptrdiff_t>(left));
  return left;
}

}  // namespace gb
