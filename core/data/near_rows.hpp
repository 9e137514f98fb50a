#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/data/dataset.hpp"

namespace gb {

/// Finds for each of some rows another one that says nearly the same:
/// - of a table, one that is equal in every category and text and nowhere farther than a thousandth of the column's
///   deviation in numbers; asked only where three columns of numbers or more vary, as with fewer rows come so near by
///   chance;
/// - of pictures, one whose difference hash (horizontal differences of brightness between 9 x 8 fields) is the same but
///   for a few bits, and whose pixels correlate by 0.99 or more.
class NearRows {
 public:
  /// Looks at `columns` of a table and at all pixels of pictures. Everything is borrowed.
  NearRows(const Dataset& dataset, std::vector<const Column*> columns, std::span<const std::int64_t> rows);

  /// Per row of `asked` the first row of `among`, in its order, that is near it without being equal to it, itself
  /// apart; -1 for none. Both are rows of the constructor's. With more than 2e9 pairs of pictures to compare, all are
  /// -1.
  std::vector<std::int64_t> partners(std::span<const std::int64_t> asked, std::span<const std::int64_t> among) const;

 private:
  std::vector<std::int64_t> table_partners(std::span<const std::int64_t> asked,
                                           std::span<const std::int64_t> among) const;
  std::vector<std::int64_t> picture_partners(std::span<const std::int64_t> asked,
                                             std::span<const std::int64_t> among) const;
  bool near(std::int64_t a, std::int64_t b) const;
  bool alike(std::int64_t a, std::int64_t b) const;
  double projected(std::int64_t row) const;

  const Dataset& dataset_;
  std::vector<const Column*> columns_;
  std::vector<double> reach_;          ///< per column of numbers how far is near; 0 for others
  std::size_t varying_ = 0;            ///< columns of numbers
  std::vector<std::uint64_t> hashes_;  ///< of every picture of the dataset
};

}  // namespace gb
