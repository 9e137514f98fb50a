#include "core/algorithms/linear_svm_dual.hpp"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/parallel.hpp"
#include "core/linalg/least_squares.hpp"
#include "core/linalg/matrix.hpp"

namespace gb {
namespace {

/// Up to so many features a Newton step costs no more than some passes.
constexpr std::int64_t most_newton_columns = 64;
constexpr int most_newton_steps = 50;
constexpr double infinity = std::numeric_limits<double>::infinity();

__m256 widened(const std::uint8_t* bytes) {
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes))));
}

float total(__m256 sum) {
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

float product_of(const std::uint8_t* row, const float* weights, std::int64_t count) {
  __m256 sums[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
  std::int64_t i = 0;
  for (; i + 32 <= count; i += 32)
    for (int lane = 0; lane < 4; ++lane)
      sums[lane] = _mm256_fmadd_ps(widened(row + i + 8 * lane), _mm256_loadu_ps(weights + i + 8 * lane), sums[lane]);
  float sum = total(_mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3])));
  for (; i < count; ++i) sum += static_cast<float>(row[i]) * weights[i];
  return sum;
}

float product_of(const float* row, const float* weights, std::int64_t count) {
  __m256 sums[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
  std::int64_t i = 0;
  for (; i + 32 <= count; i += 32)
    for (int lane = 0; lane < 4; ++lane)
      sums[lane] =
          _mm256_fmadd_ps(_mm256_loadu_ps(row + i + 8 * lane), _mm256_loadu_ps(weights + i + 8 * lane), sums[lane]);
  float sum = total(_mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3])));
  for (; i < count; ++i) sum += row[i] * weights[i];
  return sum;
}

/// weights += factor * row + shift.
void add_to(const std::uint8_t* row, float factor, float shift, float* weights, std::int64_t count) {
  const __m256 factors = _mm256_set1_ps(factor), shifts = _mm256_set1_ps(shift);
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256 moved = _mm256_add_ps(_mm256_loadu_ps(weights + i), shifts);
    _mm256_storeu_ps(weights + i, _mm256_fmadd_ps(widened(row + i), factors, moved));
  }
  for (; i < count; ++i) weights[i] += factor * static_cast<float>(row[i]) + shift;
}

void add_to(const float* row, float factor, float* weights, std::int64_t count) {
  const __m256 factors = _mm256_set1_ps(factor);
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    _mm256_storeu_ps(weights + i, _mm256_fmadd_ps(_mm256_loadu_ps(row + i), factors, _mm256_loadu_ps(weights + i)));
  for (; i < count; ++i) weights[i] += factor * row[i];
}

}  // namespace

LinearSvmRows::LinearSvmRows(const Features& features, std::span<const std::int64_t> rows, bool intercept)
    : features_(features),
      rows_(rows),
      columns_(features.columns()),
      intercept_(intercept),
      norms_(rows.size()),
      sums_(features.bytes() ? rows.size() : 0) {
  parallel_chunks(rows.size(), 64, [&](std::size_t begin, std::size_t end, std::size_t) {
    std::vector<float> values(static_cast<std::size_t>(columns_));
    for (std::size_t i = begin; i < end; ++i) {
      features.gather(rows.subspan(i, 1), values.data());
      double norm = intercept_ ? 1 : 0;
      for (const float value : values) norm += static_cast<double>(value) * static_cast<double>(value);
      norms_[i] = norm;
      if (sums_.empty()) continue;
      const std::uint8_t* bytes = features.bytes() + rows[i] * columns_;
      std::int64_t sum = 0;
      for (std::int64_t j = 0; j < columns_; ++j) sum += bytes[j];
      sums_[i] = static_cast<double>(sum);
    }
  });
}

double LinearSvmRows::product(std::int64_t row, const float* weights, double weight_sum) const {
  const std::int64_t at = rows_[static_cast<std::size_t>(row)] * columns_;
  const double added = intercept_ ? static_cast<double>(weights[columns_]) : 0;
  if (!features_.bytes())
    return static_cast<double>(product_of(features_.matrix()->data() + at, weights, columns_)) + added;
  return static_cast<double>(product_of(features_.bytes() + at, weights, columns_)) *
             static_cast<double>(features_.factor()) +
         static_cast<double>(features_.offset()) * weight_sum + added;
}

