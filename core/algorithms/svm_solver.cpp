#include "core/algorithms/svm_solver.hpp"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/linalg/product.hpp"

namespace gb {
namespace {

constexpr double tau = 1e-12;  ///< least curvature along a pair (LIBSVM)
constexpr float never = -std::numeric_limits<float>::infinity();
constexpr std::size_t lanes = 8;

std::size_t padded(std::size_t count) {
  return (count + lanes - 1) / lanes * lanes;
}

struct Best {
  float value = never;
  std::size_t at = 0;
};

/// The largest of eight, and the highest place among equals: as LIBSVM chooses, which matters where there are several
/// optima.
Best best_lane(__m256 values, __m256i places) {
  alignas(32) float value[8];
  alignas(32) std::int32_t place[8];
  _mm256_store_ps(value, values);
  _mm256_store_si256(reinterpret_cast<__m256i*>(place), places);
  Best best;
  bool any = false;
  for (std::size_t lane = 0; lane < 8; ++lane) {
    const auto at = static_cast<std::size_t>(place[lane]);
    if (value[lane] == never || (any && (value[lane] < best.value || (value[lane] == best.value && at < best.at))))
      continue;
    best = {value[lane], at};
    any = true;
  }
  return best;
}

__m256 narrowed(const double* values) {
  return _mm256_set_m128(_mm256_cvtpd_ps(_mm256_loadu_pd(values + 4)), _mm256_cvtpd_ps(_mm256_loadu_pd(values)));
}

/// The variable that wants to rise most: largest -gradient among those that may.
Best most_wanting(const double* gradient, const float* up, std::size_t count) {
  __m256 best = _mm256_set1_ps(never);
  __m256i places = _mm256_setzero_si256(), place = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  for (std::size_t k = 0; k < count; k += lanes) {
    const __m256 value = _mm256_sub_ps(_mm256_loadu_ps(up + k), narrowed(gradient + k));
    const __m256 better = _mm256_cmp_ps(value, best, _CMP_GE_OQ);
    best = _mm256_blendv_ps(best, value, better);
    places = _mm256_blendv_epi8(places, place, _mm256_castps_si256(better));
    place = _mm256_add_epi32(place, _mm256_set1_epi32(8));
  }
  return best_lane(best, places);
}

/// Of the variables that may fall, the one with which i gains most (second order); `worst` gets the largest gradient.
Best best_partner(const double* gradient, const float* down, const float* diagonal, const float* row,
                  float own_diagonal, float wants, std::size_t count, float& worst) {
  const __m256 two = _mm256_set1_ps(2), zero = _mm256_setzero_ps();
  const __m256 least = _mm256_set1_ps(static_cast<float>(tau));
  __m256 best = _mm256_set1_ps(never), most = _mm256_set1_ps(never);
  __m256i places = _mm256_setzero_si256(), place = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  for (std::size_t k = 0; k < count; k += lanes) {
    const __m256 slope = _mm256_add_ps(narrowed(gradient + k), _mm256_loadu_ps(down + k));
    most = _mm256_max_ps(most, slope);
    const __m256 gain = _mm256_add_ps(slope, _mm256_set1_ps(wants));
    const __m256 sum = _mm256_add_ps(_mm256_loadu_ps(diagonal + k), _mm256_set1_ps(own_diagonal));
    const __m256 curve = _mm256_max_ps(_mm256_fnmadd_ps(two, _mm256_loadu_ps(row + k), sum), least);
    const __m256 score = _mm256_div_ps(_mm256_mul_ps(gain, gain), curve);
    const __m256 better = _mm256_and_ps(_mm256_cmp_ps(gain, zero, _CMP_GT_OQ), _mm256_cmp_ps(score, best, _CMP_GE_OQ));
    best = _mm256_blendv_ps(best, score, better);
    places = _mm256_blendv_epi8(places, place, _mm256_castps_si256(better));
    place = _mm256_add_epi32(place, _mm256_set1_epi32(8));
  }
  worst = best_lane(most, _mm256_setzero_si256()).value;
  return best_lane(best, places);
}

/// gradient += a * first + b * second.
void add_rows(const float* first, double a, const float* second, double b, double* gradient, std::size_t count) {
  const __m256d left = _mm256_set1_pd(a), right = _mm256_set1_pd(b);
  for (std::size_t k = 0; k < count; k += 4) {
    __m256d sum = _mm256_loadu_pd(gradient + k);
    sum = _mm256_fmadd_pd(left, _mm256_cvtps_pd(_mm_loadu_ps(first + k)), sum);
    sum = _mm256_fmadd_pd(right, _mm256_cvtps_pd(_mm_loadu_ps(second + k)), sum);
    _mm256_storeu_pd(gradient + k, sum);
  }
}

}  // namespace

SvmKernel::SvmKernel(const KernelRows& rows, std::vector<Range> ranges, std::size_t most_bytes,
                     const std::function<const float*(std::size_t range)>& shared)
    : rows_(rows), ranges_(std::move(ranges)) {
  for (const Range& range : ranges_) count_ += range.count;
  stride_ = static_cast<std::int64_t>(padded(static_cast<std::size_t>(count_)));
  const auto row_bytes = static_cast<std::size_t>(stride_) * sizeof(float);
  complete_ = row_bytes * static_cast<std::size_t>(count_) <= most_bytes;
  if (!complete_) {
    const std::size_t slots = std::max<std::size_t>(most_bytes / std::max<std::size_t>(row_bytes, 1), 32);
    values_.assign(slots * static_cast<std::size_t>(stride_), 0.0f);
    slot_of_.assign(static_cast<std::size_t>(count_), -1);
    row_of_.assign(slots, -1);
    used_.assign(slots, 0);
    return;
  }
  values_.assign(static_cast<std::size_t>(count_ * stride_), 0.0f);
  std::int64_t top = 0;
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    std::int64_t left = top;
    for (std::size_t j = i; j < ranges_.size(); ++j) {
      float* const to = values_.data() + top * stride_ + left;
      const Range &a = ranges_[i], &b = ranges_[j];
      const float* ready = i == j ? shared(i) : nullptr;
      if (ready)
        for (std::int64_t row = 0; row < a.count; ++row)
          std::copy_n(ready + row * a.count, a.count, to + row * stride_);
      else
        rows_.block(a.begin, a.count, b.begin, b.count, to, stride_);
      if (i != j) {
        // Mirrored in tiles that stay in the cache.
        constexpr std::int64_t tile = 32;
        float* const mirror = values_.data() + left * stride_ + top;
        for (std::int64_t row = 0; row < a.count; row += tile)
          for (std::int64_t column = 0; column < b.count; column += tile)
            for (std::int64_t r = row; r < std::min(row + tile, a.count); ++r)
              for (std::int64_t c = column; c < std::min(column + tile, b.count); ++c)
                mirror[c * stride_ + r] = to[r * stride_ + c];
      }
      left += b.count;
    }
    top += ranges_[i].count;
  }
}

