#include "core/data/input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/data/dataset.hpp"

namespace gb {
namespace {

std::string reason() {
  return std::error_code(errno, std::generic_category()).message();
}

}  // namespace

InputFile::InputFile(const std::filesystem::path& path) : name_(path.string()) {
  // Not blocking: opening a pipe would otherwise wait for its writer.
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) throw DataError("Cannot open " + name_ + ": " + reason());
  struct stat status;
  std::string why;
  if (::fstat(descriptor_, &status) != 0)
    why = reason();
  else if (S_ISDIR(status.st_mode))
    why = "it is a folder, not a file";
  else if (!S_ISREG(status.st_mode))
    why = "it is not a regular file";
  if (!why.empty()) {
    ::close(descriptor_);
    throw DataError("Cannot read " + name_ + ": " + why);
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() {
  ::close(descriptor_);
}

std::size_t InputFile::read(void* out, std::size_t count) {
  std::size_t total = 0;
  while (total < count) {
    const ssize_t got = ::read(descriptor_, static_cast<char*>(out) + total, count - total);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw DataError("Cannot read " + name_ + ": " + reason());
    if (got == 0) break;
    total += static_cast<std::size_t>(got);
  }
  position_ += total;
  return total;
}

void InputFile::rewind() {
  if (::lseek(descriptor_, 0, SEEK_SET) != 0) throw DataError("Cannot read " + name_ + " again: " + reason());
  position_ = 0;
}

std::string InputFile::tail(std::size_t count) {
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(count, size_));
  std::string bytes(length, '\0');
  const ssize_t got = ::pread(descriptor_, bytes.data(), length, static_cast<off_t>(size_ - length));
  if (got < 0) throw DataError("Cannot read " + name_ + ": " + reason());
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

}  // namespace gb
