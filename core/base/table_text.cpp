#include "core/base/table_text.hpp"

#include <algorithm>
#include <charconv>

#include "core/base/escape.hpp"

namespace gb {
namespace {

bool is_number(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

/// A number as tables show it: with commas between thousands, a per cent sign, or a dash for none.
bool reads_as_number(std::string text) {
  if (text == "\u2013" || text == "-" || text == "\u221E" || text == "-\u221E") return true;
  text.erase(std::remove(text.begin(), text.end(), ','), text.end());
  if (text.ends_with(" %")) text.resize(text.size() - 2);
  if (text.ends_with('%')) text.pop_back();
  return is_number(text);
}

/// Characters of UTF-8 text, which is near enough to its width.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

}  // namespace

const std::string& TextTable::cell(std::size_t row, std::size_t column) const {
  static const std::string none;
  return column < rows[row].size() ? rows[row][column] : none;
}

bool TextTable::is_numeric(std::size_t column) const {
  bool any = false;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::string& text = cell(row, column);
    if (text.empty()) continue;
    if (!reads_as_number(text)) return false;
    any = true;
  }
  return any;
}

std::string harmless_cell(std::string_view text) {
  std::string cell(text);
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos && !is_number(text))
    cell.insert(0, 1, '\'');
  return cell;
}

std::string tsv_text(const TextTable& table) {
  std::string text;
  const auto add = [&](const std::string& raw, bool first) {
    std::string cell = harmless_cell(raw);
    std::replace_if(
        cell.begin(), cell.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
    if (!first) text += '\t';
    text += cell;
  };
  for (std::size_t i = 0; i < table.columns.size(); ++i) add(table.columns[i], i == 0);
  text += '\n';
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) add(table.cell(row, i), i == 0);
    text += '\n';
  }
  return text;
}

std::string markdown_text(const TextTable& table) {
  const std::size_t count = table.columns.size();
  std::vector<std::vector<std::string>> lines(1);
  for (const auto& column : table.columns) lines[0].push_back(markdown_escaped(column));
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    lines.emplace_back();
    for (std::size_t i = 0; i < count; ++i) lines.back().push_back(markdown_escaped(table.cell(row, i)));
  }
  std::vector<std::size_t> widths(count, 3);
  std::vector<bool> numeric;
  for (std::size_t i = 0; i < count; ++i) numeric.push_back(table.is_numeric(i));
  for (const auto& line : lines)
    for (std::size_t i = 0; i < count; ++i) widths[i] = std::max(widths[i], width_of(line[i]));
  std::string text;
  for (std::size_t row = 0; row < lines.size(); ++row) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string padding(widths[i] - width_of(lines[row][i]), ' ');
      text += "| " + (numeric[i] ? padding + lines[row][i] : lines[row][i] + padding) + ' ';
    }
    text += "|\n";
    if (row > 0) continue;
    for (std::size_t i = 0; i < count; ++i) text += "| " + std::string(widths[i] - 1, '-') + (numeric[i] ? ": " : "- ");
    text += "|\n";
  }
  return text;
}

std::string latex_text(const TextTable& table) {
  const std::size_t count = table.columns.size();
  std::string text = "% \\usepackage{booktabs}\n\\begin{tabular}{";
  for (std::size_t i = 0; i < count; ++i) text += table.is_numeric(i) ? 'r' : 'l';
  text += "}\n\\toprule\n";
  const auto add = [&](const std::string& raw, std::size_t i) {
    std::string cell = latex_escaped(raw);
    // After a line's end LaTeX would take these for an option of it.
    if (i == 0 && (cell.starts_with('[') || cell.starts_with('*')))
      cell = "{" + cell.substr(0, 1) + "}" + cell.substr(1);
    text += cell + (i + 1 < count ? " & " : " \\\\\n");
  };
  for (std::size_t i = 0; i < count; ++i) add(table.columns[i], i);
  text += "\\midrule\n";
  for (std::size_t row = 0; row < table.rows.size(); ++row)
    for (std::size_t i = 0; i < count; ++i) add(table.cell(row, i), i);
  return text + "\\bottomrule\n\\end{tabular}\n";
}

std::string html_text(const TextTable& table) {
  const std::size_t count = table.columns.size();
  std::vector<const char*> classes;
  for (std::size_t i = 0; i < count; ++i) classes.push_back(table.is_numeric(i) ? " class=\"number\"" : "");
  std::string text = "<table>\n<thead><tr>";
  for (std::size_t i = 0; i < count; ++i)
    text += std::string("<th scope=\"col\"") + classes[i] + ">" + html_escaped(table.columns[i]) + "</th>";
  text += "</tr></thead>\n<tbody>\n";
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    text += "<tr>";
    for (std::size_t i = 0; i < count; ++i)
      text += std::string("<td") + classes[i] + ">" + html_escaped(table.cell(row, i)) + "</td>";
    text += "</tr>\n";
  }
  return text + "</tbody>\n</table>\n";
}

}  // namespace gb
