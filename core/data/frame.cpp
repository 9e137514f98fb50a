#include "core/data/frame.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace gb {

CategoryCells::CategoryCells(const Column& column) {
  if (column.type == ColumnType::categorical) {
    codes_ = &column.codes;
    levels_ = &column.levels;
    return;
  }
  std::unordered_map<std::string, std::int32_t> known;
  own_codes_.reserve(column.size());
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (column.missing(row)) {
      own_codes_.push_back(-1);
      continue;
    }
    const auto [entry, added] = known.try_emplace(column.cell(row), static_cast<std::int32_t>(own_levels_.size()));
    if (added) own_levels_.push_back(entry->first);
    own_codes_.push_back(entry->second);
  }
  codes_ = &own_codes_;
  levels_ = &own_levels_;
}

std::vector<std::int32_t> Categories::places_in(const std::vector<std::string>& encoded) const {
  std::unordered_map<std::string_view, std::int32_t> position;
  for (std::size_t i = 0; i < encoded.size(); ++i) position.emplace(encoded[i], static_cast<std::int32_t>(i));
  // Where rare levels were merged, what has no place of its own has that of their name.
  const auto other = is_merged ? position.find(merged) : position.end();
  const auto place_of = [&](std::int32_t level) {
    if (level < 0) return std::int32_t{-1};
    const auto found = position.find(levels[static_cast<std::size_t>(level)]);
    if (found != position.end()) return found->second;
    return other == position.end() ? -1 : other->second;
  };
  std::vector<std::int32_t> places;
  places.reserve(level_of.size() + 1);
  for (const auto level : level_of) places.push_back(place_of(level));
  places.push_back(place_of(missing_level));
  return places;
}

namespace {

/// The entry of a code in what is kept per code and, last, for missing cells.
template <class T>
const T& entry_of(const std::vector<T>& entries, std::int32_t code) {
  return code < 0 ? entries.back() : entries[static_cast<std::size_t>(code)];
}

double origin_value(const FromNumbers& from, std::size_t row) {
  return from.column->numbers[row];
}
double origin_value(const FromLevels& from, std::size_t row) {
  return entry_of(from.numbers_of(row), from.cells->code(row));
}
double origin_value(const FromIndicator& from, std::size_t row) {
  return entry_of(*from.places, from.cells->code(row)) == from.level;
}
double origin_value(const FromDate& from, std::size_t row) {
  return date_part(from.part, from.wave, from.days->value(row));
}
double origin_value(const FromProduct& from, std::size_t row) {
  double product = 1;
  for (const auto& factor : from.factors) product *= factor->value(row);
  return product;
}
double origin_value(const FromTerm& from, std::size_t row) {
  return from.matrix->value(row, from.term);
}

}  // namespace

void FrameColumn::evaluate(std::span<const std::size_t> rows, double* out) const {
  std::visit(
      [&](const auto& from) {
        for (std::size_t i = 0; i < rows.size(); ++i) out[i] = chain.apply(origin_value(from, rows[i]));
      },
      origin);
}

double FrameColumn::value(std::size_t row) const {
  return std::visit([&](const auto& from) { return chain.apply(origin_value(from, row)); }, origin);
}

void FrameColumn::add_sources(std::vector<const Column*>& sources) const {
  if (column) {
    sources.push_back(column);
  } else if (const auto* date = std::get_if<FromDate>(&origin)) {
    date->days->add_sources(sources);
  } else if (const auto* product = std::get_if<FromProduct>(&origin)) {
    for (const auto& factor : product->factors) factor->add_sources(sources);
  } else {
    std::visit(
        [&](const auto& from) {
          if constexpr (requires { from.column; }) sources.push_back(from.column);
        },
        origin);
  }
}

namespace {

FrameColumn frame_column(const Column& column, const SourceColumn& source) {
  FrameColumn made;
  made.name = source.name;
  if (source.type == ColumnType::categorical || source.type == ColumnType::text) {
    made.column = &column;
    made.kind = source.type == ColumnType::text ? FrameColumn::Kind::text : FrameColumn::Kind::category;
    if (made.kind == FrameColumn::Kind::text) return made;
    Categories& categories = made.categories;
    categories.cells = std::make_shared<const CategoryCells>(column);
    categories.levels = categories.cells->levels();
    categories.level_of.resize(categories.levels.size());
    std::iota(categories.level_of.begin(), categories.level_of.end(), 0);
    return made;
  }
  const bool number = column.type == ColumnType::numeric || column.type == ColumnType::date;
  if (!number || (column.type == ColumnType::date && source.type == ColumnType::numeric))
    throw DataError("The column '" + source.name + "' must be " + std::string(column_type_name(source.type)) +
                        ", but is " + std::string(column_type_name(column.type)),
                    source.name, std::string(column_type_name(source.type)));
  made.origin = FromNumbers{&column};
  return made;
}

}  // namespace

