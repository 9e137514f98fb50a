#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/data/mutual_information.hpp"
#include "core/data/number_text.hpp"
#include "core/data/training_rows.hpp"
#include "core/linalg/eigen.hpp"

// Steps that leave columns out.

namespace gb {

double chi_squared(std::span<const double> sums, std::span<const double> class_shares) {
  const double all = std::accumulate(sums.begin(), sums.end(), 0.0);
  double score = 0;
  for (std::size_t c = 0; c < sums.size(); ++c) {
    const double expected = all * class_shares[c];
    if (expected > 0) score += (sums[c] - expected) * (sums[c] - expected) / expected;
  }
  return score;
}

namespace {

using Names = std::vector<std::string>;

Names nearly_constant(const StepFit& fit) {
  const auto columns = fit.numbers();
  const double threshold = fit.step.as<VarianceParams>().threshold;
  std::vector<double> variances(columns.size());
  parallel_chunks(columns.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) variances[i] = variance_of(fit.rows.numbers(*columns[i]));
  });
  Names names;
  double largest = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    largest = std::max(largest, variances[i]);
    if (variances[i] > threshold) continue;
    names.push_back(columns[i]->name);
    fit.problems.push_back({0, names.back(),
                            "left out by select_variance: its variance in the training rows is " +
                                number_text(variances[i]) + ", at most the threshold " + number_text(threshold)});
  }
  if (names.size() == fit.frame.columns().size())
    throw DataError(fit.step.path + ".threshold of select_variance is " + number_text(threshold) +
                        ", which leaves no column: the largest variance is " + number_text(largest),
                    fit.step.path + ".threshold", "a threshold below the largest variance of a column");
  return names;
}

std::size_t kept_count(double keep, std::size_t count) {
  const double wanted = keep < 1 ? std::max(1.0, std::floor(keep * static_cast<double>(count))) : keep;
  return static_cast<std::size_t>(std::min(wanted, static_cast<double>(count)));
}

/// The numbers of a column for rows whose answer is known; a missing one counts as the column's mean.
std::vector<double> judged_numbers(const StepFit& fit, const FrameColumn& column,
                                   const std::vector<std::size_t>& rows) {
  const auto all = fit.rows.all_numbers(column);
  std::vector<double> values;
  values.reserve(rows.size());
  double sum = 0;
  std::size_t known = 0;
  for (const auto row : rows) {
    values.push_back(all[row]);
    if (std::isnan(all[row])) continue;
    sum += all[row];
    ++known;
  }
  const double mean = known > 0 ? sum / static_cast<double>(known) : 0;
  for (double& value : values)
    if (std::isnan(value)) value = mean;
  return values;
}

void refuse_infinite(const StepFit& fit, const FrameColumn& column, const std::vector<double>& values) {
  for (const double value : values)
    if (!std::isfinite(value) || std::abs(value) > 1e150)
      throw DataError("The column '" + column.name + "' holds " + number_text(value) + ", which is too large for " +
                          fit.step.name(),
                      column.name, "numbers of at most 1e150; standardize or scale before it");
}

std::vector<std::size_t> answered_rows(const TrainingAnswers& target, std::size_t count, std::size_t most) {
  std::vector<std::size_t> known;
  for (std::size_t row = 0; row < count; ++row)
    if (target.is_known(row)) known.push_back(row);
  if (known.size() <= most) return known;
  std::vector<std::size_t> some(most);
  for (std::size_t i = 0; i < most; ++i) some[i] = known[i * known.size() / most];
  return some;
}

template <class T>
std::vector<T> at_rows(const std::vector<T>& values, const std::vector<std::size_t>& rows) {
  std::vector<T> some;
  some.reserve(rows.size());
  for (const auto row : rows) some.push_back(values[row]);
  return some;
}

/// Codes of a column that holds few different numbers; empty where it holds many.
std::vector<std::int32_t> codes_of_few(const std::vector<double>& values) {
  constexpr std::size_t most_different = 10;
  std::set<double> different;
  for (const double value : values) {
    different.insert(value);
    if (different.size() > most_different) return {};
  }
  std::vector<std::int32_t> codes;
  codes.reserve(values.size());
  for (const double value : values)
    codes.push_back(static_cast<std::int32_t>(std::distance(different.begin(), different.find(value))));
  return codes;
}

