#include "core/algorithms/tsne_forces.hpp"

#include <immintrin.h>

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

constexpr std::size_t lanes = 8;
/// Halvings of the plane along each axis; points in one of the smallest cells are taken one by one.
constexpr int levels = 16;
/// A cell of so few points is not divided.
constexpr std::size_t leaf_points = 8;

struct Neighbor {
  std::int32_t row;
  float distance;  ///< squared
};

/// The nearest `count` other rows of each row, nearest first: rows x count. Empty when stopped.
std::vector<Neighbor> nearest_neighbors(MatrixF rows, std::int64_t count, const std::function<bool()>& stop) {
  const std::int64_t all = rows.rows(), features = rows.cols();
  const Eigen::RowVectorXf mean = rows.cast<double>().colwise().mean().cast<float>();
  rows.rowwise() -= mean;
  std::vector<float> norms(static_cast<std::size_t>(all));
  for (Index i = 0; i < all; ++i) norms[static_cast<std::size_t>(i)] = rows.row(i).squaredNorm();
  std::vector<Neighbor> found(static_cast<std::size_t>(all * count));
  constexpr std::int64_t block = 64, tile = 2048;
  std::atomic<bool> stopped = false;
  parallel_chunks(
      static_cast<std::size_t>((all + block - 1) / block), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
        std::vector<float> scores(static_cast<std::size_t>(block * tile));
        std::vector<std::vector<Neighbor>> nearest(static_cast<std::size_t>(block));
        const auto nearer = [](const Neighbor& a, const Neighbor& b) {
          return a.distance != b.distance ? a.distance < b.distance : a.row < b.row;
        };
        const auto kept = static_cast<std::size_t>(count);
        for (auto number = static_cast<std::int64_t>(begin); number < static_cast<std::int64_t>(end); ++number) {
          if (stopped || stop()) {
            stopped = true;
            return;
          }
          const std::int64_t first = number * block, some = std::min(block, all - first);
          std::vector<float> limits(static_cast<std::size_t>(some), std::numeric_limits<float>::infinity());
          for (auto& list : nearest) list.clear();
          for (std::int64_t from = 0; from < all; from += tile) {
            const std::int64_t many = std::min(tile, all - from);
            multiply_transposed(rows.data() + first * features, some, rows.data() + from * features, many, features,
                                scores.data());
            for (std::int64_t i = 0; i < some; ++i) {
              auto& list = nearest[static_cast<std::size_t>(i)];
              float& limit = limits[static_cast<std::size_t>(i)];
              const auto shrink = [&] {
                std::nth_element(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(kept) - 1, list.end(),
                                 nearer);
                list.resize(kept);
                limit = list.back().distance;
              };
              for (std::int64_t j = 0; j < many; ++j) {
                const float score =
                    norms[static_cast<std::size_t>(from + j)] - 2 * scores[static_cast<std::size_t>(i * many + j)];
                if (score > limit || from + j == first + i) continue;
                list.push_back({static_cast<std::int32_t>(from + j), score});
                if (list.size() >= 2 * kept + 32) shrink();
              }
              if (list.size() > kept) shrink();
            }
          }
          for (std::int64_t i = 0; i < some; ++i) {
            auto& list = nearest[static_cast<std::size_t>(i)];
            for (Neighbor& other : list) other.distance = (rows.row(first + i) - rows.row(other.row)).squaredNorm();
            std::sort(list.begin(), list.end(), nearer);
            std::copy(list.begin(), list.end(), found.begin() + (first + i) * count);
          }
        }
      });
  if (stopped) found.clear();
  return found;
}

/// The likelihoods of a row's neighbours, for a bandwidth of this perplexity (van der Maaten, Hinton 2008, section 2).
void likelihoods(const Neighbor* neighbors, std::size_t count, double perplexity, double* out) {
  const double wanted = std::log(perplexity);
  double beta = 1, low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  constexpr int most_steps = 100;
  for (int step = 0; step < most_steps; ++step) {
    double sum = 0, weighted = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto distance = static_cast<double>(neighbors[i].distance - neighbors[0].distance);
      out[i] = std::exp(-distance * beta);
      sum += out[i];
      weighted += distance * out[i];
    }
    const double entropy = std::log(sum) + beta * weighted / sum;
    for (std::size_t i = 0; i < count; ++i) out[i] /= sum;
    const double difference = entropy - wanted;
    if (std::abs(difference) <= 1e-5) return;
    if (difference > 0) {
      low = beta;
      beta = std::isinf(high) ? beta * 2 : (beta + high) / 2;
    } else {
      high = beta;
      beta = std::isinf(low) ? beta / 2 : (beta + low) / 2;
    }
  }
}

