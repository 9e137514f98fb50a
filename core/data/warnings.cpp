#include "core/data/warnings.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/parallel.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "core/data/duplicate_rows.hpp"
#include "core/data/near_rows.hpp"
#include "core/data/one_rule.hpp"

namespace gb {
namespace {

constexpr double constant_share = 0.99;
constexpr double leaking_score = 0.98;         ///< of classes
constexpr double leaking_variance = 0.99;      ///< R2
constexpr std::size_t fewest_rule_rows = 20;   ///< with fewer a perfect rule means nothing
constexpr std::size_t most_rule_rows = 10000;  ///< that rules are learnt from and judged on
constexpr std::size_t most_rule_cells = 4'000'000;
constexpr std::size_t named = 5;  ///< columns in a sentence
constexpr std::size_t pairs = 3;  ///< of rows in a sentence
constexpr std::size_t most_json_rows = 1000;
constexpr std::uint64_t rule_stream = 0x6f6e6572756c65;  // "onerule"

std::string number(std::size_t count) {
  return grouped(static_cast<std::int64_t>(count));
}

/// "row 3", counted from 1.
std::string row_name(std::int64_t row) {
  return "row " + grouped(row + 1);
}

/// "Column 'a'", "Columns 'a', 'b' and 61 more"; for pictures "Pixel (3, 4)".
std::string names_text(const std::vector<std::string>& columns, bool pixels) {
  std::string text = pixels ? "Pixel" : "Column";
  if (columns.size() > 1) text += "s";
  const std::size_t shown = columns.size() > named + 1 ? named : columns.size();
  for (std::size_t i = 0; i < shown; ++i) {
    const bool last = i + 1 == columns.size();
    text += (i == 0 ? " " : last ? " and " : ", ") + (pixels ? columns[i] : "'" + columns[i] + "'");
  }
  if (shown < columns.size()) text += " and " + number(columns.size() - shown) + " more";
  return text;
}

std::vector<const Column*> feature_columns(const Dataset& dataset, std::span<const std::string> wanted) {
  std::vector<const Column*> columns;
  if (const DataTable* table = dataset.table())
    for (const Column& column : table->columns)
      if (column.name != dataset.target && column.type != ColumnType::text &&
          (wanted.empty() || std::find(wanted.begin(), wanted.end(), column.name) != wanted.end()))
        columns.push_back(&column);
  return columns;
}

/// A row and an earlier one, or one of another part, that it repeats.
struct Repeat {
  std::int64_t row, of;
};

std::string pairs_text(const std::vector<Repeat>& repeats, const std::string& does) {
  std::string text;
  for (std::size_t i = 0; i < std::min(pairs, repeats.size()); ++i)
    text += (i > 0 ? "; " : "") + row_name(repeats[i].row) + does + row_name(repeats[i].of);
  if (repeats.size() > pairs) text += "; and " + number(repeats.size() - pairs) + " more";
  return text;
}

DataWarning duplicates_warning(std::vector<Repeat> repeats, std::string what, std::string consequence,
                               DataWarning::Kind kind = DataWarning::Kind::duplicates) {
  std::sort(repeats.begin(), repeats.end(), [](const Repeat& a, const Repeat& b) { return a.row < b.row; });
  DataWarning warning;
  warning.kind = kind;
  const bool exact = kind == DataWarning::Kind::duplicates;
  warning.message =
      std::move(what) + " (" + pairs_text(repeats, exact ? " repeats " : " is like ") + "): " + std::move(consequence);
  for (const Repeat& repeat : repeats) warning.rows.push_back(repeat.row);
  return warning;
}

void find_duplicates(const Dataset& dataset, const std::vector<const Column*>& columns, const Split* split,
                     std::vector<DataWarning>& warnings) {
  const bool pictures = dataset.images();
  std::vector<std::int64_t> rows(dataset.rows());
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  if (!split) {
    std::vector<Repeat> repeats;
    for (const auto& group : equal_rows(dataset, columns, rows))
      for (std::size_t i = 1; i < group.size(); ++i) repeats.push_back({group[i], group[0]});
    if (repeats.empty()) return;
    const bool one = repeats.size() == 1;
    warnings.push_back(duplicates_warning(
        repeats,
        number(repeats.size()) + (one ? " row" : " rows") +
            (one ? " is an exact copy of an earlier one" : " are exact copies of earlier ones"),
        "where a split puts copies on both sides, figures come out better than they would on new rows"));
    return;
  }
  constexpr std::int8_t absent = -1;
  std::vector<std::int8_t> part_of(rows.size(), absent);
  for (const auto part : {Part::train, Part::validation, Part::test})
    for (const auto row : split->part(part)) part_of[static_cast<std::size_t>(row)] = static_cast<std::int8_t>(part);
  if (split->validation.empty() && split->test.empty()) return;
  std::erase_if(rows, [&](std::int64_t row) { return part_of[static_cast<std::size_t>(row)] == absent; });
  const auto groups = equal_rows(dataset, columns, rows);
  const NearRows near(dataset, columns, rows);
  std::vector<bool> told(part_of.size());
  const auto tell = [&](std::vector<Repeat> repeats, Part held, const std::string& held_name,
                        const std::string& other_name, DataWarning::Kind kind) {
    if (repeats.empty()) return;
    for (const Repeat& repeat : repeats) told[static_cast<std::size_t>(repeat.row)] = true;
    const bool one = repeats.size() == 1;
    const std::string rows_kind = pictures ? " pictures" : " rows";
    const std::string copies = kind == DataWarning::Kind::duplicates
                                   ? (one ? " is an exact copy of one of the " : " are exact copies of ")
                                   : (one ? " is nearly equal to one of the " : " are nearly equal to ");
    warnings.push_back(duplicates_warning(
        std::move(repeats),
        number(repeats.size()) + " of " + number(split->part(held).size()) + " " + held_name + rows_kind + copies +
            other_name + rows_kind,
        "the " + held_name + " figures come out better than they would on new " + (pictures ? "pictures" : "rows"),
        kind));
  };
  const auto report = [&](Part held, Part other, const std::string& held_name, const std::string& other_name) {
    std::vector<Repeat> repeats;
    for (const auto& group : groups) {
      const auto in = [&](Part part) {
        return std::find_if(group.begin(), group.end(), [&](std::int64_t row) {
          return part_of[static_cast<std::size_t>(row)] == static_cast<std::int8_t>(part);
        });
      };
      const auto of = in(other);
      // A test row that was learnt from has been told already.
      if (of == group.end() || (other == Part::validation && in(Part::train) != group.end())) continue;
      for (const auto row : group)
        if (part_of[static_cast<std::size_t>(row)] == static_cast<std::int8_t>(held)) repeats.push_back({row, *of});
    }
    tell(std::move(repeats), held, held_name, other_name, DataWarning::Kind::duplicates);
  };
  const auto report_near = [&](Part held, Part other, const std::string& held_name, const std::string& other_name) {
    std::vector<Repeat> repeats;
    std::vector<std::int64_t> asked;
    for (const auto row : split->part(held))
      if (!told[static_cast<std::size_t>(row)]) asked.push_back(row);
    const auto partners = near.partners(asked, split->part(other));
    for (std::size_t i = 0; i < asked.size(); ++i)
      if (partners[i] >= 0) repeats.push_back({asked[i], partners[i]});
    tell(std::move(repeats), held, held_name, other_name, DataWarning::Kind::near_duplicates);
  };
  // What is an exact copy is not told as a near one too.
  report(Part::test, Part::train, "test", "training");
  report(Part::test, Part::validation, "test", "validation");
  report(Part::validation, Part::train, "validation", "training");
  report_near(Part::test, Part::train, "test", "training");
  report_near(Part::test, Part::validation, "test", "validation");
  report_near(Part::validation, Part::train, "validation", "training");
}

/// Cells compare as whole numbers here; everything missing is one value.
double plain_value(const Column& column, std::int64_t row) {
  const auto at = static_cast<std::size_t>(row);
  return column.type == ColumnType::categorical ? static_cast<double>(column.codes[at]) : column.numbers[at];
}

bool same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

/// The share of rows that hold the most frequent value, where that is more than half; else 0. By majority vote (Boyer
/// and Moore, A fast majority vote algorithm, 1981), without a table of counts.
double majority_share(const Column& column, const std::vector<std::int64_t>& rows) {
  double candidate = 0;
  std::size_t votes = 0;
  for (const auto row : rows) {
    const double value = plain_value(column, row);
    if (votes == 0) candidate = value;
    votes += same(value, candidate) ? 1 : -std::size_t{1};
  }
  const auto count = std::count_if(rows.begin(), rows.end(),
                                   [&](std::int64_t row) { return same(plain_value(column, row), candidate); });
  const double share = static_cast<double>(count) / static_cast<double>(rows.size());
  return share > 0.5 ? share : 0;
}

void find_constants(const std::vector<const Column*>& columns, const std::vector<std::int64_t>& rows,
                    const std::string& row_kind, std::vector<DataWarning>& warnings) {
  if (rows.size() < 2) return;
  std::vector<double> shares(columns.size());
  parallel_chunks(columns.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t c = begin; c < end; ++c) shares[c] = majority_share(*columns[c], rows);
  });
  std::vector<std::string> constant, near;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (shares[c] == 1)
      constant.push_back(columns[c]->name);
    else if (shares[c] >= constant_share)
      near.push_back(columns[c]->name);
  }
  const auto add = [&](const std::vector<std::string>& names, const std::string& what) {
    if (names.empty()) return;
    DataWarning warning;
    warning.kind = DataWarning::Kind::near_constant;
    warning.message = names_text(names, false) + (names.size() == 1 ? " holds " : " each hold ") + what;
    warning.columns = names;
    warnings.push_back(std::move(warning));
  };
  add(constant, "the same value in every " + row_kind + "row: nothing can be learnt from that");
  add(near, "one value in 99 % of the " + row_kind + "rows or more: little can be learnt from that");
}

