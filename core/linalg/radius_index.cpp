#include "core/linalg/radius_index.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/parallel.hpp"
#include "core/linalg/product.hpp"

namespace gb {
namespace {

using Eigen::Index;

/// Rows whose distances to some points are computed at once.
constexpr std::int64_t tile_rows = 128, tile_points = 1024;

}  // namespace

RadiusIndex::RadiusIndex(MatrixF points, double radius)
    : features_(points.cols()), squared_radius_(radius * radius), by_products_(points.cols() > most_in_cells) {
  const auto count = static_cast<std::size_t>(points.rows());
  order_.resize(count);
  places_.resize(count);
  std::iota(order_.begin(), order_.end(), 0);
  if (!by_products_) {
    for (int i = 0; i < most_axes; ++i) width_[i] = radius;
    make_cells(points);
    find_neighbors();
  } else {
    points_ = std::move(points);
    mean_ = count > 0 ? Eigen::RowVectorXf(points_.cast<double>().colwise().mean().cast<float>())
                      : Eigen::RowVectorXf::Zero(features_);
    norms_.resize(count);
    parallel_chunks(count, 64, [&](std::size_t begin, std::size_t end, std::size_t) {
      MatrixF row(1, features_);
      for (std::size_t i = begin; i < end; ++i)
        centered(points_.data() + static_cast<Index>(i) * features_, 1, row.data(), norms_.data() + i);
    });
    remaining_.resize(count);
    std::iota(remaining_.begin(), remaining_.end(), 0);
  }
  for (std::size_t i = 0; i < count; ++i) places_[static_cast<std::size_t>(order_[i])] = static_cast<std::int64_t>(i);
}

void RadiusIndex::make_cells(const MatrixF& points) {
  // The features along which the points reach farthest part them best.
  std::vector<std::pair<double, Index>> spans;
  for (Index i = 0; i < features_ && points.rows() > 0; ++i)
    spans.emplace_back(static_cast<double>(points.col(i).maxCoeff()) - static_cast<double>(points.col(i).minCoeff()),
                       i);
  std::stable_sort(spans.begin(), spans.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  axes_ = static_cast<int>(std::min<std::size_t>(spans.size(), most_axes));
  std::uint64_t stride = 1;
  for (int i = 0; i < axes_; ++i) {
    constexpr double most_cells = 1 << 20;
    axis_[i] = spans[static_cast<std::size_t>(i)].second;
    low_[i] = static_cast<double>(points.col(axis_[i]).minCoeff());
    // A little wider than the radius: rounding must not put neighbours two cells apart.
    width_[i] = std::max(width_[i] * (1 + 1e-6), spans[static_cast<std::size_t>(i)].first / most_cells);
    cells_along_[i] = static_cast<std::uint64_t>(spans[static_cast<std::size_t>(i)].first / width_[i]) + 1;
    stride_[i] = stride;
    stride *= cells_along_[i] + 2;  // an empty cell at both ends
  }
  std::vector<std::uint64_t> keys(order_.size());
  for (std::size_t row = 0; row < keys.size(); ++row)
    for (int i = 0; i < axes_; ++i) {
      const double along = (static_cast<double>(points(static_cast<Index>(row), axis_[i])) - low_[i]) / width_[i];
      keys[row] += (static_cast<std::uint64_t>(along) + 1) * stride_[i];
    }
  std::sort(order_.begin(), order_.end(), [&](std::int64_t a, std::int64_t b) {
    const auto key_a = keys[static_cast<std::size_t>(a)], key_b = keys[static_cast<std::size_t>(b)];
    return key_a != key_b ? key_a < key_b : a < b;
  });
  points_.resize(points.rows(), features_);
  cell_of_.resize(order_.size());
  for (std::size_t position = 0; position < order_.size(); ++position) {
    points_.row(static_cast<Index>(position)) = points.row(order_[position]);
    const std::uint64_t key = keys[static_cast<std::size_t>(order_[position])];
    if (cells_.empty() || cells_.back().key != key) cells_.push_back({key, static_cast<std::int32_t>(position), 0});
    ++cells_.back().alive;
    cell_of_[position] = static_cast<std::int32_t>(cells_.size() - 1);
  }
  slots_.resize(order_.size());
  std::iota(slots_.begin(), slots_.end(), 0);
}

void RadiusIndex::find_neighbors() {
  // Own row of cells first: most neighbours are there.
  offsets_ = {0};
  for (int i = 1; i < axes_; ++i) {
    const std::vector<std::int64_t> before = offsets_;
    for (const std::int64_t sign : {-1, 1})
      for (const std::int64_t offset : before)
        offsets_.push_back(offset + sign * static_cast<std::int64_t>(stride_[i]));
  }
  neighbors_.resize(cells_.size() * offsets_.size());
  parallel_chunks(offsets_.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t o = begin; o < end; ++o) {
      // Keys ascend, and so do those looked for: one walk finds them all.
      std::size_t first = 0, last = 0;
      for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
        const std::int64_t middle = static_cast<std::int64_t>(cells_[cell].key) + offsets_[o];
        while (first < cells_.size() && static_cast<std::int64_t>(cells_[first].key) < middle - 1) ++first;
        last = std::max(last, first);
        while (last < cells_.size() && static_cast<std::int64_t>(cells_[last].key) <= middle + 1) ++last;
        neighbors_[cell * offsets_.size() + o] = {static_cast<std::int32_t>(first), static_cast<std::int32_t>(last)};
      }
    }
  });
}

