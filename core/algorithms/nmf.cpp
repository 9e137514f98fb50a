#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/algorithms/algorithm.hpp"
#include "core/algorithms/nmf_sparse_rows.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/embedding_views.hpp"
#include "core/linalg/eigen.hpp"
#include "core/linalg/product.hpp"
#include "core/model/parts_model.hpp"
#include "core/params/schema.hpp"
#include "core/train/row_blocks.hpp"

namespace gb {
namespace {

using Eigen::Index;
using Loss = PartsModel::Loss;

enum class Solver { coordinate_descent, multiplicative };
enum class Start { nndsvda, nndsvd, random };

struct NmfParams {
  std::optional<int> components;
  Solver solver = Solver::coordinate_descent;
  Loss loss = Loss::frobenius;
  Start init = Start::nndsvda;
  double tolerance = 1e-4;
  int max_iterations = 200;
};

const Schema<NmfParams>& schema() {
  static const auto s =
      Schema<NmfParams>{}
          .add(&NmfParams::components, {.name = "components",
                                        .label = "Parts",
                                        .help = "How many parts to look for. Left empty: ten, or as many as there are.",
                                        .valid = {1, 1e5},
                                        .search = {2, 100},
                                        .scale = Scale::log})
          .add(&NmfParams::solver,
               {.name = "solver",
                .label = "Computation",
                .help = "How weights and parts are improved.",
                .choices = {{"cd", "Coordinate descent", "One component after another, each to its best: fast."},
                            {"mu", "Multiplicative updates", "Every number times a factor: slower; either loss."}}})
          .add(&NmfParams::loss,
               {.name = "loss",
                .label = "Loss",
                .help = "What counts as a difference between a row and its sum of parts.",
                .choices = {{"frobenius", "Squares", "Squared differences."},
                            {"kullback_leibler", "Divergence", "Kullback-Leibler divergence: for counts."}},
                .enabled_by = EnabledBy{"solver", {"mu"}}})
          .add(
              &NmfParams::init,
              {.name = "init",
               .label = "First parts",
               .help = "What the iterations begin with.",
               .choices = {{"nndsvda", "Singular vectors, filled", "Their positive parts, zeros filled with the mean."},
                           {"nndsvd", "Singular vectors", "Their positive parts: sparser results."},
                           {"random", "Random", "Random numbers of the data's size."}}})
          .add(&NmfParams::tolerance,
               {.name = "tolerance",
                .label = "Tolerance",
                .help = "Ends when an iteration improves less than this share of what the first one did.",
                .valid = {0, 1},
                .search = {1e-6, 1e-2},
                .scale = Scale::log,
                .advanced = true,
                .forkable = true})
          .add(&NmfParams::max_iterations, {.name = "max_iterations",
                                            .label = "Iterations at most",
                                            .help = "Ends after this many iterations, settled or not.",
                                            .valid = {1, 1e6},
                                            .search = {10, 2000},
                                            .scale = Scale::log,
                                            .forkable = true});
  return s;
}

/// float's resolution: what scikit-learn puts in the place of zeros that it divides by.
constexpr float epsilon = 1.1920929e-7f;
/// Multiplicative updates look at the loss this often.
constexpr std::int64_t check_interval = 10;

/// One run: rows X (n x d) as weights W (n x k) times parts H (k x d), all three without negative numbers.
class NmfRun {
 public:
  NmfRun(const ProblemSet& problem, const NmfParams& params, RunContext& context)
      : params_(params),
        context_(context),
        problem_(problem),
        blocks_(problem.features, problem.split.train, 128),
        components_(*params.components),
        weights_(MatrixF::Zero(blocks_.count(), components_)),
        parts_(MatrixF::Zero(components_, blocks_.columns())),
        views_(problem) {}

