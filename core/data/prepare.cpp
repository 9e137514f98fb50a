#include "core/data/prepare.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "core/base/parallel.hpp"
#include "core/data/number_text.hpp"
#include "core/data/numeric_chain.hpp"
#include "core/data/prepare_steps.hpp"

namespace gb {
namespace {

bool is_number(ColumnType type) {
  return type == ColumnType::numeric || type == ColumnType::date;
}

/// What the steps fitted so far make of the categories of a column.
struct Categories {
  std::vector<std::string> levels;
  std::vector<std::int32_t> level_of;  ///< per code of the column: position in `levels`
  std::int32_t missing_level = -1;     ///< where impute puts a missing cell
  std::vector<double> numbers;         ///< per level, once they are encoded as numbers
};

/// A column in use, with what the steps fitted so far do to it.
struct Source {
  const Column* column;
  NumericChain chain;
  Categories categories;
  bool is_number = true;  ///< by now: categories become numbers by ordinal and frequency
  bool is_encoded = false;
};

Source source_of(const Column& column) {
  Source source{&column, {}, {}, is_number(column.type)};
  if (!source.is_number) {
    source.categories.levels = column.levels;
    source.categories.level_of.resize(column.levels.size());
    std::iota(source.categories.level_of.begin(), source.categories.level_of.end(), 0);
  }
  return source;
}

/// The only door through which fitting sees values: training rows of one column.
class TrainingColumn {
 public:
  TrainingColumn(const Column& column, const std::vector<std::int64_t>& train) : column_(column), train_(train) {}

  /// Known values after the steps so far, in row order.
  std::vector<double> numbers(const Source& source) const {
    std::vector<double> values;
    values.reserve(train_.size());
    for (const auto row : train_) {
      double value = std::numeric_limits<double>::quiet_NaN();
      if (column_.type != ColumnType::categorical)
        value = column_.numbers[static_cast<std::size_t>(row)];
      else if (const auto level = level_at(row, source.categories); level >= 0)
        value = source.categories.numbers[static_cast<std::size_t>(level)];
      value = source.chain.apply(value);
      if (!std::isnan(value)) values.push_back(value);
    }
    return values;
  }
  /// How often each level occurs.
  std::vector<std::size_t> level_counts(const Categories& categories) const {
    std::vector<std::size_t> counts(categories.levels.size());
    for (const auto row : train_)
      if (const auto level = level_at(row, categories); level >= 0) ++counts[static_cast<std::size_t>(level)];
    return counts;
  }
  bool all_missing() const {
    return std::all_of(train_.begin(), train_.end(),
                       [&](std::int64_t row) { return column_.missing(static_cast<std::size_t>(row)); });
  }

 private:
  std::int32_t level_at(std::int64_t row, const Categories& categories) const {
    const auto code = column_.codes[static_cast<std::size_t>(row)];
    return code < 0 ? categories.missing_level : categories.level_of[static_cast<std::size_t>(code)];
  }

  const Column& column_;
  const std::vector<std::int64_t>& train_;
};

/// The sources that a step is for, in their order. Throws ParamError naming a column that it cannot be for.
class ChosenSources {
 public:
  ChosenSources(const Dataset& dataset, std::vector<Source>& sources) : dataset_(dataset), sources_(sources) {}

  std::vector<Source*> numbers(const PlannedStep& step) const {
    return chosen(
        step, [](const Source& source) { return source.is_number; },
        "is categorical; ordinal or frequency before it would make numbers of it");
  }
  std::vector<Source*> categories(const PlannedStep& step) const {
    return chosen(
        step, [](const Source& source) { return !source.is_number && !source.is_encoded; },
        "holds no categories (any more) that could be encoded");
  }

