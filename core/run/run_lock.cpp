#include "core/run/run_lock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "core/run/run_store.hpp"

namespace gb {
namespace {

/// The whole file. Locks of open file descriptions, unlike those of processes, also stand between two recorders of one
/// process and survive the closing of another descriptor.
struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string reason(int code) {
  return std::error_code(code, std::generic_category()).message();
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& folder) {
  const auto path = folder / "lock";
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw StoreError("Cannot lock the run in " + folder.string() + ": " + reason(errno));
  auto lock = whole_file(F_WRLCK);
  if (::fcntl(descriptor_, F_OFD_SETLK, &lock) != 0) {
    const int code = errno;
    ::close(descriptor_);
    if (code == EACCES || code == EAGAIN)
      throw StoreError("The run " + folder.filename().string() + " is still being computed by another program");
    throw StoreError("Cannot lock the run in " + folder.string() + ": " + reason(code));
  }
}

RunLock::~RunLock() {
  ::close(descriptor_);
}

bool RunLock::held(const std::filesystem::path& folder) {
  const int descriptor = ::open((folder / "lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  auto lock = whole_file(F_WRLCK);
  const bool known = ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0;
  ::close(descriptor);
  return known && lock.l_type != F_UNLCK;
}

}  // namespace gb
