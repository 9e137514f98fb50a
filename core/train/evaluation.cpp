#include "core/train/evaluation.hpp"

#include <algorithm>

#include "core/graph/passes.hpp"

namespace gb {
namespace {

/// Rows that go through the network at once.
constexpr std::size_t forward_batch = 512;

}  // namespace

Evaluation::Evaluation(const Network& network, const Storage& kept, Device& device, const ProblemSet& problem,
                       const TrainingTarget& target, const TrainingParams& params)
    : device_(device), problem_(problem), target_(target), input_(network.input), graph_(network.graph) {
  judged_ = add_judgement(graph_, network.output, target, params);
  outputs_ = judged_.outputs();
  prepare_for_inference(graph_, outputs_);
  bound_ = bindings(graph_, kept);
  fuse_activations(graph_, outputs_);
}

Executable& Evaluation::executable(std::int64_t rows) {
  const auto found = executables_.find(rows);
  if (found != executables_.end()) return found->second;
  return executables_.emplace(rows, Executable(graph_, device_, rows, outputs_, bound_)).first->second;
}

std::int64_t Evaluation::columns() const {
  return judged_.predicted < 0 ? 0 : graph_.value(judged_.predicted).shape[1];
}

std::int64_t Evaluation::planned_bytes(std::size_t rows) const {
  const auto of_batch = [&](std::size_t size) {
    return size == 0 ? std::size_t{0}
                     : Executable::planned_bytes(graph_, device_, static_cast<std::int64_t>(size), outputs_, bound_);
  };
  const std::size_t whole = rows >= forward_batch ? of_batch(forward_batch) : 0;
  const std::size_t kept = rows * static_cast<std::size_t>(columns()) * sizeof(float);
  return static_cast<std::int64_t>(whole + of_batch(rows % forward_batch) + kept);
}

Score Evaluation::score(std::span<const std::int64_t> rows, MatrixF& outputs) {
  Score score;
  score.terms.resize(judged_.terms.size());
  outputs.resize(columns() == 0 ? 0 : static_cast<Eigen::Index>(rows.size()), columns());
  for (std::size_t first = 0; first < rows.size(); first += forward_batch) {
    const auto piece = rows.subspan(first, std::min(forward_batch, rows.size() - first));
    Executable& one = executable(static_cast<std::int64_t>(piece.size()));
    problem_.features.gather(piece, one.value<float>(input_).data());
    load_answers(judged_, target_, piece, {}, one);
    one.run();
    const double share = static_cast<double>(piece.size()) / static_cast<double>(rows.size());
    score.loss += share * static_cast<double>(one.value<float>(judged_.loss)[0]);
    if (target_.classes())
      score.accuracy += share * (static_cast<double>(count_right(judged_, target_, piece, {}, one)) /
                                 static_cast<double>(piece.size()));
    if (target_.reconstruction) {
      score.squared_error += share * static_cast<double>(one.value<float>(judged_.squared_error)[0]);
      for (std::size_t i = 0; i < score.terms.size(); ++i)
        score.terms[i] += share * static_cast<double>(one.value<float>(judged_.terms[i].loss)[0]);
      continue;
    }
    const auto values = one.value<float>(judged_.predicted);
    std::copy(values.begin(), values.end(), outputs.data() + static_cast<Eigen::Index>(first) * outputs.cols());
  }
  return score;
}

}  // namespace gb