 private:
  template <class Fits>
  std::vector<Source*> chosen(const PlannedStep& step, const Fits& fits, const char* otherwise) const {
    std::vector<Source*> result;
    const auto& names = step.columns();
    std::unordered_set<std::string_view> wanted;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string field = step.path + ".columns[" + std::to_string(i) + "]";
      const std::string begin = field + " of " + step.name() + " is \"" + names[i] + "\", which ";
      if (!wanted.insert(names[i]).second) throw ParamError(begin + "is named twice", field, "every column once");
      refuse_unusable(names[i], begin, field);
      const auto found = std::find_if(sources_.begin(), sources_.end(),
                                      [&](const Source& source) { return source.column->name == names[i]; });
      if (found != sources_.end() && !fits(*found)) throw ParamError(begin + otherwise, field, allowed(fits));
    }
    for (auto& source : sources_)
      if (fits(source) && (wanted.empty() || wanted.contains(source.column->name))) result.push_back(&source);
    return result;
  }

  void refuse_unusable(const std::string& name, const std::string& begin, const std::string& field) const {
    const auto any = [](const Source&) { return true; };
    const Column* column = dataset_.table()->find(name);
    if (!column) {
      std::vector<std::string> known;
      for (const auto& source : sources_) known.push_back(source.column->name);
      const auto near = nearest_name(name, known);
      throw ParamError(begin + "the data does not have" + (near.empty() ? "" : "; did you mean '" + near + "'?"), field,
                       allowed(any));
    }
    if (name == dataset_.target) throw ParamError(begin + "is the target", field, allowed(any));
    if (column->type == ColumnType::text) throw ParamError(begin + "is text, which is left out", field, allowed(any));
    // A column without any value in these training rows is left out with a problem noted, and asking for it is no
    // error: it may have values in another fold.
  }

  template <class Fits>
  std::string allowed(const Fits& fits) const {
    std::string names;
    std::size_t count = 0;
    for (const auto& source : sources_) {
      if (!fits(source)) continue;
      if (++count > 20) return "one of: " + names + ", ...";
      names += (names.empty() ? "" : ", ") + source.column->name;
    }
    return names.empty() ? "no column of this data fits" : "one of: " + names;
  }

  const Dataset& dataset_;
  std::vector<Source>& sources_;
};

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

/// The population variance, as NumPy's; exactly 0 where all values are equal.
double variance_of(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  if (*least == *most) return 0;
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares / static_cast<double>(values.size());
}

FittedAffine::Map standardizing_map(const std::string& column, const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*low == *high) return {column, *low, 1};
  return {column, mean_of(values), 1 / std::sqrt(variance_of(values))};
}

FittedAffine::Map range_map(const std::string& column, const std::vector<double>& values, double low, double high) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double width = *least == *most ? 1 : *most - *least;
  const double factor = (high - low) / width;
  return {column, *least - low / factor, factor};
}

/// Calls fit(i, values) with the training values of each of the sources, one column per thread at a time.
template <class Fit>
void fit_numbers(const std::vector<Source*>& sources, const std::vector<std::int64_t>& train, const Fit& fit) {
  parallel_chunks(sources.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) fit(i, TrainingColumn(*sources[i]->column, train).numbers(*sources[i]));
  });
}

FittedAffine fit_affine(std::vector<Source>& sources, const std::vector<std::int64_t>& train, const PlannedStep& step) {
  FittedAffine fitted;
  fitted.step = step.kind == StepKind::scale ? "scale" : "standardize";
  std::vector<Source*> numeric;
  for (auto& source : sources)
    if (source.is_number) numeric.push_back(&source);
  fitted.maps.resize(numeric.size());
  fit_numbers(numeric, train, [&](std::size_t i, const std::vector<double>& values) {
    fitted.maps[i] = step.kind == StepKind::scale
                         ? range_map(numeric[i]->column->name, values, step.scale.range[0], step.scale.range[1])
                         : standardizing_map(numeric[i]->column->name, values);
  });
  for (std::size_t i = 0; i < numeric.size(); ++i) {
    const auto& map = fitted.maps[i];
    if (!std::isfinite(map.shift) || !std::isfinite(map.factor) || map.factor == 0)
      throw DataError("The column '" + map.column + "' holds numbers too large or too close together to " + fitted.step,
                      map.column, "numbers that differ by 1e-300 to 1e300");
    numeric[i]->chain.add_map(map.shift, map.factor);
  }
  return fitted;
}

