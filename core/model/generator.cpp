#include "core/model/generator.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/random.hpp"
#include "core/graph/passes.hpp"
#include "core/linalg/principal_axes.hpp"
#include "core/model/onnx_graph.hpp"
#include "core/model/onnx_network.hpp"

namespace gb {

using Eigen::Index;

Generator::Generator(const Network& network, const Storage& weights, GeneratorForm form, bool changing)
    : network_(network), weights_(weights), form_(std::move(form)), predictor_(network, weights, false, changing) {}

MatrixF Generator::pictures(const MatrixF& latents, std::span<const std::int32_t> classes) const {
  const auto kinds = static_cast<Index>(form_.classes.size());
  MatrixF codes = MatrixF::Zero(latents.rows(), form_.latent + kinds);
  codes.leftCols(form_.latent) = latents;
  for (Index row = 0; kinds > 0 && row < codes.rows(); ++row)
    codes(row, form_.latent + classes[static_cast<std::size_t>(row)]) = 1;
  std::vector<std::int64_t> rows(static_cast<std::size_t>(codes.rows()));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  MatrixF made = predictor_.outputs(Features(std::move(codes)), rows);
  made = (made.array() * form_.factor + form_.offset).cwiseMax(0.0F).cwiseMin(255.0F);
  return made;
}

MatrixF Generator::directions(Index count) const {
  for (const Node& node : network_.graph.nodes()) {
    if (node.op != "Gemm" || node.inputs[0] != network_.input) continue;
    const Shape& shape = network_.graph.value(node.inputs[1]).shape;
    if (network_.graph.value(node.inputs[1]).kind != Value::Kind::parameter) break;
    const Eigen::Map<const MatrixF> weights(static_cast<const float*>(weights_.data(node.inputs[1])), shape[0],
                                            shape[1]);
    // A row of the transposed weights is what one unit sees of the latent vector.
    return principal_axes(weights.topRows(form_.latent).transpose(), std::min(count, Index{form_.latent}))
        .axes.cast<float>();
  }
  return MatrixF::Identity(std::min<Index>(count, form_.latent), form_.latent);
}

void Generator::write_onnx(OnnxGraph& graph) const {
  std::string codes = graph.add_input("latent", TensorType::real, {-1, form_.latent});
  if (const auto kinds = static_cast<std::int64_t>(form_.classes.size()); kinds > 0) {
    const std::string chosen = graph.add_input("class", TensorType::integer, {-1});
    const MatrixF each = MatrixF::Identity(kinds, kinds);
    const std::string rows = graph.constant(
        "one_hot", std::span<const float>(each.data(), static_cast<std::size_t>(each.size())), {kinds, kinds});
    codes = graph.add("Concat", {codes, graph.add("Gather", {rows, chosen}, {{"axis", std::int64_t{0}}})},
                      {{"axis", std::int64_t{1}}});
  }
  Network network = network_;
  prepare_for_inference(network.graph, {network.output});
  std::string made = write_network(graph, network, weights_, codes);
  const auto scalar = [&](const char* name, float value) {
    return graph.constant(name, std::span<const float>(&value, 1), {});
  };
  made = graph.add("Add", {graph.add("Mul", {made, scalar("factor", form_.factor)}), scalar("offset", form_.offset)});
  made = graph.add("Clip", {made, scalar("least", 0), scalar("most", 255)});
  const auto side = [](std::size_t extent) { return static_cast<std::int64_t>(extent); };
  const Shape shape{-1, side(form_.picture.channels), side(form_.picture.height), side(form_.picture.width)};
  if (network.graph.value(network.output).shape.size() == 2)
    made = graph.add("Reshape", {made, graph.constant("image_shape", std::span<const std::int64_t>(shape), {4})});
  graph.add_output(made, "image", TensorType::real, shape);
}

MatrixF standard_normal(std::int64_t count, std::int64_t numbers, std::uint64_t seed) {
  Random random(seed);
  MatrixF values(count, numbers);
  for (Index i = 0; i < values.size(); ++i) values.data()[i] = static_cast<float>(random.normal());
  return values;
}

MatrixF latent_walk(const Eigen::RowVectorXf& from, const Eigen::RowVectorXf& to, Index steps) {
  const float lengths = from.norm() * to.norm();
  const float cosine = lengths > 0 ? std::clamp(from.dot(to) / lengths, -1.0F, 1.0F) : 1.0F;
  const float angle = std::acos(cosine);
  MatrixF way(steps, from.size());
  for (Index step = 0; step < steps; ++step) {
    const float share = static_cast<float>(step) / static_cast<float>(std::max<Index>(steps - 1, 1));
    // Of nearly one direction, or of opposite ones, there is no one circle: straight on.
    if (std::sin(angle) < 1e-3F)
      way.row(step) = (1 - share) * from + share * to;
    else
      way.row(step) = (std::sin((1 - share) * angle) * from + std::sin(share * angle) * to) / std::sin(angle);
  }
  return way;
}

std::vector<std::uint8_t> picture_bytes(const MatrixF& pictures) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(pictures.size()));
  for (Index i = 0; i < pictures.size(); ++i)
    bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(std::lround(pictures.data()[i]));
  return bytes;
}

}  // namespace gb
