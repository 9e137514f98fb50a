#include "core/model/onnx_preparation.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/data/prepare_steps.hpp"
#include "core/model/model.hpp"
#include "core/model/onnx_column_steps.hpp"

namespace gb {
namespace {

constexpr std::string_view machine_learning = "ai.onnx.ml";

/// What the steps make of the categories of one column.
struct CategoryFold {
  const FittedOneHot::Encoding* encoding = nullptr;
  std::vector<const FittedLevelNumbers::Encoding*> numbers = {};  ///< one per column that is made
  const std::string* fill = nullptr;                              ///< the level that a missing cell takes
  const std::string* merged = nullptr;                            ///< the level that rare and unknown ones take

  bool is_encoded() const { return encoding || !numbers.empty(); }
  const std::vector<std::string>& levels() const { return encoding ? encoding->levels : numbers.front()->levels; }
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
      for (const auto& encoding : numbers->encodings) folds[encoding.column].numbers.push_back(&encoding);
    } else if (const auto* rare = std::get_if<FittedRareCategories>(&step)) {
      for (const auto& merge : rare->merges) folds[merge.column].merged = &merge.name;
    }
  }
  return folds;
}

/// One number per level and column. `keys` are the levels, and "" after them where it is none; unknown and missing
/// cells have the places given, -1 for none.
std::string write_level_numbers(OnnxGraph& graph, const std::string& input, const CategoryFold& fold,
                                const std::vector<std::string>& keys, std::int64_t unknown, std::int64_t missing) {
  const std::size_t levels = fold.levels().size();
  const auto number_at = [](const FittedLevelNumbers::Encoding& encoding, std::int64_t place, double otherwise) {
    return static_cast<float>(place < 0 ? otherwise : encoding.numbers[static_cast<std::size_t>(place)]);
  };
  if (fold.numbers.size() == 1) {
    const auto& encoding = *fold.numbers.front();
    std::vector<float> numbers(encoding.numbers.begin(), encoding.numbers.end());
    if (keys.size() > levels) numbers.push_back(number_at(encoding, missing, encoding.missing));
    return graph.add("LabelEncoder", {input},
                     {{"keys_strings", keys},
                      {"values_floats", numbers},
                      {"default_float", number_at(encoding, unknown, encoding.unknown)}},
                     machine_learning);
  }
  // A row of the table per level, then one for missing and one for unknown cells.
  std::vector<std::int64_t> rows(keys.size());
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  const auto width = static_cast<std::int64_t>(fold.numbers.size());
  std::vector<float> table;
  for (std::size_t level = 0; level < levels; ++level)
    for (const auto* encoding : fold.numbers) table.push_back(static_cast<float>(encoding->numbers[level]));
  for (const auto* encoding : fold.numbers) table.push_back(number_at(*encoding, missing, encoding->missing));
  for (const auto* encoding : fold.numbers) table.push_back(number_at(*encoding, unknown, encoding->unknown));
  const auto last = static_cast<std::int64_t>(levels) + 1;
  const std::string row =
      graph.add("LabelEncoder", {input}, {{"keys_strings", keys}, {"values_int64s", rows}, {"default_int64", last}},
                machine_learning);
  const std::string numbers = graph.add("Gather", {graph.constant("level_numbers", table, {last + 1, width}), row},
                                        {{"axis", std::int64_t{0}}});
  return graph.add("Flatten", {numbers}, {{"axis", std::int64_t{1}}});  // [N, 1, K] to [N, K]
}

/// One 0/1 column per level, or numbers, from a string [N, 1] whose missing cells are "". Imputing and merging are
/// keys of the lookup and its default: opset 17 has no Equal on strings.
std::string write_categories(OnnxGraph& graph, const std::string& input, const CategoryFold& fold) {
  const std::vector<std::string>& levels = fold.levels();
  const bool empty_is_level = std::find(levels.begin(), levels.end(), "") != levels.end();
  const std::int64_t unknown = fold.merged ? fold.place_of(*fold.merged) : -1;
  const std::int64_t missing = fold.fill ? fold.place_of(*fold.fill) : -1;
  std::vector<std::string> keys = levels;
  if (!fold.numbers.empty()) {
    if (!empty_is_level) keys.emplace_back();
    return write_level_numbers(graph, input, fold, keys, unknown, missing);
  }
  std::string encoded;
  if (unknown < 0 && (missing < 0 || empty_is_level)) {
    encoded =
        graph.add("OneHotEncoder", {input}, {{"cats_strings", levels}, {"zeros", std::int64_t{1}}}, machine_learning);
  } else {
    std::vector<std::int64_t> categories(levels.size());
    std::iota(categories.begin(), categories.end(), std::int64_t{0});
    std::vector<std::int64_t> places = categories;
    if (!empty_is_level) {
      keys.emplace_back();
      places.push_back(missing);
    }
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

void refuse_texts(const Preparation& preparation) {
  for (const FittedStep& step : preparation.steps()) {
    const auto* text = std::get_if<FittedText>(&step);
    if (!text) continue;
    for (const auto& encoding : text->encodings)
      for (const SourceColumn& source : preparation.source_columns())
        if (source.name == encoding.column)
          throw ModelError("The step text splits the texts of '" + source.name +
                               "' into words, and no operator of ONNX's opset 17 splits text: this model cannot be "
                               "exported",
                           "prepare");
  }
}

WrittenPreparation write_table(OnnxGraph& graph, const Preparation& preparation, const Dataset& dataset) {
  refuse_texts(preparation);
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

  std::vector<std::string> names;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].type != ColumnType::categorical) {
      names.push_back(sources[i].name);
      continue;
    }
    const CategoryFold fold = fold_of(categories, sources[i].name);
    if (!fold.is_encoded())
      throw ModelError("The categorical column '" + sources[i].name + "' is not encoded; add the step one_hot",
                       "prepare");
    parts[i] = write_categories(graph, parts[i], fold);
    for (const auto* encoding : fold.numbers) names.push_back(encoding->name);
    if (fold.encoding) names.insert(names.end(), fold.encoding->names.begin(), fold.encoding->names.end());
  }
  OnnxColumns columns{parts.size() == 1 ? parts[0] : graph.add("Concat", parts, {{"axis", std::int64_t{1}}}), names};
  const auto needed = needed_columns(preparation);
  for (const NumericStage& stage : stages) {
    std::vector<NumericFold> folds;
    columns.rounded_at.clear();
    for (const std::string& name : columns.names) {
      const NumericFold fold = folds.emplace_back(fold_of(stage.folds, name));
      const bool is_moved = fold.shift != 0 || fold.factor != 1;
      // After steps that do more than move numbers: about as large as the numbers themselves.
      const double before = &stage == &stages.front() ? 0 : 1;
      columns.rounded_at.push_back(is_moved || before > 0 ? std::abs(fold.shift * fold.factor) + before : -1);
    }
    columns.values = write_folds(graph, columns.values, folds);
    if (stage.then) write_step(graph, columns, *stage.then, needed);
  }
  write_order(graph, columns, preparation.feature_names());
  written.features = columns.values;
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
    } else if (std::holds_alternative<FittedPower>(step) || std::holds_alternative<FittedQuantile>(step) ||
               std::holds_alternative<FittedDates>(step) || std::holds_alternative<FittedProducts>(step)) {
      stages.back().then = &step;
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