FittedImpute fit_impute(std::vector<Source>& sources, const std::vector<std::int64_t>& train, const PlannedStep& step) {
  FittedImpute fitted;
  for (auto& source : sources) {
    const TrainingColumn training(*source.column, train);
    FittedImpute::Fill fill{source.column->name, ColumnType::numeric, 0, {}};
    if (source.is_number) {
      auto values = training.numbers(source);
      fill.number = step.impute.numeric == NumericFill::mean ? mean_of(values) : median_of(std::move(values));
      source.chain.add_fill(fill.number);
    } else {
      fill.type = ColumnType::categorical;
      auto& categories = source.categories;
      if (categories.missing_level < 0) {
        const auto counts = training.level_counts(categories);
        const auto most = std::max_element(counts.begin(), counts.end());
        categories.missing_level = static_cast<std::int32_t>(most - counts.begin());
      }
      fill.level = categories.levels[static_cast<std::size_t>(categories.missing_level)];
    }
    fitted.fills.push_back(std::move(fill));
  }
  return fitted;
}

FittedOneHot fit_one_hot(const std::vector<Source*>& sources, const std::vector<std::int64_t>& train) {
  FittedOneHot fitted;
  for (Source* source : sources) {
    const auto& levels = source->categories.levels;
    const auto counts = TrainingColumn(*source->column, train).level_counts(source->categories);
    FittedOneHot::Encoding encoding{source->column->name, {}};
    for (std::size_t level = 0; level < counts.size(); ++level)
      if (counts[level] > 0) encoding.levels.push_back(levels[level]);
    fitted.encodings.push_back(std::move(encoding));
    source->is_encoded = true;
  }
  return fitted;
}

FittedLevelNumbers fit_level_numbers(const std::vector<Source*>& sources, const std::vector<std::int64_t>& train,
                                     const PlannedStep& step, bool keep_missing) {
  FittedLevelNumbers fitted{step.name(), {}};
  const bool ordinal = step.kind == StepKind::ordinal;
  const double unknown = ordinal ? -1 : 0;
  for (Source* source : sources) {
    auto& categories = source->categories;
    const auto counts = TrainingColumn(*source->column, train).level_counts(categories);
    const auto known = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::size_t{0}));
    FittedLevelNumbers::Encoding encoding{source->column->name, {}, {}, unknown, unknown};
    if (keep_missing) encoding.missing = std::numeric_limits<double>::quiet_NaN();
    categories.numbers.assign(categories.levels.size(), unknown);
    for (std::size_t level = 0; level < counts.size(); ++level) {
      if (counts[level] == 0) continue;
      const double number =
          ordinal ? static_cast<double>(encoding.levels.size()) : static_cast<double>(counts[level]) / known;
      categories.numbers[level] = number;
      encoding.levels.push_back(categories.levels[level]);
      encoding.numbers.push_back(number);
    }
    source->is_encoded = source->is_number = true;
    fitted.encodings.push_back(std::move(encoding));
  }
  return fitted;
}

