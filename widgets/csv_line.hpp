#pragma once

#include <QStringList>

namespace gb {

/// One line of CSV (RFC 4180, LF). A cell that a spreadsheet would run as a formula (it starts with = + - @, tab or a
/// line break and is no number) is led in by an apostrophe; numbers stay as they are.
QString csvLine(const QStringList& cells);

}  // namespace gb
