#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/data/picture_file.hpp"

namespace gb {
namespace {

using namespace std::string_view_literals;

/// Reads numbers out of bytes; beyond their end everything is 0.
class Cursor {
 public:
  Cursor(std::span<const std::uint8_t> bytes, bool little) : bytes_(bytes), little_(little) {}

  std::uint64_t number(std::uint64_t at, unsigned length) const {
    if (at > bytes_.size() || bytes_.size() - at < length) return 0;
    std::uint64_t value = 0;
    for (unsigned i = 0; i < length; ++i) value = value << 8 | bytes_[at + (little_ ? length - 1 - i : i)];
    return value;
  }
  bool has(std::uint64_t at, std::string_view text) const {
    return at <= bytes_.size() && bytes_.size() - at >= text.size() &&
           std::memcmp(bytes_.data() + at, text.data(), text.size()) == 0;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  bool little_;
};

/// An entry of the first directory of a TIFF structure (TIFF 6.0, section 2); 0 where there is none.
std::uint64_t tiff_entry(std::span<const std::uint8_t> bytes, std::uint64_t wanted) {
  const Cursor read(bytes, !bytes.empty() && bytes[0] == 'I');
  const auto directory = read.number(4, 4);
  const auto entries = read.number(directory, 2);
  for (std::uint64_t i = 0; i < entries; ++i) {
    const auto at = directory + 2 + 12 * i;
    if (read.number(at, 2) == wanted) return read.number(at + 8, read.number(at + 2, 2) == 3 ? 2 : 4);
  }
  return 0;
}

/// Whether an APP1 segment at `at` says that the picture lies on its side (Exif 2.3, orientation): it is turned when
/// it is decoded.
bool lies_on_its_side(std::span<const std::uint8_t> bytes, std::uint64_t at) {
  constexpr std::uint64_t exif_begin = 10;
  if (!Cursor(bytes, false).has(at + 4, "Exif\0\0"sv)) return false;
  const auto orientation = tiff_entry(bytes.subspan(at + exif_begin), 0x0112);
  return orientation >= 5 && orientation <= 8;
}

/// Walks the segments of a JPEG up to the frame header (ITU T.81, B.2.2).
PictureHeader jpeg_header(std::span<const std::uint8_t> bytes) {
  const Cursor read(bytes, false);
  PictureHeader header{PictureFormat::jpeg, 0, 0};
  bool turned = false;
  for (std::uint64_t at = 2; at + 9 <= bytes.size();) {
    if (bytes[at] != 0xff) return header;
    const auto marker = bytes[at + 1];
    if (marker == 0xff) {
      ++at;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
      header.height = read.number(at + 5, 2);
      header.width = read.number(at + 7, 2);
      if (turned) std::swap(header.height, header.width);
      return header;
    }
    if (marker == 0xe1) turned = turned || lies_on_its_side(bytes, at);
    const bool alone = marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    at += 2 + (alone ? 0 : std::max<std::uint64_t>(2, read.number(at + 2, 2)));
  }
  return header;
}

PictureHeader bmp_header(std::span<const std::uint8_t> bytes) {
  const Cursor read(bytes, true);
  PictureHeader header{PictureFormat::bmp, 0, 0};
  if (read.number(14, 4) == 12) {
    header.width = read.number(18, 2);
    header.height = read.number(20, 2);
  } else {
    header.width = read.number(18, 4);
    // A negative height means that the rows run from top to bottom.
    const auto height = static_cast<std::int32_t>(read.number(22, 4));
    header.height = static_cast<std::size_t>(std::llabs(height));
  }
  return header;
}

PictureHeader webp_header(std::span<const std::uint8_t> bytes) {
  const Cursor read(bytes, true);
  PictureHeader header{PictureFormat::webp, 0, 0};
  if (bytes.size() < 30) return header;
  if (read.has(12, "VP8X"sv)) {
    header.width = read.number(24, 3) + 1;
    header.height = read.number(27, 3) + 1;
  } else if (read.has(12, "VP8L"sv)) {
    const auto bits = read.number(21, 4);
    header.width = (bits & 0x3fff) + 1;
    header.height = (bits >> 14 & 0x3fff) + 1;
  } else if (read.has(12, "VP8 "sv)) {
    header.width = read.number(26, 2) & 0x3fff;
    header.height = read.number(28, 2) & 0x3fff;
  }
  return header;
}

/// The sizes stand in the first directory, which may lie anywhere in the file.
PictureHeader tiff_header(std::span<const std::uint8_t> bytes) {
  return {PictureFormat::tiff, tiff_entry(bytes, 257), tiff_entry(bytes, 256)};
}

/// Looks for the marker that ends a JPEG, behind the one that begins its pixels (a preview has an end of its own).
bool jpeg_is_whole(std::span<const std::uint8_t> bytes) {
  std::size_t scan = 2;
  while (scan + 4 <= bytes.size() && bytes[scan] == 0xff && bytes[scan + 1] != 0xda) {
    const auto marker = bytes[scan + 1];
    if (marker == 0xff)
      ++scan;
    else if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8))
      scan += 2;
    else
      scan += 2 + (std::size_t{bytes[scan + 2]} << 8 | bytes[scan + 3]);
  }
  for (std::size_t end = bytes.size(); end >= scan + 4; --end)
    if (bytes[end - 2] == 0xff && bytes[end - 1] == 0xd9) return true;
  return false;
}

/// Walks the chunks of a PNG up to IEND.
bool png_is_whole(std::span<const std::uint8_t> bytes) {
  const Cursor read(bytes, false);
  for (std::uint64_t at = 8; at + 12 <= bytes.size(); at += 12 + read.number(at, 4))
    if (read.has(at + 4, "IEND"sv)) return true;
  return false;
}

/// Whether the rows of an uncompressed BMP are there.
bool bmp_is_whole(std::span<const std::uint8_t> bytes) {
  const Cursor read(bytes, true);
  const auto header = bmp_header(bytes);
  const bool old = read.number(14, 4) == 12;
  const auto bits = read.number(old ? 24 : 28, 2);
  if (!old && read.number(30, 4) != 0) return true;
  return read.number(10, 4) + (header.width * bits + 31) / 32 * 4 * header.height <= bytes.size();
}

PictureHeader header_of(std::span<const std::uint8_t> bytes) {
  const Cursor read(bytes, false);
  if (read.has(0, "\x89PNG\r\n\x1a\n"sv)) return {PictureFormat::png, read.number(20, 4), read.number(16, 4)};
  if (read.has(0, "\xff\xd8\xff"sv)) return jpeg_header(bytes);
  // Texts begin with BM as well: the reserved bytes and the length of the second header tell.
  if (read.has(0, "BM"sv) && Cursor(bytes, true).number(14, 4) - 12 <= 256 && read.number(6, 4) == 0)
    return bmp_header(bytes);
  if (read.has(0, "RIFF"sv) && read.has(8, "WEBP"sv)) return webp_header(bytes);
  if (read.has(0, "II*\0"sv) || read.has(0, "MM\0*"sv)) return tiff_header(bytes);
  return {};
}

}  // namespace

std::string_view picture_format_name(PictureFormat format) {
  static constexpr std::array names{""sv, "PNG"sv, "JPEG"sv, "BMP"sv, "WebP"sv, "TIFF"sv};
  return names[static_cast<std::size_t>(format)];
}

PictureHeader picture_header(std::span<const std::uint8_t> bytes) {
  auto header = header_of(bytes);
  if (header.height == 0 || header.width == 0) header.height = header.width = 0;
  return header;
}

bool cut_off(std::span<const std::uint8_t> bytes) {
  switch (header_of(bytes).format) {
    case PictureFormat::png:
      return !png_is_whole(bytes);
    case PictureFormat::jpeg:
      return !jpeg_is_whole(bytes);
    case PictureFormat::bmp:
      return !bmp_is_whole(bytes);
    case PictureFormat::webp:
      return Cursor(bytes, true).number(4, 4) + 8 > bytes.size();
    case PictureFormat::tiff:
    case PictureFormat::none:
      break;
  }
  return false;
}

bool named_like_picture(const std::filesystem::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  static constexpr std::array endings{".png"sv, ".jpg"sv, ".jpeg"sv, ".bmp"sv, ".webp"sv, ".tif"sv, ".tiff"sv};
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

}  // namespace gb
