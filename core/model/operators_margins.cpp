#include <algorithm>
#include <cmath>

#include "core/linalg/matrix.hpp"
#include "core/model/operators.hpp"
#include "core/model/pairwise_probability.hpp"

// ai.onnx.ml's support vector machine, with calibrated probabilities.

namespace gb {
namespace {

/// LIBSVM's machine as the operator's attributes describe it.
struct SvmClassifier {
  std::vector<std::int64_t> labels, counts;
  MatrixF vectors, coefficients;  ///< support x features; (classes - 1) x support
  std::vector<float> intercepts, slopes, shifts;
  std::string kernel;
  double gamma = 1, coef0 = 0, degree = 3;

  explicit SvmClassifier(const NodeAttributes& given)
      : labels(given.get("classlabels_ints", Tensor::Integers())),
        counts(given.get("vectors_per_class", Tensor::Integers())),
        intercepts(given.get("rho", Tensor::Reals())),
        slopes(given.get("prob_a", Tensor::Reals())),
        shifts(given.get("prob_b", Tensor::Reals())),
        kernel(given.text("kernel_type", "LINEAR")) {
    if (given.text("post_transform", "NONE") != "NONE") throw ModelError("transforms its scores; NONE is supported");
    if (kernel != "LINEAR" && kernel != "POLY" && kernel != "RBF" && kernel != "SIGMOID")
      throw ModelError("has the kernel '" + kernel + "', which is not LINEAR, POLY, RBF or SIGMOID");
    const auto parameters = given.get("kernel_params", Tensor::Reals{1, 0, 3});
    const auto values = given.get("support_vectors", Tensor::Reals());
    const auto weights = given.get("coefficients", Tensor::Reals());
    const std::size_t k = labels.size(), pairs = k * (k - 1) / 2;
    std::int64_t support = 0;
    for (const std::int64_t count : counts) {
      if (count < 0) throw ModelError("has a negative number of support vectors");
      support += count;
    }
    if (k < 2 || counts.size() != k || parameters.size() != 3 || intercepts.size() != pairs)
      throw ModelError("has attributes that do not fit each other");
    if (slopes.size() != pairs || shifts.size() != pairs)
      throw ModelError("has no probabilities for its pairs of classes; they are needed");
    const auto rows = static_cast<std::size_t>(support);
    if (support == 0 || values.size() % rows != 0 || values.empty() || weights.size() != rows * (k - 1))
      throw ModelError("has " + std::to_string(support) + " support vectors, " + std::to_string(values.size()) +
                       " numbers of them and " + std::to_string(weights.size()) + " coefficients, which do not fit");
    gamma = static_cast<double>(parameters[0]);
    coef0 = static_cast<double>(parameters[1]);
    degree = static_cast<double>(parameters[2]);
    vectors = Eigen::Map<const MatrixF>(values.data(), support, static_cast<Eigen::Index>(values.size() / rows));
    coefficients = Eigen::Map<const MatrixF>(weights.data(), static_cast<Eigen::Index>(k - 1), support);
  }

  double kernel_of(const Eigen::RowVectorXd& row, Eigen::Index vector) const {
    const Eigen::RowVectorXd other = vectors.row(vector).cast<double>();
    if (kernel == "RBF") return std::exp(-gamma * (row - other).squaredNorm());
    const double product = row.dot(other);
    if (kernel == "LINEAR") return product;
    return kernel == "POLY" ? std::pow(gamma * product + coef0, degree) : std::tanh(gamma * product + coef0);
  }

  /// Probabilities of the classes, and the position of the one with most wins.
  std::size_t judge(const float* values, float* probabilities) const {
    const Eigen::RowVectorXd row = Eigen::Map<const Eigen::RowVectorXf>(values, vectors.cols()).cast<double>();
    Eigen::VectorXd kernels(vectors.rows());
    for (Eigen::Index i = 0; i < kernels.size(); ++i) kernels[i] = kernel_of(row, i);
    const std::size_t k = labels.size();
    std::vector<Eigen::Index> begins{0};
    for (const std::int64_t count : counts) begins.push_back(begins.back() + static_cast<Eigen::Index>(count));
    const auto part = [&](std::size_t own, std::size_t column) {
      const Eigen::Index begin = begins[own], count = begins[own + 1] - begin;
      return coefficients.row(static_cast<Eigen::Index>(column))
          .segment(begin, count)
          .cast<double>()
          .dot(kernels.segment(begin, count));
    };
    std::vector<double> pairs(k * k), coupled(k);
    std::vector<int> wins(k);
    std::size_t pair = 0;
    for (std::size_t i = 0; i < k; ++i)
      for (std::size_t j = i + 1; j < k; ++j, ++pair) {
        const double margin = part(i, j - 1) + part(j, i) + static_cast<double>(intercepts[pair]);
        ++wins[margin > 0 ? i : j];
        constexpr double least = 1e-7;
        const MarginSigmoid sigmoid{static_cast<double>(slopes[pair]), static_cast<double>(shifts[pair])};
        pairs[i * k + j] = std::clamp(sigmoid(margin), least, 1 - least);
        pairs[j * k + i] = 1 - pairs[i * k + j];
      }
    couple_pairs(pairs, static_cast<std::int64_t>(k), coupled.data());
    std::copy(coupled.begin(), coupled.end(), probabilities);
    return static_cast<std::size_t>(std::max_element(wins.begin(), wins.end()) - wins.begin());
  }
};

template <bool wants_label>
NodeKernel make_svm_classifier(const NodeAttributes& given) {
  return [machine = SvmClassifier(given)](Operands in) -> Tensor {
    const Tensor& rows = *in[0];
    const Eigen::Index columns = machine.vectors.cols();
    if (rows.rank() != 2 || rows.shape[1] != columns)
      throw ModelError("takes rows of " + std::to_string(columns) + " features, got " + shape_text(rows.shape));
    const Tensor::Reals& values = rows.reals();
    const auto k = static_cast<std::int64_t>(machine.labels.size());
    const Shape shape{rows.shape[0], k};
    Tensor::Reals probabilities = computed_values<float>(shape);
    Tensor::Integers labels = computed_values<std::int64_t>({rows.shape[0]});
    for (std::int64_t row = 0; row < rows.shape[0]; ++row)
      labels[static_cast<std::size_t>(row)] =
          machine.labels[machine.judge(values.data() + row * columns, probabilities.data() + row * k)];
    if constexpr (wants_label)
      return {{rows.shape[0]}, std::move(labels)};
    else
      return {shape, std::move(probabilities)};
  };
}

const std::vector<OnnxOperator>& table() {
  static const std::vector<OnnxOperator> operators{
      {"ai.onnx.ml",
       "SVMClassifier",
       1,
       1,
       {"classlabels_ints", "coefficients", "kernel_params", "kernel_type", "post_transform", "prob_a", "prob_b", "rho",
        "support_vectors", "vectors_per_class"},
       make_svm_classifier<true>,
       {make_svm_classifier<false>}},
  };
  return operators;
}

}  // namespace

std::span<const OnnxOperator> margin_operators() {
  return table();
}

}  // namespace gb