Frame::Frame(const DataTable& table, std::span<const SourceColumn> sources, bool to_learn)
    : rows_(table.rows), to_learn_(to_learn) {
  std::unordered_map<std::string_view, const Column*> by_name;
  for (const auto& column : table.columns) by_name.emplace(column.name, &column);
  columns_.reserve(sources.size());
  for (const auto& source : sources) {
    const auto found = by_name.find(source.name);
    if (found == by_name.end())
      throw DataError(
          "The data has no column '" + source.name + "' (" + std::string(column_type_name(source.type)) + ")",
          source.name, "a column of this name");
    columns_.push_back(frame_column(*found->second, source));
  }
  index();
}

void Frame::index() {
  place_of_.clear();
  for (std::size_t i = 0; i < columns_.size(); ++i) place_of_.emplace(columns_[i].name, i);
}

const FrameColumn* Frame::find(const std::string& name) const {
  const auto found = place_of_.find(name);
  return found == place_of_.end() ? nullptr : &columns_[found->second];
}

FrameColumn* Frame::named(const std::string& name) {
  const auto found = place_of_.find(name);
  return found == place_of_.end() ? nullptr : &columns_[found->second];
}

std::string NewNames::take(const std::string& wanted) {
  std::string name = wanted;
  for (int number = 2; frame_.find(name) || !taken_.insert(name).second; ++number)
    name = wanted + "_" + std::to_string(number);
  return name;
}

void Frame::erase(std::span<const std::string> names) {
  const std::unordered_set<std::string_view> gone(names.begin(), names.end());
  std::erase_if(columns_, [&](const FrameColumn& column) { return gone.contains(column.name); });
  index();
}

void Frame::apply(const FittedStep& step) {
  std::visit([&](const auto& fitted) { apply_step(fitted); }, step);
}

void Frame::apply_step(const FittedImpute& step) {
  for (const auto& fill : step.fills) {
    FrameColumn* column = named(fill.column);
    if (!column) continue;
    if (fill.type != ColumnType::categorical) {
      column->chain.add_fill(fill.number);
      continue;
    }
    Categories& categories = column->categories;
    if (categories.missing_level >= 0) continue;
    const auto found = std::find(categories.levels.begin(), categories.levels.end(), fill.level);
    categories.missing_level = static_cast<std::int32_t>(found - categories.levels.begin());
    if (found == categories.levels.end()) categories.levels.push_back(fill.level);
  }
}

void Frame::apply_step(const FittedAffine& step) {
  for (const auto& map : step.maps)
    if (FrameColumn* column = named(map.column)) column->chain.add_map(map.shift, map.factor);
}

void Frame::apply_step(const FittedClip& step) {
  for (const auto& bounds : step.bounds)
    if (FrameColumn* column = named(bounds.column)) column->chain.add_clip(bounds.low, bounds.high);
}

void Frame::apply_step(const FittedPower& step) {
  for (const auto& map : step.maps)
    if (FrameColumn* column = named(map.column)) column->chain.add_power(map.power);
}

void Frame::apply_step(const FittedQuantile& step) {
  for (const auto& map : step.maps)
    if (FrameColumn* column = named(map.column)) column->chain.add_quantiles(map.quantiles);
}

void Frame::apply_step(const FittedRareCategories& step) {
  for (const auto& merge : step.merges) {
    FrameColumn* column = named(merge.column);
    if (!column) continue;
    Categories& categories = column->categories;
    const std::unordered_set<std::string_view> rare(merge.rare.begin(), merge.rare.end());
    const auto name_of = [&](const std::string& level) -> const std::string& {
      return rare.contains(level) ? merge.name : level;
    };
    // Sorted as the levels of a column that was read are: encoders go by their order.
    std::set<std::string> different;
    for (const auto& level : categories.levels) different.insert(name_of(level));
    auto kept = categorical_column("", {different.begin(), different.end()}, {}).levels;
    std::unordered_map<std::string_view, std::int32_t> place;
    for (std::size_t i = 0; i < kept.size(); ++i) place.emplace(kept[i], static_cast<std::int32_t>(i));
    const auto renamed = [&](std::int32_t level) {
      return place.at(name_of(categories.levels[static_cast<std::size_t>(level)]));
    };
    for (auto& level : categories.level_of) level = renamed(level);
    if (categories.missing_level >= 0) categories.missing_level = renamed(categories.missing_level);
    categories.levels = std::move(kept);
    categories.merged = merge.name;
    categories.is_merged = true;
  }
}