  std::unique_ptr<Model> run() {
    if (context_.resume_from())
      restore(*context_.resume_from());
    else if (!context_.step(0) || !begin())
      return model();
    context_.on_save([this](std::int64_t) { return save(); });
    sparse_ = NmfSparseRows::of(blocks_, stop_);
    while (!settled_ && step_ < params_.max_iterations && context_.step(step_))
      if (!iterate()) break;
    if (!settled_) context_.all_done(step_);
    return finish();
  }

 private:
  bool divergence() const { return params_.loss == Loss::kullback_leibler; }

  // The first weights and parts: Boutsidis, Gallopoulos (2008).

  bool begin() {
    sum_ = blocks_.mean().sum() * static_cast<double>(blocks_.count());
    const double size = static_cast<double>(blocks_.count()) * static_cast<double>(blocks_.columns());
    const double mean = sum_ / size;
    if (params_.init == Start::random) {
      begin_at_random(std::sqrt(mean / static_cast<double>(components_)));
    } else {
      if (!begin_with_vectors()) return false;
      if (params_.init == Start::nndsvda) {
        const auto fill = [&](MatrixF& values) {
          values = (values.array() == 0).select(static_cast<float>(mean), values);
        };
        fill(weights_);
        fill(parts_);
      }
    }
    if (!measure_squares()) return false;
    if (params_.solver == Solver::coordinate_descent) return true;
    const auto first = divergence() ? divergence_now() : squares_now();
    if (!first) return false;
    first_loss_ = checked_loss_ = loss_ = std::sqrt(std::max(0.0, divergence() ? 2 * *first : *first));
    return true;
  }

  void begin_at_random(double size) {
    Random for_parts = context_.random(1), for_weights = context_.random(2);
    for (Index i = 0; i < parts_.size(); ++i)
      parts_.data()[i] = static_cast<float>(size * std::abs(for_parts.normal()));
    for (Index i = 0; i < weights_.size(); ++i)
      weights_.data()[i] = static_cast<float>(size * std::abs(for_weights.normal()));
  }

  bool begin_with_vectors() {
    MatrixD vectors;
    Eigen::VectorXd values;
    if (!find_singular_vectors(vectors, values)) return false;
    const MatrixF turned = vectors.cast<float>().transpose();
    // X V: the left vectors times the singular values.
    const bool complete = blocks_.visit(0, blocks_.count(), stop_,
                                        [&](std::int64_t first, const float* rows, std::int64_t some, std::size_t) {
                                          multiply_transposed(rows, some, turned.data(), components_, blocks_.columns(),
                                                              weights_.data() + first * components_);
                                        });
    if (!complete) return false;
    constexpr float least = 1e-6f;
    for (Index j = 0; j < components_; ++j) {
      Eigen::VectorXd left = weights_.col(j).cast<double>(), right = vectors.col(j);
      weights_.col(j).setZero();
      const double value = left.norm();
      if (value <= 1e-7 * std::sqrt(values[0])) continue;
      left /= value;
      if (j == 0) {
        left = left.cwiseAbs();
        right = right.cwiseAbs();
      }
      const Eigen::VectorXd left_over = left.cwiseMax(0), right_over = right.cwiseMax(0);
      const Eigen::VectorXd left_under = (-left).cwiseMax(0), right_under = (-right).cwiseMax(0);
      const double over = left_over.norm() * right_over.norm(), under = left_under.norm() * right_under.norm();
      const auto take = [&](const Eigen::VectorXd& u, const Eigen::VectorXd& v, double share) {
        if (share <= 0) return;
        const double factor = std::sqrt(value * share);
        weights_.col(j) = (u * (factor / u.norm())).cast<float>();
        parts_.row(j) = (v * (factor / v.norm())).cast<float>().transpose();
      };
      if (over > under)
        take(left_over, right_over, over);
      else
        take(left_under, right_under, under);
    }
    weights_ = (weights_.array() < least).select(0.0f, weights_);
    parts_ = (parts_.array() < least).select(0.0f, parts_);
    return true;
  }

