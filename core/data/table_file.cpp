#include "core/data/table_file.hpp"

#include <array>

#include "core/data/csv_dialect.hpp"
#include "core/data/csv_reader.hpp"
#include "core/data/file_kind.hpp"
#include "core/data/npy.hpp"
#include "core/data/pixel_table.hpp"
#include "core/data/table_columns.hpp"
#include "core/data/text_file.hpp"

namespace gb {
namespace {

constexpr std::size_t most_ignored = 100000;

/// The file's kind, or DataError when it is none that can be read as a table.
FileKind table_kind(const std::filesystem::path& file, const TableParams& params) {
  const auto content = look_into(file);
  if (content.kind == FileKind::empty) throw DataError(file.string() + " is empty", "data.path", "a table with rows");
  // UTF-16 without a mark looks binary until someone names it.
  if (content.kind == FileKind::binary && params.encoding) return FileKind::text;
  if (content.kind == FileKind::text || content.kind == FileKind::npy) return content.kind;
  std::string message = file.string() + " cannot be read as a table: it is " + content.what;
  if (content.kind == FileKind::idx) message += "; use the source \"idx\"";
  throw DataError(message, "data.path", "a CSV, TSV or NPY file");
}

std::string some_of(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    if (text.size() > 400) return text + ", ...";
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

}  // namespace

std::optional<ColumnType> column_type(std::string_view name) {
  for (const auto type : {ColumnType::numeric, ColumnType::categorical, ColumnType::text, ColumnType::date})
    if (column_type_name(type) == name) return type;
  return {};
}

TableColumns::TableColumns(const TableParams& params, std::vector<std::string> names, const std::string& path)
    : names_(std::move(names)),
      kept_(names_.size(), true),
      types_(names_.size()),
      anonymisers_(names_.size()),
      rules_(names_.size()),
      path_(path) {
  std::unordered_map<std::string_view, std::size_t> position;
  for (std::size_t i = 0; i < names_.size(); ++i) position.emplace(names_[i], i);
  const auto find = [&](const std::string& name, const std::string& field) {
    const auto found = position.find(name);
    if (found != position.end()) return found->second;
    std::string message = field + " names the column '" + name + "', which the file does not have";
    if (names_.size() < 1000)
      if (const auto near = nearest_name(name, names_); !near.empty()) message += "; did you mean '" + near + "'?";
    throw ParamError(message, field, "one of: " + some_of(names_));
  };
  for (const auto& [name, type] : params.types) types_[find(name, path + ".types." + name)] = column_type(type);
  for (std::size_t i = 0; i < params.ignore.size(); ++i)
    kept_[find(params.ignore[i], path + ".ignore[" + std::to_string(i) + "]")] = false;
  if (params.target && !kept_[find(*params.target, path + ".target")])
    throw ParamError(path + ".target is '" + *params.target + "', which " + path + ".ignore leaves out",
                     path + ".target", "a column that is not ignored");
  const auto& rules = params.anonymise;
  std::string salt;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto& rule = rules[i];
    const std::string field = path + ".anonymise[" + std::to_string(i) + "]";
    const std::size_t column = find(rule.column, field + ".column");
    rules_[column] = i;
    if (rule.method == AnonymiseRule::Method::drop) {
      kept_[column] = false;
      if (params.target == rule.column)
        throw ParamError(path + ".target is '" + rule.column + "', which " + field + " drops", path + ".target",
                         "a column that is not dropped");
      continue;
    }
    const bool hashes = rule.method == AnonymiseRule::Method::hash;
    if (hashes && salt.empty()) salt = anonymise_salt();
    auto anonymiser = std::make_unique<Anonymiser>(rule, hashes ? salt : std::string());
    const auto type = types_[column];
    const bool words = type == ColumnType::categorical || type == ColumnType::text;
    if (type && words != anonymiser->replaces_cells()) {
      const std::string type_field = path + ".types." + rule.column;
      throw ParamError(type_field + " is " + std::string(column_type_name(*type)) + ", but " + field + " (" +
                           std::string(anonymise_method_name(rule.method)) + ") leaves none of that",
                       type_field, words ? "numeric or date" : "categorical or text");
    }
    anonymisers_[column] = std::move(anonymiser);
  }
}

std::string TableColumns::rule_field(std::size_t column) const {
  return path_ + ".anonymise[" + std::to_string(rules_[column]) + "]";
}

const Schema<TableParams>& table_schema() {
  static const auto schema =
      Schema<TableParams>{}
          .add(&TableParams::path,
               {.name = "path",
                .label = "File",
                .help = "A CSV, TSV or NPY file; which of them is judged by content. A relative path starts at the "
                        "experiment's folder."})
          .add(&TableParams::target, {.name = "target",
                                      .label = "Target",
                                      .help = "The column to predict; none for clustering without known classes."})
          .add(&TableParams::types,
               {.name = "types",
                .label = "Column types",
                .help = "Column to type (numeric, categorical, text, date) where the type found is not the right one."})
          .add(&TableParams::ignore,
               {.name = "ignore", .label = "Ignore", .help = "Columns that are not used.", .most = most_ignored})
          .add(&TableParams::delimiter, {.name = "delimiter",
                                         .label = "Delimiter",
                                         .help = "The character between cells, or tab or space; found out when empty.",
                                         .advanced = true})
          .add(&TableParams::decimal, {.name = "decimal",
                                       .label = "Decimal mark",
                                       .help = "The mark in 1.5 or 1,5; found out when empty.",
                                       .choices = {{".", "Point"}, {",", "Comma"}},
                                       .advanced = true})
          .add(&TableParams::encoding,
               {.name = "encoding",
                .label = "Encoding",
                .help = "utf-8, latin-1, windows-1252, gbk, utf-16 or another name that iconv knows. UTF-8, and UTF-16 "
                        "with its mark, are found out.",
                .advanced = true})
          .add(&TableParams::missing,
               {.name = "missing",
                .label = "Missing values",
                .help = "Cells that stand for no value, beside empty ones; by default NA, N/A, NaN, null and ?.",
                .advanced = true})
          .add(&TableParams::header, {.name = "header",
                                      .label = "Header",
                                      .help = "Whether the first row names the columns; found out when empty.",
                                      .advanced = true})
          .add(&TableParams::quote, {.name = "quote",
                                     .label = "Quote",
                                     .help = "The character around cells that hold delimiters; found out when empty.",
                                     .advanced = true})
          .add(&TableParams::image,
               {.name = "image",
                .label = "Pixels",
                .help = "Height and width, or height, width and 3 channels, where the columns are the pixels of one "
                        "picture a row, from 0 to 255, row by row.",
                .valid = {1, 16384},
                .search = {8, 128},
                .unit = "px",
                .advanced = true,
                .most = 3});
  return schema;
}

TableParams read_table_params(const Json& fields, const std::string& path) {
  Json own = fields;
  Json rules;
  if (own.is_object() && own.contains("anonymise")) {
    rules = own["anonymise"];
    own.erase("anonymise");
  }
  auto params = table_schema().read(own, path);
  params.anonymise = read_anonymise_rules(rules, path + ".anonymise");
  return params;
}

void check_table_params(const TableParams& params, const std::string& path) {
  if (params.path.empty() || params.path.find('\0') != std::string::npos)
    throw ParamError(path + ".path must name a file", path + ".path", "the path of a table file");
  for (const auto& [name, type] : params.types)
    if (!column_type(type))
      throw ParamError(path + ".types." + name + " is \"" + type + "\", which is not a column type",
                       path + ".types." + name, "one of: numeric, categorical, text, date");
  const auto check_character = [&](const std::optional<std::string>& text, const std::string& field) {
    if (text && !one_character(*text))
      throw ParamError(path + "." + field + " is \"" + *text + "\", but must be one ASCII character",
                       path + "." + field, "one character such as , or ;, or tab");
  };
  check_character(params.delimiter, "delimiter");
  check_character(params.quote, "quote");
  const auto delimiter = params.delimiter ? one_character(*params.delimiter) : std::nullopt;
  const auto quote = params.quote ? one_character(*params.quote) : std::nullopt;
  if (delimiter && quote && *delimiter == *quote)
    throw ParamError(path + ".quote is the delimiter as well", path + ".quote", "another character than the delimiter");
  if (params.image && (params.image->size() < 2 ||
                       (params.image->size() == 3 && params.image->back() != 1 && params.image->back() != 3)))
    throw ParamError(path + ".image must be height and width, and 1 or 3 channels where there is a third entry",
                     path + ".image", "[height, width], [height, width, 3] or null");
  if (params.encoding && encoding_name(*params.encoding).empty())
    throw ParamError(path + ".encoding is \"" + *params.encoding + "\", which is not a known encoding",
                     path + ".encoding", "utf-8, latin-1, windows-1252, gbk, utf-16, or another name that iconv knows");
}

Dataset read_table(const std::filesystem::path& file, const TableParams& params, const std::string& path,
                   const LoadProgress& progress) {
  auto dataset = table_kind(file, params) == FileKind::npy ? read_npy(file, params, path, progress)
                                                           : read_csv(file, params, path, progress);
  dataset.name = file.stem().string();
  dataset.target = params.target.value_or("");
  if (params.image) make_pictures(dataset, *params.image, path + ".image");
  return dataset;
}

TableHead read_table_head(const std::filesystem::path& file, const TableParams& params, const std::string& path,
                          std::size_t most_rows, const LoadProgress& progress) {
  auto head = table_kind(file, params) == FileKind::npy ? read_npy_head(file, params, path, most_rows, progress)
                                                        : read_csv_head(file, params, path, most_rows, progress);
  head.dataset.name = file.stem().string();
  head.dataset.target = params.target.value_or("");
  return head;
}

std::vector<std::string> doubts_about(const TableHead& head) {
  std::vector<std::string> doubts;
  const auto& report = head.dataset.report;
  if (report.format != "NPY" && head.names.size() == 1)
    doubts.push_back("Every row is one cell: the delimiter may be another one");
  if (report.rows_skipped > 0)
    doubts.push_back(std::to_string(report.rows_skipped) + " of the first " +
                     std::to_string(report.rows_read + report.rows_skipped) + " rows " +
                     (report.rows_skipped == 1 ? "has" : "have") + " another number of cells");
  return doubts;
}

std::vector<std::string> table_column_names(const std::filesystem::path& file) {
  return table_kind(file, {}) == FileKind::npy ? npy_column_names(file) : csv_column_names(file);
}

}  // namespace gb
