#include "core/model/nearest_rows.hpp"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/parallel.hpp"
#include "core/linalg/byte_product.hpp"
#include "core/linalg/product.hpp"
#include "core/model/kd_tree.hpp"

namespace gb {
namespace {

/// Rows of a product: as many as keep its operands in the cache.
std::int64_t query_block_of(std::int64_t columns) {
  return std::clamp<std::int64_t>((std::int64_t{1} << 22) / std::max<std::int64_t>(columns, 1), 16, 256);
}
std::int64_t row_block_of(std::int64_t columns) {
  return std::clamp<std::int64_t>((std::int64_t{1} << 22) / std::max<std::int64_t>(columns, 1), 64, 1024);
}
/// A tree that has to look at most of its rows is slower than products: measured, with some thousands of rows.
constexpr std::int64_t most_tree_features = 12, least_tree_rows = 200;

/// The best candidates of one query by a score, the worst first (a heap). Of equal scores the lower row is better, and
/// rows are offered in ascending order, so that an equal score never replaces one.
template <class Score>
class Candidates {
 public:
  void reset(std::int64_t count) {
    count_ = static_cast<std::size_t>(count);
    heap_.clear();
    heap_.reserve(count_);
    limit_ = std::numeric_limits<Score>::max();
  }
  /// Scores below this are wanted.
  Score limit() const { return limit_; }
  void offer(Score score, std::int32_t row) {
    if (heap_.size() == count_) {
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.back() = {score, row};
    } else {
      heap_.emplace_back(score, row);
    }
    std::push_heap(heap_.begin(), heap_.end());
    if (heap_.size() == count_) limit_ = heap_.front().first;
  }
  const std::vector<std::pair<Score, std::int32_t>>& found() const { return heap_; }

 private:
  std::size_t count_ = 0;
  std::vector<std::pair<Score, std::int32_t>> heap_;
  Score limit_ = std::numeric_limits<Score>::max();
};

/// Offers the rows first .. first + count - 1 whose score norm - 2 * product is below the limit.
void scan(const std::int32_t* products, const std::int32_t* norms, std::int64_t count, std::int32_t first,
          Candidates<std::int32_t>& candidates) {
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256i product = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(products + i));
    const __m256i norm = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(norms + i));
    const __m256i score = _mm256_sub_epi32(norm, _mm256_slli_epi32(product, 1));
    const __m256i below = _mm256_cmpgt_epi32(_mm256_set1_epi32(candidates.limit()), score);
    auto mask = static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(below)));
    for (; mask != 0; mask &= mask - 1) {
      const auto j = i + __builtin_ctz(mask);
      const std::int32_t exact = norms[j] - 2 * products[j];
      if (exact < candidates.limit()) candidates.offer(exact, first + static_cast<std::int32_t>(j));
    }
  }
  for (; i < count; ++i)
    if (const std::int32_t score = norms[i] - 2 * products[i]; score < candidates.limit())
      candidates.offer(score, first + static_cast<std::int32_t>(i));
}

void scan(const float* products, const float* norms, std::int64_t count, std::int32_t first,
          Candidates<float>& candidates) {
  const __m256 two = _mm256_set1_ps(2);
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256 score = _mm256_fnmadd_ps(two, _mm256_loadu_ps(products + i), _mm256_loadu_ps(norms + i));
    const __m256 below = _mm256_cmp_ps(score, _mm256_set1_ps(candidates.limit()), _CMP_LT_OQ);
    auto mask = static_cast<unsigned>(_mm256_movemask_ps(below));
    for (; mask != 0; mask &= mask - 1) {
      const auto j = i + __builtin_ctz(mask);
      const float exact = norms[j] - 2 * products[j];
      if (exact < candidates.limit()) candidates.offer(exact, first + static_cast<std::int32_t>(j));
    }
  }
  for (; i < count; ++i)
    if (const float score = norms[i] - 2 * products[i]; score < candidates.limit())
      candidates.offer(score, first + static_cast<std::int32_t>(i));
}

}  // namespace

