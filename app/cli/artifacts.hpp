#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/events/events.hpp"
#include "core/run/run_store.hpp"

namespace gb::cli {

/// What `--out DIR` receives: model.onnx with its model-card.md, experiment.json, series.csv and pictures.
class Artifacts {
 public:
  /// Makes the folder where needed and tries to write into it. Throws FileError when it cannot: before anything is
  /// computed.
  explicit Artifacts(std::filesystem::path folder);

  /// Writes the event's picture; returns the file's name ("confusion-test-000100.png"), empty for events that carry no
  /// picture.
  std::string write_picture(const Event& event);
  /// Everything else that the store holds of a run.
  void write_run(const RunStore& store, const std::string& id);

  /// {"model": "model.onnx", "card": ..., "experiment": ..., "series": ..., "images": [...]}: what was written so far.
  Json names() const;
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  Json files_ = Json::object();
  std::vector<std::string> pictures_;
};

}  // namespace gb::cli
