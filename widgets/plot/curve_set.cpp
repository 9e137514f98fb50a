#include "widgets/plot/curve_set.hpp"

#include <QCoreApplication>
#include <algorithm>

#include "widgets/number_text.hpp"
#include "widgets/series_name.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr std::size_t most_valued = 4;

Span together(const std::optional<Span>& known, const Span& more) {
  return known ? Span{std::min(known->low, more.low), std::max(known->high, more.high)} : more;
}

}  // namespace

void Curve::push(std::int64_t step, double value, double smoothing) {
  const bool replaced = raw_.append(step, value);
  if (smoothing <= 0) return;
  if (replaced)
    smoothen(smoothing);
  else
    smoothenOne(step, value, smoothing);
}

void Curve::assign(const std::vector<std::int64_t>& steps, const std::vector<double>& values, double smoothing) {
  raw_.clear();
  const std::size_t count = std::min(steps.size(), values.size());
  raw_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) raw_.append(steps[i], values[i]);
  smoothen(smoothing);
}

void Curve::smoothen(double smoothing) {
  smooth_.clear();
  average_ = held_ = 0;
  if (smoothing <= 0) return;
  smooth_.reserve(raw_.size());
  for (std::size_t i = 0; i < raw_.size(); ++i) smoothenOne(raw_.step(i), raw_.value(i), smoothing);
}

void Curve::smoothenOne(std::int64_t step, double value, double smoothing) {
  if (std::isfinite(value)) {
    average_ = smoothing * average_ + (1 - smoothing) * value;
    held_ = smoothing * held_ + (1 - smoothing);
    value = average_ / held_;
  }
  smooth_.append(step, value);
}

LegendEntry Curve::entry(std::size_t index) const {
  return {label, valueText(raw_.value(index)), seriesColor(color), sample(), marked()};
}

Curve* CurveSet::find(const QString& key) {
  const auto found = std::find_if(curves_.begin(), curves_.end(), [&](const auto& curve) { return curve->key == key; });
  return found == curves_.end() ? nullptr : found->get();
}

Curve& CurveSet::findOrAdd(const QString& series) {
  if (Curve* known = find(series)) return *known;
  const SeriesName name = seriesName(series.toStdString());
  const QString label = name.curve.empty() ? series : QString::fromStdString(name.curve);
  const QStringList usual = {"train", "validation", "test"};
  int color = name.of_part ? static_cast<int>(usual.indexOf(label)) : -1;
  for (int next = 0; color < 0; ++next)
    if (std::none_of(curves_.begin(), curves_.end(), [&](const auto& curve) { return curve->color == next; }))
      color = next;
  Curve& made = add(series);
  made.label = name.of_part ? QCoreApplication::translate("core", label.toUtf8().constData()) : label;
  made.color = color;
  made.dashed = name.of_part && label == "validation";
  return made;
}

Curve& CurveSet::add(const QString& key) {
  Curve& made = *curves_.emplace_back(std::make_unique<Curve>());
  made.key = key;
  return made;
}

void CurveSet::remove(const Curve* curve) {
  std::erase_if(curves_, [&](const auto& known) { return known.get() == curve; });
}

void CurveSet::setSmoothing(double weight) {
  smoothing_ = weight;
  for (auto& curve : curves_) curve->smoothen(weight);
}

std::vector<LegendEntry> CurveSet::legend() const {
  std::vector<LegendEntry> entries;
  for (const auto& curve : curves_)
    if (!curve->raw().empty()) entries.push_back(curve->entry(curve->raw().size() - 1));
  // Of many there is room for the names only; the pointer shows values.
  if (entries.size() > most_valued)
    for (LegendEntry& entry : entries) entry.value.clear();
  return entries;
}

std::vector<LegendEntry> CurveSet::valuesAt(std::int64_t step) const {
  std::vector<LegendEntry> entries;
  for (const auto& curve : curves_)
    if (const std::size_t after = curve->raw().find(static_cast<double>(step) + 1); after > 0)
      entries.push_back(curve->entry(after - 1));
  return entries;
}

std::optional<Span> CurveSet::steps() const {
  std::optional<Span> all;
  for (const auto& curve : curves_) {
    const CurveLevels& known = curve->raw();
    if (!known.empty())
      all = together(all, {static_cast<double>(known.step(0)), static_cast<double>(known.step(known.size() - 1))});
  }
  return all;
}

std::optional<Span> CurveSet::values(const Span& steps) const {
  std::optional<Span> all;
  for (const auto& curve : curves_) {
    const CurveLevels& known = curve->drawn();
    const auto found =
        known.extremes(known.find(steps.low), known.find(std::nextafter(steps.high, HUGE_VAL)), log_scale_);
    if (found.found) all = together(all, {axisValue(known.value(found.lowest)), axisValue(known.value(found.highest))});
  }
  return all;
}

std::optional<std::int64_t> CurveSet::nearestStep(double step) const {
  std::optional<std::int64_t> nearest;
  const auto distance = [&](std::int64_t known) { return std::abs(static_cast<double>(known) - step); };
  for (const auto& curve : curves_) {
    const CurveLevels& known = curve->raw();
    const std::size_t after = known.find(step);
    for (std::size_t i = after > 0 ? after - 1 : 0; i < std::min(after + 1, known.size()); ++i)
      if (!nearest || distance(known.step(i)) < distance(*nearest)) nearest = known.step(i);
  }
  return nearest;
}

std::optional<std::int64_t> CurveSet::neighbour(std::int64_t step, int direction, double distance) const {
  const double from = static_cast<double>(step);
  std::optional<std::int64_t> next;
  for (const auto& curve : curves_) {
    const CurveLevels& known = curve->raw();
    std::size_t i =
        direction > 0 ? known.find(from + std::max(1.0, distance)) : known.find(from - std::max(0.0, distance - 1));
    if (direction < 0 && i-- == 0) continue;
    if (i >= known.size()) continue;
    const std::int64_t found = known.step(i);
    if (!next || (direction > 0 ? found < *next : found > *next)) next = found;
  }
  return next;
}

}  // namespace gb