double SvmKernel::diagonal(std::int64_t row) const {
  for (const Range& range : ranges_) {
    if (row < range.count) return rows_.diagonal(range.begin + row);
    row -= range.count;
  }
  return 0;
}

const float* SvmKernel::row(std::int64_t row, std::span<const std::int32_t> likely_next) {
  if (complete_) return values_.data() + row * stride_;
  ++clock_;
  const auto at = static_cast<std::size_t>(row);
  if (slot_of_[at] < 0) {
    std::vector<std::int32_t> wanted{static_cast<std::int32_t>(row)};
    for (const std::int32_t other : likely_next)
      if (static_cast<std::int64_t>(wanted.size()) < few_columns - 1 && other != row &&
          slot_of_[static_cast<std::size_t>(other)] < 0 &&
          std::find(wanted.begin(), wanted.end(), other) == wanted.end())
        wanted.push_back(other);
    make(wanted);
  }
  const auto slot = static_cast<std::size_t>(slot_of_[at]);
  used_[slot] = clock_ + 1;  // newer than what was made along with it
  return values_.data() + slot * static_cast<std::size_t>(stride_);
}

void SvmKernel::make(std::span<const std::int32_t> rows) {
  // The slots used longest ago; the row given last is safe.
  std::vector<std::size_t> slots(row_of_.size());
  std::iota(slots.begin(), slots.end(), std::size_t{0});
  std::nth_element(slots.begin(), slots.begin() + static_cast<std::ptrdiff_t>(rows.size() - 1), slots.end(),
                   [&](std::size_t a, std::size_t b) { return used_[a] != used_[b] ? used_[a] < used_[b] : a < b; });
  std::vector<std::int32_t> kept;
  std::vector<std::vector<float>> whole;
  std::vector<float*> to;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t slot = slots[i];
    if (row_of_[slot] >= 0) slot_of_[static_cast<std::size_t>(row_of_[slot])] = -1;
    row_of_[slot] = rows[i];
    slot_of_[static_cast<std::size_t>(rows[i])] = static_cast<std::int32_t>(slot);
    used_[slot] = clock_;
    std::int64_t row = rows[i];
    for (const Range& range : ranges_) {
      if (row < range.count) {
        kept.push_back(static_cast<std::int32_t>(range.begin + row));
        break;
      }
      row -= range.count;
    }
    whole.emplace_back(static_cast<std::size_t>(rows_.count()));
  }
  for (auto& values : whole) to.push_back(values.data());
  rows_.few(kept, to.data());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    float* out = values_.data() + slots[i] * static_cast<std::size_t>(stride_);
    for (const Range& range : ranges_) out = std::copy_n(whole[i].begin() + range.begin, range.count, out);
  }
}

