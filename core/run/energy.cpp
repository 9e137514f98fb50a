#include "core/run/energy.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <system_error>

namespace gb {
namespace {

constexpr std::chrono::seconds pause{20};

std::optional<std::uint64_t> number_in(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::uint64_t number = 0;
  if (!(stream >> number)) return std::nullopt;
  return number;
}

/// "intel-rapl:0": a processor. Its parts (intel-rapl:0:1) are in its own figure; intel-rapl-mmio is the same one
/// again.
bool is_processor(const std::string& name) {
  constexpr std::string_view start = "intel-rapl:";
  if (!name.starts_with(start) || name.size() == start.size()) return false;
  return std::all_of(name.begin() + static_cast<std::ptrdiff_t>(start.size()), name.end(),
                     [](char each) { return each >= '0' && each <= '9'; });
}

}  // namespace

EnergyMeter::EnergyMeter(const std::filesystem::path& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (!is_processor(entry.path().filename().string())) continue;
    const auto now = number_in(entry.path() / "energy_uj"), full = number_in(entry.path() / "max_energy_range_uj");
    if (!now || !full) {
      readable_ = false;
      continue;
    }
    counters_.push_back({entry.path() / "energy_uj", *now, *full});
  }
  if (!readable_ || counters_.empty()) return;
  reader_ = std::jthread([this](const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      asleep_.wait_for(lock, stop, pause, [] { return false; });
      if (readable_) read();
    }
  });
}

void EnergyMeter::read() {
  for (Counter& counter : counters_) {
    const auto now = number_in(counter.file);
    if (!now) {
      readable_ = false;
      return;
    }
    const std::uint64_t spent = *now >= counter.last ? *now - counter.last : counter.full - counter.last + *now;
    microjoules_ += static_cast<double>(spent);
    counter.last = *now;
  }
}

std::optional<double> EnergyMeter::joules() {
  const std::lock_guard lock(mutex_);
  if (readable_) read();
  if (!readable_ || counters_.empty()) return std::nullopt;
  return microjoules_ / 1e6;
}

}  // namespace gb
