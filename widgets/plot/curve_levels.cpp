#include "widgets/plot/curve_levels.hpp"

#include <algorithm>
#include <cmath>

namespace gb {

bool CurveLevels::append(std::int64_t step, double value) {
  bool replaced = false;
  if (!steps_.empty() && step <= steps_.back()) {
    truncate(find(static_cast<double>(step)));
    replaced = true;
  }
  steps_.push_back(step);
  values_.push_back(value);
  // Close every block that this point completes, lowest level first.
  std::size_t blocks = values_.size();
  for (std::size_t level = 0; blocks % fan == 0; ++level) {
    Block made;
    for (std::size_t i = blocks - fan; i < blocks; ++i) merge(made, level == 0 ? single(i) : levels_[level - 1][i]);
    if (level == levels_.size()) levels_.emplace_back();
    levels_[level].push_back(made);
    blocks /= fan;
  }
  return replaced;
}

void CurveLevels::clear() {
  steps_.clear();
  values_.clear();
  levels_.clear();
}

void CurveLevels::reserve(std::size_t points) {
  steps_.reserve(points);
  values_.reserve(points);
}

void CurveLevels::truncate(std::size_t points) {
  steps_.resize(points);
  values_.resize(points);
  for (auto& level : levels_) level.resize(points /= fan);
}

std::size_t CurveLevels::find(double step) const {
  const auto found = std::lower_bound(steps_.begin(), steps_.end(), step, [](std::int64_t known, double wanted) {
    return static_cast<double>(known) < wanted;
  });
  return static_cast<std::size_t>(found - steps_.begin());
}

bool CurveLevels::drawable(std::size_t index, bool positive_only) const {
  return std::isfinite(values_[index]) && (!positive_only || values_[index] > 0);
}

CurveLevels::Block CurveLevels::single(std::size_t index) const {
  Block block;
  if (!std::isfinite(values_[index])) return block;
  block.lowest = block.highest = static_cast<std::uint32_t>(index);
  if (values_[index] > 0) block.lowest_positive = block.lowest;
  return block;
}

void CurveLevels::merge(Block& into, const Block& block) const {
  if (block.lowest != none && (into.lowest == none || values_[block.lowest] < values_[into.lowest]))
    into.lowest = block.lowest;
  if (block.highest != none && (into.highest == none || values_[block.highest] > values_[into.highest]))
    into.highest = block.highest;
  if (block.lowest_positive != none &&
      (into.lowest_positive == none || values_[block.lowest_positive] < values_[into.lowest_positive]))
    into.lowest_positive = block.lowest_positive;
}

CurveLevels::Extremes CurveLevels::extremes(std::size_t begin, std::size_t end, bool positive_only) const {
  end = std::min(end, size());
  Block all;
  const auto block = [&](std::size_t level, std::size_t i) { return level == 0 ? single(i) : levels_[level - 1][i]; };
  for (std::size_t level = 0; begin < end; ++level) {
    const bool top = level == levels_.size();
    while (begin < end && (top || begin % fan != 0)) merge(all, block(level, begin++));
    while (begin < end && end % fan != 0) merge(all, block(level, --end));
    begin /= fan;
    end /= fan;
  }
  const std::uint32_t lowest = positive_only ? all.lowest_positive : all.lowest;
  if (lowest == none) return {};
  return {true, lowest, all.highest};
}

std::vector<std::vector<QPointF>> CurveLevels::lines(double from, double to, int columns, bool positive_only,
                                                     bool log_steps, std::size_t most_lines) const {
  for (;;) {
    auto made = linesOnce(from, to, columns, positive_only, log_steps);
    if (made.size() <= most_lines || columns <= 1) return made;
    columns /= 2;
  }
}

std::vector<std::vector<QPointF>> CurveLevels::linesOnce(double from, double to, int columns, bool positive_only,
                                                         bool log_steps) const {
  std::vector<std::vector<QPointF>> made;
  if (empty() || columns < 1 || !(to > from)) return made;
  std::vector<QPointF> line;
  const auto part = [&] {
    if (!line.empty()) made.push_back(std::move(line));
    line.clear();
  };
  const auto add = [&](std::size_t index) { line.emplace_back(static_cast<double>(steps_[index]), values_[index]); };
  const auto add_or_part = [&](std::size_t index) {
    if (drawable(index, positive_only))
      add(index);
    else
      part();
  };

  std::size_t begin = find(from);
  const std::size_t end = std::max(find(to), begin);
  if (begin > 0) add_or_part(begin - 1);
  const double width = (to - from) / columns;
  const double ratio = log_steps && from > 0 ? std::log(to / from) / columns : 0;
  const auto edge = [&](int column) { return ratio > 0 ? from * std::exp(column * ratio) : from + column * width; };
  for (int column = 0; column < columns && begin < end; ++column) {
    const std::size_t next = column + 1 == columns ? end : std::min(find(edge(column + 1)), end);
    if (next - begin <= 2) {
      for (; begin < next; ++begin) add_or_part(begin);
      continue;
    }
    if (const Extremes found = extremes(begin, next, positive_only); !found.found) {
      part();
    } else {
      add(std::min(found.lowest, found.highest));
      if (found.lowest != found.highest) add(std::max(found.lowest, found.highest));
    }
    begin = next;
  }
  if (end < size()) add_or_part(end);
  part();
  return made;
}

}  // namespace gb
