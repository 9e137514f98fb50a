#include "core/base/memory.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace gb {
namespace {

namespace fs = std::filesystem;

/// The first number of a small file; nothing where there is none ("max").
std::optional<std::int64_t> number_in(const fs::path& path) {
  std::ifstream file(path);
  std::int64_t number = 0;
  if (file >> number) return number;
  return std::nullopt;
}

/// "MemAvailable:   12345 kB" in bytes.
std::optional<std::int64_t> kilobytes_of(const char* path, std::string_view field) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (!line.starts_with(field)) continue;
    std::istringstream rest(line.substr(field.size()));
    std::int64_t kilobytes = 0;
    if (rest >> kilobytes) return kilobytes * 1024;
  }
  return std::nullopt;
}

/// What is left in each control group from the process' own up to the root, the least of them.
std::optional<std::int64_t> left_in_groups() {
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  std::optional<std::int64_t> least;
  while (std::getline(file, line)) {
    if (!line.starts_with("0::/")) continue;
    const fs::path root = "/sys/fs/cgroup";
    fs::path group = line.substr(4);
    while (true) {
      const auto most = number_in(root / group / "memory.max");
      const auto taken = number_in(root / group / "memory.current");
      if (most && taken) least = std::min(least.value_or(*most), std::max<std::int64_t>(0, *most - *taken));
      if (group.empty()) break;
      group = group.parent_path();
    }
  }
  return least;
}

std::optional<std::int64_t> left_in_address_space() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  const auto pages = number_in("/proc/self/statm");
  if (!pages) return std::nullopt;
  const std::int64_t taken = *pages * sysconf(_SC_PAGESIZE);
  return std::max<std::int64_t>(0, static_cast<std::int64_t>(limit.rlim_cur) - taken);
}

}  // namespace

std::optional<std::int64_t> available_memory() {
  std::optional<std::int64_t> least;
  for (const auto& left : {kilobytes_of("/proc/meminfo", "MemAvailable:"), left_in_groups(), left_in_address_space()})
    if (left) least = std::min(least.value_or(*left), *left);
  return least;
}

std::string memory_text(std::int64_t bytes) {
  static constexpr std::array units{"bytes", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, value < 9.95 && unit > 0 ? "%.1f %s" : "%.0f %s", value, units[unit]);
  return text;
}

}  // namespace gb