  /// The right singular vectors of X and the squares of its singular values.
  bool find_singular_vectors(MatrixD& vectors, Eigen::VectorXd& values) {
    constexpr Index most_squared = 2000;
    const Index columns = blocks_.columns();
    if (columns <= most_squared) {
      MatrixD products = MatrixD::Zero(columns, columns);
      std::vector<MatrixD> sums(static_cast<std::size_t>(threads()));
      const bool complete = blocks_.visit(0, blocks_.count(), stop_,
                                          [&](std::int64_t, const float* rows, std::int64_t some, std::size_t chunk) {
                                            MatrixF part(columns, columns);
                                            multiply_self(rows, some, columns, part.data());
                                            MatrixD& sum = sums[chunk];
                                            if (sum.size() == 0) sum = MatrixD::Zero(columns, columns);
                                            for (Index row = 0; row < columns; ++row)
                                              sum.row(row).head(row + 1) += part.row(row).head(row + 1).cast<double>();
                                          });
      if (!complete) return false;
      for (const MatrixD& sum : sums)
        if (sum.size() > 0) products += sum;
      const SymmetricEigen found = largest_eigen(products, components_);
      vectors = found.vectors;
      values = found.values;
      return true;
    }
    // Many features: passes over the rows with some directions (Halko, Martinsson, Tropp 2011).
    constexpr int passes = 8;
    const Index width = std::min<Index>(components_ + 10, std::min<Index>(columns, blocks_.count()));
    MatrixD basis(columns, width);
    Random random = context_.random(3);
    for (Index i = 0; i < basis.size(); ++i) basis.data()[i] = random.normal();
    basis = orthonormal(basis);
    for (int pass = 0; pass < passes; ++pass) {
      double squares = 0;
      const MatrixD image = blocks_.apply(basis, squares, stop_);
      if (image.size() == 0) return false;
      const MatrixD projected = basis.transpose() * image;
      const SymmetricEigen small = symmetric_eigen((projected + projected.transpose()) / 2);
      vectors = basis * small.vectors.leftCols(components_);
      values = small.values.head(components_);
      basis = orthonormal(image);
    }
    return true;
  }

  bool measure_squares() {
    std::vector<double> sums(static_cast<std::size_t>(threads()));
    const bool complete = blocks_.visit(
        0, blocks_.count(), stop_, [&](std::int64_t, const float* rows, std::int64_t some, std::size_t chunk) {
          sums[chunk] += Eigen::Map<const MatrixF>(rows, some, blocks_.columns()).cast<double>().squaredNorm();
        });
    squares_ = 0;
    for (const double sum : sums) squares_ += sum;
    return complete;
  }

  // Iterations.

  /// False when it was interrupted; weights and parts are then those of before.
  bool iterate() {
    const MatrixF weights_before = weights_;
    Sums sums;
    if (!pass_over_rows(sums)) {
      weights_ = weights_before;
      return false;
    }
    double violation = sums.violation;
    if (divergence())
      scale_parts(sums.product, sums.weight_sums);
    else if (params_.solver == Solver::multiplicative)
      multiply_parts(sums);
    else
      violation += descend_parts(sums);
    ++step_;
    tell_loss(sums);
    settle(violation);
    if (!settled_ && step_ < params_.max_iterations) show(sentence(), false);
    context_.watch("progress", [&]() -> Event { return Progress{step_, params_.max_iterations, 0, "iterations"}; });
    return true;
  }

  struct Sums {
    MatrixD product;              ///< W^T X, k x d; or W^T (X / WH)
    MatrixD weight_products;      ///< W^T W, k x k
    Eigen::VectorXd weight_sums;  ///< of each component
    double violation = 0;         ///< of the conditions for a minimum, before the update
  };

