#include "core/train/plain_feed.hpp"

#include <algorithm>

namespace gb {
namespace {

class PlainFeed : public BatchFeed {
 public:
  explicit PlainFeed(const Features& features) : features_(features) {}

  void begin(std::int64_t, std::span<const std::int64_t> order, std::int64_t size, std::int64_t first) override {
    order_ = order;
    size_ = static_cast<std::size_t>(size);
    next_ = static_cast<std::size_t>(first) * size_;
  }

  void next(float* inputs, std::vector<Blend>& blends) override {
    const std::size_t count = std::min(size_, order_.size() - next_);
    features_.gather(order_.subspan(next_, count), inputs);
    next_ += count;
    blends.clear();
  }

 private:
  const Features& features_;
  std::span<const std::int64_t> order_;
  std::size_t size_ = 1, next_ = 0;
};

}  // namespace

std::unique_ptr<BatchFeed> make_plain_feed(const Features& features) {
  return std::make_unique<PlainFeed>(features);
}

}  // namespace gb
