#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/random.hpp"
#include "core/events/events.hpp"
#include "core/events/run_control.hpp"
#include "core/events/state.hpp"

namespace gb {

/// What a running algorithm sees of the world, and the only loop it may write against:
///
///   context.on_change([&](const std::string& name, const Json& value) { ... });
///   context.on_save([&] { return state(); });
///   for (step = first; step < total && context.step(step); ++step) { ...; context.scalar("train/loss", step, loss); }
///
/// step() stands between iterations: it pauses, applies live changes (journalling them) and writes checkpoints.
/// poll() stands inside long kernels: it only says whether to stop.
class RunContext {
 public:
  struct Options {
    std::uint64_t seed = 0;
    const State* resume_from = nullptr;                       ///< not owned
    std::function<void(State)> keep_checkpoint = {};          ///< called on the run's thread; empty: no checkpoints
    double checkpoint_seconds = 1.0;                          ///< at most this long between two checkpoints
    std::int64_t stop_before = -1;                            ///< ends before this step, as if stopped there; -1: never
    double watch_share = 0.03;                                ///< most that watch() may take of the run's time
    std::function<bool(std::string_view view)> watches = {};  ///< views that are looked at; empty: all
  };

  RunContext(RunObserver& observer, RunControl& control, Options options);
  /// The context of a run within a run: it pauses, steps and stops with its parent, its events go to `observer`.
  RunContext(RunContext& parent, RunObserver& observer, Options options)
      : RunContext(observer, parent.control_, std::move(options)) {}

  std::uint64_t seed() const { return options_.seed; }
  Random random(std::uint64_t stream = 0) const { return Random(options_.seed, stream); }
  const State* resume_from() const { return options_.resume_from; }

  /// Stands before iteration `step` (0-based: `step` iterations are complete). False when the run must end; a
  /// checkpoint has then been kept.
  bool step(std::int64_t step);
  /// True when the run should stop: long kernels ask at least every second and leave their work undone.
  bool poll() const { return control_.stopping(); }
  bool stopped() const { return halted_ || control_.stopping(); }
  /// Stands behind the loop of a run that took all its steps: what it may go on from with more of them is kept.
  void all_done(std::int64_t step);
  /// Iterations begun; 0 means that nothing has been computed yet.
  std::int64_t steps_begun() const { return steps_begun_; }

  /// Live changes arrive here, between iterations. Also called while resuming, with the values at that step.
  void on_change(std::function<void(const std::string& param, const Json& value)> apply) { apply_ = std::move(apply); }
  /// Makes the checkpoint; called between iterations only, with the number of complete ones.
  void on_save(std::function<State(std::int64_t step)> save) { save_ = std::move(save); }

  /// Says what there is to see of a row of the dataset (any row, told as after `step` steps); called between iterations
  /// only. It must change nothing of the run: whether it is called depends on who watches. What it throws is forgotten.
  void on_look(std::function<std::vector<Event>(std::int64_t row, std::int64_t step)> look) { see_ = std::move(look); }

  /// (Not "emit", which Qt defines as a macro.)
  void publish(Event event) { observer_.on_event(event); }
  void scalar(std::string series, std::int64_t step, double value) {
    remember(series, value);
    observer_.on_event(Scalar{std::move(series), step, value});
  }
  /// The newest value of a series, for who sums the run up.
  std::optional<double> last(std::string_view series) const;
  void progress(std::int64_t step, std::int64_t total, double per_second, std::string unit) {
    observer_.on_event(Progress{step, total, per_second, std::move(unit)});
  }

  /// Emits what `make` returns when it is due: each view's share of the run's time stays within its part of the budget.
  /// The first call always emits. `make` must not touch the run's random numbers or state: whether it is called depends
  /// on the clock, and the result of the run may not. Always true for `force` (last step, paused stepping).
  template <class Make>
  void watch(const std::string& view, Make&& make, bool force = false) {
    if (!watch_due(view, force)) return;
    const auto start = Clock::now();
    publish(make());
    watch_done(view, Clock::now() - start);
  }
  /// The halves of watch(), for what must look before a step and tell after it: whether `view` is due, and afterwards
  /// what telling it took.
  bool watch_due(const std::string& view, bool force = false);
  void watch_done(const std::string& view, std::chrono::steady_clock::duration spent);

 private:
  using Clock = std::chrono::steady_clock;
  struct Watch {
    Clock::duration spent{};
    Clock::duration longest{};
    Clock::time_point last{};
    int count = 0;
  };

  void remember(const std::string& series, double value);
  void save(std::int64_t step);
  void answer_look(std::int64_t step);

  RunObserver& observer_;
  RunControl& control_;
  Options options_;
  std::function<void(const std::string&, const Json&)> apply_;
  std::function<State(std::int64_t)> save_;
  std::function<std::vector<Event>(std::int64_t, std::int64_t)> see_;
  std::shared_ptr<const RunControl::Look> look_;  ///< null while nobody looks
  std::int64_t looked_at_step_ = -1;
  std::vector<std::pair<std::string, double>> last_values_;  ///< a handful: found faster than in a map
  std::map<std::string, Watch> watches_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point saved_ = Clock::now();
  Clock::duration saving_{};
  std::int64_t steps_begun_ = 0;
  bool halted_ = false;  ///< came to stop_before
};

}  // namespace gb
