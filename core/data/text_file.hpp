#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/data/input_file.hpp"

namespace gb {

/// The name iconv knows an encoding by ("latin-1" -> "ISO-8859-1", "gbk" -> "GBK"); empty when there is none of that
/// name.
std::string encoding_name(std::string_view name);

/// A text file as UTF-8, piece by piece, whatever its encoding. A byte order mark says UTF-8 or UTF-16 and is not part
/// of the text; without a mark and without a name UTF-8 is assumed and checked. Bytes that are none in the encoding,
/// and zero bytes, are a DataError that names the line.
class TextFile {
 public:
  TextFile(const std::filesystem::path& path, const std::optional<std::string>& encoding);
  ~TextFile();
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;

  const std::string& name() const { return file_.name(); }
  const std::string& encoding() const { return encoding_; }
  std::uint64_t size() const { return file_.size(); }
  std::uint64_t position() const { return file_.position(); }
  /// The next piece, empty at the end. Valid until the next call. A character is never cut.
  std::string_view next();
  void rewind();

 private:
  std::string_view next_utf8();
  std::string_view next_converted();
  [[noreturn]] void refuse(std::string_view before, unsigned char byte) const;

  InputFile file_;
  std::string encoding_;
  bool named_ = false;
  std::size_t mark_bytes_ = 0;
  void* converter_ = nullptr;  ///< iconv_t; null for UTF-8
  std::string input_;          ///< raw bytes; the first carried_ of them were left over
  std::size_t carried_ = 0;
  std::string output_;  ///< converted text
  std::uint64_t lines_ = 0;
};

}  // namespace gb