  /// Improves the weights of every row and adds up what the parts' update needs of the new ones, in one pass.
  bool pass_over_rows(Sums& total) {
    const Index columns = blocks_.columns();
    std::vector<Sums> sums(static_cast<std::size_t>(threads()));
    for (Sums& part : sums) {
      part.product = MatrixD::Zero(components_, columns);
      part.weight_products = MatrixD::Zero(components_, components_);
      part.weight_sums = Eigen::VectorXd::Zero(components_);
    }
    const MatrixF part_products = (parts_.cast<double>() * parts_.cast<double>().transpose()).cast<float>();
    const Eigen::VectorXf part_sums = parts_.cast<double>().rowwise().sum().cast<float>();
    const MatrixF turned = divergence() ? MatrixF(parts_.transpose()) : MatrixF();
    const bool complete = sparse_ && !divergence() ? pass_over_sparse(part_products, sums)
                                                   : pass_over_blocks(part_products, part_sums, turned, sums);
    total = sums[0];
    for (std::size_t i = 1; i < sums.size(); ++i) {
      total.product += sums[i].product;
      total.weight_products += sums[i].weight_products;
      total.weight_sums += sums[i].weight_sums;
      total.violation += sums[i].violation;
    }
    return complete;
  }

  bool pass_over_blocks(const MatrixF& part_products, const Eigen::VectorXf& part_sums, const MatrixF& turned,
                        std::vector<Sums>& sums) {
    const Index columns = blocks_.columns();
    return blocks_.visit(
        0, blocks_.count(), stop_, [&](std::int64_t first, float* rows, std::int64_t some, std::size_t chunk) {
          Eigen::Map<MatrixF> weights(weights_.data() + first * components_, some, components_);
          Sums& part = sums[chunk];
          MatrixF product(components_, columns);
          if (divergence()) {
            scale_weights(rows, some, turned, part_sums, weights, product);
            part.weight_sums += weights.cast<double>().colwise().sum().transpose();
          } else {
            MatrixF pulled(some, components_);
            multiply_transposed(rows, some, parts_.data(), components_, columns, pulled.data());
            if (params_.solver == Solver::multiplicative)
              multiply_weights(pulled, part_products, weights);
            else
              part.violation += descend_weights(pulled, part_products, weights);
            multiply_inner(weights.data(), components_, rows, columns, some, product.data());
            MatrixF weight_products(components_, components_);
            multiply_inner(weights.data(), components_, weights.data(), components_, some, weight_products.data());
            part.weight_products += weight_products.cast<double>();
          }
          part.product += product.cast<double>();
        });
  }

  /// The same for squares, of the numbers that are not zero alone.
  bool pass_over_sparse(const MatrixF& part_products, std::vector<Sums>& sums) {
    constexpr std::int64_t block_rows = 512;
    const Index columns = blocks_.columns();
    const std::int64_t padded = NmfSparseRows::padded(components_);
    MatrixF turned = MatrixF::Zero(columns, padded);
    turned.leftCols(components_) = parts_.transpose();
    const auto blocks = static_cast<std::size_t>((blocks_.count() + block_rows - 1) / block_rows);
    parallel_chunks(blocks, 1, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
      MatrixF pulled(block_rows, padded), own = MatrixF::Zero(block_rows, padded), product(columns, padded);
      Sums& part = sums[chunk];
      for (std::size_t block = begin; block < end && !stop_(); ++block) {
        const std::int64_t first = static_cast<std::int64_t>(block) * block_rows;
        const std::int64_t some = std::min(block_rows, blocks_.count() - first);
        sparse_->multiply(first, some, turned.data(), padded, pulled.data());
        Eigen::Map<MatrixF> weights(weights_.data() + first * components_, some, components_);
        const MatrixF wanted = pulled.topLeftCorner(some, components_);
        if (params_.solver == Solver::multiplicative)
          multiply_weights(wanted, part_products, weights);
        else
          part.violation += descend_weights(wanted, part_products, weights);
        own.topLeftCorner(some, components_) = weights;
        product.setZero();
        sparse_->add_products(first, some, own.data(), padded, product.data());
        part.product += product.leftCols(components_).transpose().cast<double>();
        MatrixF weight_products(components_, components_);
        multiply_inner(weights.data(), components_, weights.data(), components_, some, weight_products.data());
        part.weight_products += weight_products.cast<double>();
      }
    });
    return !stop_();
  }

