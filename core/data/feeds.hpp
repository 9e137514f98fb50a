#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/data/augment.hpp"
#include "core/data/batch_feed.hpp"
#include "core/data/features.hpp"
#include "core/data/problem_set.hpp"

namespace gb {

/// The rows as they are.
class PlainFeed : public BatchFeed {
 public:
  explicit PlainFeed(Features features) : features_(std::move(features)) {}
  void begin(std::int64_t epoch, std::span<const std::int64_t> order, std::int64_t size, std::int64_t first) override;
  void next(float* inputs, std::vector<Blend>& blends) override;

 private:
  Features features_;
  std::vector<std::int64_t> order_;
  std::int64_t size_ = 1;
  std::size_t at_ = 0;
};

/// Pictures varied by threads of its own, a few batches ahead, so that training does not wait for them. What a batch
/// holds does not depend on how many threads there are. Throws in next() what went wrong while a batch was made.
class AugmentingFeed : public BatchFeed {
 public:
  /// `features` holds bytes, channels x height x width a row. `workers` 0 means one for every two threads that
  /// training uses.
  AugmentingFeed(Features features, PictureShape shape, const Augmentation& augmentation, std::uint64_t seed,
                 int workers = 0);
  ~AugmentingFeed() override;

  void begin(std::int64_t epoch, std::span<const std::int64_t> order, std::int64_t size, std::int64_t first) override;
  void next(float* inputs, std::vector<Blend>& blends) override;
  bool blends() const override { return augmentation_.blends(); }

 private:
  /// A batch: free, being made, or ready to be taken.
  struct Slot {
    std::vector<float> inputs;
    std::vector<Blend> blends;
    std::exception_ptr error;
    bool ready = false;
  };
  /// What a worker works in.
  struct Bench;

  void work();
  void make(std::int64_t batch, Bench& bench, Slot& slot) const;
  std::int64_t rows_in(std::int64_t batch) const;

  const Features features_;
  const PictureShape shape_;
  const Augmentation augmentation_;
  const std::uint64_t seed_;
  const std::size_t worker_count_;
  std::vector<std::thread> workers_;

  // Written in begin() while no worker is at work; workers read them only after they have taken a batch.
  std::int64_t epoch_ = 0;
  std::vector<std::int64_t> order_;
  std::int64_t size_ = 1;

  std::mutex mutex_;  ///< guards all below; a slot being made belongs to the worker that took its batch
  std::condition_variable batch_to_make_, batch_made_;
  std::vector<Slot> slots_;   ///< batch b goes into slot b % slots_.size()
  std::int64_t batches_ = 0;  ///< of the epoch
  std::int64_t to_make_ = 0;  ///< the batch that a worker takes next
  std::int64_t to_take_ = 0;  ///< the batch that next() yields next
  std::size_t at_work_ = 0;   ///< workers
  bool end_ = false;
};

/// The inputs of a training loop: plain rows, or pictures varied as `problem.augmentation` says. Throws ParamError
/// ("augment") where that varies data which is not pictures.
std::unique_ptr<BatchFeed> make_feed(const ProblemSet& problem, std::uint64_t seed);

}  // namespace gb
