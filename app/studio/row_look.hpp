#pragma once

#include <QObject>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/studio/background.hpp"
#include "app/studio/run_controller.hpp"
#include "core/model/onnx_file.hpp"

namespace gb {

/// What the model makes of a row that a person points at: asked of the run while it goes on, or is paused, and of the
/// model it left when it has ended, in memory or, of a recorded run, as a file. Nothing of this is recorded.
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
  /// A recorded run is shown: its model file is asked, if it is there, and the data is what it learnt from.
  void keepRecorded(const std::filesystem::path& model, const std::string& fingerprint, std::int64_t steps);
  /// There is nobody to ask any more.
  void forget();

  /// Ends in seen(), now and, while the run learns, again and again.
  void look(std::int64_t row);
  void lookAway();
  /// Ends in seen(): the pictures of the data that are nearest to one that the shown run has made.
  void lookAtSample(std::shared_ptr<const Images> images, int index);
  /// Ends in marked(), once there is a model whose answer for this row rests on others; -1 for no row.
  void pointAt(std::int64_t row);

 signals:
  void seen(const std::vector<gb::Event>& views);
  /// The rows of the data that the answer for `row` rests on (its neighbours); none takes marks away.
  void marked(std::int64_t row, const std::vector<std::int64_t>& rows);

 private:
  /// Whether the shown run is one on the data that is shown.
  bool knowsData() const;
  void ask();
  void askBehind();
  void askRecorded();

  /// A model file, read when it is first asked.
  struct Recorded {
    std::filesystem::path file;
    std::string fingerprint;
    std::int64_t steps = 0;
    std::mutex mutex;
    std::optional<OnnxModel> model;
  };

  RunController& controller_;
  Background asking_, marking_, picking_;
  std::shared_ptr<const Dataset> dataset_;
  std::shared_ptr<const PreparedRun> prepared_;  ///< of the run that is, or was, shown
  std::shared_ptr<const RunOutcome> outcome_;    ///< null while it goes on
  std::shared_ptr<Recorded> recorded_;           ///< null unless a recorded run is shown
  std::int64_t row_ = -1;
  std::int64_t pointed_ = -1;
};

}  // namespace gb
