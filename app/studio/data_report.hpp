#pragma once

#include <QString>

#include "core/data/dataset.hpp"

namespace gb {

/// "CSV, UTF-8, separated by semicolons, decimal comma": how a file was read, in one line.
QString importFacts(const ImportReport& report);
/// "Row 12, age: 'x' is not a number; read as missing".
QString problemText(const Problem& problem);

}  // namespace gb
