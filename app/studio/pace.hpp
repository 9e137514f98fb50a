#pragma once

#include <QElapsedTimer>
#include <cstdint>
#include <optional>

namespace gb {

/// How fast steps go by, for the time that is left. Pauses do not count.
class Pace {
 public:
  void restart();
  void pause();
  void take(std::int64_t step);
  /// Seconds until `total`; nothing while that cannot be said yet.
  std::optional<double> secondsLeft(std::int64_t step, std::int64_t total) const;

 private:
  QElapsedTimer since_;
  std::int64_t first_ = -1, last_ = -1;
  double seconds_ = 0;
};

}  // namespace gb
