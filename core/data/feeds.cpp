#include "core/data/feeds.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/base/denormals.hpp"
#include "core/base/parallel.hpp"

namespace gb {

void PlainFeed::begin(std::int64_t, std::span<const std::int64_t> order, std::int64_t size, std::int64_t first) {
  order_.assign(order.begin(), order.end());
  size_ = size;
  at_ = std::min(order_.size(), static_cast<std::size_t>(first * size));
}

void PlainFeed::next(float* inputs, std::vector<Blend>& blends) {
  const std::size_t rows = std::min(static_cast<std::size_t>(size_), order_.size() - at_);
  if (rows == 0) throw std::logic_error("PlainFeed: the epoch has no further batch");
  features_.gather(std::span(order_).subspan(at_, rows), inputs);
  at_ += rows;
  blends.clear();
}

struct AugmentingFeed::Bench {
  PictureVariation variation;
  std::vector<std::uint8_t> pictures;  ///< of a batch
};

AugmentingFeed::AugmentingFeed(Features features, PictureShape shape, const Augmentation& augmentation,
                               std::uint64_t seed, int workers)
    : features_(std::move(features)),
      shape_(shape),
      augmentation_(augmentation),
      seed_(seed),
      worker_count_(static_cast<std::size_t>(workers > 0 ? workers : std::max(1, threads() / 2))) {
  if (!features_.bytes() || features_.columns() != static_cast<std::int64_t>(shape_.size()))
    throw std::logic_error("AugmentingFeed: the rows are no pictures of that shape");
}

AugmentingFeed::~AugmentingFeed() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  batch_to_make_.notify_all();
  for (auto& worker : workers_) worker.join();
}

std::int64_t AugmentingFeed::rows_in(std::int64_t batch) const {
  return std::min(size_, static_cast<std::int64_t>(order_.size()) - batch * size_);
}

void AugmentingFeed::begin(std::int64_t epoch, std::span<const std::int64_t> order, std::int64_t size,
                           std::int64_t first) {
  std::unique_lock lock(mutex_);
  // An epoch that was left early: what is being made is finished, nothing more is begun.
  to_make_ = batches_;
  batch_made_.wait(lock, [&] { return at_work_ == 0; });
  epoch_ = epoch;
  order_.assign(order.begin(), order.end());
  size_ = size;
  batches_ = (static_cast<std::int64_t>(order_.size()) + size - 1) / size;
  to_make_ = to_take_ = std::min(first, batches_);
  // While one batch is taken and each worker makes one, one more lies ready.
  slots_.resize(worker_count_ + 2);
  const auto values =
      static_cast<std::size_t>(std::min(size, static_cast<std::int64_t>(order_.size()))) * shape_.size();
  for (auto& slot : slots_) {
    slot.ready = false;
    slot.error = nullptr;
    if (slot.inputs.size() < values) slot.inputs.resize(values);
    if (blends()) slot.blends.reserve(static_cast<std::size_t>(size));
  }
  while (workers_.size() < worker_count_) workers_.emplace_back([this] { work(); });
  lock.unlock();
  batch_to_make_.notify_all();
}

void AugmentingFeed::work() {
  const FlushDenormals flush;
  Bench bench{PictureVariation(augmentation_, shape_), {}};
  std::unique_lock lock(mutex_);
  for (;;) {
    batch_to_make_.wait(lock, [&] {
      return end_ || (to_make_ < batches_ && to_make_ < to_take_ + static_cast<std::int64_t>(slots_.size()));
    });
    if (end_) return;
    const std::int64_t batch = to_make_++;
    Slot& slot = slots_[static_cast<std::size_t>(batch) % slots_.size()];
    ++at_work_;
    lock.unlock();
    try {
      make(batch, bench, slot);
    } catch (...) {
      slot.error = std::current_exception();
    }
    lock.lock();
    slot.ready = true;
    --at_work_;
    batch_made_.notify_all();
  }
}

