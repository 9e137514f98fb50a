#include "app/studio/preflight.hpp"

#include <utility>

#include "core/base/parallel.hpp"

namespace gb {
namespace {

constexpr int delay = 400;       ///< milliseconds after the last edit
constexpr double seconds = 0.4;  ///< that may be trained for it

struct Findings {
  std::optional<Forecast> forecast;
  std::vector<DataWarning> warnings;
};

}  // namespace

Preflight::Preflight(QObject* parent) : QObject(parent) {
  delay_.setSingleShot(true);
  delay_.setInterval(delay);
  delay_.callOnTimeout(this, &Preflight::start);
}

Preflight::~Preflight() {
  cancel();
}

void Preflight::request(Experiment experiment, std::shared_ptr<const Dataset> dataset) {
  cancel();
  experiment_ = std::move(experiment);
  dataset_ = std::move(dataset);
  delay_.start();
}

void Preflight::cancel() {
  delay_.stop();
  background_.forget();
  if (control_) control_->stop();
  control_.reset();
}

void Preflight::start() {
  control_ = std::make_shared<RunControl>();
  background_.run(
      [experiment = experiment_, dataset = dataset_, control = control_] {
        const auto prepared = prepare_run(experiment, {}, dataset);
        Findings found;
        if (!control->stopping()) found.warnings = run_warnings(*prepared);
        if (!control->stopping()) found.forecast = forecast_run(*prepared, *control, seconds);
        release_threads();
        return found;
      },
      [this](const Findings& found) {
        if (found.forecast) emit told(*found.forecast);
        emit warned(found.warnings);
      },
      [this](const std::exception_ptr&) { emit warned({}); });
}

}  // namespace gb