NearestRows::NearestRows(const Features& features, std::span<const std::int64_t> rows, RowMetric metric, Search search)
    : count_(static_cast<std::int64_t>(rows.size())), columns_(features.columns()), metric_(metric) {
  using Metric = RowMetric::Kind;
  const bool can_tree = metric.kind != Metric::cosine;
  const bool tree =
      can_tree && (search == Search::tree ||
                   (search == Search::automatic && columns_ <= most_tree_features && count_ >= least_tree_rows));
  const bool euclidean = metric.kind == Metric::euclidean;
  if (features.bytes() && euclidean && !tree && multiplies_bytes() && columns_ <= most_byte_depth) {
    factor_ = features.factor();
    offset_ = features.offset();
    bytes_.resize(static_cast<std::size_t>(count_ * columns_));
    byte_norms_.resize(static_cast<std::size_t>(count_));
    parallel_chunks(rows.size(), 64, [&](std::size_t begin, std::size_t end, std::size_t) {
      for (std::size_t i = begin; i < end; ++i) {
        const std::uint8_t* from = features.bytes() + rows[i] * columns_;
        std::int8_t* to = bytes_.data() + static_cast<std::int64_t>(i) * columns_;
        std::int32_t norm = 0;
        for (std::int64_t j = 0; j < columns_; ++j) {
          to[j] = static_cast<std::int8_t>(from[j] - 128);
          norm += from[j] * from[j];
        }
        byte_norms_[i] = norm;
      }
    });
    // For queries that are no bytes.
    norms_.resize(byte_norms_.size());
    origin_ = Eigen::RowVectorXf::Zero(columns_);
    std::vector<float> values(static_cast<std::size_t>(columns_));
    for (std::int64_t i = 0; i < count_; ++i) {
      load(i, values.data());
      const double norm = Eigen::Map<const Eigen::RowVectorXf>(values.data(), columns_).squaredNorm();
      largest_norm_ = std::max(largest_norm_, static_cast<float>(std::sqrt(norm)));
      norms_[static_cast<std::size_t>(i)] = static_cast<float>(norm);
    }
    return;
  }
  values_ = features.dense(rows);
  if (metric.kind == Metric::cosine)
    for (Eigen::Index i = 0; i < values_.rows(); ++i) make_unit_length(values_.row(i).data(), columns_);
  if (tree) {
    tree_ = std::make_unique<KdTree>(values_, metric_);
    return;
  }
  if (!euclidean && metric.kind != Metric::cosine) return;
  norms_.assign(static_cast<std::size_t>(count_), 0);
  origin_ = Eigen::RowVectorXf::Zero(columns_);
  if (euclidean) {
    Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(columns_);
    for (Eigen::Index i = 0; i < values_.rows(); ++i) mean += values_.row(i).cast<double>();
    origin_ = (mean / static_cast<double>(std::max<std::int64_t>(count_, 1))).cast<float>();
    // Where rows are about zero already, a second copy would only cost memory.
    double spread = 0;
    for (Eigen::Index i = 0; i < values_.rows(); ++i) spread += (values_.row(i) - origin_).cast<double>().squaredNorm();
    if (static_cast<double>(count_) * origin_.cast<double>().squaredNorm() > spread)
      centered_ = values_.rowwise() - origin_;
    else
      origin_.setZero();
  }
  const MatrixF& about = centered_.size() > 0 ? centered_ : values_;
  for (Eigen::Index i = 0; i < about.rows(); ++i) {
    const double norm = about.row(i).cast<double>().squaredNorm();
    largest_norm_ = std::max(largest_norm_, static_cast<float>(std::sqrt(norm)));
    // Of cosines only the products count.
    norms_[static_cast<std::size_t>(i)] = euclidean ? static_cast<float>(norm) : 0.0f;
  }
}

NearestRows::~NearestRows() = default;

void NearestRows::load(std::int64_t row, float* out) const {
  if (stores_bytes()) {
    const std::int8_t* from = bytes_.data() + row * columns_;
    for (std::int64_t j = 0; j < columns_; ++j) out[j] = static_cast<float>(from[j] + 128) * factor_ + offset_;
    return;
  }
  std::copy_n(values_.row(row).data(), columns_, out);
}