std::int32_t RadiusIndex::end_of(std::size_t cell) const {
  return cell + 1 < cells_.size() ? cells_[cell + 1].first : static_cast<std::int32_t>(order_.size());
}

double RadiusIndex::squared_distance(const float* a, const float* b) const {
  if (features_ == 2) {
    const double x = static_cast<double>(a[0]) - static_cast<double>(b[0]);
    const double y = static_cast<double>(a[1]) - static_cast<double>(b[1]);
    return x * x + y * y;
  }
  double sum = 0;
  for (std::int64_t i = 0; i < features_; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum;
}

bool RadiusIndex::within(const float* a, const float* b) const {
  return squared_distance(a, b) <= squared_radius_;
}

std::vector<std::uint8_t> RadiusIndex::crowded(std::int64_t wanted, const std::function<bool()>& stop) const {
  std::vector<std::uint8_t> flags(order_.size());
  std::atomic<bool> stopped = false;
  if (by_products_) {
    crowded_by_products(
        wanted, [&] { return stopped = stopped || stop(); }, flags);
    if (stopped) flags.clear();
    return flags;
  }
  parallel_chunks(order_.size(), 256, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t position = begin; position < end; ++position) {
      if (position % 1024 == 0 && (stopped || stop())) {
        stopped = true;
        return;
      }
      const float* point = points_.data() + static_cast<Index>(position) * features_;
      const auto cell = static_cast<std::size_t>(cell_of_[position]);
      std::int64_t found = 0;
      for (std::size_t o = 0; o < offsets_.size() && found < wanted; ++o) {
        const CellRange range = neighbors_[cell * offsets_.size() + o];
        if (range.first == range.last) continue;
        const std::int32_t last = end_of(static_cast<std::size_t>(range.last) - 1);
        for (std::int32_t other = cells_[static_cast<std::size_t>(range.first)].first; other < last && found < wanted;
             ++other)
          found += within(point, points_.data() + other * features_);
      }
      flags[static_cast<std::size_t>(order_[position])] = found >= wanted;
    }
  });
  if (stopped) flags.clear();
  return flags;
}

void RadiusIndex::take_around(std::span<const std::int64_t> from, std::vector<std::int64_t>& taken) {
  if (by_products_) {
    take_by_products(from, taken);
    return;
  }
  for (const std::int64_t point : from) take_from_cells(places_[static_cast<std::size_t>(point)], taken);
}

void RadiusIndex::take_from_cells(std::int64_t position, std::vector<std::int64_t>& taken) {
  const float* point = points_.data() + position * features_;
  const auto own = static_cast<std::size_t>(cell_of_[static_cast<std::size_t>(position)]);
  for (std::size_t o = 0; o < offsets_.size(); ++o) {
    const CellRange range = neighbors_[own * offsets_.size() + o];
    for (std::int32_t i = range.first; i < range.last; ++i) {
      Cell& cell = cells_[static_cast<std::size_t>(i)];
      for (std::int32_t slot = cell.first; slot < cell.first + cell.alive;) {
        std::int32_t& candidate = slots_[static_cast<std::size_t>(slot)];
        if (!within(point, points_.data() + candidate * features_)) {
          ++slot;
          continue;
        }
        taken.push_back(order_[static_cast<std::size_t>(candidate)]);
        --cell.alive;
        std::swap(candidate, slots_[static_cast<std::size_t>(cell.first + cell.alive)]);
      }
    }
  }
}

void RadiusIndex::nearest(const float* rows, std::int64_t count, std::int64_t* out) const {
  if (by_products_) {
    nearest_by_products(rows, count, out);
    return;
  }
  parallel_chunks(static_cast<std::size_t>(count), 64, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) out[i] = nearest_in_cells(rows + static_cast<Index>(i) * features_);
  });
}

