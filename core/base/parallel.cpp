#include "core/base/parallel.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "core/base/denormals.hpp"

#ifdef GLASSBENCH_OPENMP
#include <omp.h>
#endif

namespace gb {
namespace {

int processors() {
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::atomic<int>& thread_setting() {
  static std::atomic<int> count = processors();
  return count;
}

}  // namespace

int threads() {
  return thread_setting();
}

void set_threads(int count) {
  thread_setting() = count > 0 ? count : processors();
#ifdef GLASSBENCH_OPENMP
  omp_set_num_threads(thread_setting());
#endif
}

void give_way() {
  constexpr int niceness = 5;
  // Of the calling thread alone, on Linux; those it starts inherit it.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
}

void release_threads() {
#ifdef GLASSBENCH_OPENMP
  omp_pause_resource_all(omp_pause_soft);
#endif
}

std::size_t chunk_count(std::size_t count, std::size_t grain) {
  if (count == 0) return 0;
  const std::size_t most = (count + std::max<std::size_t>(grain, 1) - 1) / std::max<std::size_t>(grain, 1);
  return std::min<std::size_t>(static_cast<std::size_t>(threads()), most);
}

void run_chunks(std::size_t count, std::size_t grain,
                const std::function<void(std::size_t, std::size_t, std::size_t)>& body) {
  const std::size_t chunks = chunk_count(count, grain);
  if (chunks <= 1) {
    const FlushDenormals flush;
    if (chunks == 1) body(0, count, 0);
    return;
  }
  const auto work = [&](std::size_t chunk, std::size_t begin, std::size_t end) {
    const FlushDenormals flush;
    body(begin, end, chunk);
  };
  const auto begin_of = [&](std::size_t chunk) { return count * chunk / chunks; };
#ifdef GLASSBENCH_OPENMP
#pragma omp parallel for num_threads(static_cast <int>(chunks)) schedule(static, 1)
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) work(chunk, begin_of(chunk), begin_of(chunk + 1));
#else
  std::vector<std::thread> workers;
  for (std::size_t chunk = 1; chunk < chunks; ++chunk)
    workers.emplace_back([&, chunk] { work(chunk, begin_of(chunk), begin_of(chunk + 1)); });
  work(0, 0, begin_of(1));
  for (auto& worker : workers) worker.join();
#endif
}

void settle_thread_waiting([[maybe_unused]] char** arguments) {
#ifdef GLASSBENCH_OPENMP
  constexpr const char* spin_count = "5000";
  if (std::getenv("GOMP_SPINCOUNT") || std::getenv("OMP_WAIT_POLICY")) return;
  ::setenv("GOMP_SPINCOUNT", spin_count, 0);
  ::setenv("OMP_WAIT_POLICY", "active", 0);  // when threads outnumber processors: a little patience instead of none
  // By its path: people stop programs by their name, which would be "exe".
  std::error_code code;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe", code);
  if (!code) ::execv(program.c_str(), arguments);  // returns only when it failed: then the default waiting stays
#endif
}

}  // namespace gb
