#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/shared_bytes.hpp"
#include "core/params/param_spec.hpp"

namespace gb {

/// Decoded pixels on disk, one file per set, mapped into memory: the second load takes no time, and sets may be larger
/// than memory. A file holds the pixels, then facts about them as JSON, then the length of those (8 bytes, little
/// endian) and a mark. Whatever is wrong with the folder or a file, the cache then just does not help.
class PixelCache {
 public:
  PixelCache(std::filesystem::path folder, std::uint64_t most_bytes)
      : folder_(std::move(folder)), most_bytes_(most_bytes) {}
  /// At most 32 GiB in ${XDG_CACHE_HOME:-~/.cache}/glassbench.
  static PixelCache of_user();

  struct Entry {
    SharedBytes pixels;
    Json facts;
  };
  /// What was kept under this key (a name for a file); marks it as used now.
  std::optional<Entry> find(const std::string& key) const;

  const std::filesystem::path& folder() const { return folder_; }
  std::uint64_t most_bytes() const { return most_bytes_; }
  /// Removes what was not used for longest until the rest fits, but never `kept`; and what crashed programs left.
  void evict(const std::filesystem::path& kept) const;

 private:
  std::filesystem::path folder_;
  std::uint64_t most_bytes_;
};

/// Room for pixels while they are made: in a file of the cache, or in memory where the folder cannot be written or has
/// no space left.
class PixelRoom {
 public:
  /// Throws DataError when neither the cache nor half of the memory has room for `bytes`.
  PixelRoom(const PixelCache& cache, std::uint64_t bytes);
  ~PixelRoom();
  PixelRoom(const PixelRoom&) = delete;
  PixelRoom& operator=(const PixelRoom&) = delete;

  std::uint8_t* data() { return data_; }
  /// The first `bytes` bytes, from now on read-only; call once.
  SharedBytes finish(std::uint64_t bytes);
  /// After finish(): gives the file its name, so that find() finds it. Files that cannot be kept are not.
  void keep(const std::string& key, const Json& facts);

 private:
  bool make_file(std::uint64_t bytes);
  void drop_file();

  const PixelCache& cache_;
  std::string file_;  ///< while it has no name of its own; empty for memory
  int descriptor_ = -1;
  std::uint8_t* data_ = nullptr;
  std::uint64_t size_ = 0;
  std::uint64_t finished_ = 0;
  std::shared_ptr<std::vector<std::uint8_t>> memory_;
};

}  // namespace gb
