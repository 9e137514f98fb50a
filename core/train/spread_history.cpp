#include "core/train/spread_history.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace gb {
namespace {

constexpr std::size_t cells = 24;  // even: the range doubles by merging pairs
constexpr std::size_t most_columns = 32;

}  // namespace

void SpreadHistory::reach(double largest) {
  if (reach_ == 0) {
    reach_ = largest > 0 ? std::exp2(std::ceil(std::log2(largest))) : 1;
    return;
  }
  while (largest > reach_) {
    reach_ *= 2;
    for (Column& column : columns_) {
      std::vector<double> merged(cells);
      for (std::size_t i = 0; i < cells; ++i) merged[cells / 4 + i / 2] += column.shares[i];
      column.shares = std::move(merged);
    }
  }
}

void SpreadHistory::keep(Column column) {
  const std::size_t count = columns_.size();
  if (count >= 2 && columns_[count - 1].step - columns_[count - 2].step < gap_) {
    columns_.back() = std::move(column);
    return;
  }
  if (count == most_columns) {
    for (std::size_t i = 0; 2 * i < count; ++i) columns_[i] = columns_[2 * i];
    columns_.resize(count / 2);
    gap_ = columns_[1].step - columns_[0].step;
  }
  columns_.push_back(std::move(column));
}

std::shared_ptr<const Matrix> SpreadHistory::look(std::int64_t step, std::span<const std::span<const float>> parts) {
  double largest = 0, count = 0;
  for (const auto part : parts)
    for (const float value : part) {
      const double size = std::abs(static_cast<double>(value));
      if (std::isfinite(size)) largest = std::max(largest, size);
    }
  reach(largest);
  Column column{step, std::vector<double>(cells)};
  for (const auto part : parts)
    for (const float value : part) {
      const auto number = static_cast<double>(value);
      if (!std::isfinite(number)) continue;
      const double place = (number / reach_ + 1) / 2 * static_cast<double>(cells);
      column.shares[std::min(static_cast<std::size_t>(place), cells - 1)] += 1;
      count += 1;
    }
  for (double& share : column.shares) share /= std::max(count, 1.0);
  keep(std::move(column));
  return picture(step);
}

std::shared_ptr<const Matrix> SpreadHistory::picture(std::int64_t step) const {
  auto matrix = std::make_shared<Matrix>();
  matrix->view = view_;
  matrix->title = title_;
  matrix->step = step;
  matrix->row_title = number_;
  matrix->column_title = "step";
  for (const Column& one : columns_) matrix->column_labels.push_back(std::to_string(one.step));
  const bool negative = std::any_of(columns_.begin(), columns_.end(), [](const Column& one) {
    return std::any_of(one.shares.begin(), one.shares.begin() + cells / 2, [](double share) { return share > 0; });
  });
  for (std::size_t row = 0; row < (negative ? cells : cells / 2); ++row) {
    const std::size_t cell = cells - 1 - row;
    char text[32];
    std::snprintf(text, sizeof text, "%.2g", reach_ * ((2.0 * static_cast<double>(cell) + 1) / cells - 1));
    matrix->row_labels.emplace_back(text);
    for (const Column& one : columns_) matrix->values.push_back(one.shares[cell]);
  }
  return matrix;
}

}  // namespace gb
