#pragma once

#include <filesystem>

#include "core/data/table_file.hpp"

namespace gb {

/// A text table into typed columns; `file` was found to be text. See read_table().
Dataset read_csv(const std::filesystem::path& file, const TableParams& params, const std::string& path,
                 const LoadProgress& progress);

/// Its beginning. See read_table_head().
TableHead read_csv_head(const std::filesystem::path& file, const TableParams& params, const std::string& path,
                        std::size_t most_rows, const LoadProgress& progress);

/// Names of the columns, from the beginning of the file.
std::vector<std::string> csv_column_names(const std::filesystem::path& file);

/// Makes names unique and not empty: "x" again becomes "x_2", an empty one "column_3". What changed is noted.
void name_columns(std::vector<std::string>& names, ImportReport& report);

}  // namespace gb
