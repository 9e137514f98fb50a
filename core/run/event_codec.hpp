#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/events/events.hpp"

/// Events as bytes, for the store. Everything but scalars, progress and changes is kept as snapshots.
namespace gb {

/// Compresses (zlib, fastest level).
std::string compress(std::string_view bytes);
/// Throws Error when the bytes are damaged or do not give `size`.
std::string decompress(std::string_view bytes, std::size_t size);

/// Arrays that many events share (the positions of a point cloud) are stored once and named by number.
struct SharedArrays {
  std::function<std::int64_t(const std::shared_ptr<const std::vector<float>>&)> keep_floats;
  std::function<std::int64_t(const std::shared_ptr<const std::vector<std::int64_t>>&)> keep_rows;
  std::function<std::shared_ptr<const std::vector<float>>(std::int64_t)> find_floats;
  std::function<std::shared_ptr<const std::vector<std::int64_t>>(std::int64_t)> find_rows;
};

/// What a snapshot belongs to: a later event with the same key replaces it on screen.
struct SnapshotKey {
  std::string kind, view, part;
  std::int64_t step = 0;
};
/// Empty for events that are no snapshots (scalars, progress, changes).
std::optional<SnapshotKey> snapshot_key(const Event& event);

std::string encode_event(const Event& event, const SharedArrays& shared);
/// Throws Error for damaged bytes. Every array has the size that its event's dimensions ask for.
Event decode_event(std::string_view bytes, const SharedArrays& shared);

}  // namespace gb