std::vector<double> information_scores(const StepFit& fit, const StepFit::Chosen& columns) {
  constexpr int neighbors = 3;
  // Beyond this many rows the estimate hardly changes, but takes long.
  constexpr std::size_t most_rows = 10000;
  const TrainingAnswers target = fit.rows.target(fit.step);
  const auto rows = answered_rows(target, fit.rows.count(), most_rows);
  std::vector<std::int32_t> classes;
  std::vector<double> answers;
  if (target.is_classes())
    classes = at_rows(target.codes, rows);
  else
    answers = at_rows(target.values, rows);
  std::vector<std::vector<double>> large(columns.size());
  std::vector<double> scores(columns.size());
  parallel_chunks(columns.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) {
      auto values = judged_numbers(fit, *columns[i], rows);
      const bool fits =
          std::all_of(values.begin(), values.end(), [](double value) { return std::abs(value) <= 1e150; });
      if (!fits) {
        large[i] = std::move(values);
        continue;
      }
      const auto codes = codes_of_few(values);
      if (target.is_classes())
        scores[i] =
            codes.empty() ? information_of_classes(values, classes, neighbors) : information_of_codes(codes, classes);
      else
        scores[i] = codes.empty() ? information_of_numbers(values, answers, neighbors)
                                  : information_of_classes(answers, codes, neighbors);
    }
  });
  for (std::size_t i = 0; i < columns.size(); ++i) refuse_infinite(fit, *columns[i], large[i]);
  return scores;
}

std::vector<double> chi2_scores(const StepFit& fit, const StepFit::Chosen& columns) {
  const TrainingAnswers target = fit.rows.target(fit.step);
  if (!target.is_classes())
    throw ParamError(fit.step.path + ".step is \"select_chi2\", which compares classes, but the target is a number",
                     fit.step.path + ".step", "select_information or select_recursive");
  const auto rows = answered_rows(target, fit.rows.count(), fit.rows.count());
  std::vector<double> shares(target.classes.size());
  for (const auto row : rows)
    shares[static_cast<std::size_t>(target.codes[row])] += 1 / static_cast<double>(rows.size());
  std::vector<double> scores;
  for (const FrameColumn* column : columns) {
    const auto values = judged_numbers(fit, *column, rows);
    refuse_infinite(fit, *column, values);
    std::vector<double> sums(target.classes.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (values[i] < 0)
        throw DataError("The column '" + column->name + "' holds " + number_text(values[i]) +
                            ", but select_chi2 compares sums of numbers that are not negative (counts, words, 0 and 1)",
                        column->name, "select_chi2 before standardize, scale to 0..1 before it, or other columns");
      sums[static_cast<std::size_t>(target.codes[rows[i]])] += values[i];
    }
    scores.push_back(chi_squared(sums, shares));
  }
  return scores;
}

/// Columns of answers for the linear model: numbers as they are, classes as -1 and 1 (one column for two of them).
MatrixD answer_matrix(const TrainingAnswers& target, const std::vector<std::size_t>& rows) {
  const std::size_t classes = target.classes.size();
  const auto count = static_cast<Eigen::Index>(rows.size());
  MatrixD answers(count, static_cast<Eigen::Index>(classes > 2 ? classes : 1));
  for (Eigen::Index row = 0; row < count; ++row) {
    const auto at = rows[static_cast<std::size_t>(row)];
    if (!target.is_classes()) {
      answers(row, 0) = target.values[at];
      continue;
    }
    for (Eigen::Index c = 0; c < answers.cols(); ++c)
      answers(row, c) = target.codes[at] == (classes > 2 ? c : 1) ? 1 : -1;
  }
  answers.rowwise() -= answers.colwise().mean().eval();
  return answers;
}

/// The products that ridge regression needs of standardized columns, gathered block by block: memory is that of
/// columns x columns.
struct RidgeProducts {
  MatrixD inverse;  ///< of X'X + I
  MatrixD weights;  ///< columns x answers
};

RidgeProducts ridge_products(const StepFit& fit, const StepFit::Chosen& columns, const TrainingAnswers& target) {
  const auto rows = answered_rows(target, fit.rows.count(), fit.rows.count());
  const auto count = static_cast<Eigen::Index>(columns.size());
  MatrixF values(static_cast<Eigen::Index>(rows.size()), count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const FrameColumn& column = *columns[static_cast<std::size_t>(i)];
    const auto numbers = judged_numbers(fit, column, rows);
    refuse_infinite(fit, column, numbers);
    const double mean = mean_of(numbers), variance = variance_of(numbers);
    const double factor = variance > 0 ? 1 / std::sqrt(variance) : 1;
    for (std::size_t row = 0; row < rows.size(); ++row)
      values(static_cast<Eigen::Index>(row), i) = static_cast<float>((numbers[row] - mean) * factor);
  }
  const MatrixD answers = answer_matrix(target, rows);
  constexpr double ridge = 1;
  MatrixD gram = ridge * MatrixD::Identity(count, count);
  MatrixD products = MatrixD::Zero(count, answers.cols());
  constexpr Eigen::Index block = 256;
  for (Eigen::Index begin = 0; begin < values.rows(); begin += block) {
    const Eigen::Index size = std::min(block, values.rows() - begin);
    const MatrixD some = values.middleRows(begin, size).cast<double>();
    gram.noalias() += some.transpose() * some;
    products.noalias() += some.transpose() * answers.middleRows(begin, size);
  }
  const MatrixD root = inverse_of_lower(cholesky(gram));
  RidgeProducts found;
  found.inverse.noalias() = root.transpose() * root;
  found.weights.noalias() = found.inverse * products;
  return found;
}

