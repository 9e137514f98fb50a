#include "core/model/onnx_preparation.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "core/data/prepare_steps.hpp"
#include "core/model/model.hpp"

namespace gb {
namespace {

constexpr std::string_view machine_learning = "ai.onnx.ml";

/// What the steps make of the categories of one column.
struct CategoryFold {
  const FittedOneHot::Encoding* encoding = nullptr;
  const FittedLevelNumbers::Encoding* numbers = nullptr;
  const std::string* fill = nullptr;    ///< the level that a missing cell takes
  const std::string* merged = nullptr;  ///< the level that rare and unknown ones take

  bool is_encoded() const { return encoding || numbers; }
  const std::vector<std::string>& levels() const { return numbers ? numbers->levels : encoding->levels; }
  /// Where `level` is among those of the encoding; -1 for none.
  std::int64_t place_of(const std::string& level) const {
    const auto found = std::find(levels().begin(), levels().end(), level);
    if (found != levels().end()) return found - levels().begin();
    return merged && level != *merged ? place_of(*merged) : -1;
  }
};

std::map<std::string, CategoryFold> category_folds(const Preparation& preparation) {
  std::map<std::string, CategoryFold> folds;
  for (const FittedStep& step : preparation.steps()) {
    if (const auto* impute = std::get_if<FittedImpute>(&step)) {
      for (const auto& fill : impute->fills)
        if (fill.type == ColumnType::categorical && !folds[fill.column].is_encoded())
          folds[fill.column].fill = &fill.level;
    } else if (const auto* one_hot = std::get_if<FittedOneHot>(&step)) {
      for (const auto& encoding : one_hot->encodings) folds[encoding.column].encoding = &encoding;
    } else if (const auto* numbers = std::get_if<FittedLevelNumbers>(&step)) {
      for (const auto& encoding : numbers->encodings) folds[encoding.column].numbers = &encoding;
    } else if (const auto* rare = std::get_if<FittedRareCategories>(&step)) {
      for (const auto& merge : rare->merges) folds[merge.column].merged = &merge.name;
    }
  }
  return folds;
}

/// One 0/1 column per level, or one number, from a string [N, 1] whose missing cells are "". Imputing and merging are
/// keys of the lookup and its default: opset 17 has no Equal on strings.
std::string write_categories(OnnxGraph& graph, const std::string& input, const CategoryFold& fold) {
  const std::vector<std::string>& levels = fold.levels();
  const bool empty_is_level = std::find(levels.begin(), levels.end(), "") != levels.end();
  const std::int64_t unknown = fold.merged ? fold.place_of(*fold.merged) : -1;
  const std::int64_t missing = fold.fill ? fold.place_of(*fold.fill) : -1;
  std::vector<std::string> keys = levels;
  if (!empty_is_level) keys.emplace_back();
  if (fold.numbers) {
    const auto number_at = [&](std::int64_t place, double otherwise) {
      return static_cast<float>(place < 0 ? otherwise : fold.numbers->numbers[static_cast<std::size_t>(place)]);
    };
    std::vector<float> numbers(fold.numbers->numbers.begin(), fold.numbers->numbers.end());
    if (!empty_is_level) numbers.push_back(number_at(missing, fold.numbers->missing));
    return graph.add("LabelEncoder", {input},
                     {{"keys_strings", keys},
                      {"values_floats", numbers},
                      {"default_float", number_at(unknown, fold.numbers->unknown)}},
                     machine_learning);
  }
  std::string encoded;
  if (unknown < 0 && (missing < 0 || empty_is_level)) {
    encoded =
        graph.add("OneHotEncoder", {input}, {{"cats_strings", levels}, {"zeros", std::int64_t{1}}}, machine_learning);
  } else {
    std::vector<std::int64_t> categories(levels.size());
    std::iota(categories.begin(), categories.end(), std::int64_t{0});
    std::vector<std::int64_t> places = categories;
    if (!empty_is_level) places.push_back(missing);
    const std::string place =
        graph.add("LabelEncoder", {input},
                  {{"keys_strings", keys}, {"values_int64s", places}, {"default_int64", unknown}}, machine_learning);
    encoded = graph.add("OneHotEncoder", {place}, {{"cats_int64s", categories}, {"zeros", std::int64_t{1}}},
                        machine_learning);
  }
  return graph.add("Flatten", {encoded}, {{"axis", std::int64_t{1}}});  // [N, 1, L] to [N, L]
}

/// Applies one fold per column of `values` [N, D].
std::string write_folds(OnnxGraph& graph, std::string values, const std::vector<NumericFold>& folds) {
  const std::size_t count = folds.size();
  // The shift is split in two floats: the first subtraction of a large x is exact, the second brings the digits that
  // one float could not hold.
  std::vector<float> high(count), low(count), factor(count), fill(count), least(count), most(count);
  bool shifts = false, has_low = false, scales = false, imputes = false, clips = false;
  constexpr double largest = std::numeric_limits<float>::max();
  for (std::size_t i = 0; i < count; ++i) {
    high[i] = static_cast<float>(folds[i].shift);
    low[i] = static_cast<float>(folds[i].shift - static_cast<double>(high[i]));
    factor[i] = static_cast<float>(folds[i].factor);
    fill[i] = static_cast<float>(folds[i].fill);
    shifts = shifts || high[i] != 0;
    has_low = has_low || std::abs(low[i] * factor[i]) > 1e-7F;
    scales = scales || factor[i] != 1;
    imputes = imputes || folds[i].imputes();
    least[i] = static_cast<float>(std::max(folds[i].low, -largest));
    most[i] = static_cast<float>(std::min(folds[i].high, largest));
    clips = clips || std::isfinite(folds[i].low) || std::isfinite(folds[i].high);
  }
  const Shape shape{static_cast<std::int64_t>(count)};
  if (shifts) values = graph.add("Sub", {values, graph.constant("shift", high, shape)});
  if (has_low) values = graph.add("Sub", {values, graph.constant("shift_rest", low, shape)});
  if (scales) values = graph.add("Mul", {values, graph.constant("factor", factor, shape)});
  if (clips) {  // Clip takes one bound for all columns
    const std::string lower = graph.constant("least", least, shape), upper = graph.constant("most", most, shape);
    values = graph.add("Where", {graph.add("Less", {values, lower}), lower, values});
    values = graph.add("Where", {graph.add("Greater", {values, upper}), upper, values});
  }
  if (imputes)
    values =
        graph.add("Imputer", {values},
                  {{"imputed_value_floats", fill}, {"replaced_value_float", std::numeric_limits<float>::quiet_NaN()}},
                  machine_learning);
  return values;
}

/// One side of a power transform as the file computes it: for a = |x|, u = log(1 + (a - center) / base) and
/// E(t) = e^t - 1 the result is scale * E(power * u) + offset. Relative to the column's center, as float32 would lose
/// the digits of numbers far from zero.
struct PowerSide {
  double center, base, power, scale, offset;
};

PowerSide side_of(const YeoJohnson& curve, bool negative) {
  const bool at_center = curve.center != 0 && (curve.center < 0) == negative;
  // An exponent of 0 stands for the logarithm, which this one is in float32.
  constexpr double tiny = 1e-12;
  double power = negative ? 2 - curve.lambda : curve.lambda;
  if (std::abs(power) < tiny) power = tiny;
  const double center = at_center ? std::abs(curve.center) : 0;
  const double passed = at_center ? 0 : YeoJohnson::curve(curve.center, curve.lambda);
  return {center, 1 / (1 + center), power, (negative ? -1 : 1) * std::pow(1 + center, power) / power / curve.deviation,
          (-passed - curve.mean) / curve.deviation};
}

/// The power transform of the columns that have one (others null), with the operators that every runtime knows.
std::string write_powers(OnnxGraph& graph, const std::string& values, const std::vector<const YeoJohnson*>& powers) {
  const std::size_t count = powers.size();
  const Shape shape{static_cast<std::int64_t>(count)};
  const auto number = [&](const char* hint, float value) {
    return graph.constant(hint, std::span<const float>(&value, 1), {});
  };
  // Numbers of the sign that a column far from zero never had may become too large for any float: the largest then.
  const auto bounded = [](double value) {
    constexpr double largest = std::numeric_limits<float>::max();
    return static_cast<float>(std::clamp(value, -largest, largest));
  };
  const std::string zero = number("zero", 0), one = number("one", 1);
  const std::string below = graph.add("Less", {values, zero});
  // One constant per side and column, chosen by the number's sign.
  const auto chosen = [&](const char* hint, const auto& value_of) {
    std::vector<float> negative(count), positive(count);
    for (std::size_t i = 0; i < count; ++i) {
      static const YeoJohnson none;
      const YeoJohnson& power = powers[i] ? *powers[i] : none;
      negative[i] = bounded(std::invoke(value_of, side_of(power, true)));
      positive[i] = bounded(std::invoke(value_of, side_of(power, false)));
    }
    if (negative == positive) return graph.constant(hint, positive, shape);
    return graph.add("Where", {below, graph.constant(hint, negative, shape), graph.constant(hint, positive, shape)});
  };
  // The center in two floats, as the shift of a fold.
  const auto center_rest = [](const PowerSide& side) {
    return side.center - static_cast<double>(static_cast<float>(side.center));
  };
  std::string away = graph.add("Sub", {graph.add("Abs", {values}), chosen("center", &PowerSide::center)});
  away = graph.add("Sub", {away, chosen("center_rest", center_rest)});
  const std::string ratio = graph.add("Mul", {away, chosen("base", &PowerSide::base)});
  // log(1 + r) near 0 is 2 s (1 + s^2/3 + s^4/5 + s^6/7) for s = r / (2 + r), which keeps the digits of a small r.
  const std::string part = graph.add("Div", {ratio, graph.add("Add", {ratio, number("two", 2)})});
  const std::string square = graph.add("Mul", {part, part});
  std::string near_one = number("seventh", 1.0F / 7);
  for (const float term : {1.0F / 5, 1.0F / 3, 1.0F})
    near_one = graph.add("Add", {graph.add("Mul", {near_one, square}), number("term", term)});
  near_one = graph.add("Mul", {near_one, graph.add("Add", {part, part})});
  const std::string is_near = graph.add("Less", {graph.add("Abs", {ratio}), number("near", 0.2F)});
  const std::string logarithm =
      graph.add("Where", {is_near, near_one, graph.add("Log", {graph.add("Add", {ratio, one})})});
  const std::string exponent = graph.add("Mul", {logarithm, chosen("power", &PowerSide::power)});
  // e^t - 1 near 0 by its series t (1 + t/2 (1 + t/3 (1 + t/4 (1 + t/5)))), which keeps the digits of a small t.
  std::string series = one;
  for (const float divisor : {5.0F, 4.0F, 3.0F, 2.0F})
    series = graph.add("Add",
                       {one, graph.add("Mul", {series, graph.add("Mul", {exponent, number("series", 1 / divisor)})})});
  series = graph.add("Mul", {series, exponent});
  const std::string direct = graph.add("Sub", {graph.add("Exp", {exponent}), one});
  const std::string is_small = graph.add("Less", {graph.add("Abs", {exponent}), number("small", 0.2F)});
  const std::string grown = graph.add("Where", {is_small, series, direct});
  const std::string result = graph.add("Add", {graph.add("Mul", {grown, chosen("power_scale", &PowerSide::scale)}),
                                               chosen("power_offset", &PowerSide::offset)});
  std::vector<float> bent(count);
  for (std::size_t i = 0; i < count; ++i) bent[i] = powers[i] ? 1 : 0;
  if (std::find(bent.begin(), bent.end(), 0.0F) == bent.end()) return result;
  const std::string is_bent = graph.add("Greater", {graph.constant("bent", bent, shape), zero});
  return graph.add("Where", {is_bent, result, values});
}

const char* unit_of(ColumnType type) {
  return type == ColumnType::date ? "days since 1970-01-01" : nullptr;
}

Json column_note(const SourceColumn& source, const std::string& input, bool imputed) {
  return {{"column", source.name}, {"input", input}, {"type", column_type_name(source.type)}, {"imputed", imputed}};
}

bool is_nameless(const Dataset& dataset, const std::vector<SourceColumn>& sources) {
  return dataset.report.format == "NPY" && std::all_of(sources.begin(), sources.end(), [](const SourceColumn& source) {
           return source.type == ColumnType::numeric;
         });
}

bool is_imputed(const std::vector<NumericStage>& stages, const std::string& column) {
  return std::any_of(stages.begin(), stages.end(), [&](const NumericStage& stage) {
    const auto found = stage.folds.find(column);
    return found != stage.folds.end() && found->second.imputes();
  });
}

WrittenPreparation write_table(OnnxGraph& graph, const Preparation& preparation, const Dataset& dataset) {
  const std::vector<SourceColumn>& sources = preparation.source_columns();
  const std::vector<NumericStage> stages = numeric_stages(preparation);
  const std::map<std::string, CategoryFold> categories = category_folds(preparation);
  const auto fold_of = [](const auto& folds, const std::string& name) {
    const auto found = folds.find(name);
    return found == folds.end() ? typename std::decay_t<decltype(folds)>::mapped_type{} : found->second;
  };
  WrittenPreparation written{{}, Json::array(), Json::object()};
  const bool nameless = is_nameless(dataset, sources);

  // Inputs come first, so that they and not the nodes get the names they want.
  std::vector<std::string> parts;
  if (nameless)
    parts.push_back(graph.add_input("features", TensorType::real, {-1, static_cast<std::int64_t>(sources.size())}));
  for (const SourceColumn& source : sources) {
    const bool text = source.type == ColumnType::categorical;
    if (!nameless) parts.push_back(graph.add_input(source.name, text ? TensorType::text : TensorType::real, {-1, 1}));
    // What the note calls imputed takes missing cells.
    const bool imputed = text || is_imputed(stages, source.name) || keeps_missing(preparation.completed_steps());
    written.columns.push_back(column_note(source, parts.back(), imputed));
    if (const char* unit = unit_of(source.type)) written.units[parts.back()] = unit;
  }

  std::vector<std::string> columns;  // per feature: whose numbers it holds; empty for the 0/1 columns of one_hot
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].type != ColumnType::categorical) {
      columns.push_back(sources[i].name);
      continue;
    }
    const CategoryFold fold = fold_of(categories, sources[i].name);
    if (!fold.is_encoded())
      throw ModelError("The categorical column '" + sources[i].name + "' is not encoded; add the step one_hot",
                       "prepare");
    parts[i] = write_categories(graph, parts[i], fold);
    if (fold.numbers)
      columns.push_back(sources[i].name);
    else
      columns.resize(columns.size() + fold.levels().size());
  }
  if (columns.size() != preparation.feature_names().size())
    throw ModelError("The preparation makes " + std::to_string(preparation.feature_names().size()) +
                     " features, but its columns account for " + std::to_string(columns.size()));
  written.features = parts.size() == 1 ? parts[0] : graph.add("Concat", parts, {{"axis", std::int64_t{1}}});
  for (const NumericStage& stage : stages) {
    std::vector<NumericFold> folds;
    std::vector<const YeoJohnson*> powers;
    for (const std::string& column : columns) {
      folds.push_back(column.empty() ? NumericFold{} : fold_of(stage.folds, column));
      const auto power = column.empty() ? stage.powers.end() : stage.powers.find(column);
      powers.push_back(power == stage.powers.end() ? nullptr : &power->second);
    }
    written.features = write_folds(graph, written.features, folds);
    if (!stage.powers.empty()) written.features = write_powers(graph, written.features, powers);
  }
  return written;
}

