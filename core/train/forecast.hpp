#pragma once

#include <cstdint>

namespace gb {

/// What a run will need, told before it starts: memory from the plan of its steps, time from a few of them.
struct Forecast {
  std::int64_t memory_bytes = 0;     ///< for training, beside the data
  std::int64_t available_bytes = 0;  ///< that this process may still take; 0 where nobody knows
  std::int64_t batch_size = 0;       ///< as asked for, at most the rows there are
  /// The largest batch that fits into memory, a power of two below batch_size where that does not; 0 when none does.
  std::int64_t fitting_batch_size = 0;
  std::int64_t epochs = 0;
  double seconds_per_epoch = 0;  ///< with its evaluation; 0 where it was not measured

  bool fits() const { return fitting_batch_size == batch_size; }
};

}  // namespace gb
