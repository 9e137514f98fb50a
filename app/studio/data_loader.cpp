#include "app/studio/data_loader.hpp"

#include <QElapsedTimer>
#include <QPointer>
#include <utility>

#include "widgets/threads.hpp"

namespace gb {

DataLoader::DataLoader(QObject* parent) : QObject(parent) {}

DataLoader::~DataLoader() {
  if (cancelled_) *cancelled_ = true;
}

std::string DataLoader::key(const Json& data, const std::filesystem::path& folder, std::uint64_t seed) {
  // Only synthetic data depends on the seed; all other data stays when the seed is edited.
  const bool seeded = data.is_object() && data.contains("source") && data["source"] == "synthetic";
  return data.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n' + folder.string() + '\n' +
         (seeded ? std::to_string(seed) : std::string());
}

void DataLoader::request(const Json& data, const std::filesystem::path& folder, std::uint64_t seed) {
  std::string wanted = key(data, folder, seed);
  if (wanted == key_ && (loading_ || dataset_)) return;
  cancel();
  key_ = std::move(wanted);
  dataset_.reset();
  loading_ = true;
  auto cancelled = std::make_shared<std::atomic<bool>>(false);
  cancelled_ = cancelled;
  emit progress(0, 0);
  background_.run(
      [this, data, folder, seed, cancelled, self = QPointer<QObject>(this)]() -> std::shared_ptr<const Dataset> {
        QElapsedTimer since;
        since.start();
        return std::make_shared<const Dataset>(
            load_dataset(data, folder, seed, [&](std::uint64_t done, std::uint64_t total) {
              if (since.elapsed() >= 50) {
                since.restart();
                callOnWindowThread(self, [this, cancelled, done, total] {
                  if (loading_ && cancelled_ == cancelled) emit progress(done, total);
                });
              }
              return !cancelled->load();
            }));
      },
      [this](std::shared_ptr<const Dataset> dataset) {
        loading_ = false;
        dataset_ = std::move(dataset);
        emit loaded();
      },
      [this](const std::exception_ptr& error) {
        loading_ = false;
        key_.clear();
        emit failed(errorText(error));
      });
}

void DataLoader::cancel() {
  if (cancelled_) *cancelled_ = true;
  // The load ends by itself and reports Cancelled, unless a newer request makes it stale.
}

void DataLoader::adopt(std::shared_ptr<const Dataset> dataset, const Json& data, const std::filesystem::path& folder,
                       std::uint64_t seed) {
  if (dataset == dataset_ || !dataset) return;
  cancel();
  background_.forget();
  loading_ = false;
  key_ = key(data, folder, seed);
  dataset_ = std::move(dataset);
  emit loaded();
}

}  // namespace gb
