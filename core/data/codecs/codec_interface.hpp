#pragma once

#include <cstddef>
#include <cstdint>

/// The whole interface between the engine and glassbench-codecs, the shared library that is loaded when the first
/// picture is read: its codecs (GDAL and friends) would cost every start of the program a tenth of a second.

extern "C" {

/// Gives room for height x width x channels bytes (row by row, channels of a pixel side by side); null when there is
/// none.
using GlassbenchPictureRoom = std::uint8_t* (*)(void* target, std::size_t height, std::size_t width,
                                                std::size_t channels);

/// Decodes an encoded picture into 8 bits a channel: grey, RGB, or RGBA with alpha not multiplied in. `stored` keeps
/// what the file stores (alpha, and pixels in the order of the file); else the picture is turned as its camera says and
/// alpha is dropped. Returns null, or what is wrong as a text that needs no freeing. Throws nothing; threads may call
/// it at once.
using GlassbenchDecode = const char* (*)(const std::uint8_t* bytes, std::size_t size, bool stored, void* target,
                                         GlassbenchPictureRoom room);
}

namespace gb {
/// Name of the library's one symbol, of type GlassbenchDecode.
inline constexpr const char* codec_symbol = "glassbench_decode_picture";
}  // namespace gb
