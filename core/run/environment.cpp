#include <fstream>
#include <string>

#include "core/base/parallel.hpp"
#include "core/run/runner.hpp"

namespace gb {
namespace {

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  std::string name, set, line;
  while (std::getline(file, line)) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || colon + 2 > line.size()) continue;
    const std::string value = line.substr(colon + 2);
    if (name.empty() && line.starts_with("model name")) name = value;
    if (set.empty() && line.starts_with("flags")) {
      const std::string flags = value + " ";
      // oneDNN chooses its kernels by these, and with them the order of additions.
      for (const char* flag : {"amx_bf16", "avx512_bf16", "avx512_vnni", "avx512f", "avx2"})
        if (flags.find(std::string(flag) + " ") != std::string::npos) {
          set = flag;
          break;
        }
    }
    if (!name.empty() && !set.empty()) break;
  }
  if (name.empty()) name = "unknown processor";
  return set.empty() ? name : name + " (" + set + ")";
}

}  // namespace

Json Environment::to_json() const {
  return {{"version", version}, {"processor", processor}, {"threads", threads}};
}

Environment Environment::from_json(const Json& json) {
  Environment read;
  if (!json.is_object()) return read;
  const auto text = [&](const char* key) {
    return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string();
  };
  read.version = text("version");
  read.processor = text("processor");
  if (json.contains("threads") && json["threads"].is_number_integer()) read.threads = json["threads"].get<int>();
  return read;
}

Environment environment() {
  static const std::string name = processor();
  return {GLASSBENCH_VERSION, name, threads()};
}

}  // namespace gb
