#include "core/model/network_predictor.hpp"

#include <algorithm>

#include "core/base/denormals.hpp"
#include "core/graph/passes.hpp"

namespace gb {
namespace {

/// Rows that go through the network at once, and the memory that what they become may take.
constexpr std::size_t most_rows = 512;
constexpr std::int64_t most_bytes = std::int64_t{1} << 28;
/// Compiled forms that are kept: of a whole batch, of a remainder, of one row.
constexpr std::size_t most_idle = 3;

std::size_t forward_batch(const Graph& graph) {
  std::int64_t bytes = 1;
  for (const Node& node : graph.nodes())
    for (const ValueId id : node.outputs)
      if (const Shape& shape = graph.value(id).shape; !shape.empty() && shape.front() == any_batch)
        bytes += 4 * volume(Shape(shape.begin() + 1, shape.end()));
  return std::clamp<std::size_t>(static_cast<std::size_t>(most_bytes / bytes), 1, most_rows);
}

}  // namespace

NetworkPredictor::NetworkPredictor(const Network& network, const Storage& parameters, bool probabilities, bool changing)
    : graph_(network.graph), input_(network.input), device_(make_device(DeviceKind::onednn)) {
  wanted_ = probabilities ? graph_.add("Softmax", {network.output}) : network.output;
  prepare_for_inference(graph_, {wanted_});
  fuse_activations(graph_, {wanted_});
  if (!changing) graph_.fix_kept();
  bound_ = bindings(graph_, parameters);
  batch_ = forward_batch(graph_);
}

NetworkPredictor::~NetworkPredictor() = default;

MatrixF NetworkPredictor::outputs(const Features& features, std::span<const std::int64_t> rows) const {
  const FlushDenormals flush;
  const Shape& shape = graph_.value(wanted_).shape;
  MatrixF outputs(static_cast<Eigen::Index>(rows.size()), volume(Shape(shape.begin() + 1, shape.end())));
  std::unique_ptr<Executable> one;
  for (std::size_t first = 0; first < rows.size(); first += batch_) {
    const auto piece = rows.subspan(first, std::min(batch_, rows.size() - first));
    const auto size = static_cast<std::int64_t>(piece.size());
    if (one && one->batch_size() != size) give_back(std::move(one));
    if (!one) one = take(size);
    features.gather(piece, one->value<float>(input_).data());
    one->run();
    const auto values = one->value<float>(wanted_);
    std::copy(values.begin(), values.end(), outputs.data() + static_cast<Eigen::Index>(first) * outputs.cols());
  }
  if (one) give_back(std::move(one));
  return outputs;
}

std::unique_ptr<Executable> NetworkPredictor::take(std::int64_t rows) const {
  {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(idle_.begin(), idle_.end(), [&](const auto& each) { return each->batch_size() == rows; });
    if (found != idle_.end()) {
      auto one = std::move(*found);
      idle_.erase(found);
      return one;
    }
  }
  return std::make_unique<Executable>(graph_, *device_, rows, std::vector{wanted_}, bound_);
}

void NetworkPredictor::give_back(std::unique_ptr<Executable> executable) const {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(executable));
  if (idle_.size() > most_idle) idle_.erase(idle_.begin());
}

}  // namespace gb
