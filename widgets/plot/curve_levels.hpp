#pragma once

#include <QPointF>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gb {

/// The values of one curve, and where lowest and highest stand in ever longer stretches of it, so that any stretch of
/// a million points is summed up in a few dozen looks. Appending costs O(1) amortised; the levels add about a twentieth
/// of the memory. Not finite values are gaps; on a logarithmic axis those at or below zero are as well.
class CurveLevels {
 public:
  /// Steps rise. A step that does not lies before what is known already (a run went back to a checkpoint): it replaces
  /// everything from there on. Returns whether it did.
  bool append(std::int64_t step, double value);
  void clear();
  void reserve(std::size_t points);

  std::size_t size() const { return values_.size(); }
  bool empty() const { return values_.empty(); }
  std::int64_t step(std::size_t index) const { return steps_[index]; }
  double value(std::size_t index) const { return values_[index]; }
  /// The first index whose step is not below `step`.
  std::size_t find(double step) const;
  bool drawable(std::size_t index, bool positive_only) const;

  /// Indices of the lowest and the highest drawable value in [begin, end).
  struct Extremes {
    bool found = false;
    std::size_t lowest = 0, highest = 0;
  };
  Extremes extremes(std::size_t begin, std::size_t end, bool positive_only) const;

  /// The curve between two steps as lines (step, value), parted at gaps, at most two points for each of `columns`
  /// equal stretches, plus one neighbour beyond either end. A gap shorter than a column that also holds values does
  /// not part the line. At most `most_lines` lines: where gaps part it oftener, the columns become wider. On
  /// logarithmic steps (`from` above zero) the stretches are equal there.
  std::vector<std::vector<QPointF>> lines(double from, double to, int columns, bool positive_only,
                                          bool log_steps = false, std::size_t most_lines = 200) const;

 private:
  static constexpr std::size_t fan = 16;
  static constexpr std::uint32_t none = 0xffffffffU;
  /// Indices into values_, `none` where no value of the block qualifies.
  struct Block {
    std::uint32_t lowest = none, highest = none, lowest_positive = none;
  };

  void truncate(std::size_t points);
  Block single(std::size_t index) const;
  void merge(Block& into, const Block& block) const;
  std::vector<std::vector<QPointF>> linesOnce(double from, double to, int columns, bool positive_only,
                                              bool log_steps) const;

  std::vector<std::int64_t> steps_;
  std::vector<double> values_;
  std::vector<std::vector<Block>> levels_;  ///< levels_[k] holds the complete blocks of fan^(k+1) points
};

}  // namespace gb
