#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/events/events.hpp"

namespace gb {

/// How the numbers of one layer (its weights, what it hands on) were spread, over time: a column per look, the newest
/// at the right, old ones thinned out. All columns share one range about zero, which doubles (merging cells in pairs)
/// when numbers grow out of it.
class SpreadHistory {
 public:
  /// `group` are all histories of a kind ("weights"), `number` is one of what is counted ("weight"), `title` a whole
  /// one ("Weights of conv2d").
  SpreadHistory(std::string group, std::string layer, std::string title, std::string number)
      : view_(std::move(group) + "/" + std::move(layer)), title_(std::move(title)), number_(std::move(number)) {}

  /// Looks at the numbers, which lie in several stretches, and returns the whole picture (view "GROUP/LAYER"): rows are
  /// ranges of numbers, the largest first; columns are steps; values are shares of the numbers. What is not finite is
  /// not counted. The half below zero is left out while nothing has been there.
  std::shared_ptr<const Matrix> look(std::int64_t step, std::span<const std::span<const float>> parts);

 private:
  struct Column {
    std::int64_t step = 0;
    std::vector<double> shares;  ///< from -reach_ to reach_
  };
  void reach(double largest);
  void keep(Column column);
  std::shared_ptr<const Matrix> picture(std::int64_t step) const;

  std::string view_, title_, number_;
  double reach_ = 0;
  std::vector<Column> columns_;
  std::int64_t gap_ = 0;  ///< columns are at least so many steps apart
};

}  // namespace gb
