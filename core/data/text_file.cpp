#include "core/data/text_file.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>

#include "core/data/dataset.hpp"

namespace gb {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t piece_bytes = 1 << 20;
constexpr std::size_t longest_character = 16;  // bytes, in any encoding, shift sequences included

const iconv_t no_converter = reinterpret_cast<iconv_t>(-1);

/// How many of the bytes are whole, valid UTF-8 characters (Unicode 15, table 3-7).
std::size_t valid_utf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const std::size_t size = text.size();
  const auto continues = [&](std::size_t i) { return (bytes[i] & 0xc0) == 0x80; };
  std::size_t i = 0;
  while (i < size) {
    std::uint64_t eight = 0;
    while (i + 8 <= size) {
      std::memcpy(&eight, bytes + i, 8);
      if (eight & 0x8080808080808080ULL) break;
      i += 8;
    }
    if (i >= size) break;
    const unsigned char c = bytes[i];
    if (c < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = c >= 0xc2 && c <= 0xdf ? 2 : c >= 0xe0 && c <= 0xef ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
    if (length == 0 || i + length > size) return i;
    for (std::size_t k = 1; k < length; ++k)
      if (!continues(i + k)) return i;
    const unsigned char second = bytes[i + 1];
    if ((c == 0xe0 && second < 0xa0) || (c == 0xed && second > 0x9f) || (c == 0xf0 && second < 0x90) ||
        (c == 0xf4 && second > 0x8f))
      return i;
    i += length;
  }
  return i;
}

}  // namespace

std::string encoding_name(std::string_view name) {
  std::string key;
  for (const unsigned char c : name) {
    if (std::isalnum(c)) key += static_cast<char>(std::tolower(c));
    // iconv reads what follows a slash as an instruction.
    if (!std::isalnum(c) && !std::strchr("-_.: ", c)) return {};
  }
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> known{{
      {"utf8", "UTF-8"},
      {"utf8sig", "UTF-8"},
      {"ascii", "UTF-8"},
      {"latin1", "ISO-8859-1"},
      {"iso88591", "ISO-8859-1"},
      {"windows1252", "CP1252"},
      {"cp1252", "CP1252"},
      {"gbk", "GBK"},
      {"gb2312", "GBK"},
      {"utf16", "UTF-16"},
      {"utf16le", "UTF-16LE"},
      {"utf16be", "UTF-16BE"},
  }};
  for (const auto& [alias, real] : known)
    if (alias == key) return std::string(real);
  if (key.empty()) return {};
  const std::string candidate(name);
  const iconv_t converter = iconv_open("UTF-8", candidate.c_str());
  if (converter == no_converter) return {};
  iconv_close(converter);
  return candidate;
}

TextFile::TextFile(const std::filesystem::path& path, const std::optional<std::string>& encoding) : file_(path) {
  std::array<char, 3> head{};
  const std::string_view mark(head.data(), file_.read(head.data(), head.size()));
  file_.rewind();
  named_ = encoding.has_value();
  encoding_ = named_ ? encoding_name(*encoding) : "UTF-8";
  if (encoding_.empty()) throw DataError("There is no encoding '" + *encoding + "'");
  if (mark == "\xef\xbb\xbf"sv && encoding_ == "UTF-8") mark_bytes_ = 3;
  if (mark.starts_with("\xff\xfe"sv) && (!named_ || encoding_ == "UTF-16" || encoding_ == "UTF-16LE")) {
    encoding_ = "UTF-16LE";
    mark_bytes_ = 2;
  } else if (mark.starts_with("\xfe\xff"sv) && (!named_ || encoding_ == "UTF-16" || encoding_ == "UTF-16BE")) {
    encoding_ = "UTF-16BE";
    mark_bytes_ = 2;
  } else if (encoding_ == "UTF-16") {
    encoding_ = "UTF-16LE";  // what Windows writes
  }
  if (encoding_ != "UTF-8") {
    const iconv_t converter = iconv_open("UTF-8", encoding_.c_str());
    if (converter == no_converter) throw DataError("The encoding " + encoding_ + " is not installed on this system");
    converter_ = converter;
  }
}

TextFile::~TextFile() {
  if (converter_) iconv_close(static_cast<iconv_t>(converter_));
}

void TextFile::rewind() {
  file_.rewind();
  carried_ = 0;
  lines_ = 0;
  if (converter_) iconv(static_cast<iconv_t>(converter_), nullptr, nullptr, nullptr, nullptr);
}

void TextFile::refuse(std::string_view before, unsigned char byte) const {
  const auto line = lines_ + static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  constexpr std::string_view digits = "0123456789ABCDEF";
  const std::string hex = {digits[byte >> 4], digits[byte & 15]};
  throw DataError(file_.name() + ", line " + std::to_string(line) + ": the byte 0x" + hex + " is not " + encoding_ +
                      (named_ ? "" : "; name the encoding of the file, such as latin-1, gbk or utf-16"),
                  "data.encoding", "utf-8, latin-1, windows-1252, gbk, utf-16, or another name that iconv knows");
}

std::string_view TextFile::next() {
  if (file_.position() == 0) {
    std::array<char, 3> mark{};
    file_.read(mark.data(), mark_bytes_);
  }
  const std::string_view piece = converter_ ? next_converted() : next_utf8();
  if (const void* zero = std::memchr(piece.data(), 0, piece.size())) {
    const auto before = piece.substr(0, static_cast<std::size_t>(static_cast<const char*>(zero) - piece.data()));
    const auto line = lines_ + static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n')) + 1;
    throw DataError(file_.name() + ", line " + std::to_string(line) + ": a zero byte; this is not a text file" +
                    (named_ ? "" : " (or it is UTF-16 without a mark: name the encoding)"));
  }
  lines_ += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
  return piece;
}

std::string_view TextFile::next_utf8() {
  // What was left over stands behind the text of the last call.
  if (carried_ > 0) input_.erase(0, input_.size() - carried_);
  input_.resize(carried_ + piece_bytes);
  const std::size_t got = file_.read(input_.data() + carried_, piece_bytes);
  input_.resize(carried_ + got);
  const std::size_t valid = valid_utf8(input_);
  carried_ = input_.size() - valid;
  // A character of at most four bytes may be cut by the end of the piece, but not by the end of the file.
  if (carried_ > 3 || (carried_ > 0 && got < piece_bytes))
    refuse(std::string_view(input_).substr(0, valid), static_cast<unsigned char>(input_[valid]));
  return std::string_view(input_).substr(0, valid);
}

std::string_view TextFile::next_converted() {
  if (carried_ > 0) input_.erase(0, input_.size() - carried_);
  input_.resize(carried_ + piece_bytes);
  const std::size_t got = file_.read(input_.data() + carried_, piece_bytes);
  input_.resize(carried_ + got);
  output_.resize(input_.size() * 4 + 16);
  char* in = input_.data();
  char* out = output_.data();
  std::size_t in_left = input_.size();
  std::size_t out_left = output_.size();
  const bool failed =
      iconv(static_cast<iconv_t>(converter_), &in, &in_left, &out, &out_left) == static_cast<std::size_t>(-1);
  const bool at_end = got < piece_bytes;
  const bool cut = failed && errno == EINVAL && !at_end && in_left < longest_character;
  if (failed && !cut)
    refuse(std::string_view(output_).substr(0, output_.size() - out_left), static_cast<unsigned char>(*in));
  carried_ = in_left;
  output_.resize(output_.size() - out_left);
  return output_;
}

}  // namespace gb
