#pragma once

#include <QObject>
#include <atomic>
#include <filesystem>
#include <memory>

#include "app/studio/background.hpp"
#include "app/studio/error_text.hpp"
#include "core/data/source.hpp"

namespace gb {

/// Loads the experiment's dataset off the UI thread, with progress, and keeps the last one: previews, Inspect and runs
/// share it. A newer request cancels an older one.
class DataLoader : public QObject {
  Q_OBJECT
 public:
  explicit DataLoader(QObject* parent = nullptr);
  ~DataLoader() override;

  /// What `data` describes; does nothing when that is loaded or being loaded already.
  void request(const Json& data, const std::filesystem::path& folder, std::uint64_t seed);
  void cancel();
  bool loading() const { return loading_; }

  /// The dataset of the last request; null while loading or after a failure.
  const std::shared_ptr<const Dataset>& dataset() const { return dataset_; }
  /// Takes a dataset that a run has loaded for the same request.
  void adopt(std::shared_ptr<const Dataset> dataset, const Json& data, const std::filesystem::path& folder,
             std::uint64_t seed);

 signals:
  /// `total` is 0 while unknown.
  void progress(quint64 done, quint64 total);
  void loaded();
  void failed(const gb::ErrorText& error);

 private:
  static std::string key(const Json& data, const std::filesystem::path& folder, std::uint64_t seed);

  Background background_;
  std::string key_;
  bool loading_ = false;
  std::shared_ptr<std::atomic<bool>> cancelled_;
  std::shared_ptr<const Dataset> dataset_;
};

}  // namespace gb