  /// Cichocki, Phan (2009), as scikit-learn's _update_cdnmf_fast: a component after another, each to its best.
  double descend_weights(const MatrixF& pulled, const MatrixF& products, Eigen::Map<MatrixF>& weights) const {
    double violation = 0;
    const Index k = components_;
    // Of all components of a row at once: a change of one weight moves all of them.
    MatrixF gradients = weights * products - pulled;
    for (Index row = 0; row < weights.rows(); ++row) {
      float *w = weights.data() + row * k, *gradient = gradients.data() + row * k;
      for (Index t = 0; t < k; ++t) {
        violation += static_cast<double>(std::abs(w[t] == 0 ? std::min(0.0f, gradient[t]) : gradient[t]));
        const float* product = products.data() + t * k;
        if (product[t] == 0) continue;
        const float changed = std::max(w[t] - gradient[t] / product[t], 0.0f);
        const float change = changed - w[t];
        if (change == 0) continue;
        w[t] = changed;
        Eigen::Map<Eigen::RowVectorXf>(gradient, k) += change * Eigen::Map<const Eigen::RowVectorXf>(product, k);
      }
    }
    return violation;
  }

  double descend_parts(const Sums& sums) {
    double violation = 0;
    const Index columns = blocks_.columns();
    const MatrixF products = sums.weight_products.cast<float>();
    Eigen::RowVectorXf gradient(columns);
    for (Index t = 0; t < components_; ++t) {
      gradient = (-sums.product.row(t)).cast<float>();
      for (Index r = 0; r < components_; ++r) gradient += products(t, r) * parts_.row(r);
      for (Index j = 0; j < columns; ++j)
        violation += static_cast<double>(std::abs(parts_(t, j) == 0 ? std::min(0.0f, gradient[j]) : gradient[j]));
      if (products(t, t) != 0) parts_.row(t) = (parts_.row(t) - gradient / products(t, t)).cwiseMax(0.0f);
    }
    return violation;
  }

  /// Lee, Seung (2001), theorem 1.
  static void multiply_weights(const MatrixF& pulled, const MatrixF& products, Eigen::Map<MatrixF>& weights) {
    const MatrixF below = weights * products;
    weights.array() *= pulled.array() / (below.array() == 0).select(epsilon, below.array());
  }

  void multiply_parts(const Sums& sums) {
    const MatrixD below = sums.weight_products * parts_.cast<double>();
    parts_ = (parts_.cast<double>().array() * sums.product.array() /
              (below.array() == 0).select(static_cast<double>(epsilon), below.array()))
                 .matrix()
                 .cast<float>();
  }

  /// Lee, Seung (2001), theorem 2. Leaves W^T (X / WH) of the new weights in `product`.
  void scale_weights(float* rows, std::int64_t some, const MatrixF& turned, const Eigen::VectorXf& part_sums,
                     Eigen::Map<MatrixF>& weights, MatrixF& product) const {
    const Index columns = blocks_.columns();
    Eigen::Map<MatrixF> values(rows, some, columns);
    MatrixF ratios(some, columns), pulled(some, components_);
    const auto find_ratios = [&] {
      multiply_transposed(weights.data(), some, turned.data(), columns, components_, ratios.data());
      ratios = values.array() / ratios.array().max(epsilon);
    };
    find_ratios();
    multiply_transposed(ratios.data(), some, parts_.data(), components_, columns, pulled.data());
    for (Index t = 0; t < components_; ++t)
      weights.col(t).array() *= pulled.col(t).array() / (part_sums[t] == 0 ? epsilon : part_sums[t]);
    find_ratios();
    multiply_inner(weights.data(), components_, ratios.data(), columns, some, product.data());
  }

  void scale_parts(const MatrixD& product, const Eigen::VectorXd& weight_sums) {
    for (Index t = 0; t < components_; ++t) {
      const double below = weight_sums[t] == 0 ? static_cast<double>(epsilon) : weight_sums[t];
      parts_.row(t) = (parts_.row(t).cast<double>().array() * product.row(t).array() / below).matrix().cast<float>();
    }
  }