std::int64_t RadiusIndex::nearest_in_cells(const float* row) const {
  std::int64_t key = 0;
  for (int i = 0; i < axes_; ++i) {
    const double along = std::floor((static_cast<double>(row[axis_[i]]) - low_[i]) / width_[i]);
    // Two cells beyond the last one nothing is within the radius any more; nor is anything of what is no number.
    if (!(along >= -1 && along <= static_cast<double>(cells_along_[i]))) return -1;
    key += (static_cast<std::int64_t>(along) + 1) * static_cast<std::int64_t>(stride_[i]);
  }
  double least = squared_radius_;
  std::int64_t found = -1;
  for (const std::int64_t offset : offsets_) {
    const auto by_key = [](const Cell& cell, std::int64_t wanted) {
      return static_cast<std::int64_t>(cell.key) < wanted;
    };
    auto cell = std::lower_bound(cells_.begin(), cells_.end(), key + offset - 1, by_key);
    for (; cell != cells_.end() && static_cast<std::int64_t>(cell->key) <= key + offset + 1; ++cell)
      for (std::int32_t other = cell->first; other < end_of(static_cast<std::size_t>(cell - cells_.begin())); ++other) {
        const double distance = squared_distance(row, points_.data() + other * features_);
        const std::int64_t number = order_[static_cast<std::size_t>(other)];
        // The lowest number of equals: the same whatever the order of cells.
        if (distance < least || (distance == least && (found < 0 || number < found))) {
          least = distance;
          found = number;
        }
      }
  }
  return found;
}

// Many features: products.

void RadiusIndex::centered(const float* rows, std::int64_t count, float* out, float* squared_norms) const {
  Eigen::Map<MatrixF> result(out, count, features_);
  result = Eigen::Map<const MatrixF>(rows, count, features_).rowwise() - mean_;
  for (Index i = 0; i < count; ++i) squared_norms[i] = static_cast<float>(result.row(i).cast<double>().squaredNorm());
}

float RadiusIndex::product_error(float largest_a, float largest_b) const {
  // Of |a|^2 + |b|^2 - 2 a.b: the product's own bound (product.hpp), twice, and the roundings around it.
  const double a = std::sqrt(static_cast<double>(largest_a)), b = std::sqrt(static_cast<double>(largest_b));
  return static_cast<float>(0x1.0p-24 * (2.0 * static_cast<double>(features_ + 4) * a * b + 8 * (a + b) * (a + b)));
}

void RadiusIndex::crowded_by_products(std::int64_t wanted, const std::function<bool()>& stop,
                                      std::vector<std::uint8_t>& flags) const {
  const std::int64_t all = count();
  const float largest = norms_.empty() ? 0 : *std::max_element(norms_.begin(), norms_.end());
  const float error = product_error(largest, largest);
  const auto limit = static_cast<float>(squared_radius_);
  parallel_chunks(
      static_cast<std::size_t>((all + tile_rows - 1) / tile_rows), 1,
      [&](std::size_t begin, std::size_t end, std::size_t) {
        MatrixF rows(tile_rows, features_), points(tile_points, features_), products(tile_rows, tile_points);
        std::vector<float> row_norms(tile_rows), point_norms(tile_points);
        for (auto tile = static_cast<std::int64_t>(begin); tile < static_cast<std::int64_t>(end); ++tile) {
          if (stop()) return;
          const std::int64_t first = tile * tile_rows, some = std::min(tile_rows, all - first);
          centered(points_.data() + first * features_, some, rows.data(), row_norms.data());
          std::vector<std::int64_t> found(static_cast<std::size_t>(some));
          for (std::int64_t from = 0; from < all; from += tile_points) {
            const std::int64_t many = std::min(tile_points, all - from);
            centered(points_.data() + from * features_, many, points.data(), point_norms.data());
            multiply_transposed(rows.data(), some, points.data(), many, features_, products.data());
            for (std::int64_t i = 0; i < some; ++i)
              for (std::int64_t j = 0; j < many; ++j) {
                const float squared = row_norms[static_cast<std::size_t>(i)] +
                                      point_norms[static_cast<std::size_t>(j)] - 2 * products.data()[i * many + j];
                if (squared > limit + error) continue;
                if (squared < limit - error ||
                    within(points_.data() + (first + i) * features_, points_.data() + (from + j) * features_))
                  ++found[static_cast<std::size_t>(i)];
              }
          }
          for (std::int64_t i = 0; i < some; ++i)
            flags[static_cast<std::size_t>(order_[static_cast<std::size_t>(first + i)])] =
                found[static_cast<std::size_t>(i)] >= wanted;
        }
      });
}

