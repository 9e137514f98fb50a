#pragma once

#include <QWidget>
#include <vector>

#include "app/studio/run_comparison.hpp"

namespace gb {

/// Runs side by side: only the settings in which they differ, and their metrics; of very many, how their values spread.
/// Below stands what may be said: whether the cross-validations are evidence of a difference, and how often the same
/// test rows have been looked at by all runs that are `recorded`.
class CompareSummary : public QWidget {
  Q_OBJECT
 public:
  CompareSummary(const SharedRuns& runs, const QStringList& titles, const std::vector<int>& colors,
                 const SharedRuns& recorded, QWidget* parent = nullptr);
};

}  // namespace gb
