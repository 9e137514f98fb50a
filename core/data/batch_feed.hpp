#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gb {

/// A row that was blended with another one (mixup, cutmix): its answer is share times its own and the rest its
/// partner's.
struct Blend {
  std::int64_t partner = 0;  ///< dataset row
  float share = 1;
};

/// Where a training loop's inputs come from, batch by batch.
class BatchFeed {
 public:
  virtual ~BatchFeed() = default;
  /// Announces an epoch: `order` holds its dataset rows, cut into batches of `size` (the last may be smaller);
  /// `first` is the batch that next() yields first, so that a resumed run goes on in the middle. What a batch contains
  /// depends on seed, epoch, order and its index alone.
  virtual void begin(std::int64_t epoch, std::span<const std::int64_t> order, std::int64_t size,
                     std::int64_t first) = 0;
  /// Writes the inputs of the next batch (its rows x Features::columns()). `blends` gets one entry per row, or none
  /// where nothing is blended.
  virtual void next(float* inputs, std::vector<Blend>& blends) = 0;
  /// Whether blends may be written at all.
  virtual bool blends() const { return false; }
};

}  // namespace gb