FittedRareCategories fit_rare_categories(const std::vector<Source*>& sources, const std::vector<std::int64_t>& train,
                                         const PlannedStep& step) {
  FittedRareCategories fitted;
  for (Source* source : sources) {
    auto& categories = source->categories;
    const auto counts = TrainingColumn(*source->column, train).level_counts(categories);
    const auto known = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::size_t{0}));
    const double least = step.rare.min_frequency < 1 ? step.rare.min_frequency * known : step.rare.min_frequency;
    FittedRareCategories::Merge merge{source->column->name, {}, step.rare.name};
    std::vector<std::string> kept;
    for (std::size_t level = 0; level < counts.size(); ++level) {
      if (static_cast<double>(counts[level]) >= least)
        kept.push_back(categories.levels[level]);
      else if (counts[level] > 0)
        merge.rare.push_back(categories.levels[level]);
    }
    if (merge.rare.empty()) continue;
    // Sorted as the levels of a column that was read are: encoders go by their order.
    if (std::find(kept.begin(), kept.end(), merge.name) == kept.end()) kept.push_back(merge.name);
    kept = categorical_column("", std::move(kept), {}).levels;
    std::unordered_map<std::string_view, std::int32_t> place;
    for (std::size_t i = 0; i < kept.size(); ++i) place.emplace(kept[i], static_cast<std::int32_t>(i));
    const auto merged = [&](std::int32_t level) {
      const auto found = place.find(categories.levels[static_cast<std::size_t>(level)]);
      return found == place.end() ? place.at(merge.name) : found->second;
    };
    for (auto& level : categories.level_of) level = merged(level);
    if (categories.missing_level >= 0) categories.missing_level = merged(categories.missing_level);
    categories.levels = std::move(kept);
    fitted.merges.push_back(std::move(merge));
  }
  return fitted;
}

/// Between the two sorted values around it, as NumPy's default.
double quantile_of(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

FittedClip fit_clip(const std::vector<Source*>& sources, const std::vector<std::int64_t>& train,
                    const PlannedStep& step, std::vector<Problem>& problems) {
  std::vector<FittedClip::Bounds> all(sources.size());
  fit_numbers(sources, train, [&](std::size_t i, std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const bool quartiles = step.clip.method == ClipMethod::iqr;
    const double low = quantile_of(values, quartiles ? 0.25 : step.clip.quantile_range[0]);
    const double high = quantile_of(values, quartiles ? 0.75 : step.clip.quantile_range[1]);
    const double more = quartiles ? step.clip.iqr_factor * (high - low) : 0;
    all[i] = {sources[i]->column->name, low - more, high + more};
  });
  FittedClip fitted;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!std::isfinite(all[i].low) || !std::isfinite(all[i].high))
      throw DataError("The column '" + all[i].column + "' holds numbers too large to clip_outliers", all[i].column,
                      "numbers of at most 1e300");
    if (all[i].low == all[i].high) {
      problems.push_back({0, all[i].column, "its outliers are not clipped: all values between the bounds are equal"});
      continue;
    }
    sources[i]->chain.add_clip(all[i].low, all[i].high);
    fitted.bounds.push_back(std::move(all[i]));
  }
  return fitted;
}

FittedPower fit_power(const std::vector<Source*>& sources, const std::vector<std::int64_t>& train,
                      const PlannedStep& step) {
  FittedPower fitted;
  fitted.maps.resize(sources.size());
  fit_numbers(sources, train, [&](std::size_t i, const std::vector<double>& values) {
    fitted.maps[i] = {sources[i]->column->name, YeoJohnson::fit(values, step.power.standardize)};
  });
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto& [column, power] = fitted.maps[i];
    if (!std::isfinite(power.mean) || !std::isfinite(power.deviation) || power.deviation == 0)
      throw DataError("The column '" + column + "' holds numbers too large or too close together for power", column,
                      "numbers that differ by 1e-300 to 1e300");
    sources[i]->chain.add_power(power);
  }
  return fitted;
}

/// Names of the columns that vary too little. Throws DataError when no column would be left.
std::unordered_set<std::string> nearly_constant(const std::vector<Source*>& chosen, std::size_t all,
                                                const std::vector<std::int64_t>& train, const PlannedStep& step,
                                                std::vector<Problem>& problems) {
  std::vector<double> variances(chosen.size());
  fit_numbers(chosen, train,
              [&](std::size_t i, const std::vector<double>& values) { variances[i] = variance_of(values); });
  std::unordered_set<std::string> names;
  double largest = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    largest = std::max(largest, variances[i]);
    if (variances[i] > step.variance.threshold) continue;
    names.insert(chosen[i]->column->name);
    problems.push_back({0, chosen[i]->column->name,
                        "left out by select_variance: its variance in the training rows is " +
                            number_text(variances[i]) + ", at most the threshold " +
                            number_text(step.variance.threshold)});
  }
  if (names.size() == all)
    throw DataError(step.path + ".threshold of select_variance is " + number_text(step.variance.threshold) +
                        ", which leaves no column: the largest variance is " + number_text(largest),
                    step.path + ".threshold", "a threshold below the largest variance of a column");
  return names;
}

