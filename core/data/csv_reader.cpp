#include "core/data/csv_reader.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <unordered_set>

#include "core/data/column_builder.hpp"
#include "core/data/csv_dialect.hpp"
#include "core/data/csv_parser.hpp"
#include "core/data/table_columns.hpp"
#include "core/data/text_file.hpp"

namespace gb {
namespace {

constexpr std::size_t sample_bytes = 256 * 1024;

/// The beginning of a piece, up to its last whole line where the file goes on.
std::string_view sample_of(std::string_view piece, bool more_follows) {
  if (piece.size() <= sample_bytes && !more_follows) return piece;
  const auto sample = piece.substr(0, sample_bytes);
  const auto end = sample.find_last_of("\r\n");
  return end == std::string_view::npos ? sample : sample.substr(0, end + 1);
}

/// Thrown by a sink that wants no further row.
struct EnoughRows {};

/// Takes rows into column builders, the first one as names where the dialect says so.
class TableBuilder : public RowSink {
 public:
  TableBuilder(const CsvDialect& dialect, const TableParams& params, std::string path, std::string file_name,
               ImportReport& report)
      : dialect_(dialect),
        params_(params),
        path_(std::move(path)),
        file_name_(std::move(file_name)),
        report_(report),
        rules_(params.missing, dialect.decimal) {}

  void expect_rows(std::size_t rows) { expected_rows_ = std::min(rows, most_rows_); }
  /// Asks for no more than this.
  void stop_after(std::size_t rows) { most_rows_ = rows; }
  const std::vector<std::string>& names() const { return columns_->names(); }

  void row(const std::vector<std::string_view>& cells, std::uint64_t line) override {
    if (!columns_) {
      begin(cells);
      if (dialect_.header) return;
    } else if (second_pass_ && !std::exchange(header_passed_, true) && dialect_.header) {
      return;
    }
    if (rows_ == most_rows_) throw EnoughRows{};
    if (cells.size() != columns_->names().size()) {
      if (!second_pass_) skip(cells.size(), line);
      return;
    }
    ++rows_;
    for (std::size_t i = 0; i < active_.size(); ++i) active_[i].builder->add(cells[active_[i].column], line);
  }

  bool needs_second_pass() const {
    return std::any_of(builders_.begin(), builders_.end(),
                       [](const auto& builder) { return builder && builder->needs_second_pass(); });
  }

  void begin_second_pass() {
    second_pass_ = true;
    rows_ = 0;
    std::erase_if(active_, [](const Active& active) { return !active.builder->needs_second_pass(); });
    for (auto& active : active_) active.builder->begin_second_pass();
  }

  DataTable finish() {
    if (!columns_) throw DataError(file_name_ + " holds no rows, only blank lines", "data.path", "a table with rows");
    if (skipped_ > rows_)
      throw DataError(file_name_ + " is not a table: its first row has " + std::to_string(columns_->names().size()) +
                          " cells, but " + std::to_string(skipped_) + " of " + std::to_string(skipped_ + rows_) +
                          " rows have another number (line " + std::to_string(first_skipped_line_) + " has " +
                          std::to_string(first_skipped_cells_) + "); the delimiter '" +
                          (dialect_.delimiter == '\t' ? "tab" : std::string(1, dialect_.delimiter)) +
                          "' may be the wrong one",
                      "data.delimiter", "the character between cells");
    if (rows_ == 0) throw DataError(file_name_ + " has a header but no rows", "data.path", "a table with rows");
    report_.rows_read = rows_;
    report_.rows_skipped = skipped_;
    DataTable table;
    table.rows = rows_;
    for (std::size_t i = 0; i < builders_.size(); ++i) {
      if (!builders_[i]) continue;
      table.columns.push_back(builders_[i]->finish());
      if (const auto* anonymiser = columns_->anonymiser(i); anonymiser && !anonymiser->replaces_cells())
        anonymiser->bucket(table.columns.back(), columns_->rule_field(i));
    }
    if (table.columns.empty())
      throw DataError("Every column of " + file_name_ + " is ignored or dropped", path_ + ".ignore");
    return table;
  }

 private:
  struct Active {
    ColumnBuilder* builder;
    std::size_t column;
  };

  void begin(const std::vector<std::string_view>& cells) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < cells.size(); ++i)
      names.push_back(dialect_.header ? std::string(cells[i]) : "column_" + std::to_string(i + 1));
    if (dialect_.header) name_columns(names, report_);
    columns_.emplace(params_, std::move(names), path_);
    builders_.resize(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (!columns_->kept(i)) continue;
      builders_[i] = std::make_unique<ColumnBuilder>(columns_->names()[i], columns_->type(i), rules_, report_,
                                                     columns_->anonymiser(i));
      builders_[i]->reserve(expected_rows_);
      active_.push_back({builders_[i].get(), i});
    }
  }

  void skip(std::size_t cells, std::uint64_t line) {
    if (skipped_++ == 0) {
      first_skipped_line_ = line;
      first_skipped_cells_ = cells;
    }
    report_.skipped_at.push_back(rows_ + skipped_ - 1);
    note(report_, line, "",
         "skipped: " + std::to_string(cells) + (cells == 1 ? " cell" : " cells") + " instead of " +
             std::to_string(columns_->names().size()));
  }

