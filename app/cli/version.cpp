#include "app/cli/version.hpp"

#include "core/run/runner.hpp"

namespace gb::cli {

std::string version_text() {
  return "glassbench-cli " + environment().version;
}

}  // namespace gb::cli