FittedPixelScale fit_pixels(const ImageSet& set, const std::vector<std::int64_t>& train, const PlannedStep& step) {
  if (step.kind == StepKind::scale) {
    const auto& range = step.scale.range;
    return {(range[1] - range[0]) / 255, range[0]};
  }
  std::uint64_t sum = 0;
  std::uint64_t squares = 0;
  for (const auto row : train) {
    const std::uint8_t* image = set.image(static_cast<std::size_t>(row));
    std::uint32_t image_sum = 0;
    std::uint64_t image_squares = 0;
    for (std::size_t i = 0; i < set.pixels_each(); ++i) {
      image_sum += image[i];
      image_squares += static_cast<std::uint32_t>(image[i]) * image[i];
    }
    sum += image_sum;
    squares += image_squares;
  }
  const double count = static_cast<double>(train.size()) * static_cast<double>(set.pixels_each());
  const double mean = static_cast<double>(sum) / count;
  const double variance = static_cast<double>(squares) / count - mean * mean;
  const double factor = variance > 1e-12 * mean * mean && variance > 0 ? 1 / std::sqrt(variance) : 1;
  return {factor, -mean * factor};
}

/// The content of one row as bytes: equal rows give equal bytes.
void append_row(const Dataset& dataset, std::size_t row, std::string& key) {
  const auto append = [&](const auto& value) { key.append(reinterpret_cast<const char*>(&value), sizeof value); };
  const auto append_cell = [&](const Column& column) {
    if (column.type == ColumnType::categorical) {
      append(column.codes[row]);
    } else if (column.type == ColumnType::text) {
      append(column.texts[row].size());
      key += column.texts[row];
    } else {
      const double number = column.numbers[row];
      append(std::isnan(number) ? std::numeric_limits<double>::quiet_NaN() : number + 0.0);  // -0 equals 0
    }
  };
  if (const auto* set = dataset.images()) {
    key.append(reinterpret_cast<const char*>(set->image(row)), set->pixels_each());
    if (dataset.labels.size() > 0) append_cell(dataset.labels);
  } else {
    for (const auto& column : dataset.table()->columns) append_cell(column);
  }
}

/// Keeps the first of equal training rows. Returns how many went.
std::size_t drop_duplicates(const Dataset& dataset, std::vector<std::int64_t>& train) {
  std::unordered_multimap<std::size_t, std::int64_t> seen;  // hash of a kept row -> the row
  seen.reserve(train.size());
  std::string key;
  std::string other;
  const auto is_duplicate = [&](std::int64_t row) {
    key.clear();
    append_row(dataset, static_cast<std::size_t>(row), key);
    const std::size_t hash = std::hash<std::string>{}(key);
    const auto [begin, end] = seen.equal_range(hash);
    for (auto candidate = begin; candidate != end; ++candidate) {
      other.clear();
      append_row(dataset, static_cast<std::size_t>(candidate->second), other);
      if (other == key) return true;
    }
    seen.emplace(hash, row);
    return false;
  };
  return std::erase_if(train, is_duplicate);
}

