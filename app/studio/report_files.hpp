#pragma once

#include <QString>
#include <QStringList>
#include <string>
#include <vector>

#include "core/run/run_store.hpp"

namespace gb {

/// Where a report was written.
struct ReportFiles {
  QString html, pdf;
};

/// Writes the report of a run, or one that compares several, as `name`.html and `name`.pdf into the folder, which is
/// made where needed; without a name they are called after the runs. Not for the UI thread. Throws Error.
ReportFiles writeReport(const RunStore& store, const std::vector<std::string>& ids, const QString& folder,
                        const QString& name = {});

/// What reports and exports are written into: the folder of the last time, else one of Glassbench's among the
/// documents.
QString exportFolder();

}  // namespace gb