void AugmentingFeed::make(std::int64_t batch, Bench& bench, Slot& slot) const {
  const auto rows = static_cast<std::size_t>(rows_in(batch));
  const std::size_t each = shape_.size();
  bench.pictures.resize(std::max(bench.pictures.size(), static_cast<std::size_t>(size_) * each));
  for (std::size_t i = 0; i < rows; ++i) {
    const std::int64_t place = batch * size_ + static_cast<std::int64_t>(i);
    const std::int64_t row = order_[static_cast<std::size_t>(place)];
    if (row < 0 || row >= features_.rows())
      throw std::out_of_range("AugmentingFeed: there is no row " + std::to_string(row));
    const std::uint8_t* picture = features_.bytes() + row * features_.columns();
    bench.variation.apply(picture, seed_, epoch_, place, bench.pictures.data() + i * each);
  }
  slot.blends.clear();
  for (std::size_t i = 0; i < rows; ++i) {
    const std::int64_t place = batch * size_ + static_cast<std::int64_t>(i);
    const std::uint8_t* own = bench.pictures.data() + i * each;
    float* out = slot.inputs.data() + i * each;
    features_.expand({own, each}, out);
    if (!augmentation_.blends()) continue;
    const auto draw = draw_blend(augmentation_, shape_, seed_, epoch_, place, i, rows);
    const std::uint8_t* other = bench.pictures.data() + draw.partner * each;
    const std::int64_t partner = order_[static_cast<std::size_t>(batch * size_) + draw.partner];
    switch (draw.kind) {
      case BlendDraw::Kind::none:
        slot.blends.push_back({order_[static_cast<std::size_t>(place)], 1});
        continue;
      case BlendDraw::Kind::mixup: {
        const float share = draw.share * features_.factor();
        const float rest = (1 - draw.share) * features_.factor();
        for (std::size_t p = 0; p < each; ++p)
          out[p] = static_cast<float>(own[p]) * share + static_cast<float>(other[p]) * rest + features_.offset();
        break;
      }
      case BlendDraw::Kind::cutmix:
        for (std::size_t channel = 0; channel < shape_.channels; ++channel)
          for (std::size_t y = draw.top; y < draw.bottom; ++y) {
            const std::size_t at = channel * shape_.area() + y * shape_.width + draw.left;
            features_.expand({other + at, draw.right - draw.left}, out + at);
          }
        break;
    }
    slot.blends.push_back({partner, draw.share});
  }
}

void AugmentingFeed::next(float* inputs, std::vector<Blend>& blends) {
  std::unique_lock lock(mutex_);
  if (to_take_ >= batches_) throw std::logic_error("AugmentingFeed: the epoch has no further batch");
  Slot& slot = slots_[static_cast<std::size_t>(to_take_) % slots_.size()];
  batch_made_.wait(lock, [&] { return slot.ready; });
  const auto values = static_cast<std::size_t>(rows_in(to_take_)) * shape_.size();
  lock.unlock();
  // Ready, the slot belongs to nobody else until it is given back.
  std::copy_n(slot.inputs.data(), slot.error ? 0 : values, inputs);
  blends.assign(slot.blends.begin(), slot.blends.end());
  const auto error = std::exchange(slot.error, nullptr);
  lock.lock();
  slot.ready = false;
  ++to_take_;
  lock.unlock();
  batch_to_make_.notify_one();
  if (error) std::rethrow_exception(error);
}

std::unique_ptr<BatchFeed> make_feed(const ProblemSet& problem, std::uint64_t seed) {
  const auto& augmentation = problem.augmentation;
  if (!augmentation || (!augmentation->changes_pictures() && !augmentation->blends()))
    return std::make_unique<PlainFeed>(problem.features);
  if (!problem.is_images() || !problem.features.bytes())
    throw ParamError("augment varies pictures, but the data is a table", "augment", "nothing, or data of pictures");
  return std::make_unique<AugmentingFeed>(
      problem.features, PictureShape{problem.channels, problem.height, problem.width}, *augmentation, seed);
}

}  // namespace gb