void RadiusIndex::take_by_products(std::span<const std::int64_t> from, std::vector<std::int64_t>& taken) {
  const auto wanted = static_cast<std::int64_t>(from.size());
  if (wanted == 0 || remaining_.empty()) return;
  MatrixF sources(wanted, features_);
  std::vector<float> source_norms(from.size());
  for (std::int64_t i = 0; i < wanted; ++i)
    centered(points_.data() + places_[static_cast<std::size_t>(from[static_cast<std::size_t>(i)])] * features_, 1,
             sources.data() + i * features_, source_norms.data() + i);
  const float error = product_error(*std::max_element(norms_.begin(), norms_.end()),
                                    *std::max_element(source_norms.begin(), source_norms.end()));
  const auto limit = static_cast<float>(squared_radius_);
  std::vector<std::uint8_t> hit(remaining_.size());
  parallel_chunks(remaining_.size(), 32, [&](std::size_t begin, std::size_t end, std::size_t) {
    MatrixF rows(tile_rows, features_), products(tile_rows, std::min(wanted, tile_points));
    std::vector<float> row_norms(tile_rows);
    for (std::size_t first = begin; first < end; first += tile_rows) {
      const auto some = static_cast<std::int64_t>(std::min<std::size_t>(tile_rows, end - first));
      for (std::int64_t i = 0; i < some; ++i)
        centered(points_.data() + remaining_[first + static_cast<std::size_t>(i)] * features_, 1,
                 rows.data() + i * features_, row_norms.data() + i);
      for (std::int64_t source = 0; source < wanted; source += tile_points) {
        const std::int64_t many = std::min(tile_points, wanted - source);
        multiply_transposed(rows.data(), some, sources.data() + source * features_, many, features_, products.data());
        for (std::int64_t i = 0; i < some; ++i) {
          std::uint8_t& near = hit[first + static_cast<std::size_t>(i)];
          for (std::int64_t j = 0; j < many && !near; ++j) {
            const float squared = row_norms[static_cast<std::size_t>(i)] +
                                  source_norms[static_cast<std::size_t>(source + j)] -
                                  2 * products.data()[i * many + j];
            if (squared > limit + error) continue;
            near =
                squared < limit - error ||
                within(points_.data() + remaining_[first + static_cast<std::size_t>(i)] * features_,
                       points_.data() +
                           places_[static_cast<std::size_t>(from[static_cast<std::size_t>(source + j)])] * features_);
          }
        }
      }
    }
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < remaining_.size(); ++i) {
    if (hit[i])
      taken.push_back(order_[static_cast<std::size_t>(remaining_[i])]);
    else
      remaining_[kept++] = remaining_[i];
  }
  remaining_.resize(kept);
}

void RadiusIndex::nearest_by_products(const float* rows, std::int64_t count, std::int64_t* out) const {
  const std::int64_t all = this->count();
  parallel_chunks(static_cast<std::size_t>(count), 16, [&](std::size_t begin, std::size_t end, std::size_t) {
    MatrixF block(tile_rows, features_), points(tile_points, features_), products(tile_rows, tile_points);
    std::vector<float> norms(tile_rows), point_norms(tile_points), least(tile_rows);
    for (auto first = static_cast<std::int64_t>(begin); first < static_cast<std::int64_t>(end); first += tile_rows) {
      const std::int64_t some = std::min(tile_rows, static_cast<std::int64_t>(end) - first);
      centered(rows + first * features_, some, block.data(), norms.data());
      std::fill(least.begin(), least.end(), std::numeric_limits<float>::infinity());
      std::fill(out + first, out + first + some, std::int64_t{-1});
      for (std::int64_t from = 0; from < all; from += tile_points) {
        const std::int64_t many = std::min(tile_points, all - from);
        centered(points_.data() + from * features_, many, points.data(), point_norms.data());
        multiply_transposed(block.data(), some, points.data(), many, features_, products.data());
        for (std::int64_t i = 0; i < some; ++i)
          for (std::int64_t j = 0; j < many; ++j) {
            const float score = point_norms[static_cast<std::size_t>(j)] - 2 * products.data()[i * many + j];
            if (score >= least[static_cast<std::size_t>(i)]) continue;
            least[static_cast<std::size_t>(i)] = score;
            out[first + i] = from + j;
          }
      }
      for (std::int64_t i = 0; i < some; ++i) {
        std::int64_t& found = out[first + i];
        if (found < 0) continue;
        found = within(rows + (first + i) * features_, points_.data() + found * features_)
                    ? order_[static_cast<std::size_t>(found)]
                    : -1;
      }
    }
  });
}

}  // namespace gb
