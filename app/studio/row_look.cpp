#include "app/studio/row_look.hpp"

#include <utility>

#include "core/evaluate/row_views.hpp"

namespace gb {

RowLook::RowLook(RunController& controller, QObject* parent) : QObject(parent), controller_(controller) {
  connect(&controller, &RunController::seen, this, [this](const std::vector<Event>& views) {
    if (row_ >= 0) emit seen(views);
  });
}

void RowLook::setDataset(std::shared_ptr<const Dataset> dataset) {
  dataset_ = std::move(dataset);
}

void RowLook::follow(std::shared_ptr<const PreparedRun> prepared) {
  forget();
  prepared_ = std::move(prepared);
}

void RowLook::keep(std::shared_ptr<const RunOutcome> outcome) {
  prepared_ = outcome->prepared;
  outcome_ = std::move(outcome);
  ask();
}

void RowLook::forget() {
  asking_.forget();
  prepared_.reset();
  outcome_.reset();
  row_ = -1;
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

void RowLook::ask() {
  asking_.forget();
  if (row_ < 0 || !prepared_ || prepared_->dataset != dataset_) return;
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

}  // namespace gb
