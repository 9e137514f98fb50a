#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gb {

/// Bytes that this process may still take without being killed or refused: the least of what the machine has available,
/// what its control group (cgroup 2) allows and what its address space limit (RLIMIT_AS) leaves. Nothing where none of
/// them is known.
std::optional<std::int64_t> available_memory();

/// "1.2 GB", "340 MB", "12 kB": powers of ten.
std::string memory_text(std::int64_t bytes);

}  // namespace gb