/// A sample of the rows whose target is known, in two halves, the same for everyone.
RuleRows rule_rows(const std::vector<std::int64_t>& rows, const Target& target, std::size_t columns) {
  std::vector<std::int64_t> known;
  for (const auto row : rows) {
    const auto at = static_cast<std::size_t>(row);
    if (target.task == Task::classification ? target.codes[at] >= 0 : !std::isnan(target.values[at]))
      known.push_back(row);
  }
  Random random(0, rule_stream);
  random.shuffle(std::span(known));
  known.resize(std::min({known.size(), most_rule_rows, most_rule_cells / std::max<std::size_t>(columns, 1)}));
  RuleRows sample;
  if (known.size() < fewest_rule_rows) return sample;
  const auto middle = known.begin() + static_cast<std::ptrdiff_t>(known.size() / 2);
  sample.learnt.assign(known.begin(), middle);
  sample.judged.assign(middle, known.end());
  return sample;
}

/// The rule columns of the data, and what each is called.
struct RuleColumns {
  std::vector<RuleColumn> columns;
  std::vector<std::string> names;
};

RuleColumns rule_columns(const Dataset& dataset, const std::vector<const Column*>& features) {
  RuleColumns rules;
  for (const Column* column : features) {
    rules.columns.push_back(
        {[column](std::int64_t row) { return plain_value(*column, row); }, column->type != ColumnType::categorical});
    rules.names.push_back(column->name);
  }
  if (const ImageSet* images = dataset.images())
    for (std::size_t pixel = 0; pixel < images->pixels_each(); ++pixel) {
      rules.columns.push_back(
          {[images, pixel](std::int64_t row) { return images->image(static_cast<std::size_t>(row))[pixel]; }, false});
      const std::size_t place = pixel % (images->width * images->height);
      rules.names.push_back(
          "(" + std::to_string(place % images->width) + ", " + std::to_string(place / images->width) + ")" +
          (images->channels > 1 ? " of channel " + std::to_string(pixel / (images->width * images->height)) : ""));
    }
  return rules;
}