SvmSolver::SvmSolver(Problem problem, SvmKernel& kernel, double tolerance, bool shrinking)
    : problem_(std::move(problem)),
      kernel_(kernel),
      tolerance_(tolerance),
      shrinking_(shrinking),
      identity_(static_cast<std::int64_t>(problem_.rows.size()) == kernel.count()),
      beta_(problem_.target.size()),
      gradient_(problem_.target.size()),
      active_(problem_.target.size()) {
  for (std::size_t k = 0; k < problem_.rows.size(); ++k)
    identity_ = identity_ && problem_.rows[k] == static_cast<std::int32_t>(k);
  for (std::size_t k = 0; k < gradient_.size(); ++k) gradient_[k] = -problem_.target[k];
  std::iota(active_.begin(), active_.end(), 0);
  until_shrink_ = static_cast<std::int64_t>(std::min<std::size_t>(beta_.size(), 1000)) + 1;
  violation_ = std::numeric_limits<double>::infinity();
  load_active();
}

/// Copies the active variables together.
void SvmSolver::load_active() {
  const std::size_t count = active_.size(), size = padded(count);
  g_.assign(size, 0);
  b_.assign(size, 0);
  low_.assign(size, 0);
  high_.assign(size, 0);
  up_.assign(size, never);
  down_.assign(size, never);
  diagonal_.assign(size, 1);
  row_i_.assign(size, 0);
  row_j_.assign(size, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const auto k = static_cast<std::size_t>(active_[i]);
    g_[i] = gradient_[k];
    b_[i] = beta_[k];
    low_[i] = problem_.low[k];
    high_[i] = problem_.high[k];
    up_[i] = b_[i] < high_[i] ? 0 : never;
    down_[i] = b_[i] > low_[i] ? 0 : never;
    diagonal_[i] = static_cast<float>(kernel_.diagonal(problem_.rows[k]));
  }
}

void SvmSolver::store_active() {
  for (std::size_t i = 0; i < active_.size(); ++i) {
    const auto k = static_cast<std::size_t>(active_[i]);
    gradient_[k] = g_[i];
    beta_[k] = b_[i];
  }
}

/// Kernel values of an active variable with all active ones.
const float* SvmSolver::compact_row(std::size_t at, std::vector<float>& scratch) {
  const auto row = problem_.rows[static_cast<std::size_t>(active_[at])];
  const float* whole = kernel_.complete() ? kernel_.row(row) : kernel_.row(row, likely_next());
  if (identity_ && active_.size() == beta_.size()) return whole;
  for (std::size_t i = 0; i < active_.size(); ++i)
    scratch[i] = whole[problem_.rows[static_cast<std::size_t>(active_[i])]];
  return scratch.data();
}

/// Rows of variables that want to move most.
std::vector<std::int32_t> SvmSolver::likely_next() const {
  std::vector<std::pair<double, std::int32_t>> wanting;
  for (std::size_t i = 0; i < active_.size(); ++i) {
    const double wish = std::max(up_[i] == 0 ? -g_[i] : -1e300, down_[i] == 0 ? g_[i] : -1e300);
    wanting.emplace_back(-wish, problem_.rows[static_cast<std::size_t>(active_[i])]);
  }
  const std::size_t some = std::min<std::size_t>(wanting.size(), 24);
  std::partial_sort(wanting.begin(), wanting.begin() + static_cast<std::ptrdiff_t>(some), wanting.end());
  std::vector<std::int32_t> rows;
  for (std::size_t i = 0; i < some; ++i) rows.push_back(wanting[i].second);
  return rows;
}

