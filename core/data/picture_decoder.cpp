#include <dlfcn.h>

#include <filesystem>
#include <new>
#include <string>

#include "core/data/codecs/codec_interface.hpp"
#include "core/data/dataset.hpp"
#include "core/data/picture_file.hpp"

namespace gb {
namespace fs = std::filesystem;
namespace {

constexpr const char* library_name = "glassbench-codecs.so";

/// Beside the program, where it is installed, and for tests in the build's folder of programs.
std::vector<fs::path> library_places() {
  std::error_code code;
  const fs::path folder = fs::read_symlink("/proc/self/exe", code).parent_path();
  return {folder / library_name, folder.parent_path() / GLASSBENCH_MODULE_FOLDER / library_name,
          folder.parent_path() / "lib" / "glassbench" / library_name, folder.parent_path() / "bin" / library_name};
}

GlassbenchDecode load_codecs() {
  std::error_code code;
  for (const auto& place : library_places()) {
    if (!fs::is_regular_file(place, code)) continue;
    // Never closed: the codecs leave things behind that would call into it.
    void* library = ::dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* symbol = library ? ::dlsym(library, codec_symbol) : nullptr;
    if (symbol) return reinterpret_cast<GlassbenchDecode>(symbol);
    const char* why = ::dlerror();
    throw DataError("Pictures cannot be read: " + place.string() + " cannot be loaded (" + (why ? why : "no reason") +
                    ")");
  }
  throw DataError("Pictures cannot be read: " + std::string(library_name) + " is not beside the program " +
                  "nor in the folder of its libraries; install Glassbench again");
}

GlassbenchDecode codecs() {
  static const GlassbenchDecode decode = load_codecs();
  return decode;
}

std::uint8_t* room_in(void* target, std::size_t height, std::size_t width, std::size_t channels) {
  auto& picture = *static_cast<DecodedPicture*>(target);
  try {
    picture.pixels.resize(height * width * channels);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  picture.height = height;
  picture.width = width;
  picture.channels = channels;
  return picture.pixels.data();
}

}  // namespace

void load_picture_codecs() {
  codecs();
}

std::string_view decode_picture(std::span<const std::uint8_t> bytes, DecodedPicture& picture) {
  const auto header = picture_header(bytes);
  if (header.format == PictureFormat::none) return "it is no PNG, JPEG, BMP, WebP or TIFF picture";
  if (header.height == 0) return "its header is damaged or cut off";
  if (header.width > most_picture_pixels / header.height) return "it has more than 67 million pixels";
  if (cut_off(bytes)) return "it is cut off";
  const bool stored = header.format != PictureFormat::jpeg && header.format != PictureFormat::bmp;
  const char* why = codecs()(bytes.data(), bytes.size(), stored, &picture, room_in);
  return why ? why : "";
}

}  // namespace gb
