#include "core/train/class_rows.hpp"

namespace gb {

ParamSpec class_weight_spec() {
  return {.name = "class_weight",
          .label = "Class weights",
          .help = "Whether the rows of rare classes count for more.",
          .choices = {{"none", "None", "Every row counts the same."},
                      {"balanced", "Balanced", "Every class counts the same, however many rows it has."}}};
}

ClassRows::ClassRows(const ProblemSet& problem) : all_(problem.target->classes.size()) {
  const auto& codes = problem.target->codes;
  std::vector<std::int32_t> places(all_, -1);
  for (const std::int64_t row : problem.split.train)
    places[static_cast<std::size_t>(codes[static_cast<std::size_t>(row)])] = 0;
  for (std::size_t k = 0; k < all_; ++k) {
    if (places[k] < 0) continue;
    places[k] = static_cast<std::int32_t>(present_.size());
    present_.push_back(static_cast<std::int32_t>(k));
  }
  members_.resize(present_.size());
  for (std::size_t i = 0; i < problem.split.train.size(); ++i) {
    const auto row = static_cast<std::size_t>(problem.split.train[i]);
    codes_.push_back(places[static_cast<std::size_t>(codes[row])]);
    members_[static_cast<std::size_t>(codes_.back())].push_back(static_cast<std::int64_t>(i));
  }
}

std::vector<double> ClassRows::weights(ClassWeight weight) const {
  std::vector<double> result(members_.size(), 1.0);
  if (weight == ClassWeight::balanced)
    for (std::size_t k = 0; k < result.size(); ++k)
      result[k] = static_cast<double>(codes_.size()) /
                  (static_cast<double>(members_.size()) * static_cast<double>(members_[k].size()));
  return result;
}

}  // namespace gb
