#include "core/model/onnx_preparation.hpp"

#include <algorithm>
#include <cmath>

#include "core/data/prepare_steps.hpp"
#include "core/model/model.hpp"

namespace gb {
namespace {

constexpr std::string_view machine_learning = "ai.onnx.ml";

/// What the steps make of the categories of one column.
struct CategoryFold {
  const FittedOneHot::Encoding* encoding = nullptr;
  const std::string* fill = nullptr;  ///< the level that a missing cell takes
};

std::map<std::string, CategoryFold> category_folds(const Preparation& preparation) {
  std::map<std::string, CategoryFold> folds;
  for (const FittedStep& step : preparation.steps()) {
    if (const auto* impute = std::get_if<FittedImpute>(&step)) {
      for (const auto& fill : impute->fills)
        if (fill.type == ColumnType::categorical && !folds[fill.column].encoding) folds[fill.column].fill = &fill.level;
    } else if (const auto* one_hot = std::get_if<FittedOneHot>(&step)) {
      for (const auto& encoding : one_hot->encodings) folds[encoding.column].encoding = &encoding;
    }
  }
  return folds;
}

/// One 0/1 column per level from a string [N, 1] whose missing cells are "". Imputing is one more key of the lookup:
/// opset 17 has no Equal on strings.
std::string write_categories(OnnxGraph& graph, const std::string& input, const CategoryFold& fold) {
  const std::vector<std::string>& levels = fold.encoding->levels;
  const auto count = static_cast<std::int64_t>(levels.size());
  const auto filled = fold.fill ? std::find(levels.begin(), levels.end(), *fold.fill) : levels.end();
  std::string encoded;
  if (filled == levels.end() || std::find(levels.begin(), levels.end(), "") != levels.end()) {
    encoded =
        graph.add("OneHotEncoder", {input}, {{"cats_strings", levels}, {"zeros", std::int64_t{1}}}, machine_learning);
  } else {
    std::vector<std::string> keys = levels;
    std::vector<std::int64_t> places, categories;
    for (std::int64_t i = 0; i < count; ++i) categories.push_back(i);
    places = categories;
    keys.emplace_back();
    places.push_back(filled - levels.begin());
    const std::string place = graph.add(
        "LabelEncoder", {input},
        {{"keys_strings", keys}, {"values_int64s", places}, {"default_int64", std::int64_t{-1}}}, machine_learning);
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
  std::vector<float> high(count), low(count), factor(count), fill(count);
  bool shifts = false, has_low = false, scales = false, imputes = false;
  for (std::size_t i = 0; i < count; ++i) {
    high[i] = static_cast<float>(folds[i].shift);
    low[i] = static_cast<float>(folds[i].shift - static_cast<double>(high[i]));
    factor[i] = static_cast<float>(folds[i].factor);
    fill[i] = static_cast<float>(folds[i].fill);
    shifts = shifts || high[i] != 0;
    has_low = has_low || std::abs(low[i] * factor[i]) > 1e-7F;
    scales = scales || factor[i] != 1;
    imputes = imputes || folds[i].imputes();
  }
  const Shape shape{static_cast<std::int64_t>(count)};
  if (shifts) values = graph.add("Sub", {values, graph.constant("shift", high, shape)});
  if (has_low) values = graph.add("Sub", {values, graph.constant("shift_rest", low, shape)});
  if (scales) values = graph.add("Mul", {values, graph.constant("factor", factor, shape)});
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

WrittenPreparation write_table(OnnxGraph& graph, const Preparation& preparation, const Dataset& dataset) {
  const std::vector<SourceColumn>& sources = preparation.source_columns();
  const std::map<std::string, NumericFold> numbers = numeric_folds(preparation);
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
    const bool imputed =
        text || fold_of(numbers, source.name).imputes() || keeps_missing(preparation.completed_steps());
    written.columns.push_back(column_note(source, parts.back(), imputed));
    if (const char* unit = unit_of(source.type)) written.units[parts.back()] = unit;
  }

  std::vector<NumericFold> folds;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].type != ColumnType::categorical) {
      folds.push_back(fold_of(numbers, sources[i].name));
      continue;
    }
    const CategoryFold fold = fold_of(categories, sources[i].name);
    if (!fold.encoding)
      throw ModelError("The categorical column '" + sources[i].name + "' is not encoded; add the step one_hot",
                       "prepare");
    parts[i] = write_categories(graph, parts[i], fold);
    folds.resize(folds.size() + fold.encoding->levels.size());
  }
  if (folds.size() != preparation.feature_names().size())
    throw ModelError("The preparation makes " + std::to_string(preparation.feature_names().size()) +
                     " features, but its columns account for " + std::to_string(folds.size()));
  const std::string joined = parts.size() == 1 ? parts[0] : graph.add("Concat", parts, {{"axis", std::int64_t{1}}});
  written.features = write_folds(graph, joined, folds);
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

std::map<std::string, NumericFold> numeric_folds(const Preparation& preparation) {
  std::map<std::string, NumericFold> folds;
  for (const FittedStep& step : preparation.steps()) {
    if (const auto* impute = std::get_if<FittedImpute>(&step)) {
      for (const auto& fill : impute->fills)
        if (NumericFold& fold = folds[fill.column]; fill.type != ColumnType::categorical && !fold.imputes())
          fold.fill = fill.number;
    } else if (const auto* affine = std::get_if<FittedAffine>(&step)) {
      for (const auto& map : affine->maps) {
        NumericFold& fold = folds[map.column];
        // ((x - s) f - s') f' = (x - (s + s' / f)) f f'
        fold.shift += map.shift / fold.factor;
        fold.factor *= map.factor;
        fold.fill = (fold.fill - map.shift) * map.factor;
      }
    }
  }
  for (const auto& [column, fold] : folds)
    if (!std::isfinite(static_cast<float>(fold.shift)) || !std::isfinite(static_cast<float>(fold.factor)) ||
        static_cast<float>(fold.factor) == 0)
      throw ModelError("The column '" + column + "' is prepared with the shift " + std::to_string(fold.shift) +
                       " and the factor " + std::to_string(fold.factor) + ", which 32-bit numbers cannot hold");
  return folds;
}

WrittenPreparation write_preparation(OnnxGraph& graph, const Preparation& preparation, const Dataset& dataset) {
  if (const ImageSet* images = dataset.images()) return write_images(graph, preparation, *images);
  return write_table(graph, preparation, dataset);
}

}  // namespace gb
