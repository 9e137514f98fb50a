#include "core/data/file_kind.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "core/data/input_file.hpp"

namespace gb {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view bytes;
  std::string_view what;
};

constexpr std::array magics{
    Magic{"\x89PNG"sv, "a PNG image"},
    Magic{"\xff\xd8\xff"sv, "a JPEG image"},
    Magic{"GIF8"sv, "a GIF image"},
    Magic{"RIFF"sv, "a RIFF file (WebP or sound)"},
    Magic{"%PDF"sv, "a PDF document"},
    Magic{"SQLite format 3"sv, "an SQLite database"},
    Magic{"PAR1"sv, "a Parquet file"},
    Magic{"ARROW1"sv, "an Arrow file"},
    Magic{"\x89HDF"sv, "an HDF5 file"},
    Magic{"\x7f"sv
          "ELF"sv,
          "a program"},
    Magic{"BZh"sv, "a bzip2 archive"},
    Magic{"\xfd"sv
          "7zXZ"sv,
          "an xz archive"},
    Magic{"\x28\xb5\x2f\xfd"sv, "a Zstandard archive"},
    Magic{"7z\xbc\xaf"sv, "a 7z archive"},
    Magic{"\xd0\xcf\x11\xe0"sv, "an old Excel or Word document (save it as CSV)"},
    Magic{"\x80\x02"sv, "a Python pickle, which could run code"},
    Magic{"\x80\x03"sv, "a Python pickle, which could run code"},
    Magic{"\x80\x04"sv, "a Python pickle, which could run code"},
    Magic{"\x80\x05"sv, "a Python pickle, which could run code"},
};

bool looks_like_idx(std::string_view head) {
  if (head.size() < 4 || head[0] != 0 || head[1] != 0) return false;
  const auto type = static_cast<unsigned char>(head[2]);
  const auto rank = static_cast<unsigned char>(head[3]);
  return type >= 0x08 && type <= 0x0e && type != 0x0a && rank >= 1 && rank <= 4;
}

/// The first bytes of what is packed, or nothing when they cannot be unpacked.
std::string unpacked_head(std::string_view head) {
  std::string out(64, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return {};
  std::vector<unsigned char> input(head.begin(), head.end());
  stream.next_in = input.data();
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<unsigned char*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  inflate(&stream, Z_SYNC_FLUSH);
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return out;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

/// "@relation" as the first line that is not a comment.
bool looks_like_arff(std::string_view head) {
  while (!head.empty()) {
    const auto end = head.find('\n');
    const auto line = head.substr(0, end);
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin != std::string_view::npos && line[begin] != '%') return lower_case(line.substr(begin, 9)) == "@relation";
    if (end == std::string_view::npos) return false;
    head.remove_prefix(end + 1);
  }
  return false;
}

/// "1 3:0.5 7:1": a label, then index:value pairs, on each of the first lines.
bool looks_like_libsvm(std::string_view head) {
  int lines = 0;
  while (!head.empty() && lines < 20) {
    const auto end = head.find('\n');
    if (end == std::string_view::npos && lines > 0) break;
    auto line = head.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + 1);
    if (line.empty()) continue;
    ++lines;
    std::size_t pairs = 0;
    std::size_t position = line.find(' ');
    if (position == std::string_view::npos ||
        line.substr(0, position).find_first_not_of("0123456789+-.eE,") != std::string_view::npos)
      return false;
    while (position < line.size()) {
      const auto begin = line.find_first_not_of(' ', position);
      if (begin == std::string_view::npos) break;
      position = std::min(line.find(' ', begin), line.size());
      const auto pair = line.substr(begin, position - begin);
      const auto colon = pair.find(':');
      if (colon == 0 || colon == std::string_view::npos ||
          pair.substr(0, colon).find_first_not_of("0123456789") != std::string_view::npos ||
          pair.substr(colon + 1).find_first_not_of("0123456789+-.eE") != std::string_view::npos)
        return false;
      ++pairs;
    }
    if (pairs == 0) return false;
  }
  return lines > 0;
}

bool is_utf16(std::string_view head) {
  return head.starts_with("\xff\xfe"sv) || head.starts_with("\xfe\xff"sv);
}

/// Control characters that no text has.
bool looks_binary(std::string_view head) {
  std::size_t strange = 0;
  for (const unsigned char c : head) {
    if (c == 0) return true;
    strange += c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b && c != 0x1a;
  }
  return strange * 100 > head.size();
}

}  // namespace

FileContent look_into(const std::filesystem::path& path) {
  InputFile file(path);
  std::string head(64 * 1024, '\0');
  head.resize(file.read(head.data(), head.size()));
  if (head.empty()) return {FileKind::empty, "empty"};
  if (head.starts_with("\x93NUMPY"sv)) return {FileKind::npy, "an NPY array"};
  if (looks_like_idx(head)) return {FileKind::idx, "an IDX file"};
  if (head.starts_with("\x1f\x8b"sv)) {
    if (looks_like_idx(unpacked_head(head))) return {FileKind::idx, "an IDX file"};
    return {FileKind::other, "a gzip archive (unpack it first)"};
  }
  if (head.starts_with("PK\x03\x04"sv)) {
    const auto name = head.substr(std::min<std::size_t>(head.size(), 30), 200);
    if (name.find(".npy") != std::string::npos) return {FileKind::other, "an NPZ archive (save its arrays as NPY)"};
    if (name.find("[Content_Types]") != std::string::npos || name.find("xl/") != std::string::npos)
      return {FileKind::other, "an Excel or Word document (save it as CSV)"};
    return {FileKind::other, "a ZIP archive (unpack it first)"};
  }
  // A table may begin with a column named PAR1.
  const bool binary = looks_binary(head);
  if (binary || head.front() == '%' || static_cast<unsigned char>(head.front()) >= 0x80)
    for (const auto& magic : magics)
      if (head.starts_with(magic.bytes)) return {FileKind::other, std::string(magic.what)};
  if (is_utf16(head)) return {FileKind::text, "text"};
  if (binary) return {FileKind::binary, "a binary file, not text"};
  if (looks_like_arff(head)) return {FileKind::other, "an ARFF file (save it as CSV)"};
  if (looks_like_libsvm(head)) return {FileKind::other, "a LIBSVM file (save it as CSV)"};
  return {FileKind::text, "text"};
}

}  // namespace gb