/// One pair. False when the active variables are at their optimum.
bool SvmSolver::step() {
  const std::size_t size = g_.size();
  const Best first = most_wanting(g_.data(), up_.data(), size);
  if (first.value == never) {
    violation_ = 0;
    return false;
  }
  const std::size_t i = first.at;
  const float* const row_i = compact_row(i, row_i_);
  float worst = never;
  const Best second = best_partner(g_.data(), down_.data(), diagonal_.data(), row_i, diagonal_[i],
                                   static_cast<float>(-g_[i]), size, worst);
  shrink_up_ = static_cast<double>(first.value);
  shrink_low_ = static_cast<double>(worst);
  violation_ = worst == never ? 0 : shrink_up_ + shrink_low_;
  if (violation_ < tolerance_ || second.value == never) return false;
  const std::size_t j = second.at;
  const float* const row_j = compact_row(j, row_j_);
  const double curve = std::max(
      static_cast<double>(diagonal_[i]) + static_cast<double>(diagonal_[j]) - 2 * static_cast<double>(row_i[j]), tau);
  double length = (g_[j] - g_[i]) / curve;
  if (!(length > 0)) return false;  // as near as float can tell
  length = std::min({length, high_[i] - b_[i], b_[j] - low_[j]});
  const double old_i = b_[i], old_j = b_[j];
  // At a bound exactly, so that it is known to be there.
  b_[i] = length >= high_[i] - b_[i] ? high_[i] : b_[i] + length;
  b_[j] = length >= b_[j] - low_[j] ? low_[j] : b_[j] - length;
  add_rows(row_i, b_[i] - old_i, row_j, b_[j] - old_j, g_.data(), size);
  for (const std::size_t at : {i, j}) {
    up_[at] = b_[at] < high_[at] ? 0 : never;
    down_[at] = b_[at] > low_[at] ? 0 : never;
  }
  ++iterations_;
  return true;
}

bool SvmSolver::iterate(std::int64_t iterations, const std::function<bool()>& stop) {
  for (std::int64_t done = 0; done < iterations && !finished_; ++done) {
    if (done % 64 == 63 && stop()) return false;
    if (shrinking_ && --until_shrink_ == 0) {
      until_shrink_ = static_cast<std::int64_t>(std::min<std::size_t>(beta_.size(), 1000));
      shrink(shrink_up_, shrink_low_);
    }
    if (step()) continue;
    // Optimal among the active ones; perhaps not among all.
    const bool all = active_.size() == beta_.size();
    if (!all) activate_all();
    if (all || !step())
      finished_ = true;
    else
      until_shrink_ = 1;
  }
  return finished_;
}

/// Leaves out variables at a bound that show no wish to leave it.
void SvmSolver::shrink(double most_up, double most_low) {
  if (!unshrunk_ && most_up + most_low <= tolerance_ * 10) {
    unshrunk_ = true;
    activate_all();
  }
  store_active();
  std::vector<std::int32_t> kept;
  for (std::size_t i = 0; i < active_.size(); ++i) {
    const bool stays_high = up_[i] != 0 && down_[i] == 0 && -g_[i] > most_up;
    const bool stays_low = down_[i] != 0 && up_[i] == 0 && g_[i] > most_low;
    if (!stays_high && !stays_low) kept.push_back(active_[i]);
  }
  if (kept.size() == active_.size() || kept.empty()) return;
  active_ = std::move(kept);
  load_active();
}

void SvmSolver::activate_all() {
  if (active_.size() == beta_.size()) return;
  store_active();
  refresh_gradient();
  active_.resize(beta_.size());
  std::iota(active_.begin(), active_.end(), 0);
  load_active();
}

/// The gradients of inactive variables, anew from all coefficients.
void SvmSolver::refresh_gradient() {
  std::vector<bool> is_active(beta_.size());
  for (const std::int32_t k : active_) is_active[static_cast<std::size_t>(k)] = true;
  std::vector<double> per_row(static_cast<std::size_t>(kernel_.count()));
  for (std::size_t k = 0; k < beta_.size(); ++k) per_row[static_cast<std::size_t>(problem_.rows[k])] += beta_[k];
  std::vector<std::int32_t> used;
  for (std::size_t row = 0; row < per_row.size(); ++row)
    if (per_row[row] != 0) used.push_back(static_cast<std::int32_t>(row));
  std::vector<double> sums(padded(per_row.size()));
  for (std::size_t u = 0; u < used.size(); ++u) {
    const auto row = used[u];
    const float* values = kernel_.row(row, std::span(used).subspan(u, std::min<std::size_t>(used.size() - u, 15)));
    add_rows(values, per_row[static_cast<std::size_t>(row)], values, 0, sums.data(), sums.size());
  }
  for (std::size_t k = 0; k < beta_.size(); ++k)
    if (!is_active[k]) gradient_[k] = sums[static_cast<std::size_t>(problem_.rows[k])] - problem_.target[k];
}