/// Which columns stay: recursive elimination (Guyon, Weston, Barnhill, Vapnik 2002) by the squared weights of a ridge
/// regression on standardized columns. Leaving out a column updates inverse and weights instead of fitting again.
std::vector<bool> recursively_kept(const StepFit& fit, const StepFit::Chosen& columns, std::size_t keep) {
  constexpr std::size_t most_columns = 4000;
  if (columns.size() > most_columns)
    throw ParamError(fit.step.path + " of select_recursive judges " + std::to_string(columns.size()) +
                         " columns; it takes at most " + std::to_string(most_columns),
                     fit.step.path + ".columns", "fewer columns, or another selection before it");
  auto [inverse, weights] = ridge_products(fit, columns, fit.rows.target(fit.step));
  const auto per_round = static_cast<std::size_t>(fit.step.as<RecursiveParams>().per_round);
  std::vector<bool> stays(columns.size(), true);
  std::size_t left = columns.size();
  while (left > keep) {
    std::vector<std::pair<double, Eigen::Index>> scored;
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (stays[i]) {
        const auto at = static_cast<Eigen::Index>(i);
        scored.emplace_back(weights.row(at).squaredNorm(), at);
      }
    std::sort(scored.begin(), scored.end());
    const std::size_t goes = std::min(per_round, left - keep);
    for (std::size_t i = 0; i < goes; ++i) {
      const Eigen::Index gone = scored[i].second;
      const Eigen::VectorXd direction = inverse.col(gone) / inverse(gone, gone);
      const Eigen::RowVectorXd answer = weights.row(gone), row = inverse.row(gone);
      weights.noalias() -= direction * answer;
      inverse.noalias() -= direction * row;
      stays[static_cast<std::size_t>(gone)] = false;
    }
    left -= goes;
  }
  return stays;
}

std::vector<bool> best_kept(const std::vector<double>& scores, std::size_t keep) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::vector<bool> stays(scores.size(), false);
  for (std::size_t i = 0; i < keep; ++i) stays[order[i]] = true;
  return stays;
}

/// "a (0.52), b (0.31), ...": the best, so that people see what the choice was made by.
std::string told(const StepFit::Chosen& columns, const std::vector<double>& scores, const std::vector<bool>& stays,
                 bool wanted) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (stays[i] == wanted) order.push_back(i);
  if (!scores.empty())
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::string text;
  constexpr std::size_t most = 20;
  for (std::size_t i = 0; i < order.size() && i < most; ++i) {
    text += (i > 0 ? ", " : "") + columns[order[i]]->name;
    if (!scores.empty()) text += " (" + short_number(scores[order[i]]) + ")";
  }
  return order.size() > most ? text + ", ..." : text;
}

}  // namespace

std::vector<std::string> left_out_by(const StepFit& fit) {
  if (fit.step.kind == StepKind::select_variance) return nearly_constant(fit);
  const auto columns = fit.required(fit.encoded(), "columns of numbers");
  if (columns.empty()) return {};
  const bool recursive = fit.step.kind == StepKind::select_recursive;
  const double wanted = recursive ? fit.step.as<RecursiveParams>().keep : fit.step.as<SelectParams>().keep;
  const std::size_t keep = kept_count(wanted, columns.size());
  std::vector<double> scores;
  std::vector<bool> stays;
  if (recursive) {
    stays = recursively_kept(fit, columns, keep);
  } else {
    scores = fit.step.kind == StepKind::select_chi2 ? chi2_scores(fit, columns) : information_scores(fit, columns);
    stays = best_kept(scores, keep);
  }
  Names names;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (!stays[i]) names.push_back(columns[i]->name);
  if (!names.empty())
    fit.problems.push_back({0, "",
                            fit.step.name() + " keeps " + std::to_string(keep) + " of " +
                                std::to_string(columns.size()) + " columns: " + told(columns, scores, stays, true) +
                                "; it leaves out " + told(columns, scores, stays, false)});
  return names;
}

}  // namespace gb
