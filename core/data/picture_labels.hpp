#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace gb {

/// The classes of pictures, kept beside them: a CSV of UTF-8 with the columns `name` (of the file, relative to the
/// folder of pictures, parted by /) and `class` (empty: none yet).
struct PictureLabels {
  std::map<std::string, std::string> classes;  ///< by name; only pictures that have one
};

/// What labels are called when they lie in the folder of pictures.
constexpr const char* picture_labels_name = "labels.csv";

/// Throws DataError naming file, line and column: another header, a name that stands there twice, a row of another
/// length. `field` is the one of the document that names the file.
PictureLabels read_picture_labels(const std::filesystem::path& file, const std::string& field);

/// Whether the file begins like one of labels.
bool holds_picture_labels(const std::filesystem::path& file);

/// Writes them sorted by name; the file is the old one or the new one at any moment. Throws FileError.
void write_picture_labels(const std::filesystem::path& file, const PictureLabels& labels);

}  // namespace gb