double SvmSolver::objective() const {
  std::vector<double> beta = beta_, gradient = gradient_;
  for (std::size_t i = 0; i < active_.size(); ++i) {
    beta[static_cast<std::size_t>(active_[i])] = b_[i];
    gradient[static_cast<std::size_t>(active_[i])] = g_[i];
  }
  // Inactive gradients are old, but only of variables at a bound; exact once finished.
  double sum = 0;
  for (std::size_t k = 0; k < beta.size(); ++k) sum += beta[k] * (gradient[k] - problem_.target[k]);
  return sum / 2;
}

std::vector<double> SvmSolver::coefficients() const {
  std::vector<double> beta = beta_;
  for (std::size_t i = 0; i < active_.size(); ++i) beta[static_cast<std::size_t>(active_[i])] = b_[i];
  return beta;
}

double SvmSolver::intercept() const {
  double sum = 0, above = std::numeric_limits<double>::infinity(), below = -above;
  std::size_t free = 0;
  for (std::size_t i = 0; i < active_.size(); ++i) {
    if (up_[i] == 0 && down_[i] == 0) {
      sum += g_[i];
      ++free;
    } else if (up_[i] == 0) {
      above = std::min(above, g_[i]);
    } else if (down_[i] == 0) {
      below = std::max(below, g_[i]);
    }
  }
  if (free > 0) return -sum / static_cast<double>(free);
  if (std::isinf(above) || std::isinf(below)) return std::isinf(above) ? (std::isinf(below) ? 0 : -below) : -above;
  return -(above + below) / 2;
}

void SvmSolver::save(State& state, const std::string& prefix) const {
  std::vector<double> beta = coefficients(), gradient = gradient_;
  for (std::size_t i = 0; i < active_.size(); ++i) gradient[static_cast<std::size_t>(active_[i])] = g_[i];
  const auto count = static_cast<std::int64_t>(beta.size());
  state.arrays.push_back(state_array(prefix + "beta", "F64", {count}, beta.data(), beta.size()));
  state.arrays.push_back(state_array(prefix + "gradient", "F64", {count}, gradient.data(), gradient.size()));
  std::vector<std::uint8_t> is_active(beta.size());
  for (const std::int32_t k : active_) is_active[static_cast<std::size_t>(k)] = 1;
  state.arrays.push_back(state_array(prefix + "active", "U8", {count}, is_active.data(), is_active.size()));
  state.header[prefix] = {{"iterations", iterations_},
                          {"until_shrink", until_shrink_},
                          {"unshrunk", unshrunk_},
                          {"finished", finished_},
                          {"shrink_up", shrink_up_},
                          {"shrink_low", shrink_low_},
                          {"violation", std::isfinite(violation_) ? violation_ : 1e300}};
}

void SvmSolver::restore(const State& state, const std::string& prefix) {
  const Json& header = header_field(state, prefix);
  iterations_ = header.at("iterations").get<std::int64_t>();
  until_shrink_ = header.at("until_shrink").get<std::int64_t>();
  unshrunk_ = header.at("unshrunk").get<bool>();
  finished_ = header.at("finished").get<bool>();
  shrink_up_ = header.at("shrink_up").get<double>();
  shrink_low_ = header.at("shrink_low").get<double>();
  violation_ = header.at("violation").get<double>();
  std::vector<std::uint8_t> is_active(beta_.size());
  read_array(state, prefix + "beta", beta_.data(), beta_.size());
  read_array(state, prefix + "gradient", gradient_.data(), gradient_.size());
  read_array(state, prefix + "active", is_active.data(), is_active.size());
  active_.clear();
  for (std::size_t k = 0; k < is_active.size(); ++k)
    if (is_active[k]) active_.push_back(static_cast<std::int32_t>(k));
  load_active();
}

}  // namespace gb
