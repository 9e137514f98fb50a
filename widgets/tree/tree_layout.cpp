#include "widgets/tree/tree_layout.hpp"

#include <algorithm>
#include <cmath>

namespace gb {

TreeLayout::TreeLayout(const Tree& tree) {
  const std::size_t count = tree.nodes.size();
  places_.resize(count);
  first_child_.assign(count + 1, 0);
  const auto parent = [&](std::size_t node) {
    const std::int32_t above = tree.nodes[node].parent;
    // A parent that comes later is none: the tree is what it is without.
    return above >= 0 && static_cast<std::size_t>(above) < node ? above : -1;
  };
  for (std::size_t node = 0; node < count; ++node)
    if (const auto above = parent(node); above >= 0) ++first_child_[static_cast<std::size_t>(above) + 1];
  for (std::size_t node = 0; node < count; ++node) first_child_[node + 1] += first_child_[node];
  children_.resize(count > 0 ? first_child_[count] : 0);
  std::vector<std::size_t> next(first_child_.begin(), first_child_.end());
  for (std::size_t node = 0; node < count; ++node) {
    const auto above = parent(node);
    if (above < 0)
      roots_.push_back(static_cast<std::int32_t>(node));
    else
      children_[next[static_cast<std::size_t>(above)]++] = static_cast<std::int32_t>(node);
    const double height = tree.nodes[node].height;
    places_[node].y = tree.heights ? (std::isfinite(height) ? height : 0) : above < 0 ? 0 : at(above).y + 1;
    places_[node].lowest = places_[node].y;
    deepest_ = std::max(deepest_, places_[node].y);
  }

  std::vector<std::int32_t> waiting(roots_.rbegin(), roots_.rend());
  while (!waiting.empty()) {
    const std::int32_t node = waiting.back();
    waiting.pop_back();
    const auto below = children(node);
    if (below.empty()) {
      Place& place = places_[static_cast<std::size_t>(node)];
      place.left = static_cast<double>(leaves_.size());
      place.right = place.left + 1;
      place.x = place.left + 0.5;
      leaves_.push_back(node);
    }
    waiting.insert(waiting.end(), below.rbegin(), below.rend());
  }
  // Children come after their parents: from the end, everything below is known.
  for (std::size_t node = count; node-- > 0;) {
    const auto below = children(static_cast<std::int32_t>(node));
    if (below.empty()) continue;
    Place& place = places_[node];
    place.left = at(below.front()).left;
    place.right = at(below.back()).right;
    place.x = (at(below.front()).x + at(below.back()).x) / 2;
    for (const std::int32_t child : below)
      place.lowest = tree.heights ? std::min(place.lowest, at(child).lowest) : std::max(place.lowest, at(child).lowest);
  }
}

std::span<const std::int32_t> TreeLayout::children(std::int32_t node) const {
  const auto at = static_cast<std::size_t>(node);
  return std::span(children_).subspan(first_child_[at], first_child_[at + 1] - first_child_[at]);
}

}  // namespace gb