  const CsvDialect& dialect_;
  const TableParams& params_;
  std::string path_;
  std::string file_name_;
  ImportReport& report_;
  CellRules rules_;
  std::size_t expected_rows_ = 0;
  std::optional<TableColumns> columns_;
  std::vector<std::unique_ptr<ColumnBuilder>> builders_;  ///< null for ignored columns
  std::vector<Active> active_;
  std::size_t rows_ = 0;
  std::size_t most_rows_ = std::numeric_limits<std::size_t>::max();
  std::size_t skipped_ = 0;
  std::uint64_t first_skipped_line_ = 0;
  std::size_t first_skipped_cells_ = 0;
  bool second_pass_ = false;
  bool header_passed_ = false;
};

void report_progress(const LoadProgress& progress, std::uint64_t done, std::uint64_t total) {
  if (progress && !progress(done, total)) throw Cancelled("Loading was cancelled");
}

/// Passes the rest of the file, of which `piece` was read, through a parser into `sink`; false where that had enough
/// before the end.
bool parse_all(TextFile& text, std::string_view piece, const CsvDialect& dialect, RowSink& sink,
               const LoadProgress& progress, std::uint64_t done_before, std::uint64_t total) {
  CsvParser parser(dialect.delimiter, dialect.quote, text.name(), sink);
  try {
    while (!piece.empty()) {
      parser.feed(piece);
      report_progress(progress, done_before + text.position(), total);
      piece = text.next();
    }
    parser.finish();
    return true;
  } catch (const EnoughRows&) {
    return false;
  }
}

/// How many rows the file may have, judged by its beginning; room for a few more.
std::size_t estimated_rows(std::string_view sample, std::uint64_t file_bytes) {
  const auto lines = static_cast<std::uint64_t>(std::count(sample.begin(), sample.end(), '\n')) + 1;
  const auto rows = static_cast<double>(file_bytes) / static_cast<double>(sample.size()) * static_cast<double>(lines);
  constexpr double most_reserved = 1e8;
  return static_cast<std::size_t>(std::min(most_reserved, rows * 1.02 + 16));
}

std::string quoted_character(char c) {
  return c == '\t' ? "tab" : std::string(1, c);
}

}  // namespace

void name_columns(std::vector<std::string>& names, ImportReport& report) {
  std::unordered_set<std::string> used(names.begin(), names.end());
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string name = names[i];
    const auto begin = name.find_first_not_of(" \t");
    name = begin == std::string::npos ? "" : name.substr(begin, name.find_last_not_of(" \t") - begin + 1);
    const std::string number = std::to_string(i + 1);
    if (name.empty()) {
      name = "column_" + number;
      while (used.contains(name)) name += "_";
      note(report, 0, name, "column " + number + " has no name in the file");
    } else if (seen.contains(name)) {
      const std::string original = name;
      for (int again = 2; seen.contains(name) || used.contains(name); ++again)
        name = original + "_" + std::to_string(again);
      note(report, 0, name, "column " + number + " is named '" + original + "' in the file, as another one is");
    }
    seen.insert(name);
    used.insert(name);
    names[i] = std::move(name);
  }
}

TableHead read_csv_head(const std::filesystem::path& file, const TableParams& params, const std::string& path,
                        std::size_t most_rows, const LoadProgress& progress) {
  TextFile text(file, params.encoding);
  std::string_view piece = text.next();
  if (piece.empty()) throw DataError(text.name() + " is empty", "data.path", "a table with rows");
  const auto sample = sample_of(piece, text.position() < text.size());
  const auto dialect = detect_dialect(sample, params);

  TableHead head;
  auto& dataset = head.dataset;
  auto& report = dataset.report;
  report.format = dialect.delimiter == '\t' ? "TSV" : "CSV";
  report.encoding = text.encoding();
  report.delimiter = quoted_character(dialect.delimiter);
  report.decimal = std::string(1, dialect.decimal);
  report.header = dialect.header;

  TableBuilder builder(dialect, params, path, text.name(), report);
  builder.stop_after(most_rows);
  builder.expect_rows(estimated_rows(sample, text.size()));
  head.whole = parse_all(text, piece, dialect, builder, progress, 0, text.size());
  if (builder.needs_second_pass()) {
    builder.begin_second_pass();
    text.rewind();
    parse_all(text, text.next(), dialect, builder, progress, text.size(), 2 * text.size());
  }
  dataset.content = builder.finish();
  head.names = builder.names();
  return head;
}

Dataset read_csv(const std::filesystem::path& file, const TableParams& params, const std::string& path,
                 const LoadProgress& progress) {
  return std::move(read_csv_head(file, params, path, std::numeric_limits<std::size_t>::max(), progress).dataset);
}

std::vector<std::string> csv_column_names(const std::filesystem::path& file) {
  /// Keeps the first row and asks for no more.
  struct FirstRow : RowSink {
    struct Found {};
    std::vector<std::string> cells;
    void row(const std::vector<std::string_view>& row_cells, std::uint64_t) override {
      cells.assign(row_cells.begin(), row_cells.end());
      throw Found{};
    }
  };
  TextFile text(file, {});
  const auto piece = text.next();
  const auto sample = sample_of(piece, text.position() < text.size());
  const auto dialect = detect_dialect(sample, {});
  FirstRow first;
  CsvParser parser(dialect.delimiter, dialect.quote, text.name(), first);
  try {
    parser.feed(sample);
    parser.finish();
  } catch (const FirstRow::Found&) {
  }
  ImportReport report;
  if (dialect.header) {
    name_columns(first.cells, report);
  } else {
    for (std::size_t i = 0; i < first.cells.size(); ++i) first.cells[i] = "column_" + std::to_string(i + 1);
  }
  return first.cells;
}

}  // namespace gb
