#include "core/data/prepare.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "core/base/parallel.hpp"
#include "core/data/numeric_chain.hpp"
#include "core/data/prepare_steps.hpp"

namespace gb {
namespace {

bool is_number(ColumnType type) {
  return type == ColumnType::numeric || type == ColumnType::date;
}

/// A column in use, with what the steps fitted so far do to its numbers.
struct Source {
  const Column* column;
  NumericChain chain;
};

/// The only door through which fitting sees values: training rows of one column.
class TrainingColumn {
 public:
  TrainingColumn(const Column& column, const std::vector<std::int64_t>& train) : column_(column), train_(train) {}

  /// Known values after `chain`, in row order.
  std::vector<double> numbers(const NumericChain& chain) const {
    std::vector<double> values;
    values.reserve(train_.size());
    for (const auto row : train_) {
      const double value = chain.apply(column_.numbers[static_cast<std::size_t>(row)]);
      if (!std::isnan(value)) values.push_back(value);
    }
    return values;
  }
  /// How often each level occurs.
  std::vector<std::size_t> level_counts() const {
    std::vector<std::size_t> counts(column_.levels.size());
    for (const auto row : train_)
      if (const auto code = column_.codes[static_cast<std::size_t>(row)]; code >= 0)
        ++counts[static_cast<std::size_t>(code)];
    return counts;
  }
  bool all_missing() const {
    return std::all_of(train_.begin(), train_.end(),
                       [&](std::int64_t row) { return column_.missing(static_cast<std::size_t>(row)); });
  }

 private:
  const Column& column_;
  const std::vector<std::int64_t>& train_;
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

FittedAffine::Map standardizing_map(const std::string& column, const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*low == *high) return {column, *low, 1};
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {column, mean, 1 / std::sqrt(squares / static_cast<double>(values.size()))};
}

FittedAffine::Map range_map(const std::string& column, const std::vector<double>& values, double low, double high) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double width = *least == *most ? 1 : *most - *least;
  const double factor = (high - low) / width;
  return {column, *least - low / factor, factor};
}

/// Fits an affine step on each numeric column, one column per thread at a time.
FittedAffine fit_affine(std::vector<Source>& sources, const std::vector<std::int64_t>& train, const PlannedStep& step) {
  FittedAffine fitted;
  fitted.step = step.kind == StepKind::scale ? "scale" : "standardize";
  std::vector<Source*> numeric;
  for (auto& source : sources)
    if (is_number(source.column->type)) numeric.push_back(&source);
  fitted.maps.resize(numeric.size());
  parallel_chunks(numeric.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) {
      const auto values = TrainingColumn(*numeric[i]->column, train).numbers(numeric[i]->chain);
      fitted.maps[i] = step.kind == StepKind::scale
                           ? range_map(numeric[i]->column->name, values, step.scale.range[0], step.scale.range[1])
                           : standardizing_map(numeric[i]->column->name, values);
    }
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
    if (is_number(source.column->type)) {
      auto values = training.numbers(source.chain);
      fill.number = step.impute.numeric == NumericFill::mean ? mean_of(values) : median_of(std::move(values));
      source.chain.add_fill(fill.number);
    } else {
      fill.type = ColumnType::categorical;
      const auto counts = training.level_counts();
      const auto most = std::max_element(counts.begin(), counts.end());
      fill.level = source.column->levels[static_cast<std::size_t>(most - counts.begin())];
    }
    fitted.fills.push_back(std::move(fill));
  }
  return fitted;
}

FittedOneHot fit_one_hot(const std::vector<Source>& sources, const std::vector<std::int64_t>& train) {
  FittedOneHot fitted;
  for (const auto& source : sources) {
    if (source.column->type != ColumnType::categorical) continue;
    const auto counts = TrainingColumn(*source.column, train).level_counts();
    FittedOneHot::Encoding encoding{source.column->name, {}};
    for (std::size_t level = 0; level < counts.size(); ++level)
      if (counts[level] > 0) encoding.levels.push_back(source.column->levels[level]);
    fitted.encodings.push_back(std::move(encoding));
  }
  return fitted;
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
      sources.push_back({&column, {}});
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
  std::string encoded_by;
  for (const auto& step : plan) {
    const auto& name = preparation_steps()[static_cast<std::size_t>(step.kind)].name;
    if (images &&
        (step.kind == StepKind::impute || step.kind == StepKind::one_hot || step.kind == StepKind::keep_missing))
      throw ParamError(step.path + ".step is \"" + name + "\", but the data is images: they have no columns",
                       step.path + ".step", "drop_duplicates, standardize or scale");
    if (images && (step.kind == StepKind::standardize || step.kind == StepKind::scale)) {
      if (!scaled_by.empty())
        throw ParamError(step.path + ".step is \"" + name + "\", but " + scaled_by + " scales the pixels already",
                         step.path + ".step", "one of standardize and scale for images");
      scaled_by = step.path;
    }
    if (step.kind == StepKind::one_hot) {
      if (!encoded_by.empty())
        throw ParamError(step.path + ".step is \"one_hot\", but " + encoded_by + " encodes every category already",
                         step.path + ".step", "one_hot once");
      encoded_by = step.path;
    }
    if (step.kind == StepKind::impute && !encoded_by.empty())
      throw ParamError(step.path + ".step is \"impute\", but categories are encoded by " + encoded_by + " before it",
                       step.path + ".step", "impute before one_hot");
  }
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
    if (!planned(StepKind::standardize) && !planned(StepKind::scale)) plan.push_back({StepKind::scale, {}, {}, {}});
  } else {
    sources = usable_columns(dataset, split.train, preparation.problems_);
    for (const auto& source : sources)
      preparation.source_columns_.push_back({source.column->name, source.column->type});
    const auto has_missing = [](const Source& source) { return source.column->missing_count() > 0; };
    if (!planned(StepKind::impute) && !planned(StepKind::keep_missing) &&
        std::any_of(sources.begin(), sources.end(), has_missing)) {
      auto place = plan.begin();
      while (place != plan.end() && place->kind == StepKind::drop_duplicates) ++place;
      plan.insert(place, {StepKind::impute, {}, {}, {}});
    }
    const auto is_category = [](const Source& source) { return source.column->type == ColumnType::categorical; };
    if (!planned(StepKind::one_hot) && std::any_of(sources.begin(), sources.end(), is_category))
      plan.push_back({StepKind::one_hot, {}, {}, {}});
  }

  for (const auto& step : plan) {
    preparation.completed_.push_back(step.document());
    if (step.kind == StepKind::drop_duplicates) {
      if (const auto dropped = drop_duplicates(dataset, split.train); dropped > 0)
        preparation.problems_.push_back({0, "", std::to_string(dropped) + " duplicate training rows were dropped"});
    } else if (step.kind == StepKind::keep_missing) {
      // Nothing to fit: transform() lets missing numbers through.
    } else if (images) {
      preparation.steps_.emplace_back(fit_pixels(*dataset.images(), split.train, step));
    } else if (step.kind == StepKind::impute) {
      preparation.steps_.emplace_back(fit_impute(sources, split.train, step));
    } else if (step.kind == StepKind::one_hot) {
      if (auto fitted = fit_one_hot(sources, split.train); !fitted.encodings.empty())
        preparation.steps_.emplace_back(std::move(fitted));
    } else if (auto fitted = fit_affine(sources, split.train, step); !fitted.maps.empty()) {
      preparation.steps_.emplace_back(std::move(fitted));
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
