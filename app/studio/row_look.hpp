#pragma once

#include <QObject>
#include <cstdint>
#include <memory>
#include <vector>

#include "app/studio/background.hpp"
#include "app/studio/run_controller.hpp"

namespace gb {

/// What the model makes of a row that a person points at: asked of the run while it goes on, or is paused, and of the
/// model it left when it has ended. Nothing of this is recorded.
class RowLook : public QObject {
  Q_OBJECT
 public:
  explicit RowLook(RunController& controller, QObject* parent = nullptr);

  /// The data whose rows are pointed at: a run on other data is not asked.
  void setDataset(std::shared_ptr<const Dataset> dataset);
  /// A run has begun, and nobody points at anything.
  void follow(std::shared_ptr<const PreparedRun> prepared);
  /// It has ended.
  void keep(std::shared_ptr<const RunOutcome> outcome);
  /// There is nobody to ask any more.
  void forget();

  /// Ends in seen(), now and, while the run learns, again and again.
  void look(std::int64_t row);
  void lookAway();

 signals:
  void seen(const std::vector<gb::Event>& views);

 private:
  void ask();

  RunController& controller_;
  Background asking_;
  std::shared_ptr<const Dataset> dataset_;
  std::shared_ptr<const PreparedRun> prepared_;  ///< of the run that is, or was, shown
  std::shared_ptr<const RunOutcome> outcome_;    ///< null while it goes on
  std::int64_t row_ = -1;
};

}  // namespace gb
