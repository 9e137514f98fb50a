#pragma once

#include <QString>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "core/data/prepare.hpp"

namespace gb {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

inline Json prepare_reference() {
  return Json::parse(std::ifstream(TEST_SOURCE_DIR "/tests/reference/prepare_columns.json"));
}

inline Column numeric(std::string name, std::vector<double> values, ColumnType type = ColumnType::numeric) {
  Column column;
  column.name = std::move(name);
  column.type = type;
  column.numbers = std::move(values);
  return column;
}

inline Column dates(std::string name, std::vector<double> days) {
  return numeric(std::move(name), std::move(days), ColumnType::date);
}

inline Column texts(std::string name, std::vector<std::string> values) {
  Column column;
  column.name = std::move(name);
  column.type = ColumnType::text;
  column.texts = std::move(values);
  return column;
}

/// Categories as they stand in a file; "" is missing.
inline Column categories(std::string name, const std::vector<std::string>& cells) {
  std::vector<std::string> levels;
  std::vector<std::int32_t> codes;
  for (const auto& cell : cells) {
    const auto found = std::find(levels.begin(), levels.end(), cell);
    codes.push_back(cell.empty() ? -1 : static_cast<std::int32_t>(found - levels.begin()));
    if (!cell.empty() && found == levels.end()) levels.push_back(cell);
  }
  return categorical_column(std::move(name), std::move(levels), std::move(codes));
}

inline Dataset table_of(std::vector<Column> columns, std::string target = "") {
  Dataset dataset;
  DataTable table;
  table.rows = columns.front().size();
  table.columns = std::move(columns);
  dataset.content = std::move(table);
  dataset.target = std::move(target);
  return dataset;
}

inline Split first_rows(std::size_t count) {
  Split split;
  split.train.resize(count);
  std::iota(split.train.begin(), split.train.end(), std::int64_t{0});
  return split;
}

inline Preparation fitted(const Dataset& dataset, const char* steps, Split split) {
  return Preparation::fit(dataset, Json::parse(steps), split);
}

inline Preparation fitted(const Dataset& dataset, const char* steps) {
  return fitted(dataset, steps, first_rows(dataset.rows()));
}

inline MatrixF all_of(const Features& features) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(features.rows()));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  return features.dense(rows);
}

inline MatrixF values_of(const Preparation& preparation, const Dataset& dataset) {
  return all_of(preparation.transform(dataset));
}

/// What the training rows give to learn from.
inline MatrixF learnt_from(const Preparation& preparation, const Dataset& dataset) {
  return all_of(preparation.transform_to_learn(dataset));
}

/// The largest difference to `expected`, relative where it is above 1.
inline double largest_gap(const MatrixF& values, Eigen::Index column, const Json& expected) {
  if (static_cast<std::size_t>(values.rows()) != expected.size()) return std::numeric_limits<double>::infinity();
  double gap = 0;
  for (Eigen::Index row = 0; row < values.rows(); ++row) {
    const double wanted = expected[static_cast<std::size_t>(row)].get<double>();
    const double difference = std::abs(static_cast<double>(values(row, column)) - wanted);
    if (!(difference / std::max(1.0, std::abs(wanted)) <= gap)) gap = difference / std::max(1.0, std::abs(wanted));
  }
  return gap;
}

/// "message | field | allowed" of what is thrown.
inline QString refusal(const Dataset& dataset, const char* steps) {
  try {
    fitted(dataset, steps);
  } catch (const Error& error) {
    return QString::fromStdString(std::string(error.what()) + " | " + error.field() + " | " + error.allowed());
  }
  return "nothing was refused";
}

}  // namespace gb
