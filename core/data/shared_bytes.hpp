#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace gb {

/// Bytes that nobody changes and several owners share: memory, or a file mapped into it. Cheap to copy; whatever holds
/// them lives as long as the last copy.
class SharedBytes {
 public:
  SharedBytes() = default;
  SharedBytes(std::nullptr_t) {}
  /// What a reader read. A vector that is not const must not be changed any more.
  SharedBytes(std::shared_ptr<const std::vector<std::uint8_t>> memory)
      : data_(memory ? memory->data() : nullptr), size_(memory ? memory->size() : 0), owner_(std::move(memory)) {}
  SharedBytes(std::shared_ptr<std::vector<std::uint8_t>> memory)
      : SharedBytes(std::shared_ptr<const std::vector<std::uint8_t>>(std::move(memory))) {}
  /// `owner` keeps data[0..size) alive.
  SharedBytes(std::shared_ptr<const void> owner, const std::uint8_t* data, std::size_t size)
      : data_(data), size_(size), owner_(std::move(owner)) {}

  const std::uint8_t* data() const { return data_; }
  std::size_t size() const { return size_; }
  const std::uint8_t* begin() const { return data_; }
  const std::uint8_t* end() const { return data_ + size_; }
  std::uint8_t operator[](std::size_t at) const { return data_[at]; }
  explicit operator bool() const { return owner_ != nullptr; }

 private:
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::shared_ptr<const void> owner_;
};

}  // namespace gb