WrittenPreparation write_images(OnnxGraph& graph, const Preparation& preparation, const ImageSet& images) {
  const std::string input =
      graph.add_input("image", TensorType::real,
                      {-1, static_cast<std::int64_t>(images.channels), static_cast<std::int64_t>(images.height),
                       static_cast<std::int64_t>(images.width)});
  FittedPixelScale scale;
  for (const FittedStep& step : preparation.steps())
    if (const auto* pixels = std::get_if<FittedPixelScale>(&step)) scale = *pixels;
  std::string values = input;
  const auto scalar = [&](const char* hint, double value) {
    const float single = static_cast<float>(value);
    return graph.constant(hint, std::span<const float>(&single, 1), {});
  };
  if (scale.factor != 1) values = graph.add("Mul", {values, scalar("pixel_factor", scale.factor)});
  if (scale.offset != 0) values = graph.add("Add", {values, scalar("pixel_offset", scale.offset)});
  return {values, Json::array(), {{input, "0..255"}}};
}

}  // namespace

std::vector<NumericStage> numeric_stages(const Preparation& preparation) {
  std::vector<NumericStage> stages(1);
  for (const FittedStep& step : preparation.steps()) {
    auto& folds = stages.back().folds;
    if (const auto* impute = std::get_if<FittedImpute>(&step)) {
      for (const auto& fill : impute->fills)
        if (fill.type != ColumnType::categorical && !folds[fill.column].imputes())
          folds[fill.column].fill = fill.number;
    } else if (const auto* affine = std::get_if<FittedAffine>(&step)) {
      for (const auto& map : affine->maps) {
        NumericFold& fold = folds[map.column];
        // ((x - s) f - s') f' = (x - (s + s' / f)) f f'
        fold.shift += map.shift / fold.factor;
        fold.factor *= map.factor;
        for (double* value : {&fold.low, &fold.high, &fold.fill}) *value = (*value - map.shift) * map.factor;
      }
    } else if (const auto* clip = std::get_if<FittedClip>(&step)) {
      for (const auto& bounds : clip->bounds) {
        NumericFold& fold = folds[bounds.column];
        for (double* value : {&fold.low, &fold.high, &fold.fill}) *value = std::clamp(*value, bounds.low, bounds.high);
      }
    } else if (const auto* power = std::get_if<FittedPower>(&step)) {
      for (const auto& map : power->maps) stages.back().powers.emplace(map.column, map.power);
      stages.emplace_back();
    }
  }
  for (const auto& stage : stages)
    for (const auto& [column, fold] : stage.folds)
      if (!std::isfinite(static_cast<float>(fold.shift)) || !std::isfinite(static_cast<float>(fold.factor)) ||
          static_cast<float>(fold.factor) == 0)
        throw ModelError("The column '" + column + "' is prepared with the shift " + std::to_string(fold.shift) +
                         " and the factor " + std::to_string(fold.factor) + ", which 32-bit numbers cannot hold");
  return stages;
}

WrittenPreparation write_preparation(OnnxGraph& graph, const Preparation& preparation, const Dataset& dataset) {
  if (const ImageSet* images = dataset.images()) return write_images(graph, preparation, *images);
  return write_table(graph, preparation, dataset);
}

}  // namespace gb
