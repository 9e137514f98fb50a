#include <algorithm>
#include <cmath>

#include "core/backend/reference/kernels.hpp"

// Sums run in double. A loss with class weights has them as its third input [K]; without one every class counts 1.
namespace gb::reference {
namespace {

/// Softmax of one row, shifted by its maximum. Returns the logarithm of the sum of exponentials: x minus it are the
/// logarithms of the probabilities.
template <class T>
double softmax_row(const T* x, T* y, std::int64_t columns) {
  const T top = *std::max_element(x, x + columns);
  T sum = 0;
  for (std::int64_t i = 0; i < columns; ++i) sum += y[i] = std::exp(x[i] - top);
  for (std::int64_t i = 0; i < columns; ++i) y[i] /= sum;
  return std::log(static_cast<double>(sum)) + static_cast<double>(top);
}

/// A loss over classes as its kernels see it.
template <class T>
struct Classes {
  explicit Classes(const Operation& operation)
      : rows(operation.inputs[0].shape[0]),
        columns(operation.inputs[0].shape[1]),
        smoothing(real_attribute(operation.attributes, "label_smoothing", 0)),
        weights(operation.inputs.size() > 2 ? operation.inputs[2].as<T>() : nullptr) {}

  double weight(std::int64_t column) const { return weights ? static_cast<double>(weights[column]) : 1; }
  /// What the labels' weights sum up to: the mean's denominator.
  double weight_of(const std::int32_t* labels) const {
    if (!weights) return static_cast<double>(rows);
    double total = 0;
    for (std::int64_t row = 0; row < rows; ++row) total += weight(labels[row]);
    return total;
  }

