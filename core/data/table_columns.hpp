#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/data/anonymise.hpp"
#include "core/data/table_file.hpp"

namespace gb {

/// What the user said of the columns of a table, checked against the names that the file has.
class TableColumns {
 public:
  /// Throws ParamError for a target, type or ignored column that is not there; `path` prefixes the field.
  TableColumns(const TableParams& params, std::vector<std::string> names, const std::string& path);

  const std::vector<std::string>& names() const { return names_; }
  bool kept(std::size_t column) const { return kept_[column]; }
  std::optional<ColumnType> type(std::size_t column) const { return types_[column]; }
  /// What becomes of the column before it is kept; null where it stays as it is.
  Anonymiser* anonymiser(std::size_t column) { return anonymisers_[column].get(); }
  /// The path of the rule, for errors.
  std::string rule_field(std::size_t column) const;

 private:
  std::vector<std::string> names_;
  std::vector<bool> kept_;
  std::vector<std::optional<ColumnType>> types_;
  std::vector<std::unique_ptr<Anonymiser>> anonymisers_;
  std::vector<std::size_t> rules_;  ///< per column, which entry of `anonymise`
  std::string path_;
};

/// "numeric" -> ColumnType::numeric; empty for a word that names no type.
std::optional<ColumnType> column_type(std::string_view name);

}  // namespace gb
