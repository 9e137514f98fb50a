#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace gb {

enum class PictureFormat { none, png, jpeg, bmp, webp, tiff };

/// "PNG"; empty for none.
std::string_view picture_format_name(PictureFormat format);

/// What the first bytes of a picture say, read without decoding anything.
struct PictureHeader {
  PictureFormat format = PictureFormat::none;  ///< none: the bytes begin like no picture that is read
  std::size_t height = 0, width = 0;           ///< pixels, as they are once decoded; 0 where these bytes do not tell
};
PictureHeader picture_header(std::span<const std::uint8_t> bytes);

/// Whether the end of a whole file is missing, as far as its frame of segments, chunks and rows tells: decoders fill
/// what is missing of a JPEG with grey and say nothing. TIFF is left to its decoder.
bool cut_off(std::span<const std::uint8_t> bytes);

/// Whether the name ends like that of a picture (.png, .jpg, .jpeg, .bmp, .webp, .tif, .tiff, in any case).
bool named_like_picture(const std::filesystem::path& file);

/// A decoded picture: 1 (grey), 3 (RGB) or 4 (RGBA) bytes a pixel, row by row.
struct DecodedPicture {
  std::size_t height = 0, width = 0, channels = 0;
  std::vector<std::uint8_t> pixels;
};

constexpr std::uint64_t most_picture_bytes = std::uint64_t{256} << 20;  ///< of an encoded file
constexpr std::uint64_t most_picture_pixels = std::uint64_t{1} << 26;   ///< 67 megapixels

/// Loads glassbench-codecs unless it is loaded. Throws DataError where that cannot be done.
void load_picture_codecs();

/// Decodes the bytes of a whole file. Empty when done, else what is wrong with the picture ("it is cut off"). Throws
/// only what load_picture_codecs() throws; threads may call it at once.
std::string_view decode_picture(std::span<const std::uint8_t> bytes, DecodedPicture& picture);

}  // namespace gb
