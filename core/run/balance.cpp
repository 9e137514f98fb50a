#include "core/run/balance.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "core/base/parallel.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "core/model/nearest_rows.hpp"

namespace gb {
namespace {

constexpr std::uint64_t balance_stream = 0x62616c616e6365;  // "balance"

using Rows = std::vector<std::int64_t>;

std::vector<Rows> rows_by_class(const ProblemSet& problem) {
  std::vector<Rows> classes(problem.target->classes.size());
  for (const std::int64_t row : problem.split.train)
    if (const auto code = problem.target->codes[static_cast<std::size_t>(row)]; code >= 0)
      classes[static_cast<std::size_t>(code)].push_back(row);
  return classes;
}

/// Positions in `count` things in an order that is drawn anew whenever all of them had their turn.
class Turns {
 public:
  Turns(std::size_t count, Random& random) : order_(count), random_(random) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
  }
  std::size_t next() {
    if (at_ == 0) random_.shuffle(std::span(order_));
    const std::size_t drawn = order_[at_];
    at_ = (at_ + 1) % order_.size();
    return drawn;
  }

 private:
  std::vector<std::size_t> order_;
  std::size_t at_ = 0;
  Random& random_;
};

/// Of one class: so many rows between others of it.
class Smote {
 public:
  Smote(const ProblemSet& problem, const Rows& rows, const std::string& name, int neighbors)
      : features_(problem.features), rows_(rows) {
    if (rows.size() < 2)
      throw DataError("The class '" + name + "' has one training row, and SMOTE makes rows between two of a class",
                      "balance.method", "over, or a split that leaves the class more rows");
    wanted_ = std::min<std::size_t>(static_cast<std::size_t>(neighbors), rows.size() - 1);
  }

  /// Which rows, by their positions in the class, each of `bases` may be mixed with: bases x neighbours().
  std::vector<std::int32_t> partners(const std::vector<std::size_t>& bases) const {
    const NearestRows stored(features_, rows_, RowMetric{RowMetric::Kind::euclidean, 2},
                             NearestRows::Search::automatic);
    Rows queries;
    for (const std::size_t base : bases) queries.push_back(rows_[base]);
    const std::size_t asked = wanted_ + 1;
    std::vector<Neighbor> nearest(queries.size() * asked);
    stored.find(features_, queries, static_cast<std::int64_t>(asked), nearest.data());
    std::vector<std::int32_t> found;
    found.reserve(bases.size() * wanted_);
    for (std::size_t i = 0; i < bases.size(); ++i) {
      // The row itself is among its nearest, or else copies of it filled its places.
      std::size_t kept = 0;
      for (std::size_t j = 0; j < asked && kept < wanted_; ++j) {
        const std::int32_t other = nearest[i * asked + j].row;
        if (static_cast<std::size_t>(other) == bases[i]) continue;
        found.push_back(other);
        ++kept;
      }
    }
    return found;
  }
  std::size_t neighbors() const { return wanted_; }

 private:
  const Features& features_;
  const Rows& rows_;
  std::size_t wanted_ = 1;
};

void require_numbers(const ProblemSet& problem) {
  const MatrixF* values = problem.features.matrix();
  if (!values) return;
  for (const std::int64_t row : problem.split.train) {
    if (values->row(row).allFinite()) continue;
    Eigen::Index column = 0;
    while (std::isfinite((*values)(row, column))) ++column;
    throw DataError("Row " + std::to_string(row + 1) + " has no number in feature '" +
                        problem.feature_names[static_cast<std::size_t>(column)] +
                        "', and SMOTE finds no place between a number and none",
                    "balance.method", "over, under, or impute among the steps of prepare");
  }
}

/// Columns that hold 0 or 1 in every training row.
std::vector<bool> indicators(const MatrixF& values, const Rows& train) {
  std::vector<bool> found(static_cast<std::size_t>(values.cols()), true);
  for (const std::int64_t row : train)
    for (Eigen::Index column = 0; column < values.cols(); ++column)
      if (const float value = values(row, column); value != 0 && value != 1)
        found[static_cast<std::size_t>(column)] = false;
  return found;
}

struct MadeUp {
  std::int64_t base, partner;
  float place;  ///< 0 at the base, 1 at the partner
  std::int32_t code;
};

void make_up(ProblemSet& problem, const std::vector<MadeUp>& plans) {
  const std::int64_t before = problem.features.rows();
  Rows all(static_cast<std::size_t>(before));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  MatrixF values(before + static_cast<std::int64_t>(plans.size()), problem.features.columns());
  problem.features.gather(all, values.data());
  const auto whole = indicators(values, problem.split.train);
  parallel_chunks(plans.size(), 64, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) {
      const MadeUp& plan = plans[i];
      const auto to = before + static_cast<std::int64_t>(i);
      for (Eigen::Index column = 0; column < values.cols(); ++column) {
        const float a = values(plan.base, column), b = values(plan.partner, column);
        values(to, column) =
            whole[static_cast<std::size_t>(column)] ? (plan.place < 0.5F ? a : b) : a + plan.place * (b - a);
      }
    }
  });
  problem.features = Features(std::move(values));
  for (std::size_t i = 0; i < plans.size(); ++i) {
    problem.target->codes.push_back(plans[i].code);
    problem.split.train.push_back(before + static_cast<std::int64_t>(i));
  }
}

}  // namespace