double LinearSvmRows::add(std::int64_t row, double factor, float* weights) const {
  const std::int64_t at = rows_[static_cast<std::size_t>(row)] * columns_;
  if (intercept_) weights[columns_] += static_cast<float>(factor);
  if (!features_.bytes()) {
    add_to(features_.matrix()->data() + at, static_cast<float>(factor), weights, columns_);
    return 0;
  }
  const double unit = static_cast<double>(features_.factor()), shift = static_cast<double>(features_.offset());
  add_to(features_.bytes() + at, static_cast<float>(factor * unit), static_cast<float>(factor * shift), weights,
         columns_);
  return factor * (unit * sums_[static_cast<std::size_t>(row)] + shift * static_cast<double>(columns_));
}

void LinearSvmRows::add(std::int64_t row, double factor, double* weights) const {
  const std::int64_t at = rows_[static_cast<std::size_t>(row)] * columns_;
  if (intercept_) weights[columns_] += factor;
  if (!features_.bytes()) {
    const float* values = features_.matrix()->data() + at;
    for (std::int64_t j = 0; j < columns_; ++j) weights[j] += factor * static_cast<double>(values[j]);
    return;
  }
  const double unit = factor * static_cast<double>(features_.factor());
  const double shift = factor * static_cast<double>(features_.offset());
  const std::uint8_t* bytes = features_.bytes() + at;
  for (std::int64_t j = 0; j < columns_; ++j) weights[j] += unit * bytes[j] + shift;
}

void LinearSvmRows::load(std::int64_t row, double* out) const {
  std::fill_n(out, columns_ + 1, 0.0);
  add(row, 1, out);
}

LinearSvmDual::LinearSvmDual(const LinearSvmRows& rows, std::vector<std::int8_t> signs, double negative_cost,
                             double positive_cost, bool squared)
    : rows_(rows),
      signs_(std::move(signs)),
      negative_(negative_cost),
      positive_(positive_cost),
      squared_(squared),
      alphas_(signs_.size()),
      left_out_(signs_.size()),
      weights_(static_cast<std::size_t>(rows.columns() + 1)),
      best_(weights_.size()),
      limit_high_(infinity),
      limit_low_(-infinity),
      primal_(infinity) {}

void LinearSvmDual::begin_epoch() {
  most_ = -infinity;
  least_ = infinity;
}

void LinearSvmDual::visit(std::span<const std::int32_t> rows) {
  for (const std::int32_t row : rows) {
    const auto i = static_cast<std::size_t>(row);
    if (left_out_[i]) continue;
    const double sign = signs_[i];
    const double bound = squared_ ? infinity : cost(row);
    const double diagonal = squared_ ? 0.5 / cost(row) : 0;
    const double alpha = alphas_[i];
    const double gradient = sign * rows_.product(row, weights_.data(), weight_sum_) - 1 + diagonal * alpha;
    double projected = gradient;
    if (alpha == 0) {
      if (gradient > limit_high_) {
        left_out_[i] = 1;
        continue;
      }
      projected = std::min(gradient, 0.0);
    } else if (alpha == bound) {
      if (gradient < limit_low_) {
        left_out_[i] = 1;
        continue;
      }
      projected = std::max(gradient, 0.0);
    }
    most_ = std::max(most_, projected);
    least_ = std::min(least_, projected);
    const double curve = rows_.squared_norm(row) + diagonal;
    if (std::abs(projected) < 1e-12) continue;
    // A row of zeros alone has no curve: its loss is the same for any weights.
    alphas_[i] = curve > 0 ? std::clamp(alpha - gradient / curve, 0.0, bound) : bound;
    const double change = (alphas_[i] - alpha) * sign;
    if (change != 0 && curve > 0) weight_sum_ += rows_.add(row, change, weights_.data());
  }
}

void LinearSvmDual::end_epoch() {
  limit_high_ = most_ > 0 ? most_ : infinity;
  limit_low_ = least_ < 0 ? least_ : -infinity;
}

