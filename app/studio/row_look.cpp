#include "app/studio/row_look.hpp"

#include <utility>

#include "core/evaluate/nearest_pictures.hpp"
#include "core/evaluate/row_views.hpp"

namespace gb {

RowLook::RowLook(RunController& controller, QObject* parent) : QObject(parent), controller_(controller) {
  connect(&controller, &RunController::seen, this, [this](const std::vector<Event>& views) {
    if (row_ >= 0) emit seen(views);
  });
}

void RowLook::setDataset(std::shared_ptr<const Dataset> dataset) {
  dataset_ = std::move(dataset);
  if (recorded_) ask();
}

void RowLook::follow(std::shared_ptr<const PreparedRun> prepared) {
  forget();
  prepared_ = std::move(prepared);
}

void RowLook::keep(std::shared_ptr<const RunOutcome> outcome) {
  prepared_ = outcome->prepared;
  outcome_ = std::move(outcome);
  ask();
  askBehind();
}

void RowLook::forget() {
  asking_.forget();
  prepared_.reset();
  outcome_.reset();
  recorded_.reset();
  row_ = -1;
  picking_.forget();
  marking_.forget();
  if (pointed_ >= 0) emit marked(pointed_, {});
}

void RowLook::keepRecorded(const std::filesystem::path& model, const std::string& fingerprint, std::int64_t steps) {
  forget();
  recorded_ = std::make_shared<Recorded>();
  recorded_->file = model;
  recorded_->fingerprint = fingerprint;
  recorded_->steps = steps;
}

void RowLook::look(std::int64_t row) {
  row_ = row;
  ask();
}

void RowLook::lookAway() {
  row_ = -1;
  asking_.forget();
  controller_.lookAway();
}

void RowLook::lookAtSample(std::shared_ptr<const Images> images, int index) {
  picking_.forget();
  if (!knowsData()) return;
  picking_.run(
      [images = std::move(images), index, dataset = dataset_] { return picked_view(*images, index, *dataset); },
      [this](const std::shared_ptr<const Images>& view) {
        if (view) emit seen({view});
      },
      [](std::exception_ptr) {});
}

bool RowLook::knowsData() const {
  if (!dataset_) return false;
  return recorded_ ? dataset_->fingerprint == recorded_->fingerprint : prepared_ && prepared_->dataset == dataset_;
}

void RowLook::ask() {
  asking_.forget();
  if (recorded_) return askRecorded();
  if (row_ < 0 || !knowsData()) return;
  if (!outcome_) return controller_.lookAt(row_);
  if (!outcome_->result.model) return;
  asking_.run(
      [outcome = outcome_, row = row_] {
        return row_views(*outcome->result.model, outcome->prepared->problem, row, outcome->result.steps);
      },
      [this](const std::vector<Event>& views) { emit seen(views); },
      // A row that cannot be shown leaves what is shown as it is.
      [](std::exception_ptr) {});
}

void RowLook::askRecorded() {
  if (row_ < 0 || !knowsData()) return;
  asking_.run(
      [recorded = recorded_, dataset = dataset_, row = row_] {
        const std::lock_guard lock(recorded->mutex);
        if (!recorded->model) recorded->model.emplace(OnnxModel::read(recorded->file));
        return row_views(*recorded->model, *dataset, row, recorded->steps);
      },
      [this](const std::vector<Event>& views) { emit seen(views); },
      // What could not be exported, or has been taken away, cannot be asked.
      [](std::exception_ptr) {});
}

void RowLook::pointAt(std::int64_t row) {
  pointed_ = row;
  askBehind();
}

void RowLook::askBehind() {
  marking_.forget();
  if (pointed_ < 0 || recorded_ || !knowsData() || !outcome_ || !outcome_->result.model) return;
  marking_.run(
      [outcome = outcome_, row = pointed_] {
        const PreparedRun& prepared = *outcome->prepared;
        if (row >= prepared.problem.features.rows()) return std::vector<std::int64_t>();
        // What was made up to balance classes is behind an answer too, but nowhere to be seen.
        return own_rows(prepared.learnt(), outcome->result.model->rows_behind(prepared.problem.features, row));
      },
      [this, row = pointed_](const std::vector<std::int64_t>& rows) { emit marked(row, rows); },
      [](std::exception_ptr) {});
}

}  // namespace gb