  std::int64_t rows, columns;
  double smoothing;
  const T* weights;
};

/// ONNX SoftmaxCrossEntropyLoss, mean over the batch weighted by class: inputs logits [N, K], labels int32 [N], weights
/// [K]; outputs loss [1] and probabilities [N, K] (ONNX has their logarithm; probabilities are what everybody wants to
/// see). "label_smoothing" spreads that share of each answer evenly over all classes (Szegedy et al. 2016).
template <class T>
void cross_entropy(const Operation& operation) {
  const Classes<T> of(operation);
  const std::int32_t* labels = operation.inputs[1].as<std::int32_t>();
  double total = 0, spread = 0;
  for (std::int64_t row = 0; row < of.rows; ++row) {
    const T* x = operation.inputs[0].as<T>() + row * of.columns;
    const double log_sum = softmax_row(x, operation.outputs[1].as<T>() + row * of.columns, of.columns);
    const double own = log_sum - static_cast<double>(x[labels[row]]);
    total += of.weights ? of.weight(labels[row]) * own : own;
    if (of.smoothing > 0)
      for (std::int64_t i = 0; i < of.columns; ++i) spread += of.weight(i) * (log_sum - static_cast<double>(x[i]));
  }
  if (of.smoothing > 0) total = (1 - of.smoothing) * total + of.smoothing / static_cast<double>(of.columns) * spread;
  *operation.outputs[0].as<T>() = static_cast<T>(total / of.weight_of(labels));
}

/// Inputs probabilities, labels, weights: (p - onehot) / N in the plain case.
template <class T>
void cross_entropy_grad(const Operation& operation) {
  const Classes<T> of(operation);
  const T* p = operation.inputs[0].as<T>();
  const std::int32_t* labels = operation.inputs[1].as<std::int32_t>();
  T* dx = operation.outputs[0].as<T>();
  if (!of.weights && of.smoothing <= 0) {
    const T scale = T(1) / static_cast<T>(of.rows);
    for (std::int64_t i = 0; i < of.rows * of.columns; ++i) dx[i] = p[i] * scale;
    for (std::int64_t row = 0; row < of.rows; ++row) dx[row * of.columns + labels[row]] -= scale;
    return;
  }
  double all_weights = 0;
  for (std::int64_t i = 0; i < of.columns; ++i) all_weights += of.weight(i);
  const double total = of.weight_of(labels);
  const double spread = of.smoothing / static_cast<double>(of.columns) / total;
  for (std::int64_t row = 0; row < of.rows; ++row) {
    const double own = (1 - of.smoothing) * of.weight(labels[row]) / total;
    const double all = own + spread * all_weights;
    for (std::int64_t i = 0; i < of.columns; ++i) {
      const std::int64_t at = row * of.columns + i;
      dx[at] = static_cast<T>(all * static_cast<double>(p[at]) - spread * of.weight(i));
    }
    dx[row * of.columns + labels[row]] -= static_cast<T>(own);
  }
}

/// Cross-entropy with a distribution for an answer: inputs logits [N, K], targets [N, K], weights [K]; outputs as
/// above. The mean is over rows, whatever their weight (as PyTorch has it).
template <class T>
void soft_cross_entropy(const Operation& operation) {
  const Classes<T> of(operation);
  double total = 0;
  for (std::int64_t row = 0; row < of.rows; ++row) {
    const T* x = operation.inputs[0].as<T>() + row * of.columns;
    const T* t = operation.inputs[1].as<T>() + row * of.columns;
    const double log_sum = softmax_row(x, operation.outputs[1].as<T>() + row * of.columns, of.columns);
    for (std::int64_t i = 0; i < of.columns; ++i) {
      const double wanted =
          (1 - of.smoothing) * static_cast<double>(t[i]) + of.smoothing / static_cast<double>(of.columns);
      total += of.weight(i) * wanted * (log_sum - static_cast<double>(x[i]));
    }
  }
  *operation.outputs[0].as<T>() = static_cast<T>(total / static_cast<double>(of.rows));
}

/// Inputs probabilities, targets, weights.
template <class T>
void soft_cross_entropy_grad(const Operation& operation) {
  const Classes<T> of(operation);
  const double even = of.smoothing / static_cast<double>(of.columns);
  for (std::int64_t row = 0; row < of.rows; ++row) {
    const T* p = operation.inputs[0].as<T>() + row * of.columns;
    const T* t = operation.inputs[1].as<T>() + row * of.columns;
    T* dx = operation.outputs[0].as<T>() + row * of.columns;
    const auto wanted = [&](std::int64_t i) {
      return of.weight(i) * ((1 - of.smoothing) * static_cast<double>(t[i]) + even);
    };
    double all = 0;
    for (std::int64_t i = 0; i < of.columns; ++i) all += wanted(i);
    for (std::int64_t i = 0; i < of.columns; ++i)
      dx[i] = static_cast<T>((all * static_cast<double>(p[i]) - wanted(i)) / static_cast<double>(of.rows));
  }
}

/// Kullback-Leibler divergence of softmax(logits) from the targets, mean over rows (Kullback, Leibler 1951). Inputs
/// logits [N, K] and targets [N, K], outputs loss [1] and probabilities [N, K]. Targets of 0 add nothing.
template <class T>
void divergence(const Operation& operation) {
  const Classes<T> of(operation);
  double total = 0;
  for (std::int64_t row = 0; row < of.rows; ++row) {
    const T* x = operation.inputs[0].as<T>() + row * of.columns;
    const T* targets = operation.inputs[1].as<T>() + row * of.columns;
    const double log_sum = softmax_row(x, operation.outputs[1].as<T>() + row * of.columns, of.columns);
    for (std::int64_t i = 0; i < of.columns; ++i) {
      const auto t = static_cast<double>(targets[i]);
      if (t > 0) total += t * (std::log(t) + log_sum - static_cast<double>(x[i]));
    }
  }
  *operation.outputs[0].as<T>() = static_cast<T>(total / static_cast<double>(of.rows));
}

/// Hinge loss over classes (Weston, Watkins 1999): mean over rows of the sum over the wrong classes j of
/// max(0, margin - x_own + x_j), over K and times the class's weight. Inputs scores [N, K], labels int32 [N], weights.
template <class T>
void multi_margin(const Operation& operation) {
  const Classes<T> of(operation);
  const double margin = real_attribute(operation.attributes, "margin", 1);
  const std::int32_t* labels = operation.inputs[1].as<std::int32_t>();
  double total = 0;
  for (std::int64_t row = 0; row < of.rows; ++row) {
    const T* x = operation.inputs[0].as<T>() + row * of.columns;
    const auto own = static_cast<double>(x[labels[row]]);
    double missing = 0;
    for (std::int64_t i = 0; i < of.columns; ++i)
      if (i != labels[row]) missing += std::max(0.0, margin - own + static_cast<double>(x[i]));
    total += of.weight(labels[row]) * missing;
  }
  *operation.outputs[0].as<T>() = static_cast<T>(total / static_cast<double>(of.rows * of.columns));
}

template <class T>
void multi_margin_grad(const Operation& operation) {
  const Classes<T> of(operation);
  const double margin = real_attribute(operation.attributes, "margin", 1);
  const std::int32_t* labels = operation.inputs[1].as<std::int32_t>();
  for (std::int64_t row = 0; row < of.rows; ++row) {
    const T* x = operation.inputs[0].as<T>() + row * of.columns;
    T* dx = operation.outputs[0].as<T>() + row * of.columns;
    const auto own = static_cast<double>(x[labels[row]]);
    const auto pull = static_cast<T>(of.weight(labels[row]) / static_cast<double>(of.rows * of.columns));
    std::int64_t near = 0;
    for (std::int64_t i = 0; i < of.columns; ++i) {
      const bool counts = i != labels[row] && margin - own + static_cast<double>(x[i]) > 0;
      dx[i] = counts ? pull : T(0);
      near += counts;
    }
    dx[labels[row]] = -pull * static_cast<T>(near);
  }
}

// Losses of one number and its target; the slope is by the number, times `factor`.

template <class T>
struct SquaredError {
  static constexpr int factor = 2;
  static double value(double x, double t, double) { return (x - t) * (x - t); }
  static T slope(T x, T t, T) { return x - t; }
};

template <class T>
struct AbsoluteError {
  static constexpr int factor = 1;
  static double value(double x, double t, double) { return std::abs(x - t); }
  static T slope(T x, T t, T) { return x > t ? T(1) : x < t ? T(-1) : T(0); }
};

/// Huber (1964): squared within delta, straight beyond.
template <class T>
struct Huber {
  static constexpr int factor = 1;
  static double value(double x, double t, double delta) {
    const double error = std::abs(x - t);
    return error <= delta ? 0.5 * error * error : delta * (error - 0.5 * delta);
  }
  static T slope(T x, T t, T delta) { return std::clamp(x - t, -delta, delta); }
};

/// -t log sigmoid(x) - (1 - t) log(1 - sigmoid(x)), without forming either logarithm.
template <class T>
struct BinaryCrossEntropy {
  static constexpr int factor = 1;
  static double value(double x, double t, double) {
    return std::max(x, 0.0) - x * t + std::log1p(std::exp(-std::abs(x)));
  }
  static T slope(T x, T t, T) {
    const T e = std::exp(-std::abs(x));
    return (x >= 0 ? 1 / (1 + e) : e / (1 + e)) - t;
  }
};

/// Of targets -1 and 1 (Rosasco et al. 2004).
template <class T>
struct Hinge {
  static constexpr int factor = 1;
  static double value(double x, double t, double) { return std::max(0.0, 1 - x * t); }
  static T slope(T x, T t, T) { return x * t < 1 ? -t : T(0); }
};

/// x t, for what is to grow (t = -1) or shrink (t = 1): the score of a critic (Arjovsky et al. 2017).
template <class T>
struct Product {
  static constexpr int factor = 1;
  static double value(double x, double t, double) { return x * t; }
  static T slope(T, T t, T) { return t; }
};

/// Mean over rows of weight * (length - 1)^2 (Gulrajani et al. 2017, equation 3).
template <class T>
struct Lengths {
  explicit Lengths(const Operation& operation)
      : rows(operation.inputs[0].shape[0]),
        columns(operation.inputs[0].size() / std::max<std::int64_t>(rows, 1)),
        weight(real_attribute(operation.attributes, "weight", 1) / static_cast<double>(rows)),
        x(operation.inputs[0].as<T>()) {}
  double length(std::int64_t row) const {
    double sum = 0;
    for (std::int64_t i = row * columns; i < (row + 1) * columns; ++i)
      sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    return std::sqrt(sum);
  }
  std::int64_t rows, columns;
  double weight;
  const T* x;
};

template <class T>
void gradient_penalty(const Operation& operation) {
  const Lengths<T> of(operation);
  double total = 0;
  for (std::int64_t row = 0; row < of.rows; ++row) total += (of.length(row) - 1) * (of.length(row) - 1);
  *operation.outputs[0].as<T>() = static_cast<T>(of.weight * total);
}

/// The slope of a row of length 0 is not defined; it gets 0.
template <class T>
void gradient_penalty_grad(const Operation& operation) {
  const Lengths<T> of(operation);
  T* dx = operation.outputs[0].as<T>();
  for (std::int64_t row = 0; row < of.rows; ++row) {
    const double length = of.length(row);
    const auto factor = static_cast<T>(length > 0 ? 2 * of.weight * (length - 1) / length : 0.0);
    for (std::int64_t i = row * of.columns; i < (row + 1) * of.columns; ++i) dx[i] = factor * of.x[i];
  }
}

/// What the gradient of a term counts: its input after the first `own`, where there is one.
template <class T>
double counted(const Operation& operation, std::size_t own) {
  return operation.inputs.size() > own ? static_cast<double>(*operation.inputs[own].as<T>()) : 1;
}

/// weight * mean of |x|: what keeps a code sparse.
template <class T>
void absolute(const Operation& operation) {
  const T* x = operation.inputs[0].as<T>();
  double total = 0;
  for (std::int64_t i = 0; i < operation.inputs[0].size(); ++i) total += std::abs(static_cast<double>(x[i]));
  *operation.outputs[0].as<T>() = static_cast<T>(real_attribute(operation.attributes, "weight", 1) * total /
                                                 static_cast<double>(operation.inputs[0].size()));
}

template <class T>
void absolute_grad(const Operation& operation) {
  const T* x = operation.inputs[0].as<T>();
  T* dx = operation.outputs[0].as<T>();
  const auto scale = static_cast<T>(counted<T>(operation, 1) * real_attribute(operation.attributes, "weight", 1) /
                                    static_cast<double>(operation.inputs[0].size()));
  for (std::int64_t i = 0; i < operation.inputs[0].size(); ++i) dx[i] = x[i] > 0 ? scale : x[i] < 0 ? -scale : T(0);
}

/// weight * mean over rows of the Kullback-Leibler divergence of N(mean, exp(log_variance)) from N(0, 1):
/// sum (mean^2 + exp(log_variance) - 1 - log_variance) / 2.
template <class T>
void standard_normal_divergence(const Operation& operation) {
  const T* mean = operation.inputs[0].as<T>();
  const T* log_variance = operation.inputs[1].as<T>();
  double total = 0;
  for (std::int64_t i = 0; i < operation.inputs[0].size(); ++i) {
    const auto m = static_cast<double>(mean[i]);
    const auto v = static_cast<double>(log_variance[i]);
    total += m * m + std::expm1(v) - v;
  }
  *operation.outputs[0].as<T>() = static_cast<T>(real_attribute(operation.attributes, "weight", 1) * total / 2 /
                                                 static_cast<double>(operation.inputs[0].shape[0]));
}

template <class T>
void standard_normal_divergence_grad(const Operation& operation) {
  const T* mean = operation.inputs[0].as<T>();
  const T* log_variance = operation.inputs[1].as<T>();
  const auto scale = static_cast<T>(counted<T>(operation, 2) * real_attribute(operation.attributes, "weight", 1) /
                                    static_cast<double>(operation.inputs[0].shape[0]));
  for (std::int64_t i = 0; i < operation.inputs[0].size(); ++i) {
    operation.outputs[0].as<T>()[i] = scale * mean[i];
    operation.outputs[1].as<T>()[i] = scale / 2 * std::expm1(log_variance[i]);
  }
}

/// Mean over all elements: inputs x and targets of the same shape; output loss [1].
template <class T, class Loss>
void elementwise_loss(const Operation& operation) {
  const T* x = operation.inputs[0].as<T>();
  const T* target = operation.inputs[1].as<T>();
  const double delta = real_attribute(operation.attributes, "delta", 1);
  double total = 0;
  for (std::int64_t i = 0; i < operation.inputs[0].size(); ++i)
    total += Loss::value(static_cast<double>(x[i]), static_cast<double>(target[i]), delta);
  *operation.outputs[0].as<T>() = static_cast<T>(total / static_cast<double>(operation.inputs[0].size()));
}

template <class T, class Loss>
void elementwise_loss_grad(const Operation& operation) {
  const T* x = operation.inputs[0].as<T>();
  const T* target = operation.inputs[1].as<T>();
  T* dx = operation.outputs[0].as<T>();
  const auto delta = static_cast<T>(real_attribute(operation.attributes, "delta", 1));
  const T scale = T(Loss::factor) / static_cast<T>(operation.inputs[0].size());
  for (std::int64_t i = 0; i < operation.inputs[0].size(); ++i) dx[i] = scale * Loss::slope(x[i], target[i], delta);
}

template <class T, class Loss>
void add_elementwise_loss(KernelTable<T>& table, const std::string& op) {
  table[op] = elementwise_loss<T, Loss>;
  table[op + "Grad"] = elementwise_loss_grad<T, Loss>;
}

}  // namespace

template <class T>
void add_loss_kernels(KernelTable<T>& table) {
  table["SoftmaxCrossEntropyLoss"] = cross_entropy<T>;
  table["SoftmaxCrossEntropyLossGrad"] = cross_entropy_grad<T>;
  table["SoftTargetCrossEntropyLoss"] = soft_cross_entropy<T>;
  table["SoftTargetCrossEntropyLossGrad"] = soft_cross_entropy_grad<T>;
  table["KLDivergenceLoss"] = divergence<T>;
  // The targets' own entropy does not depend on the logits: the slope is that of the cross-entropy.
  table["KLDivergenceLossGrad"] = soft_cross_entropy_grad<T>;
  table["MultiMarginLoss"] = multi_margin<T>;
  table["MultiMarginLossGrad"] = multi_margin_grad<T>;
  add_elementwise_loss<T, SquaredError<T>>(table, "MeanSquaredError");
  add_elementwise_loss<T, AbsoluteError<T>>(table, "MeanAbsoluteError");
  add_elementwise_loss<T, Huber<T>>(table, "HuberLoss");
  add_elementwise_loss<T, BinaryCrossEntropy<T>>(table, "BinaryCrossEntropyLoss");
  add_elementwise_loss<T, Hinge<T>>(table, "HingeLoss");
  add_elementwise_loss<T, Product<T>>(table, "MeanProduct");
  table["AbsoluteLoss"] = absolute<T>;
  table["AbsoluteLossGrad"] = absolute_grad<T>;
  table["StandardNormalDivergenceLoss"] = standard_normal_divergence<T>;
  table["StandardNormalDivergenceLossGrad"] = standard_normal_divergence_grad<T>;
  table["GradientPenaltyLoss"] = gradient_penalty<T>;
  table["GradientPenaltyLossGrad"] = gradient_penalty_grad<T>;
}
template void add_loss_kernels<float>(KernelTable<float>&);
template void add_loss_kernels<double>(KernelTable<double>&);

}  // namespace gb::reference