/// Newton's method on the primal, whose curvature is that of the rows that miss their margin.
void LinearSvmDual::finish_by_newton() {
  const Eigen::Index size = rows_.columns() + 1;
  const auto count = static_cast<std::int64_t>(alphas_.size());
  Eigen::VectorXd weights = Eigen::Map<const Eigen::VectorXf>(weights_.data(), size).cast<double>();
  Eigen::VectorXd row(size), margins(count), changes(count);
  const auto missed = [&](std::int64_t i, double step) {
    return std::max(0.0, 1 - signs_[static_cast<std::size_t>(i)] * (margins[i] + step * changes[i]));
  };
  changes.setZero();
  for (int iteration = 0; iteration < most_newton_steps; ++iteration) {
    Eigen::VectorXd gradient = weights;
    MatrixD curvature = MatrixD::Identity(size, size);
    for (std::int64_t i = 0; i < count; ++i) {
      rows_.load(i, row.data());
      margins[i] = row.dot(weights);
      const double miss = missed(i, 0);
      if (miss == 0) continue;
      gradient -= 2 * cost(i) * miss * signs_[static_cast<std::size_t>(i)] * row;
      curvature.noalias() += 2 * cost(i) * row * row.transpose();
    }
    const Eigen::VectorXd step = least_squares(curvature, -gradient);
    const double descent = gradient.dot(step);
    for (std::int64_t i = 0; i < count; ++i) {
      rows_.load(i, row.data());
      changes[i] = row.dot(step);
    }
    const auto value = [&](double length) {
      double sum = (weights + length * step).squaredNorm() / 2;
      for (std::int64_t i = 0; i < count; ++i) sum += cost(i) * missed(i, length) * missed(i, length);
      return sum;
    };
    const double before = value(0);
    double length = 1;
    while (length > 1e-8 && !(value(length) <= before + 1e-4 * length * descent)) length /= 2;
    if (length > 1e-8) {
      weights += length * step;
      margins += length * changes;
    }
    changes.setZero();
    if (length <= 1e-8 || -descent <= 1e-12 * before) break;
  }
  for (std::int64_t i = 0; i < count; ++i) alphas_[static_cast<std::size_t>(i)] = 2 * cost(i) * missed(i, 0);
}

void LinearSvmDual::measure() {
  if (squared_ && rows_.columns() <= most_newton_columns) finish_by_newton();
  // Anew in double: floats have gathered the rounding of all steps.
  std::vector<double> exact(weights_.size());
  for (std::size_t i = 0; i < alphas_.size(); ++i)
    if (alphas_[i] != 0 && std::isfinite(alphas_[i]))
      rows_.add(static_cast<std::int64_t>(i), alphas_[i] * signs_[i], exact.data());
  weight_sum_ = 0;
  double norm = 0;
  for (std::size_t j = 0; j < exact.size(); ++j) {
    weights_[j] = static_cast<float>(exact[j]);
    if (j + 1 < exact.size()) weight_sum_ += static_cast<double>(weights_[j]);
    norm += static_cast<double>(weights_[j]) * static_cast<double>(weights_[j]);
  }
  double value = norm / 2;
  for (std::size_t i = 0; i < alphas_.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const double miss = std::max(0.0, 1 - signs_[i] * rows_.product(row, weights_.data(), weight_sum_));
    value += cost(row) * (squared_ ? miss * miss : miss);
  }
  if (value < primal_) {
    primal_ = value;
    best_ = weights_;
  }
  std::fill(left_out_.begin(), left_out_.end(), std::uint8_t{0});
  limit_high_ = infinity;
  limit_low_ = -infinity;
}

double LinearSvmDual::dual() const {
  double sum = 0;
  for (const float weight : weights_) sum -= static_cast<double>(weight) * static_cast<double>(weight) / 2;
  for (std::size_t i = 0; i < alphas_.size(); ++i) {
    if (alphas_[i] == 0) continue;
    sum += alphas_[i];
    if (squared_) sum -= alphas_[i] * alphas_[i] * 0.25 / cost(static_cast<std::int64_t>(i));
  }
  return sum;
}

double LinearSvmDual::gap() const {
  return std::isfinite(primal_) ? (primal_ - dual()) / std::max(std::abs(primal_), 1e-300) : infinity;
}

std::int64_t LinearSvmDual::support_count() const {
  return static_cast<std::int64_t>(alphas_.size()) - std::count(alphas_.begin(), alphas_.end(), 0.0);
}

void LinearSvmDual::save(State& state, const std::string& prefix) const {
  const auto add = [&](const char* name, const char* type, const auto& values) {
    state.arrays.push_back(
        state_array(prefix + name, type, {static_cast<std::int64_t>(values.size())}, values.data(), values.size()));
  };
  add("alphas", "F64", alphas_);
  add("left_out", "U8", left_out_);
  add("weights", "F32", weights_);
  add("best", "F32", best_);
  const std::vector<double> numbers{weight_sum_, limit_high_, limit_low_, primal_};
  add("numbers", "F64", numbers);
}

void LinearSvmDual::restore(const State& state, const std::string& prefix) {
  std::vector<double> numbers(4);
  read_array(state, prefix + "alphas", alphas_.data(), alphas_.size());
  read_array(state, prefix + "left_out", left_out_.data(), left_out_.size());
  read_array(state, prefix + "weights", weights_.data(), weights_.size());
  read_array(state, prefix + "best", best_.data(), best_.size());
  read_array(state, prefix + "numbers", numbers.data(), numbers.size());
  weight_sum_ = numbers[0];
  limit_high_ = numbers[1];
  limit_low_ = numbers[2];
  primal_ = numbers[3];
}

}  // namespace gb
