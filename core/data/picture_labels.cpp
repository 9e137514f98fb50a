#include "core/data/picture_labels.hpp"

#include <vector>

#include "core/base/file.hpp"
#include "core/data/csv_parser.hpp"
#include "core/data/dataset.hpp"
#include "core/data/text_file.hpp"

namespace gb {
namespace fs = std::filesystem;
namespace {

constexpr const char* wanted = "a CSV file whose first line is name,class";

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  return begin == std::string_view::npos ? std::string()
                                         : std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

class LabelSink : public RowSink {
 public:
  LabelSink(std::string file, std::string field) : file_(std::move(file)), field_(std::move(field)) {}

  void row(const std::vector<std::string_view>& cells, std::uint64_t line) override {
    const std::string where = file_ + ", line " + std::to_string(line) + ": ";
    if (cells.size() != 2)
      throw DataError(where + (cells.size() == 1 ? "one cell" : std::to_string(cells.size()) + " cells") +
                          " instead of a name and a class",
                      field_, wanted);
    if (!std::exchange(begun_, true)) {
      if (trimmed(cells[0]) != "name" || trimmed(cells[1]) != "class")
        throw DataError(where + "the columns are not called name and class", field_, wanted);
      return;
    }
    const std::string name = trimmed(cells[0]);
    const std::string kind = trimmed(cells[1]);
    if (name.empty()) throw DataError(where + "the column name is empty", field_, "the name of a picture");
    const auto [place, added] = lines_.emplace(name, line);
    if (!added)
      throw DataError(where + "'" + name + "' is named in line " + std::to_string(place->second) + " already", field_,
                      "one line for each picture");
    if (!kind.empty()) labels.classes[name] = kind;
  }
  bool begun() const { return begun_; }

  PictureLabels labels;

 private:
  std::string file_, field_;
  bool begun_ = false;
  std::map<std::string, std::uint64_t> lines_;
};

/// A cell that reads back to the same text, whatever it holds.
std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

PictureLabels read_picture_labels(const fs::path& file, const std::string& field) {
  TextFile text(file, {});
  LabelSink sink(file.string(), field);
  CsvParser parser(',', '"', file.string(), sink);
  for (auto piece = text.next(); !piece.empty(); piece = text.next()) parser.feed(piece);
  parser.finish();
  if (!sink.begun()) throw DataError(file.string() + " is empty", field, wanted);
  return std::move(sink.labels);
}

bool holds_picture_labels(const fs::path& file) {
  std::error_code code;
  if (!fs::is_regular_file(file, code)) return false;
  try {
    TextFile text(file, {});
    const auto head = text.next();
    const auto line = head.substr(0, head.find_first_of("\r\n"));
    const auto comma = line.find(',');
    return comma != std::string_view::npos && trimmed(line.substr(0, comma)) == "name" &&
           trimmed(line.substr(comma + 1)) == "class";
  } catch (const DataError&) {
    return false;
  }
}

void write_picture_labels(const fs::path& file, const PictureLabels& labels) {
  std::string text = "name,class\n";
  for (const auto& [name, kind] : labels.classes) text += cell(name) + "," + cell(kind) + "\n";
  write_file_atomically(file, text);
}

}  // namespace gb