bool equals_target(const Dataset& dataset, const Column& column, const RuleRows& rows) {
  const Column* target = dataset.target_column();
  for (const auto* half : {&rows.learnt, &rows.judged})
    for (const auto row : *half)
      if (column.cell(static_cast<std::size_t>(row)) != target->cell(static_cast<std::size_t>(row))) return false;
  return true;
}

void find_leaks(const Dataset& dataset, const std::vector<const Column*>& features,
                const std::vector<std::int64_t>& rows, const Target& target, const std::string& row_kind,
                std::vector<DataWarning>& warnings) {
  const std::size_t count = dataset.images() ? dataset.images()->pixels_each() : features.size();
  const RuleRows sample = rule_rows(rows, target, count);
  if (sample.learnt.empty()) return;
  const RuleColumns rules = rule_columns(dataset, features);
  std::vector<double> scores(rules.columns.size());
  parallel_chunks(scores.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t c = begin; c < end; ++c) scores[c] = one_rule_score(rules.columns[c], sample, target);
  });
  const bool classes = target.task == Task::classification;
  std::vector<std::string> equal, leaking;
  for (std::size_t c = 0; c < scores.size(); ++c) {
    if (scores[c] < (classes ? leaking_score : leaking_variance)) continue;
    if (!dataset.images() && equals_target(dataset, *features[c], sample))
      equal.push_back(rules.names[c]);
    else if (scores.size() > 1)  // the only column is meant to tell the target
      leaking.push_back(rules.names[c]);
  }
  const bool pixels = dataset.images();
  const auto add = [&](const std::vector<std::string>& names, const std::string& what) {
    if (names.empty()) return;
    DataWarning warning;
    warning.kind = DataWarning::Kind::leak;
    warning.message = names_text(names, pixels) + what;
    warning.columns = names;
    warnings.push_back(std::move(warning));
  };
  add(equal, std::string(equal.size() == 1 ? " equals" : " equal") + " the target '" + target.name + "' in every " +
                 row_kind + "row that was looked at: the answer is among the questions");
  add(leaking, std::string(leaking.size() == 1 ? " alone predicts" : " each alone predict") + " the target '" +
                   target.name + "' almost perfectly (tried on " + number(sample.judged.size()) + " " + row_kind +
                   "rows): make sure that it is known before the answer is");
}

}  // namespace

