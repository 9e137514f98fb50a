#include <algorithm>
#include <array>
#include <utility>

#include "core/train/divergence.hpp"
#include "core/train/trainer.hpp"

namespace gb {
namespace {

/// Parameters that may change while the run goes on, under the names of their fields.
constexpr std::array<std::pair<const char*, double LiveSettings::*>, 7> live_fields{{
    {"learning_rate", &LiveSettings::learning_rate},
    {"momentum", &LiveSettings::momentum},
    {"l1", &LiveSettings::l1},
    {"l2", &LiveSettings::l2},
    {"weight_decay", &LiveSettings::weight_decay},
    {"clip_norm", &LiveSettings::clip_norm},
    {"clip_value", &LiveSettings::clip_value},
}};

}  // namespace

void Trainer::change(const std::string& name, const Json& value) {
  for (const auto& [field, member] : live_fields)
    if (name == field) live_.*member = value.is_null() ? 0 : value.get<double>();
  for (std::size_t i = 0; i < factors_.size(); ++i) {
    const LossTerm& term = target_.reconstruction->terms[i];
    if (name != term.field) continue;
    factors_[i] = value.get<double>();
    term_weights_[i] = static_cast<float>(factors_[i] * term.scale);
  }
  if (name == "weight_decay" && value.is_null() && params_.optimizer == OptimizerKind::adamw) live_.weight_decay = 0.01;
  if (name == "learning_rate") told_rate_ = std::numeric_limits<double>::quiet_NaN();
}

State Trainer::save(std::int64_t step) const {
  // The last good checkpoint stays.
  if (const auto what = first_not_finite(graph_, parameters_); !what.empty()) fail(step, what);
  State state;
  state.step = step;
  for (const auto& [field, member] : live_fields) state.header[field] = live_.*member;
  for (std::size_t i = 0; i < factors_.size(); ++i) state.header[target_.reconstruction->terms[i].field] = factors_[i];
  state.header["told_rate"] = told_rate_;
  state.header["epoch_loss"] = epoch_loss_;
  state.header["epoch_squared_error"] = epoch_squared_error_;
  state.header["plateau_best"] = plateau_.best;
  state.header["plateau_waited"] = plateau_.waited;
  state.header["plateau_factor"] = plateau_.factor;
  state.header["best_epoch"] = best_epoch_;
  state.header["best_loss"] = best_score_.loss;
  state.header["best_accuracy"] = best_score_.accuracy;
  state.header["enough"] = enough_;
  state.arrays.push_back(float_state("weights", parameters_.all<float>()));
  if (averaged_) state.arrays.push_back(float_state("averaged_weights", averaged_->all<float>()));
  if (params_.keep_best) state.arrays.push_back(float_state("best_weights", best_weights_));
  optimizer_->save(state);
  return state;
}

void Trainer::restore(const State& state) {
  const auto load = [&](const char* name, std::span<float> into) {
    const auto values = state_floats(state, name, into.size());
    std::copy(values.begin(), values.end(), into.begin());
  };
  load("weights", parameters_.all<float>());
  if (averaged_) load("averaged_weights", averaged_->all<float>());
  // A fork may keep the best epoch where its original did not: from here on.
  const bool knows_best = std::any_of(state.arrays.begin(), state.arrays.end(),
                                      [](const StateArray& array) { return array.name == "best_weights"; });
  if (params_.keep_best && knows_best) load("best_weights", best_weights_);
  optimizer_->restore(state);
  const auto number = [&](const char* name) {
    if (!state.header.contains(name) || !state.header[name].is_number())
      throw Error(std::string("The checkpoint has no number '") + name + "'");
    return state.header[name].get<double>();
  };
  for (const auto& [field, member] : live_fields) live_.*member = number(field);
  for (std::size_t i = 0; i < factors_.size(); ++i) {
    const std::string& field = target_.reconstruction->terms[i].field;
    change(field, number(field.c_str()));
  }
  told_rate_ = number("told_rate");
  epoch_loss_ = number("epoch_loss");
  if (target_.reconstruction) epoch_squared_error_ = number("epoch_squared_error");
  plateau_.best = number("plateau_best");
  plateau_.waited = static_cast<std::int64_t>(number("plateau_waited"));
  plateau_.factor = number("plateau_factor");
  best_epoch_ = params_.keep_best && !knows_best ? -1 : static_cast<std::int64_t>(number("best_epoch"));
  best_score_.loss = number("best_loss");
  best_score_.accuracy = number("best_accuracy");
  enough_ = state.header.value("enough", false);
}

}  // namespace gb
