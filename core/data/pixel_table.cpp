#include "core/data/pixel_table.hpp"

#include <cmath>

#include "core/data/number_text.hpp"
#include "core/params/param_spec.hpp"

namespace gb {
namespace {

std::string shape_text(const std::vector<int>& shape) {
  std::string text;
  for (const int size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text;
}

std::vector<const Column*> pixel_columns(const Dataset& dataset, std::size_t wanted, const std::vector<int>& shape,
                                         const std::string& path) {
  std::vector<const Column*> columns;
  for (const auto& column : dataset.table()->columns) {
    if (column.name == dataset.target) continue;
    if (column.type != ColumnType::numeric)
      throw ParamError(path + " says that the columns are pixels, but '" + column.name + "' is " +
                           std::string(column_type_name(column.type)) + "; name it in ignore, or as the target",
                       path, "null, or numeric columns only");
    columns.push_back(&column);
  }
  if (columns.size() != wanted)
    throw ParamError(path + " is " + shape_text(shape) + ", which takes " + std::to_string(wanted) +
                         " columns, but the table has " + std::to_string(columns.size()) +
                         (dataset.target.empty() ? " (a target would have to be named)" : " beside the target"),
                     path,
                     "[height, width] or [height, width, channels] whose product is " + std::to_string(columns.size()));
  return columns;
}

/// Of all rows read, counting those that the reader had to skip: 1-based.
std::size_t row_of_file(const ImportReport& report, std::size_t row) {
  for (const auto skipped : report.skipped_at) {
    if (skipped > row) break;
    ++row;
  }
  return row + 1;
}

[[noreturn]] void refuse(const Dataset& dataset, const Column& column, std::size_t row) {
  const double value = column.numbers[row];
  throw DataError("The column '" + column.name + "' of row " + std::to_string(row_of_file(dataset.report, row)) +
                      " is " + (std::isnan(value) ? "missing" : number_text(value)) +
                      ", but pixels are whole numbers from 0 to 255",
                  column.name, "a whole number from 0 to 255");
}

/// Classes of pictures: what is a category in a table, and whole numbers.
Column labels_of(Column target, const ImportReport& report) {
  switch (target.type) {
    case ColumnType::categorical:
      return target;
    case ColumnType::numeric:
      for (std::size_t row = 0; row < target.numbers.size(); ++row) {
        const double value = target.numbers[row];
        if (!std::isnan(value) && value != std::floor(value))
          throw DataError("The target '" + target.name + "' is " + number_text(value) + " in row " +
                              std::to_string(row_of_file(report, row)) +
                              ", but pictures have classes: names or whole numbers",
                          "data.target", "a column of classes");
      }
      return categories_of(std::move(target));
    case ColumnType::text:
    case ColumnType::date:
      break;
  }
  throw DataError("The target '" + target.name + "' is " + std::string(column_type_name(target.type)) +
                      ", but pictures have classes; set its type to categorical if it names them",
                  "data.target", "a column of classes");
}

}  // namespace

void make_pictures(Dataset& dataset, const std::vector<int>& shape, const std::string& path) {
  ImageSet set;
  set.count = dataset.table()->rows;
  set.height = static_cast<std::size_t>(shape[0]);
  set.width = static_cast<std::size_t>(shape[1]);
  set.channels = shape.size() > 2 ? static_cast<std::size_t>(shape[2]) : 1;
  const auto columns = pixel_columns(dataset, set.pixels_each(), shape, path);
  auto pixels = std::make_shared<std::vector<std::uint8_t>>(set.count * set.pixels_each());
  const std::size_t area = set.height * set.width;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& numbers = columns[i]->numbers;
    std::uint8_t* out = pixels->data() + i % set.channels * area + i / set.channels;
    for (std::size_t row = 0; row < set.count; ++row) {
      const double value = numbers[row];
      if (!(value >= 0 && value <= 255) || value != std::floor(value)) refuse(dataset, *columns[i], row);
      out[row * set.pixels_each()] = static_cast<std::uint8_t>(value);
    }
  }
  set.pixels = std::move(pixels);
  if (const auto* target = dataset.target_column()) dataset.labels = labels_of(*target, dataset.report);
  dataset.report.format += " of pixels";
  dataset.content = std::move(set);
}

std::optional<std::vector<int>> shape_told_by(const std::vector<std::string>& columns) {
  constexpr int smallest = 4;
  const int side = static_cast<int>(std::lround(std::sqrt(static_cast<double>(columns.size()))));
  if (side < smallest || columns.size() != static_cast<std::size_t>(side) * static_cast<std::size_t>(side)) return {};
  const std::string cell = std::to_string(side) + "x" + std::to_string(side);
  const auto last = std::to_string(columns.size() - 1);
  const bool numbered = columns.front() == "pixel0" && columns.back() == "pixel" + last;
  const bool counted = columns.front() == "pixel1" && columns.back() == "pixel" + std::to_string(columns.size());
  const bool placed = columns.front() == "1x1" && columns.back() == cell;
  if (!numbered && !counted && !placed) return {};
  return std::vector<int>{side, side};
}

}  // namespace gb