  // What comes of it.

  /// Frobenius: |X - WH|^2 from the sums, without a further pass; divergence: a pass, now and then.
  void tell_loss(const Sums& sums) {
    const double size = static_cast<double>(blocks_.count()) * static_cast<double>(blocks_.columns());
    if (!divergence()) {
      const MatrixD parts = parts_.cast<double>();
      const double rest = squares_ - 2 * sums.product.cwiseProduct(parts).sum() +
                          sums.weight_products.cwiseProduct(parts * parts.transpose()).sum();
      loss_ = std::sqrt(std::max(0.0, rest));
      context_.scalar("train/reconstruction_mse", step_, std::max(0.0, rest) / size);
    } else if (step_ % check_interval == 0 || step_ == 1) {
      if (const auto found = divergence_now()) {
        loss_ = std::sqrt(2 * std::max(0.0, *found));
        context_.scalar("train/kl_divergence", step_, *found);
      }
    }
  }

  /// |X - WH|^2 as it stands, in a pass over the rows.
  std::optional<double> squares_now() const {
    std::vector<double> sums(static_cast<std::size_t>(threads()));
    const bool complete = blocks_.visit(0, blocks_.count(), stop_,
                                        [&](std::int64_t first, float* rows, std::int64_t some, std::size_t chunk) {
                                          Eigen::Map<MatrixF> values(rows, some, blocks_.columns());
                                          values.noalias() -= weights_.middleRows(first, some) * parts_;
                                          sums[chunk] += values.cast<double>().squaredNorm();
                                        });
    if (!complete) return std::nullopt;
    double total = 0;
    for (const double sum : sums) total += sum;
    return total;
  }

  std::optional<double> divergence_now() const {
    std::vector<double> sums(static_cast<std::size_t>(threads()));
    const MatrixF turned = parts_.transpose();
    const Index columns = blocks_.columns();
    const bool complete = blocks_.visit(
        0, blocks_.count(), stop_, [&](std::int64_t first, const float* rows, std::int64_t some, std::size_t chunk) {
          MatrixF given(some, columns);
          multiply_transposed(weights_.data() + first * components_, some, turned.data(), columns, components_,
                              given.data());
          for (Index i = 0; i < given.size(); ++i)
            if (rows[i] > epsilon)
              sums[chunk] += static_cast<double>(rows[i]) *
                             std::log(static_cast<double>(rows[i] / std::max(given.data()[i], epsilon)));
        });
    if (!complete) return std::nullopt;
    double result = -sum_;
    for (const double sum : sums) result += sum;
    const Eigen::VectorXd weight_sums = weights_.cast<double>().colwise().sum().transpose();
    return result + weight_sums.dot(parts_.cast<double>().rowwise().sum());
  }

  void settle(double violation) {
    if (params_.solver == Solver::coordinate_descent) {
      if (step_ == 1) first_violation_ = violation;
      settled_ = first_violation_ == 0 || violation / first_violation_ <= params_.tolerance;
      return;
    }
    if (step_ % check_interval != 0 || params_.tolerance == 0) return;
    settled_ = first_loss_ == 0 || (checked_loss_ - loss_) / first_loss_ < params_.tolerance;
    checked_loss_ = loss_;
  }

  std::string sentence() const {
    const double size = static_cast<double>(blocks_.count()) * static_cast<double>(blocks_.columns());
    return "Iteration " + grouped(step_) + ": " +
           (divergence() ? "the divergence is " + short_number(loss_ * loss_ / 2)
                         : "the mean squared difference is " + short_number(loss_ * loss_ / size)) +
           ".";
  }

