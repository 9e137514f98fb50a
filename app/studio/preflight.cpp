#include "app/studio/preflight.hpp"

#include <utility>

#include "core/base/parallel.hpp"

namespace gb {
namespace {

constexpr int delay = 400;       ///< milliseconds after the last edit
constexpr double seconds = 0.4;  ///< that may be trained for it

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
      [experiment = experiment_, dataset = dataset_, control = control_]() -> std::optional<Forecast> {
        const auto prepared = prepare_run(experiment, {}, dataset);
        auto forecast = control->stopping() ? std::nullopt : forecast_run(*prepared, *control, seconds);
        release_threads();
        return forecast;
      },
      [this](const std::optional<Forecast>& forecast) {
        if (forecast) emit told(*forecast);
      },
      [](const std::exception_ptr&) {});
}

}  // namespace gb
