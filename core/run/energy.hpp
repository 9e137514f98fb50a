#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace gb {

/// What the processors have taken since this was made, by the kernel's RAPL counters (Running Average Power Limit,
/// Intel and AMD: /sys/class/powercap/intel-rapl:N/energy_uj in microjoules). Everything that ran on the machine
/// meanwhile is in it. Most systems let only root read them.
class EnergyMeter {
 public:
  explicit EnergyMeter(const std::filesystem::path& folder = "/sys/class/powercap");

  EnergyMeter(const EnergyMeter&) = delete;
  EnergyMeter& operator=(const EnergyMeter&) = delete;

  /// Nothing where there is no counter, or one cannot be read.
  std::optional<double> joules();

 private:
  struct Counter {
    std::filesystem::path file;
    std::uint64_t last = 0, full = 0;  ///< microjoules
  };
  void read();

  std::mutex mutex_;
  std::vector<Counter> counters_;
  double microjoules_ = 0;
  bool readable_ = true;
  /// A counter starts again at zero when it is full, after minutes of full load at the earliest: it is read more often
  /// than that.
  std::condition_variable_any asleep_;
  std::jthread reader_;
};

}  // namespace gb
