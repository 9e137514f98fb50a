#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/events/events.hpp"

namespace gb {

/// Where the nodes of a tree stand on a plane without a size: leaves one beside another, each in a slot of width 1, in
/// the order in which a walk from the root meets them; inner nodes in the middle above their children. Computed in one
/// pass whatever the depth.
class TreeLayout {
 public:
  struct Place {
    double x = 0, y = 0;         ///< y: the depth (roots at 0), or the height of a merge
    double left = 0, right = 0;  ///< the slots of all leaves below
    double lowest = 0;           ///< of all nodes below: the greatest depth, or the least height
  };

  TreeLayout() = default;
  explicit TreeLayout(const Tree& tree);

  std::size_t size() const { return places_.size(); }
  const Place& at(std::int32_t node) const { return places_[static_cast<std::size_t>(node)]; }
  std::span<const std::int32_t> children(std::int32_t node) const;
  const std::vector<std::int32_t>& roots() const { return roots_; }
  /// Leaves from left to right.
  const std::vector<std::int32_t>& leaves() const { return leaves_; }
  double deepest() const { return deepest_; }  ///< or the greatest height

 private:
  std::vector<Place> places_;
  std::vector<std::size_t> first_child_;  ///< of each node in children_; one more than nodes
  std::vector<std::int32_t> children_, roots_, leaves_;
  double deepest_ = 0;
};

}  // namespace gb
