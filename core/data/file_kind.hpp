#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace gb {

/// `binary` is what no text in UTF-8 or marked UTF-16 looks like (UTF-16 without a mark does), `other` a known format
/// that is not read.
enum class FileKind { empty, text, npy, idx, binary, other };

/// What a file holds, judged by its first bytes and not by its name.
struct FileContent {
  FileKind kind = FileKind::other;
  std::string what;  ///< "a PNG image": for messages about files that are not read
};

/// Looks into the file (into the beginning of what is packed where it is gzip). Throws DataError.
FileContent look_into(const std::filesystem::path& file);

}  // namespace gb