template <class Part, class Make>
void Frame::replace_columns(const std::vector<Part>& parts, const Make& make) {
  std::unordered_map<std::size_t, std::vector<FrameColumn>> made;
  for (std::size_t begin = 0, end = 0; begin < parts.size(); begin = end) {
    while (end < parts.size() && parts[end].column == parts[begin].column) ++end;
    const auto found = place_of_.find(parts[begin].column);
    if (found != place_of_.end())
      made.emplace(found->second, make(columns_[found->second], std::span(parts).subspan(begin, end - begin)));
  }
  std::vector<FrameColumn> columns;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto found = made.find(i);
    if (found == made.end())
      columns.push_back(std::move(columns_[i]));
    else
      std::move(found->second.begin(), found->second.end(), std::back_inserter(columns));
  }
  columns_ = std::move(columns);
  index();
}

void Frame::apply_step(const FittedOneHot& step) {
  replace_columns(step.encodings, [](const FrameColumn& column, std::span<const FittedOneHot::Encoding> encodings) {
    const auto& encoding = encodings.front();
    const Categories& categories = column.categories;
    const auto places = std::make_shared<const std::vector<std::int32_t>>(categories.places_in(encoding.levels));
    std::vector<FrameColumn> made;
    for (std::size_t level = 0; level < encoding.levels.size(); ++level)
      made.push_back({encoding.names[level], FrameColumn::Kind::indicator,
                      FromIndicator{categories.cells, column.column, places, static_cast<std::int32_t>(level)}});
    return made;
  });
}

void Frame::apply_step(const FittedLevelNumbers& step) {
  const auto fold_of = to_learn_ ? step.fold_of_row : nullptr;
  if (fold_of && fold_of->size() != rows_)
    throw DataError("The preparation was fitted on " + std::to_string(fold_of->size()) + " rows, not on these " +
                    std::to_string(rows_) + ", so none of them can be learnt from with it");
  replace_columns(
      step.encodings, [&](const FrameColumn& column, std::span<const FittedLevelNumbers::Encoding> encodings) {
        const Categories& categories = column.categories;
        const auto places = categories.places_in(encodings.front().levels);
        const auto numbers_by_code = [&](const std::vector<double>& numbers, double unknown, double missing) {
          std::vector<double> by_code;
          by_code.reserve(places.size());
          for (const auto place : places)
            by_code.push_back(place < 0 ? unknown : numbers[static_cast<std::size_t>(place)]);
          if (places.back() < 0) by_code.back() = missing;
          return by_code;
        };
        std::vector<FrameColumn> made;
        for (const auto& encoding : encodings) {
          FromLevels from{categories.cells,
                          column.column,
                          numbers_by_code(encoding.numbers, encoding.unknown, encoding.missing),
                          {},
                          fold_of};
          const bool keeps_missing = std::isnan(encoding.missing);
          for (const auto& fold : encoding.folds)
            from.folds.push_back(
                numbers_by_code(fold.numbers, fold.unknown, keeps_missing ? encoding.missing : fold.unknown));
          made.push_back({encoding.name, FrameColumn::Kind::number, std::move(from)});
        }
        return made;
      });
}

void Frame::apply_step(const FittedDates& step) {
  replace_columns(step.parts, [&](const FrameColumn& column, std::span<const FittedDates::Part> parts) {
    const auto days = std::make_shared<const FrameColumn>(column);
    std::vector<FrameColumn> made;
    if (step.keep) made.push_back(column);
    for (const auto& part : parts)
      made.push_back({part.name, FrameColumn::Kind::number, FromDate{days, part.part, part.wave}});
    return made;
  });
}

void Frame::apply_step(const FittedProducts& step) {
  std::unordered_map<std::string_view, SharedColumn> shared;
  for (const auto& product : step.products) {
    FromProduct from;
    const auto is_there = [&](const std::string& factor) { return place_of_.contains(factor); };
    if (!std::all_of(product.factors.begin(), product.factors.end(), is_there)) continue;
    for (const auto& factor : product.factors) {
      auto& column = shared[factor];
      if (!column) column = std::make_shared<const FrameColumn>(columns_[place_of_.at(factor)]);
      from.factors.push_back(column);
    }
    columns_.push_back({product.name, FrameColumn::Kind::number, std::move(from)});
  }
  index();
}

void Frame::apply_step(const FittedText& step) {
  replace_columns(step.encodings, [&](const FrameColumn& column, std::span<const FittedText::Encoding> encodings) {
    const auto& encoding = encodings.front();
    const auto matrix = std::make_shared<const TermMatrix>(encoding.terms, rows_,
                                                           [&](std::size_t row) { return column.column->cell(row); });
    std::vector<FrameColumn> made;
    for (std::size_t term = 0; term < encoding.names.size(); ++term)
      made.push_back({encoding.names[term], FrameColumn::Kind::term,
                      FromTerm{matrix, column.column, static_cast<std::int32_t>(term)}});
    return made;
  });
}

}  // namespace gb
