#pragma once

#include <memory>

#include "core/run/runner.hpp"

namespace gb {

/// An experiment learnt anew from other rows.
struct Refit {
  ProblemSet problem;            ///< over the given split, prepared by its training rows alone
  std::unique_ptr<Model> model;  ///< null when stopped
};

/// Fits preparation, class balance and algorithm of `prepared` on `split`. Pauses and stops with `context`, and tells
/// nobody.
Refit refit(const PreparedRun& prepared, Split split, RunContext& context);

}  // namespace gb
