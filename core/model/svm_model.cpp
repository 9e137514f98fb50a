#include "core/model/svm_model.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/parallel.hpp"
#include "core/model/linear_model.hpp"
#include "core/model/onnx_graph.hpp"

namespace gb {
namespace {

/// No pair is surer than this (LIBSVM).
constexpr double least_probability = 1e-7;

std::span<const float> values_of(const MatrixF& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

}  // namespace

SvmModel::SvmModel(Parts parts) : parts_(std::move(parts)), vectors_(parts_.support.values()) {}

/// From kernels with all support vectors (rows x support) to the margins of all pairs.
void SvmModel::decide(const MatrixF& kernels, std::int64_t rows, float* out) const {
  const std::int64_t groups = static_cast<std::int64_t>(parts_.begins.size()) - 1;
  std::vector<MatrixF> sums;
  for (std::int64_t c = 0; c < groups; ++c) {
    const std::int64_t begin = parts_.begins[static_cast<std::size_t>(c)];
    const std::int64_t count = parts_.begins[static_cast<std::size_t>(c + 1)] - begin;
    sums.emplace_back(kernels.block(0, begin, rows, count) * parts_.coefficients.middleRows(begin, count));
  }
  const auto pairs = static_cast<std::int64_t>(parts_.intercepts.size());
  Eigen::Map<MatrixF> decisions(out, rows, pairs);
  if (parts_.all == 0) {
    decisions = sums[0].array() + parts_.intercepts[0];
    return;
  }
  std::int64_t pair = 0;
  for (std::int64_t i = 0; i < groups; ++i)
    for (std::int64_t j = i + 1; j < groups; ++j, ++pair)
      decisions.col(pair) =
          (sums[static_cast<std::size_t>(i)].col(j - 1) + sums[static_cast<std::size_t>(j)].col(i)).array() +
          parts_.intercepts[static_cast<std::size_t>(pair)];
}

/// The probabilities of all classes from the margins of the pairs.
void SvmModel::answer(const float* decisions, float* probabilities) const {
  if (!parts_.sigmoids.empty()) return answer_calibrated(decisions, probabilities);
  const std::int64_t k = classes();
  Eigen::ArrayXf scores = Eigen::ArrayXf::Zero(k), margins = scores;
  if (k == 2) {
    scores[0] = decisions[0];
  } else {
    const float* decision = decisions;
    for (std::int64_t i = 0; i < k; ++i)
      for (std::int64_t j = i + 1; j < k; ++j, ++decision) {
        scores[*decision > 0 ? i : j] += 1;
        margins[i] += *decision;
        margins[j] -= *decision;
      }
    scores += margins / (3 * (margins.abs() + 1));
  }
  softmax_rows(scores.data(), 1, k);
  std::fill_n(probabilities, parts_.all, 0.0f);
  for (std::int64_t i = 0; i < k; ++i) probabilities[parts_.present[static_cast<std::size_t>(i)]] = scores[i];
}

void SvmModel::answer_calibrated(const float* decisions, float* probabilities) const {
  const auto k = static_cast<std::size_t>(classes());
  std::vector<double> pairs(k * k), coupled(k);
  std::size_t pair = 0;
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = i + 1; j < k; ++j, ++pair) {
      pairs[i * k + j] = std::clamp(parts_.sigmoids[pair](static_cast<double>(decisions[pair])), least_probability,
                                    1 - least_probability);
      pairs[j * k + i] = 1 - pairs[i * k + j];
    }
  if (k == 2)
    coupled = {pairs[1], pairs[2]};
  else
    couple_pairs(pairs, classes(), coupled.data());
  std::fill_n(probabilities, parts_.all, 0.0f);
  for (std::size_t i = 0; i < k; ++i) probabilities[parts_.present[i]] = static_cast<float>(coupled[i]);
}

MatrixF SvmModel::decisions(const Features& features, std::span<const std::int64_t> rows) const {
  const auto pairs = static_cast<std::int64_t>(parts_.intercepts.size());
  MatrixF result(static_cast<Eigen::Index>(rows.size()), pairs);
  const auto block = static_cast<std::size_t>(
      std::clamp<std::int64_t>((std::int64_t{1} << 20) / std::max<std::int64_t>(support_count(), 1), 16, 256));
  parallel_chunks(rows.size(), 16, [&](std::size_t begin, std::size_t end, std::size_t) {
    MatrixF kernels(static_cast<Eigen::Index>(block), support_count());
    for (std::size_t first = begin; first < end; first += block) {
      const std::size_t some = std::min(block, end - first);
      parts_.support.against(features, rows.subspan(first, some), kernels.data());
      decide(kernels, static_cast<std::int64_t>(some), result.row(static_cast<Eigen::Index>(first)).data());
    }
  });
  return result;
}

Prediction SvmModel::predict(const Features& features, std::span<const std::int64_t> rows) const {
  Prediction prediction;
  prediction.task = task();
  const MatrixF margins = decisions(features, rows);
  if (parts_.all == 0) {
    prediction.values.assign(margins.data(), margins.data() + margins.size());
    return prediction;
  }
  prediction.labels.resize(rows.size());
  prediction.probabilities.resize(margins.rows(), static_cast<Eigen::Index>(parts_.all));
  for (Eigen::Index i = 0; i < margins.rows(); ++i) {
    answer(margins.row(i).data(), prediction.probabilities.row(i).data());
    Eigen::Index best = 0;
    prediction.probabilities.row(i).maxCoeff(&best);
    prediction.labels[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(best);
  }
  return prediction;
}

std::vector<NamedArray> SvmModel::arrays() const {
  return {{"support_vectors", {vectors_.rows(), vectors_.cols()}, values_of(vectors_)},
          {"coefficients", {parts_.coefficients.rows(), parts_.coefficients.cols()}, values_of(parts_.coefficients)},
          {"intercepts", {static_cast<std::int64_t>(parts_.intercepts.size())}, parts_.intercepts}};
}

/// Probabilities of the classes that occur become those of all classes.
std::string SvmModel::in_places(OnnxGraph& graph, const std::string& probabilities) const {
  const std::int64_t k = classes();
  if (static_cast<std::size_t>(k) == parts_.all) return probabilities;
  MatrixF places = MatrixF::Zero(k, static_cast<Eigen::Index>(parts_.all));
  for (std::int64_t i = 0; i < k; ++i) places(i, parts_.present[static_cast<std::size_t>(i)]) = 1;
  return graph.add("MatMul",
                   {probabilities, graph.constant("places", values_of(places), {places.rows(), places.cols()})});
}

/// Coupling is a loop: only the operator made for these machines has it.
std::string SvmModel::write_calibrated(OnnxGraph& graph, const std::string& features) const {
  const RowKernel& kernel = parts_.support.kernel();
  const std::int64_t k = classes();
  std::vector<std::int64_t> labels, counts;
  for (std::int64_t i = 0; i < k; ++i) {
    labels.push_back(i);
    counts.push_back(parts_.begins[static_cast<std::size_t>(i + 1)] - parts_.begins[static_cast<std::size_t>(i)]);
  }
  std::vector<float> slopes, shifts;
  for (const MarginSigmoid& sigmoid : parts_.sigmoids) {
    slopes.push_back(static_cast<float>(sigmoid.a));
    shifts.push_back(static_cast<float>(sigmoid.b));
  }
  const char* const names[] = {"LINEAR", "POLY", "RBF", "SIGMOID"};
  const MatrixF by_class = parts_.coefficients.transpose();
  const auto list = [](std::span<const float> values) { return std::vector<float>(values.begin(), values.end()); };
  const std::string probabilities = graph.add_outputs(
      "SVMClassifier", {features},
      {{"classlabels_ints", labels},
       {"coefficients", list(values_of(by_class))},
       {"kernel_params", std::vector<float>{static_cast<float>(kernel.gamma), static_cast<float>(kernel.coef0),
                                            static_cast<float>(kernel.degree)}},
       {"kernel_type", std::string(names[static_cast<std::size_t>(kernel.kind)])},
       {"post_transform", std::string("NONE")},
       {"prob_a", slopes},
       {"prob_b", shifts},
       {"rho", parts_.intercepts},
       {"support_vectors", list(values_of(vectors_))},
       {"vectors_per_class", counts}},
      2, "ai.onnx.ml")[1];
  return in_places(graph, probabilities);
}

std::string SvmModel::write_onnx(OnnxGraph& graph, const std::string& features) const {
  const RowKernel& kernel = parts_.support.kernel();
  const std::int64_t count = support_count(), columns = vectors_.cols();
  const auto pairs = static_cast<std::int64_t>(parts_.intercepts.size());
  const auto number = [&](const char* name, double value) {
    const auto rounded = static_cast<float>(value);
    return graph.constant(name, std::span(&rounded, 1), {});
  };
  const auto matrix = [&](const char* name, const MatrixF& values) {
    return graph.constant(name, values_of(values), {values.rows(), values.cols()});
  };
  const std::map<std::string, OnnxAttribute> transposed{{"transB", std::int64_t{1}}};
  if (count == 0) throw ModelError("The support vector machine has no support vectors: it was stopped before it began");
  if (!parts_.sigmoids.empty() && classes() > 2) return write_calibrated(graph, features);

  std::string kernels;
  if (kernel.by_distance()) {
    // About the vectors' mean, so that |x|^2 + |v|^2 - 2 x.v keeps its digits.
    const Eigen::RowVectorXf origin = vectors_.cast<double>().colwise().mean().cast<float>();
    const MatrixF moved = vectors_.rowwise() - origin;
    std::vector<float> norms;
    for (Eigen::Index i = 0; i < count; ++i)
      norms.push_back(static_cast<float>(moved.row(i).cast<double>().squaredNorm()));
    const std::string about = graph.add(
        "Sub", {features,
                graph.constant("origin", std::span(origin.data(), static_cast<std::size_t>(columns)), {1, columns})});
    const std::string products = graph.add("Gemm",
                                           {about, matrix("support_vectors", moved),
                                            graph.constant("squared_norms", std::span<const float>(norms), {count})},
                                           {{"alpha", -2.0f}, {"transB", std::int64_t{1}}});
    const std::string squares = graph.add("ReduceSumSquare", {about}, {{"axes", std::vector<std::int64_t>{1}}});
    const std::string distances = graph.add("Relu", {graph.add("Add", {products, squares})});
    kernels = graph.add("Exp", {graph.add("Mul", {distances, number("minus_gamma", -kernel.gamma)})});
  } else {
    kernels = graph.add("Gemm", {features, matrix("support_vectors", vectors_)}, transposed);
    if (kernel.kind != RowKernel::Kind::linear)
      kernels =
          graph.add("Add", {graph.add("Mul", {kernels, number("gamma", kernel.gamma)}), number("coef0", kernel.coef0)});
    if (kernel.kind == RowKernel::Kind::poly) kernels = graph.add("Pow", {kernels, number("degree", kernel.degree)});
    if (kernel.kind == RowKernel::Kind::sigmoid) kernels = graph.add("Tanh", {kernels});
  }

  // Coefficients of every pair, 0 for vectors of other classes.
  MatrixF weights = MatrixF::Zero(count, pairs);
  const std::int64_t k = classes();
  // +1 for the first class of a pair, -1 for the second.
  MatrixF signs = MatrixF::Zero(pairs, std::max<std::int64_t>(k, 1));
  std::vector<float> losses(static_cast<std::size_t>(k), 0.0f);
  if (parts_.all == 0) {
    weights = parts_.coefficients;
  } else {
    std::int64_t pair = 0;
    const auto copy = [&](std::int64_t own, std::int64_t column, std::int64_t to) {
      const std::int64_t begin = parts_.begins[static_cast<std::size_t>(own)];
      const std::int64_t some = parts_.begins[static_cast<std::size_t>(own + 1)] - begin;
      weights.block(begin, to, some, 1) = parts_.coefficients.block(begin, column, some, 1);
    };
    for (std::int64_t i = 0; i < k; ++i)
      for (std::int64_t j = i + 1; j < k; ++j, ++pair) {
        copy(i, j - 1, pair);
        copy(j, i, pair);
        signs(pair, i) = 1;
        signs(pair, j) = -1;
        losses[static_cast<std::size_t>(j)] += 1;
      }
  }
  const std::string decisions =
      graph.add("Gemm", {kernels, matrix("coefficients", weights),
                         graph.constant("intercepts", std::span<const float>(parts_.intercepts), {pairs})});
  if (parts_.all == 0) return decisions;

  std::string scores;
  if (k == 2 && !parts_.sigmoids.empty()) {
    // softmax(-(a * margin + b), 0) is Platt's sigmoid.
    const std::string scaled = graph.add("Mul", {decisions, number("minus_a", -parts_.sigmoids[0].a)});
    scores = graph.add("Concat",
                       {graph.add("Sub", {scaled, number("b", parts_.sigmoids[0].b)}),
                        graph.add("Mul", {decisions, number("zero", 0)})},
                       {{"axis", std::int64_t{1}}});
  } else if (k == 2) {
    scores =
        graph.add("Concat", {decisions, graph.add("Mul", {decisions, number("zero", 0)})}, {{"axis", std::int64_t{1}}});
  } else {
    // Wins: of the first class where the margin is positive, else of the second.
    const std::string sides = matrix("sides", signs);
    const std::string first =
        graph.add("Cast", {graph.add("Greater", {decisions, number("even", 0)})}, {{"to", std::int64_t{1}}});
    const std::string wins =
        graph.add("Gemm", {first, sides, graph.constant("losses", std::span<const float>(losses), {k})});
    const std::string margins = graph.add("MatMul", {decisions, sides});
    const std::string size =
        graph.add("Mul", {graph.add("Add", {graph.add("Abs", {margins}), number("one", 1)}), number("three", 3)});
    scores = graph.add("Add", {wins, graph.add("Div", {margins, size})});
  }
  const std::string probabilities = graph.add("Softmax", {scores}, {{"axis", std::int64_t{1}}});
  return in_places(graph, probabilities);
}

}  // namespace gb