/// The columns an algorithm can use; what is left out is noted.
std::vector<Source> usable_columns(const Dataset& dataset, const std::vector<std::int64_t>& train,
                                   std::vector<Problem>& problems) {
  std::vector<Source> sources;
  for (const auto& column : dataset.table()->columns) {
    if (column.name == dataset.target) continue;
    if (column.type == ColumnType::text)
      problems.push_back({0, column.name, "text is left out; set its type to categorical to use it"});
    else if (TrainingColumn(column, train).all_missing())
      problems.push_back({0, column.name, "left out, because it has no value in the training rows"});
    else
      sources.push_back(source_of(column));
  }
  if (!sources.empty()) return sources;
  std::string why = problems.empty() ? "there is no column besides the target" : "";
  for (const auto& problem : problems) {
    why += (why.empty() ? "'" : "; '") + problem.field + "': " + problem.message;
    if (why.size() > 300) break;
  }
  throw DataError("The data has no usable column (numeric, categorical or date): " + why);
}

std::vector<std::string> pixel_names(const ImageSet& set) {
  std::vector<std::string> names;
  names.reserve(set.pixels_each());
  for (std::size_t channel = 0; channel < set.channels; ++channel)
    for (std::size_t y = 0; y < set.height; ++y)
      for (std::size_t x = 0; x < set.width; ++x) {
        std::string name = "pixel_" + std::to_string(y) + "_" + std::to_string(x);
        if (set.channels > 1) name += "_" + std::to_string(channel);
        names.push_back(std::move(name));
      }
  return names;
}

void refuse_unfit_steps(const std::vector<PlannedStep>& plan, bool images) {
  std::string scaled_by;
  std::string encoded_by;      // the first step that encodes anything
  std::string all_encoded_by;  // the first that leaves nothing to encode
  for (const auto& step : plan) {
    const auto& name = step.name();
    const auto refuse = [&](const std::string& why, const char* allowed) {
      throw ParamError(step.path + ".step is \"" + name + "\", but " + why, step.path + ".step", allowed);
    };
    const bool scales = step.kind == StepKind::standardize || step.kind == StepKind::scale;
    if (images && !scales && step.kind != StepKind::drop_duplicates)
      refuse("the data is images: they have no columns", "drop_duplicates, standardize or scale");
    if (images && scales) {
      if (!scaled_by.empty())
        refuse(scaled_by + " scales the pixels already", "one of standardize and scale for images");
      scaled_by = step.path;
    }
    if (step.encodes() && !all_encoded_by.empty())
      refuse(all_encoded_by + " encodes every category already",
             "one step for all categories; before it, steps with \"columns\" for some of them");
    if (step.kind == StepKind::rare_categories && !all_encoded_by.empty())
      refuse("categories are encoded by " + all_encoded_by + " before it", "rare_categories before they are encoded");
    if (step.kind == StepKind::impute && !encoded_by.empty())
      refuse("categories are encoded by " + encoded_by + " before it", "impute before one_hot, ordinal and frequency");
    if (step.encodes() && encoded_by.empty()) encoded_by = step.path;
    if (step.encodes_all()) all_encoded_by = step.path;
  }
}

/// The step found no column that it is for.
template <class Fitted>
bool is_empty(const Fitted& fitted) {
  if constexpr (requires { fitted.maps; })
    return fitted.maps.empty();
  else if constexpr (requires { fitted.encodings; })
    return fitted.encodings.empty();
  else if constexpr (requires { fitted.merges; })
    return fitted.merges.empty();
  else if constexpr (requires { fitted.bounds; })
    return fitted.bounds.empty();
  else
    return fitted.fills.empty();
}

/// Some step of the plan makes numbers of this category.
bool is_encoded_by(const std::vector<PlannedStep>& plan, const std::string& column) {
  return std::any_of(plan.begin(), plan.end(), [&](const PlannedStep& step) {
    const auto& names = step.columns();
    return step.encodes_all() || (step.encodes() && std::find(names.begin(), names.end(), column) != names.end());
  });
}

}  // namespace

