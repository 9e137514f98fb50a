#pragma once

#include <QObject>
#include <QTimer>
#include <filesystem>

#include "app/studio/experiment_document.hpp"

namespace gb {

/// Keeps the experiment being edited in a file of its own, so that it is there again after a restart or a crash.
class Autosave : public QObject {
  Q_OBJECT
 public:
  Autosave(ExperimentDocument& document, const std::filesystem::path& folder, QObject* parent = nullptr);

  /// Shows the kept experiment. False when there is none, or it cannot be read.
  bool restore();
  /// Writes now what the timer would write.
  void flush();
  /// There is nothing to come back to.
  void discard();

 private:
  ExperimentDocument& document_;
  std::filesystem::path file_;
  QTimer timer_;
};

}  // namespace gb
