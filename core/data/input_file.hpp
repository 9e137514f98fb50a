#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace gb {

/// A regular file that is read from front to back. Throws DataError that names the file and the system's reason;
/// folders, pipes and devices are refused.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }
  std::uint64_t position() const { return position_; }
  /// Reads up to `count` bytes; fewer only at the end of the file.
  std::size_t read(void* out, std::size_t count);
  void rewind();
  /// The last `count` bytes (all of them where the file is shorter); the position stays.
  std::string tail(std::size_t count);

 private:
  std::string name_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace gb
