#include "core/train/step_watch.hpp"

#include <cmath>
#include <cstdio>

namespace gb {
namespace {

using Clock = std::chrono::steady_clock;

const std::string step_view = "this-step";
const std::string spread_view = "weights";

std::string with_thousands(std::int64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

double length(const Layer& layer, std::span<const double> squares) {
  double total = 0;
  for (const std::size_t segment : layer.segments) total += squares[segment];
  return std::sqrt(total);
}

}  // namespace

StepWatch::StepWatch(const Graph& graph, const std::vector<Segment>& segments, RunContext& context)
    : context_(context), segments_(segments), layers_(layers_of(graph)), sums_(segments) {
  for (const Segment& segment : segments) count_ += static_cast<std::int64_t>(segment.end - segment.begin);
  for (const Layer& layer : layers_) {
    std::vector<Segment> weights;
    for (const std::size_t segment : layer.segments)
      if (segments[segment].decays) weights.push_back(segments[segment]);
    if (!weights.empty())
      histories_.push_back(
          {std::move(weights), SpreadHistory("weights", layer.name, "Weights of " + layer.name, "weight")});
  }
}

void StepWatch::before(std::span<const float> weights) {
  looking_ = context_.watch_due(step_view);
  if (!looking_) return;
  const auto start = Clock::now();
  moved_.assign(weights.begin(), weights.end());
  spent_ = Clock::now() - start;
}

void StepWatch::after(std::int64_t step, std::span<const float> weights, std::span<const double> gradient_squares,
                      double learning_rate) {
  if (!looking_) return;
  const auto start = Clock::now();
  for (std::size_t i = 0; i < weights.size(); ++i) moved_[i] = weights[i] - moved_[i];
  tell(step, gradient_squares, learning_rate);
  context_.watch_done(step_view, spent_ + (Clock::now() - start));
}

void StepWatch::tell(std::int64_t step, std::span<const double> gradient_squares, double learning_rate) {
  double squares = 0, moved = 0;
  for (const double of_segment : gradient_squares) squares += of_segment;
  for (const Segment& segment : segments_)
    for (std::size_t i = segment.begin; i < segment.end; ++i) moved += std::abs(static_cast<double>(moved_[i]));
  char text[200];
  std::snprintf(text, sizeof text, "Moved %s weights: mean step %.2g, gradient norm %.3g, learning rate %.3g.",
                with_thousands(count_).c_str(), moved / static_cast<double>(count_), std::sqrt(squares), learning_rate);
  context_.publish(Text{step_view, step, text});
  const auto of_moves = sums_.squares(moved_.data());
  for (const Layer& layer : layers_) {
    context_.publish(Scalar{"gradient-norm/" + layer.name, step, length(layer, gradient_squares)});
    context_.publish(Scalar{"update-norm/" + layer.name, step, length(layer, of_moves)});
  }
}

void StepWatch::spread(std::int64_t step, std::span<const float> weights, bool force) {
  if (!context_.watch_due(spread_view, force)) return;
  const auto start = Clock::now();
  for (History& history : histories_) {
    std::vector<std::span<const float>> parts;
    for (const Segment& part : history.parts) parts.push_back(weights.subspan(part.begin, part.end - part.begin));
    context_.publish(history.spread.look(step, parts));
  }
  context_.watch_done(spread_view, Clock::now() - start);
}

}  // namespace gb
