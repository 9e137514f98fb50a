#pragma once

#include <QObject>
#include <QTimer>
#include <memory>
#include <vector>

#include "app/studio/background.hpp"
#include "core/data/warnings.hpp"
#include "core/events/run_control.hpp"
#include "core/run/runner.hpp"

namespace gb {

/// Forecasts what a run of the experiment will take, and looks for what makes its data misleading, off the UI thread,
/// as soon as the experiment has stood still for a moment. Experiments that are not valid yet, and algorithms that
/// cannot say, are passed over: Run tells what is wrong.
class Preflight : public QObject {
  Q_OBJECT
 public:
  explicit Preflight(QObject* parent = nullptr);
  ~Preflight() override;

  /// Shortly from now; of several requests that follow each other only the last counts.
  void request(Experiment experiment, std::shared_ptr<const Dataset> dataset);
  /// Ends what is under way: a run wants the processor.
  void cancel();

 signals:
  void told(const gb::Forecast& forecast);
  /// What people should know of the data before they run; empty when there is nothing, or the experiment is not valid.
  void warned(const std::vector<gb::DataWarning>& warnings);

 private:
  void start();

  QTimer delay_;
  Experiment experiment_;
  std::shared_ptr<const Dataset> dataset_;
  std::shared_ptr<RunControl> control_;  ///< of the one under way
  Background background_;
};

}  // namespace gb
