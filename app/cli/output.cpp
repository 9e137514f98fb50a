#include "app/cli/output.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/params/json_text.hpp"

namespace gb::cli {
namespace {

/// Characters of UTF-8 text, which is near enough to its width.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

bool is_numeric(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789.,-+e %") == std::string::npos;
}

}  // namespace

void print_line(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
}

void print_json(const Json& object) {
  print_line(dump_json(object));
}

bool flush_output() {
  return std::fflush(stdout) == 0 && !std::ferror(stdout);
}

std::string table_text(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  std::vector<bool> numeric;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (rows[r].size() > widths.size()) {
      widths.resize(rows[r].size(), 0);
      numeric.resize(rows[r].size(), true);
    }
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      widths[c] = std::max(widths[c], width_of(rows[r][c]));
      if (r > 0 && !rows[r][c].empty() && !is_numeric(rows[r][c])) numeric[c] = false;
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string padding(widths[c] - width_of(row[c]), ' ');
      if (c > 0) line += "  ";
      line += numeric[c] ? padding + row[c] : row[c] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  if (!text.empty()) text.pop_back();
  return text;
}

std::string number_text(double value) {
  if (!std::isfinite(value)) return "-";
  char text[40];
  std::snprintf(text, sizeof text, std::abs(value) >= 1e7 ? "%.4g" : std::abs(value) >= 1000 ? "%.1f" : "%.4g", value);
  return text;
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(std::ceil(std::max(seconds, 0.0)));
  char text[40];
  if (whole < 60)
    std::snprintf(text, sizeof text, "%ld s", whole);
  else if (whole < 3600)
    std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
  else
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  return text;
}

void report_failure(const std::string& message, const std::string& field, const std::string& allowed, bool json) {
  std::string text = "glassbench-cli: " + message;
  // Most messages name field and remedy themselves.
  if (!field.empty() && message.find(field) == std::string::npos) text += " [" + field + "]";
  if (!allowed.empty() && message.find(allowed) == std::string::npos) text += " (allowed: " + allowed + ")";
  text += "\n";
  if (json) {
    Json failed{{"event", "failed"}, {"message", message}};
    if (!field.empty()) failed["field"] = field;
    if (!allowed.empty()) failed["allowed"] = allowed;
    print_json(failed);
    flush_output();
  }
  std::fputs(text.c_str(), stderr);
}

void note(const std::string& text) {
  std::fputs((text + "\n").c_str(), stderr);
}

}  // namespace gb::cli
