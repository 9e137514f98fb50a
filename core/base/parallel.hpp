#pragma once

#include <cstddef>
#include <functional>

namespace gb {

/// How many threads parallel loops and kernels use. Recorded with every run: the same bits need the same number.
int threads();
/// 0 means one per processor.
void set_threads(int count);

/// Calls `body(begin, end, chunk)` for consecutive chunks of 0..count-1, one chunk per thread at most and none smaller
/// than `grain`. The partition depends only on `count`, `grain` and threads(), so that sums reduced in chunk order
/// are the same at every call. Exceptions from `body` are not caught: it must not throw.
void parallel_chunks(std::size_t count, std::size_t grain,
                     const std::function<void(std::size_t begin, std::size_t end, std::size_t chunk)>& body);

/// How many chunks parallel_chunks() makes for these arguments.
std::size_t chunk_count(std::size_t count, std::size_t grain);

}  // namespace gb
