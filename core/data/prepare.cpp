#include "core/data/prepare.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <unordered_map>

#include "core/data/frame.hpp"
#include "core/data/prepare_steps.hpp"
#include "core/data/training_rows.hpp"

namespace gb {
namespace {

FittedPixelScale fit_pixels(const ImageSet& set, const std::vector<std::int64_t>& train, const PlannedStep& step) {
  if (step.kind == StepKind::scale) {
    const auto& range = step.as<ScaleParams>().range;
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

bool is_named(const PlannedStep& step, const std::string& column) {
  const auto& names = step.columns();
  return std::find(names.begin(), names.end(), column) != names.end();
}

/// Some step of the plan takes the words of this column.
bool is_read_by(const std::vector<PlannedStep>& plan, const Column& column) {
  return std::any_of(plan.begin(), plan.end(), [&](const PlannedStep& step) {
    if (step.kind != StepKind::text) return false;
    return is_named(step, column.name) || (step.columns().empty() && column.type == ColumnType::text);
  });
}

/// Some step of the plan makes numbers of this category.
bool is_encoded_by(const std::vector<PlannedStep>& plan, const Column& column) {
  if (is_read_by(plan, column)) return true;
  return std::any_of(plan.begin(), plan.end(), [&](const PlannedStep& step) {
    return step.encodes_all() || (step.encodes() && is_named(step, column.name));
  });
}

bool has_value(const Column& column, const std::vector<std::int64_t>& rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](std::int64_t row) { return !column.missing(static_cast<std::size_t>(row)); });
}

auto after_dropping(std::vector<PlannedStep>& plan) {
  return std::find_if(plan.begin(), plan.end(),
                      [](const PlannedStep& step) { return step.kind != StepKind::drop_duplicates; });
}

/// Where all that there is to learn from is text, its words are what is learnt from.
void complete_with_text(std::vector<PlannedStep>& plan, const Dataset& dataset,
                        const std::vector<std::int64_t>& train) {
  bool has_text = false;
  for (const auto& column : dataset.table()->columns) {
    if (column.name == dataset.target || !has_value(column, train)) continue;
    if (column.type != ColumnType::text) return;
    has_text = true;
  }
  const auto reads = [](const PlannedStep& step) { return step.kind == StepKind::text; };
  if (has_text && std::none_of(plan.begin(), plan.end(), reads))
    plan.insert(after_dropping(plan), PlannedStep::of(StepKind::text));
}

/// The columns an algorithm can use; what is left out is noted.
std::vector<const Column*> usable_columns(const Dataset& dataset, const std::vector<PlannedStep>& plan,
                                          const std::vector<std::int64_t>& train, std::vector<Problem>& problems) {
  std::vector<const Column*> usable;
  for (const auto& column : dataset.table()->columns) {
    if (column.name == dataset.target) continue;
    if (column.type == ColumnType::text && !is_read_by(plan, column))
      problems.push_back({0, column.name,
                          "text is left out; the step text makes columns of its words, and with the type categorical "
                          "it is one of categories"});
    else if (!has_value(column, train))
      problems.push_back({0, column.name, "left out, because it has no value in the training rows"});
    else
      usable.push_back(&column);
  }
  if (!usable.empty()) return usable;
  std::string why = problems.empty() ? "there is no column besides the target" : "";
  for (const auto& problem : problems) {
    why += (why.empty() ? "'" : "; '") + problem.field + "': " + problem.message;
    if (why.size() > 300) break;
  }
  throw DataError("The data has no usable column (numeric, categorical, date or text): " + why);
}

/// Adds what the columns need and nobody named.
void complete_for(std::vector<PlannedStep>& plan, const std::vector<const Column*>& columns) {
  const auto planned = [&](StepKind kind) {
    return std::any_of(plan.begin(), plan.end(), [&](const PlannedStep& step) { return step.kind == kind; });
  };
  const auto has_missing = [](const Column* column) {
    return column->type != ColumnType::text && column->missing_count() > 0;
  };
  if (!planned(StepKind::impute) && !planned(StepKind::keep_missing) &&
      std::any_of(columns.begin(), columns.end(), has_missing))
    plan.insert(after_dropping(plan), PlannedStep::of(StepKind::impute));
  const auto is_left = [&](const Column* column) {
    return column->type == ColumnType::categorical && !is_encoded_by(plan, *column);
  };
  if (std::none_of(columns.begin(), columns.end(), is_left)) return;
  // What judges columns by the target is to judge these as well, but they cannot be imputed or merged once encoded.
  auto place = plan.end();
  while (place != plan.begin() && (place - 1)->kind != StepKind::impute &&
         (place - 1)->kind != StepKind::rare_categories)
    --place;
  place = std::find_if(place, plan.end(), [](const PlannedStep& step) {
    return step.selects() && step.kind != StepKind::select_variance;
  });
  plan.insert(place, PlannedStep::of(StepKind::one_hot));
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
  std::string bent_by;         // the first after which dates are days no more
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
      refuse("categories are encoded by " + encoded_by + " before it",
             "impute before one_hot, ordinal, frequency and target");
    if (step.kind == StepKind::dates && !bent_by.empty())
      refuse("dates are changed by " + bent_by + " before it", "dates before steps that change numbers");
    if (bent_by.empty() && (scales || step.kind == StepKind::power || step.kind == StepKind::quantile))
      bent_by = step.path;
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
  else if constexpr (requires { fitted.parts; })
    return fitted.parts.empty();
  else if constexpr (requires { fitted.products; })
    return fitted.products.empty();
  else
    return fitted.fills.empty();
}

/// What a step for columns fits; nothing where there is no column for it.
std::optional<FittedStep> fitted_by(const StepFit& fit) {
  const auto kept = [](auto fitted) -> std::optional<FittedStep> {
    if (is_empty(fitted)) return std::nullopt;
    return fitted;
  };
  switch (fit.step.kind) {
    case StepKind::impute:
      return kept(fit_impute(fit));
    case StepKind::dates:
      return kept(fit_dates(fit));
    case StepKind::text:
      return kept(fit_text(fit));
    case StepKind::clip_outliers:
      return kept(fit_clip(fit));
    case StepKind::rare_categories:
      return kept(fit_rare_categories(fit));
    case StepKind::one_hot:
      return kept(fit_one_hot(fit));
    case StepKind::ordinal:
    case StepKind::frequency:
      return kept(fit_level_numbers(fit));
    case StepKind::target:
      return kept(fit_target(fit));
    case StepKind::power:
      return kept(fit_power(fit));
    case StepKind::quantile:
      return kept(fit_quantile(fit));
    case StepKind::polynomial:
      return kept(fit_polynomial(fit));
    default:
      return kept(fit_affine(fit));
  }
}

}  // namespace

Preparation Preparation::fit(const Dataset& dataset, const Json& steps, Split& split, const std::string& path) {
  auto plan = read_steps(steps, path);
  refuse_unfit_steps(plan, dataset.images() != nullptr);
  if (split.train.empty()) throw DataError("There are no training rows to fit the preparation on");
  Preparation preparation;
  const auto dropped_duplicates = [&](const PlannedStep& step) {
    if (step.kind != StepKind::drop_duplicates) return false;
    if (const auto dropped = drop_duplicates(dataset, split.train); dropped > 0)
      preparation.problems_.push_back({0, "", std::to_string(dropped) + " duplicate training rows were dropped"});
    return true;
  };
  if (const auto* images = dataset.images()) {
    preparation.feature_names_ = pixel_names(*images);
    const auto scales = [](const PlannedStep& step) { return step.kind != StepKind::drop_duplicates; };
    if (std::none_of(plan.begin(), plan.end(), scales)) plan.push_back(PlannedStep::of(StepKind::scale));
    for (const auto& step : plan) {
      preparation.completed_.push_back(step.document());
      if (!dropped_duplicates(step)) preparation.steps_.emplace_back(fit_pixels(*images, split.train, step));
    }
    return preparation;
  }

  complete_with_text(plan, dataset, split.train);
  const auto columns = usable_columns(dataset, plan, split.train, preparation.problems_);
  complete_for(plan, columns);
  std::vector<SourceColumn> sources;
  for (const Column* column : columns) sources.push_back({column->name, column->type});
  Frame frame(*dataset.table(), sources, true);
  const bool keeps = std::any_of(plan.begin(), plan.end(),
                                 [](const PlannedStep& step) { return step.kind == StepKind::keep_missing; });
  for (const auto& step : plan) {
    preparation.completed_.push_back(step.document());
    // There is nothing to fit for keep_missing: transform() lets missing numbers through.
    if (dropped_duplicates(step) || step.kind == StepKind::keep_missing) continue;
    const TrainingRows rows(dataset, split.train);
    const StepFit fit{step, dataset, rows, frame, preparation.problems_, keeps};
    if (step.selects()) {
      frame.erase(left_out_by(fit));
    } else if (auto fitted = fitted_by(fit)) {
      frame.apply(*fitted);
      preparation.steps_.push_back(std::move(*fitted));
    }
  }

  // What was left out is no longer asked for: neither of new data nor by the exported file.
  std::vector<const Column*> used;
  for (const auto& column : frame.columns()) {
    preparation.feature_names_.push_back(column.name);
    column.add_sources(used);
  }
  const std::set<const Column*> different(used.begin(), used.end());
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (different.contains(columns[i])) preparation.source_columns_.push_back(sources[i]);
  return preparation;
}

}  // namespace gb