  void show(const std::string& text, bool last) {
    context_.watch(
        "this-step",
        [&]() -> Event {
          return Text{"this-step", step_, text};
        },
        last);
    context_.watch(
        "components",
        [&]() -> Event {
          if (!problem_.is_images()) return loadings_view(step_, "Parts", parts_, problem_.feature_names);
          return views_.parts(step_, "Parts", parts_, {});
        },
        last);
    if (problem_.is_images())
      context_.watch(
          "rebuilt", [&]() -> Event { return rebuilt(); }, last);
    context_.watch(
        "map",
        [&]() -> Event {
          MatrixF shown(static_cast<Index>(views_.places().size()), components_);
          for (std::size_t i = 0; i < views_.places().size(); ++i)
            shown.row(static_cast<Index>(i)) = weights_.row(static_cast<Index>(views_.places()[i]));
          return views_.map(step_, "Weights of the first two parts", shown, "Part 1", "Part 2");
        },
        last);
  }

  /// Some pictures, each above what its parts add up to.
  std::shared_ptr<const Images> rebuilt() const {
    constexpr std::size_t columns = 10;
    auto images = std::make_shared<Images>();
    images->view = "rebuilt";
    images->title = "Pictures and the sums of their parts";
    images->step = step_;
    images->channels = static_cast<int>(problem_.channels);
    images->height = static_cast<int>(problem_.height);
    images->width = static_cast<int>(problem_.width);
    const float factor = problem_.features.factor() != 0 ? problem_.features.factor() : 1;
    const auto add = [&](const auto& values, std::int64_t row, const char* caption) {
      for (Index i = 0; i < values.size(); ++i)
        images->pixels.push_back(static_cast<std::uint8_t>(
            std::lround(std::clamp((values[i] - problem_.features.offset()) / factor, 0.0f, 255.0f))));
      images->captions.emplace_back(caption);
      images->rows.push_back(row);
      ++images->count;
    };
    const std::size_t shown = std::min(columns, views_.places().size());
    Eigen::RowVectorXf row(blocks_.columns());
    for (std::size_t i = 0; i < shown; ++i) {
      const auto place = static_cast<std::int64_t>(views_.places()[i * views_.places().size() / shown]);
      const std::int64_t number = problem_.split.train[static_cast<std::size_t>(place)];
      blocks_.load(place, 1, row.data());
      add(row, number, "picture");
      row = weights_.row(place) * parts_;
      add(row, number, "parts");
    }
    return images;
  }

  std::unique_ptr<PartsModel> model() const { return std::make_unique<PartsModel>(parts_, params_.loss); }

  std::unique_ptr<Model> finish() {
    auto result = model();
    if (step_ == 0) return result;
    if (divergence()) {
      if (const auto found = divergence_now()) {
        loss_ = std::sqrt(2 * std::max(0.0, *found));
        context_.scalar("train/kl_divergence", step_, *found);
      }
    }
    std::string text = sentence();
    if (settled_)
      text += " It has settled.";
    else if (step_ >= params_.max_iterations)
      text += " It had not settled yet: more iterations would bring it nearer.";
    show(text, true);
    return result;
  }

  State save() const {
    State state;
    state.header = {{"settled", settled_},
                    {"first_violation", first_violation_},
                    {"loss", loss_},
                    {"first_loss", first_loss_},
                    {"checked_loss", checked_loss_},
                    {"squares", squares_},
                    {"sum", sum_}};
    const auto array = [](const char* name, const MatrixF& values) {
      return state_array(name, "F32", {values.rows(), values.cols()}, values.data(),
                         static_cast<std::size_t>(values.size()));
    };
    state.arrays = {array("weights", weights_), array("parts", parts_)};
    return state;
  }

  void restore(const State& state) {
    const auto number = [&](const char* name) { return header_field(state, name).get<double>(); };
    step_ = state.step;
    settled_ = header_field(state, "settled").get<bool>();
    first_violation_ = number("first_violation");
    loss_ = number("loss");
    first_loss_ = number("first_loss");
    checked_loss_ = number("checked_loss");
    squares_ = number("squares");
    sum_ = number("sum");
    read_array(state, "weights", weights_.data(), static_cast<std::size_t>(weights_.size()));
    read_array(state, "parts", parts_.data(), static_cast<std::size_t>(parts_.size()));
  }

