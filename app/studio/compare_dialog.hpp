#pragma once

#include <QDialog>
#include <vector>

#include "core/run/run_store.hpp"

namespace gb {

/// Runs side by side: only the settings in which they differ, and their metrics.
class CompareDialog : public QDialog {
  Q_OBJECT
 public:
  /// `colors` are the runs' series indices. `recorded` are all runs that there are: how often the same test rows have
  /// been looked at belongs to what a difference means.
  CompareDialog(const std::vector<RunSummary>& runs, const std::vector<int>& colors,
                const std::vector<RunSummary>& recorded, QWidget* parent = nullptr);

 signals:
  /// The same on paper.
  void reportRequested();
};

}  // namespace gb
