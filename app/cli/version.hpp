#pragma once

#include <string>

namespace gb::cli {

/// What --version prints.
std::string version_text();

}  // namespace gb::cli
