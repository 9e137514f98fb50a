#pragma once

#include <QString>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "widgets/legend.hpp"
#include "widgets/plot/axis_ticks.hpp"
#include "widgets/plot/curve_levels.hpp"

namespace gb {

/// One curve of a plot: its values, and what is drawn of them when they are smoothed.
class Curve {
 public:
  QString key, label;
  int color = 0;
  bool dashed = false;

  void push(std::int64_t step, double value, double smoothing);
  void assign(const std::vector<std::int64_t>& steps, const std::vector<double>& values, double smoothing);
  /// Exponential moving average, freed of the bias of its start; gaps stay gaps.
  void smoothen(double smoothing);

  const CurveLevels& raw() const { return raw_; }
  const CurveLevels& drawn() const { return smooth_.empty() ? raw_ : smooth_; }
  /// The last three colours are pale and carry marks.
  bool marked() const { return color % 8 >= 5; }
  LegendEntry::Sample sample() const { return lineSample(color, dashed); }
  LegendEntry entry(std::size_t index) const;

 private:
  void smoothenOne(std::int64_t step, double value, double smoothing);

  CurveLevels raw_;
  CurveLevels smooth_;  ///< empty while nothing is smoothed
  double average_ = 0;
  double held_ = 0;  ///< the weight that average_ holds
};

/// The curves of one plot with all that can be asked of them together.
class CurveSet {
 public:
  Curve* find(const QString& key);
  /// The curve of a series such as "train/loss": named by its part; train, validation and test have colours of their
  /// own.
  Curve& findOrAdd(const QString& series);
  Curve& add(const QString& key);
  void remove(const Curve* curve);
  void setSmoothing(double weight);
  void setLogScale(bool on) { log_scale_ = on; }
  void setLogSteps(bool on) { log_steps_ = on; }

  auto begin() const { return curves_.begin(); }
  auto end() const { return curves_.end(); }
  std::size_t size() const { return curves_.size(); }
  double smoothing() const { return smoothing_; }
  bool logScale() const { return log_scale_; }
  bool logSteps() const { return log_steps_; }
  /// Where a value stands on the axis.
  double axisValue(double value) const { return log_scale_ ? std::log10(value) : value; }

  std::vector<LegendEntry> legend() const;
  /// The values at a step, or the last ones before it.
  std::vector<LegendEntry> valuesAt(std::int64_t step) const;
  std::optional<Span> steps() const;
  /// In axis units, of what is drawn.
  std::optional<Span> values(const Span& steps) const;
  std::optional<std::int64_t> nearestStep(double step) const;
  /// The next known step at least `distance` away.
  std::optional<std::int64_t> neighbour(std::int64_t step, int direction, double distance) const;

 private:
  std::vector<std::unique_ptr<Curve>> curves_;
  double smoothing_ = 0;
  bool log_scale_ = false;
  bool log_steps_ = false;
};

}  // namespace gb
