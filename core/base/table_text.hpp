#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Tables in the notations of spreadsheets, documents and papers.
namespace gb {

/// Cells as people read them. Rows that are too short are filled up with empty cells.
struct TextTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  /// Empty where the row is too short.
  const std::string& cell(std::size_t row, std::size_t column) const;
  /// Whether a column holds nothing but numbers ("1,204", "0.31", "12 %", "–") and so belongs to the right.
  bool is_numeric(std::size_t column) const;
};

/// What a spreadsheet would run as a formula (it starts with = + - @ TAB CR and is no number) gets a ' in front.
std::string harmless_cell(std::string_view text);

/// Tabs between cells, which lose tabs and line breaks of their own: what spreadsheets take from the clipboard.
std::string tsv_text(const TextTable& table);
/// A table of GitHub's Markdown, its columns padded to be read as text too.
std::string markdown_text(const TextTable& table);
/// A tabular in the style of the package booktabs.
std::string latex_text(const TextTable& table);
/// A <table> with <thead> and <tbody>; numbers have the class "number".
std::string html_text(const TextTable& table);

}  // namespace gb