std::string_view warning_name(DataWarning::Kind kind) {
  switch (kind) {
    case DataWarning::Kind::duplicates:
      return "duplicates";
    case DataWarning::Kind::near_duplicates:
      return "near_duplicates";
    case DataWarning::Kind::near_constant:
      return "near_constant";
    case DataWarning::Kind::leak:
      break;
  }
  return "leak";
}

Json warnings_json(std::span<const DataWarning> warnings) {
  Json json = Json::array();
  for (const auto& warning : warnings) {
    Json rows = Json::array();
    for (std::size_t i = 0; i < std::min(most_json_rows, warning.rows.size()); ++i) rows.push_back(warning.rows[i] + 1);
    json.push_back({{"kind", warning_name(warning.kind)},
                    {"message", warning.message},
                    {"columns", warning.columns},
                    {"rows", std::move(rows)}});
  }
  return json;
}

std::vector<DataWarning> data_warnings(const Dataset& dataset, const Split* split, const Target* target,
                                       std::span<const std::string> columns) {
  std::vector<DataWarning> warnings;
  const auto features = feature_columns(dataset, columns);
  std::vector<std::int64_t> every;
  if (!split) {
    every.resize(dataset.rows());
    std::iota(every.begin(), every.end(), std::int64_t{0});
  }
  const auto& learnt = split ? split->train : every;
  const std::string row_kind = split ? "training " : "";
  if (target) find_leaks(dataset, features, learnt, *target, row_kind, warnings);
  find_duplicates(dataset, features, split, warnings);
  find_constants(features, learnt, row_kind, warnings);
  return warnings;
}

std::vector<DataWarning> fold_warnings(const Dataset& dataset, std::span<const std::int64_t> rows,
                                       std::span<const std::string> columns) {
  const auto features = feature_columns(dataset, columns);
  const std::vector<std::int64_t> all(rows.begin(), rows.end());
  std::vector<DataWarning> warnings;
  std::vector<bool> told(dataset.rows());
  const auto tell = [&](std::vector<Repeat> repeats, DataWarning::Kind kind) {
    if (repeats.empty()) return;
    for (const Repeat& repeat : repeats) told[static_cast<std::size_t>(repeat.row)] = true;
    const bool one = repeats.size() == 1, exact = kind == DataWarning::Kind::duplicates;
    const std::string copies = exact ? (one ? " is an exact copy of another one" : " are exact copies of others")
                                     : (one ? " is nearly equal to another one" : " are nearly equal to others");
    const std::string count = number(repeats.size()) + " of " + number(all.size()) + " cross-validated " +
                              (dataset.images() ? "pictures" : "rows") + copies;
    warnings.push_back(
        duplicates_warning(std::move(repeats), count,
                           "where they come into different folds, scores come out better than they would else", kind));
  };
  std::vector<Repeat> equal, near;
  for (const auto& group : equal_rows(dataset, features, all))
    for (std::size_t i = 1; i < group.size(); ++i) equal.push_back({group[i], group[0]});
  tell(std::move(equal), DataWarning::Kind::duplicates);
  const auto partners = NearRows(dataset, features, all).partners(all, all);
  for (std::size_t i = 0; i < all.size(); ++i)
    // The later of two, that has not been told as a copy.
    if (partners[i] >= 0 && partners[i] < all[i] && !told[static_cast<std::size_t>(all[i])])
      near.push_back({all[i], partners[i]});
  tell(std::move(near), DataWarning::Kind::near_duplicates);
  return warnings;
}

}  // namespace gb
