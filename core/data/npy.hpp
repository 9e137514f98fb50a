#pragma once

#include <filesystem>

#include "core/data/table_file.hpp"

namespace gb {

/// A NumPy array of one or two dimensions, little-endian numbers or booleans, as numeric columns f0, f1, ... Arrays of
/// objects are refused: they are pickles, which can run code. The header is believed only as far as the file's size
/// supports it. See read_table().
Dataset read_npy(const std::filesystem::path& file, const TableParams& params, const std::string& path,
                 const LoadProgress& progress);

/// Its beginning: of an array in Fortran's order all of it. See read_table_head().
TableHead read_npy_head(const std::filesystem::path& file, const TableParams& params, const std::string& path,
                        std::size_t most_rows, const LoadProgress& progress);

/// "f0", "f1", ... from the header alone.
std::vector<std::string> npy_column_names(const std::filesystem::path& file);

}  // namespace gb