  const NmfParams params_;
  RunContext& context_;
  const ProblemSet& problem_;
  RowBlocks blocks_;
  Index components_;
  MatrixF weights_, parts_;
  std::optional<NmfSparseRows> sparse_;  ///< where most of the numbers are zero
  EmbeddingViews views_;
  const std::function<bool()> stop_ = [this] { return context_.poll(); };

  std::int64_t step_ = 0;
  bool settled_ = false;
  double sum_ = 0, squares_ = 0;  ///< of all numbers of X
  double loss_ = 0;               ///< |X - WH|, or the root of twice the divergence
  double first_violation_ = 0, first_loss_ = 0, checked_loss_ = 0;
};

std::int64_t smaller_side(const ProblemSet& problem) {
  return std::min(static_cast<std::int64_t>(problem.split.train.size()), problem.features.columns());
}

Json settle(const ProblemSet& problem, Json json) {
  NmfParams params = schema().read(json, "algorithm.params");
  if (!params.components) params.components = static_cast<int>(std::clamp<std::int64_t>(smaller_side(problem), 1, 10));
  return schema().write(params);
}

void refuse_negative(const ProblemSet& problem) {
  const Features& features = problem.features;
  std::vector<float> row(static_cast<std::size_t>(features.columns()));
  // Bytes go through one map: where none can become negative there is nothing to look for.
  if (features.bytes() && features.offset() >= 0 && features.offset() + 255 * features.factor() >= 0) return;
  for (const std::int64_t number : problem.split.train) {
    features.gather(std::span(&number, 1), row.data());
    for (std::size_t i = 0; i < row.size(); ++i)
      if (row[i] < 0)
        throw DataError("Row " + std::to_string(number + 1) + " has " + short_number(static_cast<double>(row[i])) +
                            " in feature \"" +
                            (i < problem.feature_names.size() ? problem.feature_names[i] : std::to_string(i + 1)) +
                            "\", but parts add up to nothing negative: scale the features onto a range from 0 on",
                        "prepare", "a step {\"step\": \"scale\", \"range\": [0, 1]}");
  }
}

void check(const ProblemSet& problem, const Json& json) {
  const NmfParams params = schema().read(settle(problem, json), "algorithm.params");
  if (params.loss == Loss::kullback_leibler && params.solver == Solver::coordinate_descent)
    throw ParamError("Coordinate descent knows squares only; the divergence takes multiplicative updates",
                     "algorithm.params.solver", "mu");
  const std::int64_t side = smaller_side(problem);
  if (side < 1) throw DataError("There is nothing to decompose: the data has no rows or no features");
  if (params.init != Start::random && *params.components > side)
    throw ParamError("components is " + std::to_string(*params.components) + ", but the data has only " +
                         std::to_string(side) + " singular vectors to begin with",
                     "algorithm.params.components",
                     "a whole number from 1 to " + std::to_string(side) + ", or init random");
  require_finite(problem);
  refuse_negative(problem);
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return NmfRun(problem, schema().read(settle(problem, params), "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo nmf_algorithm() {
  AlgorithmInfo info;
  info.id = "nmf";
  info.table_step = "scale";
  info.label = "Non-negative parts";
  info.family = "Decomposition";
  info.help =
      "Writes every row as a sum of a few parts, in which nothing is negative and so nothing cancels: strokes of "
      "digits, topics of texts. Takes data without negative numbers; a new row gets its weights for the same parts.";
  info.citation =
      "D. D. Lee, H. S. Seung (2001), Algorithms for non-negative matrix factorization. A. Cichocki, A.-H. Phan "
      "(2009), "
      "Fast local algorithms for large scale nonnegative matrix and tensor factorizations. C. Boutsidis, "
      "E. Gallopoulos (2008), SVD based initialization.";
  info.tasks = {Task::decomposition};
  info.params = schema().specs();
  info.headline = "reconstruction_mse";
  info.settle = settle;
  info.check = check;
  info.fit = fit;
  return info;
}

}  // namespace gb