Preparation Preparation::fit(const Dataset& dataset, const Json& steps, Split& split, const std::string& path) {
  auto plan = read_steps(steps, path);
  const bool images = dataset.images() != nullptr;
  refuse_unfit_steps(plan, images);
  if (split.train.empty()) throw DataError("There are no training rows to fit the preparation on");
  const auto planned = [&](StepKind kind) {
    return std::any_of(plan.begin(), plan.end(), [&](const PlannedStep& step) { return step.kind == kind; });
  };
  Preparation preparation;
  std::vector<Source> sources;
  if (images) {
    preparation.feature_names_ = pixel_names(*dataset.images());
    if (!planned(StepKind::standardize) && !planned(StepKind::scale)) plan.push_back({.kind = StepKind::scale});
  } else {
    sources = usable_columns(dataset, split.train, preparation.problems_);
    for (const auto& source : sources)
      preparation.source_columns_.push_back({source.column->name, source.column->type});
    const auto has_missing = [](const Source& source) { return source.column->missing_count() > 0; };
    if (!planned(StepKind::impute) && !planned(StepKind::keep_missing) &&
        std::any_of(sources.begin(), sources.end(), has_missing)) {
      auto place = plan.begin();
      while (place != plan.end() && place->kind == StepKind::drop_duplicates) ++place;
      plan.insert(place, {.kind = StepKind::impute});
    }
    const auto is_left = [&](const Source& source) {
      return !source.is_number && !is_encoded_by(plan, source.column->name);
    };
    if (std::any_of(sources.begin(), sources.end(), is_left)) plan.push_back({.kind = StepKind::one_hot});
  }

  const ChosenSources chosen(dataset, sources);
  const auto keep = [&](auto fitted) {
    if (!is_empty(fitted)) preparation.steps_.emplace_back(std::move(fitted));
  };
  for (const auto& step : plan) {
    preparation.completed_.push_back(step.document());
    if (step.kind == StepKind::drop_duplicates) {
      if (const auto dropped = drop_duplicates(dataset, split.train); dropped > 0)
        preparation.problems_.push_back({0, "", std::to_string(dropped) + " duplicate training rows were dropped"});
    } else if (step.kind == StepKind::keep_missing) {
      // Nothing to fit: transform() lets missing numbers through.
    } else if (images) {
      preparation.steps_.emplace_back(fit_pixels(*dataset.images(), split.train, step));
    } else {
      switch (step.kind) {
        case StepKind::impute:
          keep(fit_impute(sources, split.train, step));
          break;
        case StepKind::clip_outliers:
          keep(fit_clip(chosen.numbers(step), split.train, step, preparation.problems_));
          break;
        case StepKind::rare_categories:
          keep(fit_rare_categories(chosen.categories(step), split.train, step));
          break;
        case StepKind::one_hot:
          keep(fit_one_hot(chosen.categories(step), split.train));
          break;
        case StepKind::ordinal:
        case StepKind::frequency:
          keep(fit_level_numbers(chosen.categories(step), split.train, step, planned(StepKind::keep_missing)));
          break;
        case StepKind::power:
          keep(fit_power(chosen.numbers(step), split.train, step));
          break;
        case StepKind::select_variance: {
          // What is left out is no longer asked for: neither of new data nor by the exported file.
          const auto names =
              nearly_constant(chosen.numbers(step), sources.size(), split.train, step, preparation.problems_);
          std::erase_if(sources, [&](const Source& source) { return names.contains(source.column->name); });
          std::erase_if(preparation.source_columns_,
                        [&](const SourceColumn& source) { return names.contains(source.name); });
          break;
        }
        default:
          keep(fit_affine(sources, split.train, step));
      }
    }
  }

  std::unordered_map<std::string_view, const FittedOneHot::Encoding*> encodings;
  for (const auto& step : preparation.steps_)
    if (const auto* one_hot = std::get_if<FittedOneHot>(&step))
      for (const auto& encoding : one_hot->encodings) encodings.emplace(encoding.column, &encoding);
  for (const auto& source : preparation.source_columns_) {
    const auto found = encodings.find(source.name);
    if (found == encodings.end()) {
      preparation.feature_names_.push_back(source.name);
    } else {
      for (const auto& level : found->second->levels) preparation.feature_names_.push_back(source.name + "=" + level);
    }
  }
  return preparation;
}

}  // namespace gb