const Schema<BalanceParams>& balance_schema() {
  static const auto s =
      Schema<BalanceParams>{}
          .add(&BalanceParams::method,
               {.name = "method",
                .label = "Class balance",
                .help = "What is done so that rare classes are heard. Training rows alone are touched, after the split "
                        "and in each fold anew; what a model is judged by stays as it is.",
                .choices = {{"none", "As it is", "Frequent classes have more say."},
                            {"over", "Repeat rare rows", "Rows of rare classes are learnt from several times."},
                            {"under", "Leave out frequent rows", "Rows of frequent classes are left out by chance."},
                            {"smote", "Make up rare rows (SMOTE)",
                             "New rows between neighbours of a rare class, for numbers (Chawla and others 2002)."},
                            {"weights", "Weigh classes",
                             "Rows of rare classes count for more, where the algorithm can."}}})
          .add(&BalanceParams::neighbors,
               {.name = "neighbors",
                .label = "Neighbours",
                .help = "Among how many of its nearest rows of the same class the other end for a new row is drawn.",
                .valid = {1, 1000},
                .search = {1, 20},
                .enabled_by = EnabledBy{"method", {"smote"}}})
          .add(&BalanceParams::ratio,
               {.name = "ratio",
                .label = "Rare to frequent",
                .help = "How many rows every class has at the end by those of the most frequent one, at least. 1 makes "
                        "all classes equal.",
                .valid = {0.001, 1},
                .search = {0.1, 1},
                .enabled_by = EnabledBy{"method", {"over", "under", "smote"}},
                .advanced = true});
  return s;
}

std::optional<ProblemSet> balanced(const ProblemSet& problem, const BalanceParams& params, std::uint64_t seed) {
  if (params.method == BalanceMethod::none || params.method == BalanceMethod::weights) return std::nullopt;
  if (!problem.target || problem.target->task != Task::classification)
    throw ParamError("balance makes classes equally frequent, but there are no classes to be learnt", "balance.method",
                     "none, or a target with classes");
  const bool smote = params.method == BalanceMethod::smote;
  if (smote && problem.is_images())
    throw ParamError("SMOTE makes rows between two others, and what lies between two pictures is no picture",
                     "balance.method", "none, over, under or weights");
  if (smote) require_numbers(problem);
  ProblemSet made = problem;
  made.dataset_rows = problem.features.rows();
  auto& train = made.split.train;
  const auto classes = rows_by_class(problem);
  std::size_t most = 0, least = train.size();
  for (const Rows& rows : classes)
    if (!rows.empty()) {
      most = std::max(most, rows.size());
      least = std::min(least, rows.size());
    }
  const auto share = [&](double count) { return static_cast<std::size_t>(std::ceil(count - 1e-9)); };
  if (params.method == BalanceMethod::under) {
    const auto limit = static_cast<std::size_t>(std::floor(static_cast<double>(least) / params.ratio + 1e-9));
    train.clear();
    for (std::size_t code = 0; code < classes.size(); ++code) {
      Rows rows = classes[code];
      Random random(seed, balance_stream + code);
      random.shuffle(std::span(rows));
      rows.resize(std::min(rows.size(), limit));
      train.insert(train.end(), rows.begin(), rows.end());
    }
    std::sort(train.begin(), train.end());
    return made;
  }
  const std::size_t wanted = share(static_cast<double>(most) * params.ratio);
  std::vector<MadeUp> plans;
  for (std::size_t code = 0; code < classes.size(); ++code) {
    const Rows& rows = classes[code];
    if (rows.empty() || rows.size() >= wanted) continue;
    Random random(seed, balance_stream + code);
    Turns turns(rows.size(), random);
    const std::size_t missing = wanted - rows.size();
    std::vector<std::size_t> bases;
    for (std::size_t i = 0; i < missing; ++i) bases.push_back(turns.next());
    if (!smote) {
      for (const std::size_t base : bases) train.push_back(rows[base]);
      continue;
    }
    const Smote between(problem, rows, problem.target->classes[code], params.neighbors);
    // Bases repeat every so many rows: each is searched for once.
    std::vector<std::size_t> asked = bases;
    std::sort(asked.begin(), asked.end());
    asked.erase(std::unique(asked.begin(), asked.end()), asked.end());
    const auto partners = between.partners(asked);
    for (const std::size_t base : bases) {
      const auto place = static_cast<std::size_t>(std::lower_bound(asked.begin(), asked.end(), base) - asked.begin());
      const auto partner = partners[place * between.neighbors() + random.below(between.neighbors())];
      plans.push_back({rows[base], rows[static_cast<std::size_t>(partner)], static_cast<float>(random.uniform()),
                       static_cast<std::int32_t>(code)});
    }
  }
  std::sort(train.begin(), train.end());
  if (!plans.empty()) make_up(made, plans);
  return made;
}

std::shared_ptr<const Table> balance_view(const ProblemSet& problem, const ProblemSet& balanced) {
  auto table = std::make_shared<Table>();
  table->view = "balance";
  table->title = "Class balance";
  table->columns = {problem.target->name, "Training rows", "Learnt from"};
  const auto before = rows_by_class(problem), after = rows_by_class(balanced);
  for (std::size_t code = 0; code < before.size(); ++code)
    table->rows.push_back({problem.target->classes[code], grouped(static_cast<std::int64_t>(before[code].size())),
                           grouped(static_cast<std::int64_t>(after[code].size()))});
  return table;
}

}  // namespace gb