/// Bits of a 16-bit number, each with a gap after it.
std::uint32_t spread_bits(std::uint32_t x) {
  x = (x | (x << 8)) & 0x00ff00ff;
  x = (x | (x << 4)) & 0x0f0f0f0f;
  x = (x | (x << 2)) & 0x33333333;
  return (x | (x << 1)) & 0x55555555;
}

float sum_of(__m256 values) {
  alignas(32) float each[lanes];
  _mm256_store_ps(each, values);
  return ((each[0] + each[1]) + (each[2] + each[3])) + ((each[4] + each[5]) + (each[6] + each[7]));
}

}  // namespace

TsneAffinities tsne_affinities(MatrixF rows, double perplexity, const std::function<bool()>& stop) {
  const auto all = static_cast<std::size_t>(rows.rows());
  const auto count = std::min(all - 1, static_cast<std::size_t>(3 * perplexity + 1));
  const auto neighbors = nearest_neighbors(std::move(rows), static_cast<std::int64_t>(count), stop);
  if (neighbors.empty()) return {};
  std::vector<double> conditional(all * count);
  parallel_chunks(all, 64, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t row = begin; row < end; ++row)
      likelihoods(neighbors.data() + row * count, count, perplexity, conditional.data() + row * count);
  });
  if (stop()) return {};

  // Each pair stands with both of its rows, then twice where both name each other: those are added up.
  std::vector<std::int64_t> ends(all + 1);
  for (std::size_t row = 0; row < all; ++row) {
    ends[row + 1] += static_cast<std::int64_t>(count);
    for (std::size_t i = 0; i < count; ++i) ++ends[static_cast<std::size_t>(neighbors[row * count + i].row) + 1];
  }
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  struct Entry {
    std::int32_t row;
    double value;
  };
  std::vector<Entry> entries(2 * all * count);
  std::vector<std::int64_t> place(ends.begin(), ends.end() - 1);
  for (std::size_t row = 0; row < all; ++row)
    for (std::size_t i = 0; i < count; ++i) {
      const std::int32_t other = neighbors[row * count + i].row;
      const double value = conditional[row * count + i];
      entries[static_cast<std::size_t>(place[row]++)] = {other, value};
      entries[static_cast<std::size_t>(place[static_cast<std::size_t>(other)]++)] = {static_cast<std::int32_t>(row),
                                                                                     value};
    }
  TsneAffinities result;
  result.first.resize(all + 1);
  std::vector<std::int64_t> sizes(all);
  parallel_chunks(all, 64, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t row = begin; row < end; ++row) {
      const auto first = entries.begin() + ends[row], last = entries.begin() + ends[row + 1];
      std::sort(first, last,
                [](const Entry& a, const Entry& b) { return a.row != b.row ? a.row < b.row : a.value < b.value; });
      auto out = first;
      for (auto entry = first; entry != last; ++entry) {
        if (out != first && (out - 1)->row == entry->row)
          (out - 1)->value += entry->value;
        else
          *out++ = *entry;
      }
      sizes[row] = out - first;
    }
  });
  double total = 0;
  for (std::size_t row = 0; row < all; ++row) {
    result.first[row + 1] = result.first[row] + sizes[row];
    for (std::int64_t i = 0; i < sizes[row]; ++i) total += entries[static_cast<std::size_t>(ends[row] + i)].value;
  }
  result.neighbors.resize(static_cast<std::size_t>(result.first[all]));
  result.values.resize(result.neighbors.size());
  for (std::size_t row = 0; row < all; ++row)
    for (std::int64_t i = 0; i < sizes[row]; ++i) {
      const Entry& entry = entries[static_cast<std::size_t>(ends[row] + i)];
      const auto to = static_cast<std::size_t>(result.first[row] + i);
      result.neighbors[to] = entry.row;
      result.values[to] = static_cast<float>(entry.value / std::max(total, 1e-300));
    }
  return result;
}

TsneForces::TsneForces(const TsneAffinities& affinities)
    : affinities_(affinities), count_(affinities.first.size() - 1), keys_(count_), order_(count_) {
  const std::size_t padded = (count_ + lanes - 1) / lanes * lanes;
  for (auto* values : {&x_, &y_, &repulsion_x_, &repulsion_y_}) values->resize(padded);
  sums_.resize(padded / lanes);
  std::iota(order_.begin(), order_.end(), 0);
  for (const float value : affinities.values) {
    const auto p = static_cast<double>(value);
    total_ += p;
    if (p > 0) plain_ += p * std::log(p);
  }
}

