#include "app/studio/autosave.hpp"

#include <QDebug>

#include "core/base/file.hpp"

namespace gb {

namespace {

constexpr int after = 800;  ///< milliseconds without a further edit
constexpr std::size_t cap = std::size_t{16} << 20;

}  // namespace

Autosave::Autosave(ExperimentDocument& document, const std::filesystem::path& folder, QObject* parent)
    : QObject(parent), document_(document), file_(folder / "studio" / "experiment.json") {
  timer_.setSingleShot(true);
  timer_.setInterval(after);
  connect(&timer_, &QTimer::timeout, this, &Autosave::flush);
  connect(&document, &ExperimentDocument::changed, this, [this] { timer_.start(); });
  connect(&document, &ExperimentDocument::stateChanged, this, [this] { timer_.start(); });
}

bool Autosave::restore() {
  try {
    if (!std::filesystem::exists(file_)) return false;
    const Json kept = Json::parse(read_file(file_, cap));
    const std::filesystem::path folder = kept.at("folder").get<std::string>();
    // An experiment that this version does not understand is not shown half.
    const Experiment experiment = Experiment::from_json(kept.at("experiment"), folder);
    document_.replace(experiment.to_json(), QString::fromStdString(kept.at("path").get<std::string>()), folder,
                      kept.at("modified").get<bool>());
    return true;
  } catch (const std::exception& problem) {
    qWarning("%s: %s", file_.c_str(), problem.what());
    return false;
  }
}

void Autosave::flush() {
  timer_.stop();
  if (document_.empty()) return;
  try {
    std::filesystem::create_directories(file_.parent_path());
    const Json kept = {{"experiment", document_.json()},
                       {"path", document_.path().toStdString()},
                       {"folder", std::filesystem::absolute(document_.folder()).string()},
                       {"modified", document_.isModified()}};
    write_file_atomically(file_, kept.dump(2));
  } catch (const std::exception& problem) {
    // The window tells about an unwritable data folder once, when the run store does not open.
    qWarning("%s: %s", file_.c_str(), problem.what());
  }
}

void Autosave::discard() {
  timer_.stop();
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

}  // namespace gb
