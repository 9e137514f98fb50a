#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/data/anonymise.hpp"
#include "core/data/dataset.hpp"
#include "core/data/source.hpp"
#include "core/params/schema.hpp"

namespace gb {

enum class Decimal { point, comma };

/// The fields of source "table". What is not given is judged by the file's content.
struct TableParams {
  std::string path;
  std::optional<std::string> target;
  std::map<std::string, std::string> types;  ///< column -> name of a ColumnType
  std::vector<std::string> ignore;
  std::optional<std::string> delimiter;
  std::optional<Decimal> decimal;
  std::optional<std::string> encoding;
  std::optional<std::vector<std::string>> missing;
  std::optional<bool> header;
  std::optional<std::string> quote;
  std::vector<AnonymiseRule> anonymise;   ///< AnonymiseRule entries: applied while reading, before anything is kept
  std::optional<std::vector<int>> image;  ///< height, width and, where there are 3, channels: the columns are pixels
};
const Schema<TableParams>& table_schema();

/// The fields of a document: those of the schema and "anonymise", whose entries have fields of their own. Throws
/// ParamError.
TableParams read_table_params(const Json& fields, const std::string& path);

/// What Schema cannot check: a path, one-character delimiter and quote, known types and encoding. `path` prefixes the
/// field names of ParamError.
void check_table_params(const TableParams& params, const std::string& path);

/// Reads CSV, TSV or NPY, whichever `file` holds, into a table, or into pictures where `image` says so. Throws
/// DataError, ParamError (for columns that the file does not have; fields below `path`) or Cancelled.
Dataset read_table(const std::filesystem::path& file, const TableParams& params, const std::string& path,
                   const LoadProgress& progress);

/// The beginning of a table, read as all of it would be.
struct TableHead {
  std::vector<std::string> names;  ///< of all columns of the file, those that are left out too
  Dataset dataset;                 ///< without a fingerprint; types are those that these rows have
  bool whole = false;              ///< the file ends there
};
/// The first `most_rows` rows, for previews. Throws as read_table() does.
TableHead read_table_head(const std::filesystem::path& file, const TableParams& params, const std::string& path,
                          std::size_t most_rows, const LoadProgress& progress);

/// What of the way the table was read is a guess that a person should look at, in sentences: it has one column, rows of
/// another length. Empty for most files.
std::vector<std::string> doubts_about(const TableHead& head);

/// Names of the columns, from the beginning of the file.
std::vector<std::string> table_column_names(const std::filesystem::path& file);

}  // namespace gb