void TsneForces::sort_points(const float* map) {
  float low[2] = {map[0], map[1]}, high[2] = {map[0], map[1]};
  for (std::size_t i = 0; i < count_; ++i)
    for (std::size_t axis = 0; axis < 2; ++axis) {
      low[axis] = std::min(low[axis], map[2 * i + axis]);
      high[axis] = std::max(high[axis], map[2 * i + axis]);
    }
  width_ = std::max({static_cast<double>(high[0]) - static_cast<double>(low[0]),
                     static_cast<double>(high[1]) - static_cast<double>(low[1]), 1e-30});
  const double scale = ((1 << levels) - 1e-3) / width_;
  // In the order of the last time, which is nearly the right one.
  for (std::size_t place = 0; place < count_; ++place) {
    const auto i = static_cast<std::size_t>(order_[place]);
    std::uint32_t code = 0;
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const double along = (static_cast<double>(map[2 * i + axis]) - static_cast<double>(low[axis])) * scale;
      code |= spread_bits(std::min<std::uint32_t>(static_cast<std::uint32_t>(along), (1u << levels) - 1)) << axis;
    }
    keys_[place] = (static_cast<std::uint64_t>(code) << 32) | static_cast<std::uint64_t>(i);
  }
  std::sort(keys_.begin(), keys_.end());
  for (std::size_t place = 0; place < x_.size(); ++place) {
    // What fills up the last eight points is a copy of the last point, and nobody reads its forces.
    const std::size_t from = std::min(place, count_ - 1);
    const auto i = static_cast<std::size_t>(keys_[from] & 0xffffffff);
    if (place < count_) order_[place] = static_cast<std::int32_t>(i);
    x_[place] = map[2 * i];
    y_[place] = map[2 * i + 1];
  }
}

void TsneForces::build(std::size_t first, std::size_t last, int level) {
  const std::size_t here = nodes_.size();
  nodes_.emplace_back();
  double x = 0, y = 0;
  for (std::size_t i = first; i < last; ++i) {
    x += static_cast<double>(x_[i]);
    y += static_cast<double>(y_[i]);
  }
  const auto size = static_cast<double>(last - first);
  const double width = std::ldexp(width_, -level);
  Node node{static_cast<float>(x / size),
            static_cast<float>(y / size),
            static_cast<float>(width * width),
            static_cast<float>(size),
            0,
            static_cast<std::int32_t>(first),
            0};
  if (last - first <= leaf_points || level == levels) {
    node.last = static_cast<std::int32_t>(last);
  } else {
    // Quarters are consecutive along the curve.
    const int shift = 32 + 2 * (levels - 1 - level);
    for (std::size_t begin = first; begin < last;) {
      const std::uint64_t quarter = keys_[begin] >> shift;
      const auto end = std::partition_point(keys_.begin() + static_cast<std::ptrdiff_t>(begin),
                                            keys_.begin() + static_cast<std::ptrdiff_t>(last),
                                            [&](std::uint64_t key) { return key >> shift == quarter; });
      const auto stop = static_cast<std::size_t>(end - keys_.begin());
      build(begin, stop, level + 1);
      begin = stop;
    }
  }
  node.next = static_cast<std::int32_t>(nodes_.size());
  nodes_[here] = node;
}

void TsneForces::repulse(std::size_t first, float angle, double& sum) {
  const __m256 x = _mm256_loadu_ps(x_.data() + first), y = _mm256_loadu_ps(y_.data() + first);
  const __m256 one = _mm256_set1_ps(1), squared_angle = _mm256_set1_ps(angle * angle);
  __m256 total = _mm256_setzero_ps(), force_x = total, force_y = total;
  const auto add = [&](__m256 dx, __m256 dy, __m256 squared, __m256 weight) {
    const __m256 near = _mm256_div_ps(one, _mm256_add_ps(one, squared));
    const __m256 weighted = _mm256_mul_ps(weight, near);
    total = _mm256_add_ps(total, weighted);
    const __m256 pull = _mm256_mul_ps(weighted, near);
    force_x = _mm256_fmadd_ps(pull, dx, force_x);
    force_y = _mm256_fmadd_ps(pull, dy, force_y);
  };
  const auto count = static_cast<std::int32_t>(nodes_.size());
  for (std::int32_t i = 0; i < count;) {
    const Node& node = nodes_[static_cast<std::size_t>(i)];
    const __m256 dx = _mm256_sub_ps(x, _mm256_set1_ps(node.x)), dy = _mm256_sub_ps(y, _mm256_set1_ps(node.y));
    const __m256 squared = _mm256_fmadd_ps(dx, dx, _mm256_mul_ps(dy, dy));
    const __m256 far =
        _mm256_cmp_ps(_mm256_set1_ps(node.squared_width), _mm256_mul_ps(squared_angle, squared), _CMP_LT_OQ);
    if (_mm256_movemask_ps(far) == 0xff) {
      add(dx, dy, squared, _mm256_set1_ps(node.weight));
      i = node.next;
    } else if (node.last > 0) {
      for (std::int32_t other = node.first; other < node.last; ++other) {
        const __m256 each_x = _mm256_sub_ps(x, _mm256_set1_ps(x_[static_cast<std::size_t>(other)]));
        const __m256 each_y = _mm256_sub_ps(y, _mm256_set1_ps(y_[static_cast<std::size_t>(other)]));
        add(each_x, each_y, _mm256_fmadd_ps(each_x, each_x, _mm256_mul_ps(each_y, each_y)), one);
      }
      i = node.next;
    } else {
      ++i;
    }
  }
  _mm256_storeu_ps(repulsion_x_.data() + first, force_x);
  _mm256_storeu_ps(repulsion_y_.data() + first, force_y);
  // Without the points' own ones; those of padding do not count.
  alignas(32) float each[lanes];
  _mm256_store_ps(each, total);
  sum = 0;
  for (std::size_t lane = 0; lane < std::min(lanes, count_ - first); ++lane) sum += static_cast<double>(each[lane]) - 1;
}

