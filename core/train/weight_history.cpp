#include "core/train/weight_history.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace gb {
namespace {

constexpr std::size_t cells = 24;  // even: the range doubles by merging pairs
constexpr std::size_t most_columns = 32;

}  // namespace

void WeightHistory::reach(double largest) {
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

void WeightHistory::keep(Column column) {
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

std::shared_ptr<const Matrix> WeightHistory::look(std::int64_t step, const float* parameters) {
  double largest = 0, count = 0;
  for (const Segment& part : parts_)
    for (std::size_t i = part.begin; i < part.end; ++i) {
      const double size = std::abs(static_cast<double>(parameters[i]));
      if (std::isfinite(size)) largest = std::max(largest, size);
    }
  reach(largest);
  Column column{step, std::vector<double>(cells)};
  for (const Segment& part : parts_)
    for (std::size_t i = part.begin; i < part.end; ++i) {
      const auto weight = static_cast<double>(parameters[i]);
      if (!std::isfinite(weight)) continue;
      const double place = (weight / reach_ + 1) / 2 * static_cast<double>(cells);
      column.shares[std::min(static_cast<std::size_t>(place), cells - 1)] += 1;
      count += 1;
    }
  for (double& share : column.shares) share /= std::max(count, 1.0);
  keep(std::move(column));

  auto matrix = std::make_shared<Matrix>();
  matrix->view = "weights-" + layer_;
  matrix->title = "Weights of " + layer_;
  matrix->step = step;
  matrix->row_title = "weight";
  matrix->column_title = "step";
  for (const Column& one : columns_) matrix->column_labels.push_back(std::to_string(one.step));
  for (std::size_t row = 0; row < cells; ++row) {
    const std::size_t cell = cells - 1 - row;
    char text[32];
    std::snprintf(text, sizeof text, "%.2g", reach_ * ((2.0 * static_cast<double>(cell) + 1) / cells - 1));
    matrix->row_labels.emplace_back(text);
    for (const Column& one : columns_) matrix->values.push_back(one.shares[cell]);
  }
  return matrix;
}

}  // namespace gb
