#include "app/cli/version.hpp"

namespace gb::cli {

std::string version_text() {
  return "glassbench-cli 0.1.0";
}

}  // namespace gb::cli