void TsneForces::gradient(const float* map, float exaggeration, float angle, float* out) {
  sort_points(map);
  nodes_.clear();
  build(0, count_, 0);
  parallel_chunks(sums_.size(), 16, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t group = begin; group < end; ++group) repulse(group * lanes, angle, sums_[group]);
  });
  normalization_ = std::max(std::accumulate(sums_.begin(), sums_.end(), 0.0), 1e-300);
  const auto factor = static_cast<float>(-4 / normalization_);
  const float pull = 4 * exaggeration;
  parallel_chunks(count_, 128, [&](std::size_t begin, std::size_t end, std::size_t) {
    const __m256 one = _mm256_set1_ps(1);
    for (std::size_t place = begin; place < end; ++place) {
      const auto i = static_cast<std::size_t>(order_[place]);
      const __m256 x = _mm256_set1_ps(map[2 * i]), y = _mm256_set1_ps(map[2 * i + 1]);
      __m256 sum_x = _mm256_setzero_ps(), sum_y = sum_x;
      std::int64_t at = affinities_.first[i];
      const std::int64_t last = affinities_.first[i + 1];
      for (; at + static_cast<std::int64_t>(lanes) <= last; at += static_cast<std::int64_t>(lanes)) {
        const __m256i others = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(affinities_.neighbors.data() + at));
        const __m256 dx = _mm256_sub_ps(x, _mm256_i32gather_ps(map, others, 8));
        const __m256 dy = _mm256_sub_ps(y, _mm256_i32gather_ps(map + 1, others, 8));
        const __m256 distance = _mm256_fmadd_ps(dx, dx, _mm256_fmadd_ps(dy, dy, one));
        const __m256 force = _mm256_div_ps(_mm256_loadu_ps(affinities_.values.data() + at), distance);
        sum_x = _mm256_fmadd_ps(force, dx, sum_x);
        sum_y = _mm256_fmadd_ps(force, dy, sum_y);
      }
      float attraction_x = sum_of(sum_x), attraction_y = sum_of(sum_y);
      for (; at < last; ++at) {
        const auto other = static_cast<std::size_t>(affinities_.neighbors[static_cast<std::size_t>(at)]);
        const float dx = map[2 * i] - map[2 * other], dy = map[2 * i + 1] - map[2 * other + 1];
        const float force = affinities_.values[static_cast<std::size_t>(at)] / (1 + dx * dx + dy * dy);
        attraction_x += force * dx;
        attraction_y += force * dy;
      }
      out[2 * i] = pull * attraction_x + factor * repulsion_x_[place];
      out[2 * i + 1] = pull * attraction_y + factor * repulsion_y_[place];
    }
  });
}

double TsneForces::divergence(const float* map) const {
  // sum p log(p / q), with q = 1 / (1 + d^2) / normalization.
  std::vector<double> sums(count_);
  parallel_chunks(count_, 128, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i)
      for (std::int64_t at = affinities_.first[i]; at < affinities_.first[i + 1]; ++at) {
        const auto other = static_cast<std::size_t>(affinities_.neighbors[static_cast<std::size_t>(at)]);
        const float dx = map[2 * i] - map[2 * other], dy = map[2 * i + 1] - map[2 * other + 1];
        sums[i] += static_cast<double>(affinities_.values[static_cast<std::size_t>(at)]) *
                   static_cast<double>(std::log1p(dx * dx + dy * dy));
      }
  });
  return plain_ + std::accumulate(sums.begin(), sums.end(), 0.0) + total_ * std::log(normalization_);
}

}  // namespace gb