void NearestRows::find(const Features& features, std::span<const std::int64_t> rows, std::int64_t k,
                       Neighbor* out) const {
  const bool same_bytes = features.bytes() && features.factor() == factor_ && features.offset() == offset_;
  if (stores_bytes() && same_bytes)
    find_by_bytes(features, rows, k, out);
  else if (!norms_.empty())
    find_by_products(features, rows, k, out);
  else
    find_one_by_one(features, rows, k, out);
}

void NearestRows::find_by_bytes(const Features& features, std::span<const std::int64_t> rows, std::int64_t k,
                                Neighbor* out) const {
  const std::int64_t query_block = query_block_of(columns_), row_block = row_block_of(columns_);
  const double unit = static_cast<double>(factor_) * static_cast<double>(factor_);
  parallel_chunks(rows.size(), 16, [&](std::size_t begin, std::size_t end, std::size_t) {
    std::vector<std::uint8_t> queries(static_cast<std::size_t>(query_block * columns_));
    std::vector<std::int32_t> products(static_cast<std::size_t>(query_block * row_block));
    std::vector<Candidates<std::int32_t>> candidates(static_cast<std::size_t>(query_block));
    for (std::size_t first = begin; first < end; first += static_cast<std::size_t>(query_block)) {
      const std::size_t some = std::min(static_cast<std::size_t>(query_block), end - first);
      for (std::size_t i = 0; i < some; ++i) {
        std::copy_n(features.bytes() + rows[first + i] * columns_, columns_,
                    queries.data() + static_cast<std::int64_t>(i) * columns_);
        candidates[i].reset(k);
      }
      for (std::int64_t row = 0; row < count_; row += row_block) {
        const std::int64_t width = std::min(row_block, count_ - row);
        multiply_bytes_transposed(queries.data(), static_cast<std::int64_t>(some), bytes_.data() + row * columns_,
                                  width, columns_, products.data());
        for (std::size_t i = 0; i < some; ++i)
          scan(products.data() + static_cast<std::int64_t>(i) * width, byte_norms_.data() + row, width,
               static_cast<std::int32_t>(row), candidates[i]);
      }
      for (std::size_t i = 0; i < some; ++i) {
        // |q - r|^2 = |r|^2 - 2 q.(r - 128) + |q|^2 - 256 sum(q)
        std::int64_t constant = 0;
        const std::uint8_t* query = queries.data() + static_cast<std::int64_t>(i) * columns_;
        for (std::int64_t j = 0; j < columns_; ++j) constant += query[j] * (query[j] - 256);
        auto found = candidates[i].found();
        std::sort(found.begin(), found.end());
        Neighbor* to = out + static_cast<std::int64_t>(first + i) * k;
        for (const auto& [score, row] : found) *to++ = {static_cast<double>(score + constant) * unit, row};
      }
    }
  });
}

