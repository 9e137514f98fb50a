#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace gb {

/// The whole file. Throws FileError when it cannot be read or is larger than `cap` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t cap);

/// Writes beside the file, syncs, renames into place and syncs the folder: a reader sees the old bytes or the new ones,
/// never a mix, also after a power cut. Throws FileError and leaves the old file when anything fails.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// Lower-case hexadecimal SHA-256.
std::string sha256(std::string_view bytes);
/// SHA-256 of a file's bytes, read in pieces. Throws FileError.
std::string sha256_of_file(const std::filesystem::path& path);

/// Feeds pieces into one SHA-256.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(const void* data, std::size_t bytes);
  void add(std::string_view text) { add(text.data(), text.size()); }
  /// Lower-case hexadecimal; call once.
  std::string hex();

 private:
  void* context_;
};

/// Where experiments, datasets, icons and translations are: $GLASSBENCH_RESOURCES, else <program>/../share/glassbench,
/// else the source tree. Throws FileError when none of them exists.
std::filesystem::path resource_folder();

/// The user's store: ${XDG_DATA_HOME:-~/.local/share}/glassbench. Not created here.
std::filesystem::path data_folder();

}  // namespace gb
