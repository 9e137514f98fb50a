#include "core/train/limited_memory.hpp"

#include <cmath>
#include <limits>

namespace gb {
namespace {

constexpr double decrease = 1e-4;   ///< of the value, as a share of what the slope promises (Armijo)
constexpr double flattening = 0.9;  ///< of the slope (Wolfe)
constexpr int most_trials = 40;

}  // namespace

LimitedMemory::LimitedMemory(Eigen::VectorXd start, Eigen::VectorXd absolute, double tolerance)
    : position_(std::move(start)), absolute_(std::move(absolute)), tolerance_(tolerance) {}

bool LimitedMemory::measure(const Evaluate& evaluate, const Eigen::VectorXd& at, double& value,
                            Eigen::VectorXd& gradient) {
  ++evaluations_;
  if (!evaluate(at, value, gradient)) return false;
  if (absolute_.size() > 0) value += (absolute_.array() * at.array().abs()).sum();
  return true;
}

/// The steepest descent of the whole function, absolute values included; the gradient where there are none.
Eigen::VectorXd LimitedMemory::pseudo_gradient() const {
  if (absolute_.size() == 0) return gradient_;
  Eigen::VectorXd result(gradient_.size());
  for (Eigen::Index i = 0; i < result.size(); ++i) {
    const double g = gradient_[i], a = absolute_[i];
    if (position_[i] > 0)
      result[i] = g + a;
    else if (position_[i] < 0)
      result[i] = g - a;
    else
      result[i] = g + a < 0 ? g + a : g - a > 0 ? g - a : 0;
  }
  return result;
}

/// The two-loop recursion: an approximate Newton direction.
Eigen::VectorXd LimitedMemory::direction(const Eigen::VectorXd& slope) const {
  Eigen::VectorXd q = -slope;
  std::vector<double> alphas(steps_.size());
  for (std::size_t i = steps_.size(); i-- > 0;) {
    alphas[i] = steps_[i].dot(q) / steps_[i].dot(changes_[i]);
    q -= alphas[i] * changes_[i];
  }
  if (!steps_.empty()) q *= steps_.back().dot(changes_.back()) / changes_.back().squaredNorm();
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const double beta = changes_[i].dot(q) / steps_[i].dot(changes_[i]);
    q += (alphas[i] - beta) * steps_[i];
  }
  return q;
}

LimitedMemory::Outcome LimitedMemory::step(const Evaluate& evaluate) {
  if (!measured_) {
    double value = 0;
    Eigen::VectorXd gradient(position_.size());
    if (!measure(evaluate, position_, value, gradient)) return Outcome::interrupted;
    value_ = value;
    gradient_ = std::move(gradient);
    measured_ = true;
  }
  const Eigen::VectorXd slope = pseudo_gradient();
  slope_ = slope.size() > 0 ? slope.cwiseAbs().maxCoeff() : 0;
  if (slope_ <= tolerance_) return Outcome::converged;
  const bool orthants = absolute_.size() > 0;
  Eigen::VectorXd towards = direction(slope);
  if (orthants)
    for (Eigen::Index i = 0; i < towards.size(); ++i)
      if (towards[i] * slope[i] >= 0) towards[i] = 0;
  double descent = towards.dot(slope);
  if (!(descent < 0)) {
    steps_.clear();
    changes_.clear();
    towards = -slope;
    descent = -slope.squaredNorm();
  }
  // The orthant that the step may not leave.
  Eigen::VectorXd orthant;
  if (orthants) {
    orthant.resize(position_.size());
    for (Eigen::Index i = 0; i < orthant.size(); ++i)
      orthant[i] = position_[i] != 0 ? (position_[i] > 0 ? 1 : -1) : -slope[i];
  }

  double length = steps_.empty() ? std::min(1.0, 1 / slope.norm()) : 1.0;
  double low = 0, high = std::numeric_limits<double>::infinity();
  Eigen::VectorXd next, gradient(position_.size()), kept, kept_gradient;
  double value = 0, kept_value = 0;
  for (int trial = 0; trial < most_trials; ++trial) {
    next = position_ + length * towards;
    if (orthants)
      for (Eigen::Index i = 0; i < next.size(); ++i)
        if (next[i] * orthant[i] <= 0) next[i] = 0;
    if (!measure(evaluate, next, value, gradient)) return Outcome::interrupted;
    const double promised = orthants ? slope.dot(next - position_) : length * descent;
    if (!(value <= value_ + decrease * promised)) {
      high = length;
    } else if (!orthants && gradient.dot(towards) < flattening * descent) {
      // A descent, though a longer step may be a better one.
      low = length;
      kept = next;
      kept_gradient = gradient;
      kept_value = value;
    } else {
      kept = next;
      kept_gradient = gradient;
      kept_value = value;
      break;
    }
    if (high - low <= 1e-12 * high) break;
    length = std::isinf(high) ? 2 * length : (low + high) / 2;
  }
  if (kept.size() == 0 || !(kept_value <= value_)) {
    if (steps_.empty()) return Outcome::stuck;
    // The memory may be what misleads: once more along the gradient.
    steps_.clear();
    changes_.clear();
    return step(evaluate);
  }
  Eigen::VectorXd moved = kept - position_, change = kept_gradient - gradient_;
  const double old = value_;
  position_ = std::move(kept);
  gradient_ = std::move(kept_gradient);
  value_ = kept_value;
  if (moved.dot(change) > 1e-12 * change.squaredNorm()) {
    steps_.push_back(std::move(moved));
    changes_.push_back(std::move(change));
    if (steps_.size() > memory) {
      steps_.pop_front();
      changes_.pop_front();
    }
  }
  slope_ = pseudo_gradient().cwiseAbs().maxCoeff();
  if (slope_ <= tolerance_) return Outcome::converged;
  if (old - value_ <= 64 * std::numeric_limits<double>::epsilon() * std::abs(old)) return Outcome::stuck;
  return Outcome::moved;
}

void LimitedMemory::save(State& state) const {
  state.header["measured"] = measured_;
  state.header["value"] = value_;
  state.header["slope"] = slope_;
  state.header["evaluations"] = evaluations_;
  state.header["memory"] = steps_.size();
  const auto add = [&](const std::string& name, const Eigen::VectorXd& vector) {
    state.arrays.push_back(
        state_array(name, "F64", {vector.size()}, vector.data(), static_cast<std::size_t>(vector.size())));
  };
  add("position", position_);
  if (measured_) add("gradient", gradient_);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    add("step" + std::to_string(i), steps_[i]);
    add("change" + std::to_string(i), changes_[i]);
  }
}

void LimitedMemory::restore(const State& state) {
  measured_ = header_field(state, "measured").get<bool>();
  value_ = header_field(state, "value").get<double>();
  slope_ = header_field(state, "slope").get<double>();
  evaluations_ = header_field(state, "evaluations").get<std::int64_t>();
  const auto count = header_field(state, "memory").get<std::size_t>();
  if (count > memory) throw Error("The checkpoint does not fit this experiment: it remembers too many steps");
  const auto read = [&](const std::string& name) {
    Eigen::VectorXd vector(position_.size());
    read_array(state, name, vector.data(), static_cast<std::size_t>(vector.size()));
    return vector;
  };
  position_ = read("position");
  if (measured_) gradient_ = read("gradient");
  steps_.clear();
  changes_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    steps_.push_back(read("step" + std::to_string(i)));
    changes_.push_back(read("change" + std::to_string(i)));
  }
}

}  // namespace gb
