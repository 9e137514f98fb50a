#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/data/features.hpp"

namespace gb {

/// Training rows cut into bins, as histogram boosting reads them (Ke et al. 2017). A feature of few different values
/// has a bin for each; others are cut so that bins hold about equally many rows. Missing values (NaN) have the last bin
/// of their feature to themselves. A value that most rows share is not stored at all: what a histogram lacks of it is
/// what its node's sums have left.
class BinnedRows {
 public:
  struct Column {
    std::int32_t feature = 0;
    std::uint32_t first_bin = 0;  ///< among all bins
    std::uint32_t bins = 0;       ///< with the one of missing values
    bool missing = false;         ///< the last bin is that of missing values
    std::int32_t common = -1;     ///< the bin that is not stored, within the column; -1: all are
    std::vector<float> edges;     ///< bin i ends at edges[i], which belongs to it
  };
  /// Some columns whose histograms fit into the cache together.
  struct Group {
    std::size_t begin = 0, end = 0;  ///< of columns
    std::uint32_t first_bin = 0, bins = 0;
    std::vector<std::uint8_t> cells;     ///< where all columns store all bins: rows x columns
    std::vector<std::uint32_t> starts;   ///< else: where each row's entries begin
    std::vector<std::uint16_t> entries;  ///< bins within the group
  };

  /// At most `most_bins` bins (2 to 255) per feature, missing values not counted; pixels may have all of their 256.
  /// Positions below are those within `rows`.
  BinnedRows(const Features& features, std::span<const std::int64_t> rows, int most_bins);

  std::size_t rows() const { return rows_.size(); }
  std::uint32_t bins() const { return bins_; }
  /// Features that differ somewhere.
  const std::vector<Column>& columns() const { return columns_; }
  const std::vector<Group>& groups() const { return groups_; }

  /// Puts the rows (positions) whose value is at most the threshold (or missing, for `missing_left`) first, both parts
  /// in their order. Returns how many they are. `scratch` has room for as many rows.
  std::size_t divide(std::span<std::uint32_t> rows, std::int32_t feature, float threshold, bool missing_left,
                     std::span<std::uint32_t> scratch) const;

 private:
  void fill(Group& group) const;

  Features features_;
  std::span<const std::int64_t> rows_;
  std::vector<Column> columns_;
  std::vector<Group> groups_;
  std::uint32_t bins_ = 0;
};

}  // namespace gb
