#pragma once

#include <cstddef>
#include <functional>

namespace gb {

/// How many threads parallel loops and kernels use. Recorded with every run: the same bits need the same number.
int threads();
/// 0 means one per processor.
void set_threads(int count);

/// What parallel_chunks() does, compiled once.
void run_chunks(std::size_t count, std::size_t grain,
                const std::function<void(std::size_t begin, std::size_t end, std::size_t chunk)>& body);

/// Calls `body(begin, end, chunk)` for consecutive chunks of 0..count-1, one chunk per thread at most and none smaller
/// than `grain`. The partition depends only on `count`, `grain` and threads(), so that sums reduced in chunk order
/// are the same at every call. Exceptions from `body` are not caught: it must not throw.
template <class Body>
void parallel_chunks(std::size_t count, std::size_t grain, Body&& body) {
  // By reference: a loop inside a training step allocates nothing.
  run_chunks(count, grain, std::ref(body));
}

/// How many chunks parallel_chunks() makes for these arguments.
std::size_t chunk_count(std::size_t count, std::size_t grain);

/// Call first thing in main(): makes idle threads give up their processor soon (GOMP_SPINCOUNT), unless the user has
/// set OpenMP's waiting otherwise. OpenMP reads its settings before main(), so the program starts itself again, once.
/// By default a thread that waits for another one burns its processor for milliseconds; with a window or another
/// program beside the run that made training 30 times slower. Waiting passively from the start costs a quarter on an
/// idle machine.
void settle_thread_waiting(char** arguments);

/// Makes the calling thread, and the threads that parallel loops start for it, give way to others: a window that wants
/// to draw gets the processor at once, and where nobody else wants it nothing is lost.
void give_way();

/// Ends the threads that parallel loops of the calling thread have left waiting for more. To be called by threads that
/// compute now and then: OpenMP counts waiting threads as busy, and where it counts more of them than processors a run
/// beside them waits in a way that makes it half as fast.
void release_threads();

}  // namespace gb