void NearestRows::find_by_products(const Features& features, std::span<const std::int64_t> rows, std::int64_t k,
                                   Neighbor* out) const {
  const std::int64_t query_block = query_block_of(columns_), row_block = row_block_of(columns_);
  const bool cosine = metric_.kind == RowMetric::Kind::cosine;
  const MatrixF& about = centered_.size() > 0 ? centered_ : values_;
  // A few more than asked for: rounding may have changed their order.
  const std::int64_t keep = std::min(count_, k + std::max<std::int64_t>(8, k / 4));
  parallel_chunks(rows.size(), 16, [&](std::size_t begin, std::size_t end, std::size_t) {
    MatrixF queries(query_block, columns_), moved(query_block, columns_);
    std::vector<float> products(static_cast<std::size_t>(query_block * row_block));
    std::vector<Candidates<float>> candidates(static_cast<std::size_t>(query_block));
    std::vector<Neighbor> exact(static_cast<std::size_t>(keep));
    MatrixF expanded(stores_bytes() ? row_block : 1, columns_);
    for (std::size_t first = begin; first < end; first += static_cast<std::size_t>(query_block)) {
      const std::size_t some = std::min(static_cast<std::size_t>(query_block), end - first);
      const auto height = static_cast<Eigen::Index>(some);
      features.gather(rows.subspan(first, some), queries.data());
      if (cosine)
        for (Eigen::Index i = 0; i < height; ++i) make_unit_length(queries.row(i).data(), columns_);
      moved.topRows(height) = queries.topRows(height).rowwise() - origin_;
      for (std::size_t i = 0; i < some; ++i) candidates[i].reset(keep);
      for (std::int64_t row = 0; row < count_; row += row_block) {
        const std::int64_t width = std::min(row_block, count_ - row);
        if (stores_bytes())
          for (std::int64_t i = 0; i < width; ++i) load(row + i, expanded.row(i).data());
        const float* const block = stores_bytes() ? expanded.data() : about.row(row).data();
        multiply_transposed(moved.data(), height, block, width, columns_, products.data());
        for (std::size_t i = 0; i < some; ++i)
          scan(products.data() + static_cast<std::int64_t>(i) * width, norms_.data() + row, width,
               static_cast<std::int32_t>(row), candidates[i]);
      }
      for (std::size_t i = 0; i < some; ++i) {
        const float* query = queries.row(static_cast<Eigen::Index>(i)).data();
        Neighbor* to = out + static_cast<std::int64_t>(first + i) * k;
        const auto& found = candidates[i].found();
        for (std::size_t j = 0; j < found.size(); ++j) {
          if (stores_bytes()) load(found[j].second, expanded.data());
          const float* const row = stores_bytes() ? expanded.data() : values_.row(found[j].second).data();
          exact[j] = {metric_.reduced(query, row, columns_), found[j].second};
        }
        std::sort(exact.begin(), exact.begin() + static_cast<std::ptrdiff_t>(found.size()));
        std::copy_n(exact.begin(), k, to);
        if (keep == count_) continue;
        // What was left out scored at least the limit. Were it nearer than the k-th, rounding must have been wrong by
        // more than product.hpp allows.
        const double norm = moved.row(static_cast<Eigen::Index>(i)).cast<double>().norm();
        const double largest = static_cast<double>(largest_norm_);
        constexpr double rounding = 0x1.0p-23;
        const double error =
            rounding * (static_cast<double>(columns_ + 4) * norm * largest + 2 * largest * largest + norm * norm);
        const double limit = static_cast<double>(candidates[i].limit());
        const double least = cosine ? 1 + limit / 2 : limit + norm * norm;
        if (exact[static_cast<std::size_t>(k - 1)].reduced >= least - 2 * error) measure_all(query, k, to);
      }
    }
  });
}

/// Every stored row in double, for one query.
void NearestRows::measure_all(const float* query, std::int64_t k, Neighbor* out) const {
  Candidates<double> candidates;
  candidates.reset(k);
  std::vector<float> row(static_cast<std::size_t>(columns_));
  for (std::int64_t i = 0; i < count_; ++i) {
    const float* values = row.data();
    if (stores_bytes())
      load(i, row.data());
    else
      values = values_.row(i).data();
    const double reduced = metric_.reduced(query, values, columns_);
    if (reduced < candidates.limit()) candidates.offer(reduced, static_cast<std::int32_t>(i));
  }
  auto found = candidates.found();
  std::sort(found.begin(), found.end());
  for (const auto& [reduced, row_number] : found) *out++ = {reduced, row_number};
}

void NearestRows::find_one_by_one(const Features& features, std::span<const std::int64_t> rows, std::int64_t k,
                                  Neighbor* out) const {
  parallel_chunks(rows.size(), 8, [&](std::size_t begin, std::size_t end, std::size_t) {
    std::vector<float> query(static_cast<std::size_t>(columns_));
    for (std::size_t i = begin; i < end; ++i) {
      features.gather(rows.subspan(i, 1), query.data());
      if (metric_.kind == RowMetric::Kind::cosine) make_unit_length(query.data(), columns_);
      Neighbor* to = out + static_cast<std::int64_t>(i) * k;
      if (tree_)
        tree_->find(query.data(), k, to);
      else
        measure_all(query.data(), k, to);
    }
  });
}

}  // namespace gb
