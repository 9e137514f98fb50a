#pragma once

#include <filesystem>

namespace gb {

/// Says that the run in a folder has a living writer. The kernel lets go of it when the process ends, however it ends.
class RunLock {
 public:
  /// Creates `folder`/lock where needed. Throws StoreError when another writer holds it or it cannot be made.
  explicit RunLock(const std::filesystem::path& folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  /// Whether anyone, this process included, holds the lock of that folder. Takes nothing, so it disturbs nobody.
  static bool held(const std::filesystem::path& folder);

 private:
  int descriptor_;
};

}  // namespace gb
