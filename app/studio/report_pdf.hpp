#pragma once

#include <QByteArray>

#include "core/report/report.hpp"

namespace gb {

/// The report as a PDF on paper of the size that is usual here: letters and charts are vectors, tables are parted
/// between rows only and say their columns again, every page is numbered. May be called on any thread. Throws Error
/// when it cannot be made.
QByteArray toPdf(const Report& report);

}  // namespace gb
