#include "core/data/raw_rows.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace gb {
namespace {

template <class T>
std::vector<T> chosen(const std::vector<T>& values, std::span<const std::int64_t> rows) {
  std::vector<T> result;
  if (values.empty()) return result;
  result.reserve(rows.size());
  for (const std::int64_t row : rows) result.push_back(values[static_cast<std::size_t>(row)]);
  return result;
}

Column rows_of(const Column& column, std::span<const std::int64_t> rows) {
  Column result;
  result.name = column.name;
  result.type = column.type;
  result.numbers = chosen(column.numbers, rows);
  result.codes = chosen(column.codes, rows);
  result.levels = column.levels;
  result.texts = chosen(column.texts, rows);
  return result;
}

}  // namespace

Dataset raw_rows(const Dataset& dataset, std::span<const std::int64_t> rows) {
  Dataset result;
  result.name = dataset.name;
  result.target = dataset.target;
  result.report.format = dataset.report.format;
  if (const DataTable* table = dataset.table()) {
    DataTable part;
    part.rows = rows.size();
    for (const Column& column : table->columns) part.columns.push_back(rows_of(column, rows));
    result.content = std::move(part);
    return result;
  }
  ImageSet part = *dataset.images();
  std::vector<std::uint8_t> pixels;
  pixels.reserve(rows.size() * part.pixels_each());
  for (const std::int64_t row : rows) {
    const std::uint8_t* image = part.image(static_cast<std::size_t>(row));
    pixels.insert(pixels.end(), image, image + part.pixels_each());
  }
  part.count = rows.size();
  part.pixels = std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels));
  result.content = std::move(part);
  return result;
}

}  // namespace gb
