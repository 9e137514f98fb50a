#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>

#include "core/algorithms/algorithm.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/embedding_views.hpp"
#include "core/linalg/byte_product.hpp"
#include "core/linalg/eigen.hpp"
#include "core/linalg/product.hpp"
#include "core/model/projection_model.hpp"
#include "core/params/schema.hpp"
#include "core/train/row_blocks.hpp"

namespace gb {
namespace {

using Eigen::Index;

enum class Solver { automatic, exact, randomized };

struct PcaParams {
  std::optional<int> components;
  Solver solver = Solver::automatic;
  bool whiten = false;
  int power_iterations = 7;
  int oversamples = 10;
};

const Schema<PcaParams>& schema() {
  static const auto s =
      Schema<PcaParams>{}
          .add(&PcaParams::components,
               {.name = "components",
                .label = "Components",
                .help = "How many directions to keep. Left empty: ten, or as many as there are.",
                .valid = {1, 1e5},
                .search = {1, 100},
                .scale = Scale::log})
          .add(&PcaParams::solver,
               {.name = "solver",
                .label = "Computation",
                .help = "How the directions are found.",
                .choices = {{"auto", "Automatic", "Exact unless both rows and features are many."},
                            {"exact", "Exact",
                             "All products of features (or of rows, where they are fewer), decomposed."},
                            {"randomized", "Randomized", "A few passes with random directions: for very wide data."}}})
          .add(&PcaParams::whiten, {.name = "whiten",
                                    .label = "Whiten",
                                    .help = "Scale every coordinate to variance one. What learns from them then gives "
                                            "all components the same weight."})
          .add(&PcaParams::power_iterations,
               {.name = "power_iterations",
                .label = "Power iterations",
                .help = "Further passes over the data that sharpen the random directions.",
                .valid = {0, 100},
                .search = {1, 20},
                .enabled_by = EnabledBy{"solver", {"auto", "randomized"}},
                .advanced = true})
          .add(&PcaParams::oversamples,
               {.name = "oversamples",
                .label = "Spare directions",
                .help = "Random directions beside those that are kept. More of them make the kept ones more accurate.",
                .valid = {0, 1000},
                .search = {5, 50},
                .enabled_by = EnabledBy{"solver", {"auto", "randomized"}},
                .advanced = true});
  return s;
}

/// Beyond this the smaller side is too long for its square to be decomposed.
constexpr std::int64_t most_exact = 10000;
constexpr std::int64_t most_automatic = 3000;

std::int64_t smaller_side(const ProblemSet& problem) {
  return std::min(static_cast<std::int64_t>(problem.split.train.size()), problem.features.columns());
}

/// One run: passes over the rows that add up products, then a small decomposition.
class PcaRun {
 public:
  PcaRun(const ProblemSet& problem, const PcaParams& params, RunContext& context)
      : params_(params),
        context_(context),
        features_(problem.features),
        rows_(problem.split.train),
        blocks_(features_, rows_),
        count_(blocks_.count()),
        columns_(blocks_.columns()),
        components_(*params.components),
        pictures_(problem.is_images()),
        names_(problem.feature_names),
        views_(problem) {}

  std::unique_ptr<Model> run() {
    if (params_.solver == Solver::randomized)
      run_randomized();
    else if (count_ < columns_)
      run_on_rows();
    else
      run_on_features();
    tell(true);
    return model();
  }

 private:
  // The covariance matrix, added up in pieces.

  void run_on_features() {
    // Bytes multiply exactly, and about zero: their mean is subtracted from the products at the end.
    const bool bytes = features_.bytes() && count_ > 0 && multiplies_bytes();
    MatrixD products = MatrixD::Zero(columns_, columns_);
    Eigen::RowVectorXd sums = Eigen::RowVectorXd::Zero(columns_);
    if (!bytes) blocks_.move_to(blocks_.mean());
    std::int64_t seen = 0;
    if (const State* state = context_.resume_from()) {
      seen = header_field(*state, "seen").get<std::int64_t>();
      read_array(*state, "products", products.data(), static_cast<std::size_t>(products.size()));
      read_array(*state, "sums", sums.data(), static_cast<std::size_t>(sums.size()));
      step_ = state->step;
    }
    context_.on_save([&](std::int64_t) {
      State state;
      state.header = {{"seen", seen}};
      state.arrays.push_back(state_array("products", "F64", {columns_, columns_}, products.data(),
                                         static_cast<std::size_t>(products.size())));
      state.arrays.push_back(state_array("sums", "F64", {columns_}, sums.data(), static_cast<std::size_t>(columns_)));
      return state;
    });
    // About eight steps, none longer than some tenths of a second.
    const double work = static_cast<double>(columns_) * static_cast<double>(columns_);
    const auto fast = static_cast<std::int64_t>(4e10 / std::max(work, 1.0));
    const std::int64_t piece = std::clamp<std::int64_t>((count_ + 7) / 8, 1, std::max<std::int64_t>(fast, 4096));
    while (seen < count_ && context_.step(step_)) {
      const std::int64_t last = std::min(count_, seen + piece);
      if (!(bytes ? add_bytes(seen, last, products, sums) : add_floats(seen, last, products))) break;
      seen = last;
      ++step_;
      if (seen < count_) {
        sentence_ = "Added the products of " + grouped(seen) + " of " + grouped(count_) + " rows.";
        context_.watch("this-step", [&]() -> Event { return Text{"this-step", step_, sentence_}; });
      }
      context_.progress(seen, count_, 0, "rows");
    }
    seen_ = seen;
    if (bytes) {
      const Eigen::RowVectorXd mean = sums / static_cast<double>(std::max<std::int64_t>(seen, 1));
      const auto factor = static_cast<double>(features_.factor());
      for (Index row = 0; row < columns_; ++row) products.row(row).head(row + 1) -= sums[row] * mean.head(row + 1);
      products *= factor * factor;
      blocks_.move_to((mean * factor).array() + static_cast<double>(features_.offset()));
    }
    if (seen == 0) return;
    total_ = products.diagonal().sum();
    const SymmetricEigen found = largest_eigen(products, components_);
    take(found.values, found.vectors);
    sentence_ = "Decomposed the " + grouped(columns_) + " x " + grouped(columns_) + " products of features.";
  }

  bool add_floats(std::int64_t first, std::int64_t last, MatrixD& products) const {
    std::vector<MatrixD> sums(static_cast<std::size_t>(threads()));
    const bool complete =
        blocks_.visit(first, last, stop_, [&](std::int64_t, const float* values, std::int64_t some, std::size_t chunk) {
          MatrixF part(columns_, columns_);
          multiply_self(values, some, columns_, part.data());
          add_lower(part, sums[chunk]);
        });
    if (complete)
      for (const MatrixD& sum : sums)
        if (sum.size() > 0) products += sum;
    return complete;
  }

  /// Products about zero, in units of a byte.
  bool add_bytes(std::int64_t first, std::int64_t last, MatrixD& products, Eigen::RowVectorXd& totals) const {
    constexpr std::int64_t block_rows = 2048;
    static_assert(block_rows <= most_byte_rows);
    struct Part {
      MatrixD products;
      Eigen::RowVectorXd totals;
    };
    std::vector<Part> parts(static_cast<std::size_t>(threads()));
    const auto blocks = static_cast<std::size_t>((last - first + block_rows - 1) / block_rows);
    parallel_chunks(blocks, 1, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
      const auto columns = static_cast<std::size_t>(columns_);
      std::vector<std::uint8_t> rows(static_cast<std::size_t>(block_rows) * columns);
      std::vector<std::uint32_t> sums(columns);
      Eigen::Matrix<std::int32_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> part(columns_, columns_);
      Part& own = parts[chunk];
      own.totals = Eigen::RowVectorXd::Zero(columns_);
      for (std::size_t block = begin; block < end && !stop_(); ++block) {
        const std::int64_t from = first + static_cast<std::int64_t>(block) * block_rows;
        const std::int64_t some = std::min(block_rows, last - from);
        std::fill(sums.begin(), sums.end(), 0u);
        for (std::int64_t row = 0; row < some; ++row) {
          const std::uint8_t* source = features_.bytes() + rows_[static_cast<std::size_t>(from + row)] * columns_;
          std::copy_n(source, columns, rows.data() + static_cast<std::size_t>(row) * columns);
          for (std::size_t i = 0; i < columns; ++i) sums[i] += source[i];
        }
        multiply_self(rows.data(), some, columns_, part.data());
        for (Index i = 0; i < columns_; ++i) own.totals[i] += static_cast<double>(sums[static_cast<std::size_t>(i)]);
        add_lower(part, own.products);
      }
    });
    if (stop_()) return false;
    for (const Part& part : parts) {
      if (part.products.size() == 0) continue;
      totals += part.totals;
      products += part.products;
      // Of a^T (a - 128) so far.
      for (Index row = 0; row < columns_; ++row) products.row(row).head(row + 1).array() += 128 * part.totals[row];
    }
    return true;
  }

  static void add_lower(const auto& part, MatrixD& sum) {
    if (sum.size() == 0) sum = MatrixD::Zero(part.rows(), part.cols());
    for (Index row = 0; row < part.rows(); ++row)
      sum.row(row).head(row + 1) += part.row(row).head(row + 1).template cast<double>();
  }

  // Fewer rows than features: products of rows have the same decomposition.

  void run_on_rows() {
    blocks_.move_to(blocks_.mean());
    if (!context_.step(step_)) return;
    const MatrixF values = blocks_.dense();
    MatrixD products = MatrixD::Zero(count_, count_);
    constexpr Index width = 512;
    for (Index first = 0; first < columns_; first += width) {
      if (context_.poll()) return;
      const MatrixD some = values.middleCols(first, std::min<Index>(width, columns_ - first)).cast<double>();
      products += some * some.transpose();
    }
    seen_ = count_;
    total_ = products.diagonal().sum();
    const SymmetricEigen found = largest_eigen(products, components_);
    MatrixD axes = values.cast<double>().transpose() * found.vectors;
    for (Index i = 0; i < axes.cols(); ++i) {
      const double norm = axes.col(i).norm();
      if (norm > 0) axes.col(i) /= norm;
    }
    fix_signs(axes);
    take(found.values, axes);
    ++step_;
    context_.progress(count_, count_, 0, "rows");
    sentence_ = "Decomposed the " + grouped(count_) + " x " + grouped(count_) + " products of rows.";
  }

  // Halko, Martinsson, Tropp (2011), algorithm 4.4: a pass over the rows applies X^T X to all directions at once.

  void run_randomized() {
    blocks_.move_to(blocks_.mean());
    const Index width = std::min<Index>(components_ + params_.oversamples, std::min(count_, columns_));
    MatrixD basis(columns_, width);
    if (const State* state = context_.resume_from()) {
      read_array(*state, "basis", basis.data(), static_cast<std::size_t>(basis.size()));
      step_ = state->step;
      seen_ = count_;
    } else {
      Random random = context_.random();
      for (Index i = 0; i < basis.size(); ++i) basis.data()[i] = random.normal();
      basis = orthonormal(basis);
    }
    context_.on_save([&](std::int64_t) {
      State state;
      state.arrays.push_back(state_array("basis", "F64", {basis.rows(), basis.cols()}, basis.data(),
                                         static_cast<std::size_t>(basis.size())));
      return state;
    });
    const std::int64_t passes = params_.power_iterations + 1;
    while (step_ < passes && context_.step(step_)) {
      const MatrixD image = blocks_.apply(basis, total_, stop_);
      if (image.size() == 0) break;
      seen_ = count_;
      MatrixD projected = basis.transpose() * image;
      projected = (projected + projected.transpose()).eval() / 2;
      const SymmetricEigen small = symmetric_eigen(projected);
      MatrixD axes = basis * small.vectors.leftCols(components_);
      fix_signs(axes);
      take(small.values.head(components_), axes);
      ++step_;
      sentence_ = "Pass " + std::to_string(step_) + " of " + std::to_string(passes) + " over all rows with " +
                  grouped(width) + " directions.";
      if (step_ < passes) {
        tell(false);
        basis = orthonormal(image);
      }
      context_.progress(step_, passes, 0, "passes");
    }
  }

  /// Keeps eigenvalues and eigenvectors of the products' matrix.
  void take(const Eigen::VectorXd& values, const MatrixD& vectors) {
    axes_ = MatrixD::Zero(components_, columns_);
    variances_ = Eigen::VectorXd::Zero(components_);
    const double freedom = static_cast<double>(std::max<std::int64_t>(seen_ - 1, 1));
    for (Index i = 0; i < std::min<Index>(components_, values.size()); ++i) {
      // Beyond the rank there is no direction to tell.
      if (values[i] <= 1e-12 * total_) break;
      axes_.row(i) = vectors.col(i).transpose();
      variances_[i] = values[i] / freedom;
    }
    total_variance_ = total_ / freedom;
  }

  std::unique_ptr<ProjectionModel> model() const {
    const Index kept = components_;
    Eigen::VectorXd divisors = Eigen::VectorXd::Ones(kept);
    if (params_.whiten && axes_.size() > 0)
      for (Index i = 0; i < kept; ++i)
        if (variances_[i] > 0) divisors[i] = std::sqrt(variances_[i]);
    return std::make_unique<ProjectionModel>(blocks_.origin(), axes_.size() > 0 ? axes_ : MatrixD::Zero(kept, columns_),
                                             divisors);
  }

  double share(Index component) const { return total_variance_ > 0 ? variances_[component] / total_variance_ : 0; }

  void tell(bool last) {
    if (axes_.size() == 0) return;
    double explained = 0;
    for (Index i = 0; i < components_; ++i) explained += share(i);
    // Per number of the data, of the population: the mean squared difference from what the coordinates give back.
    const double freedom = static_cast<double>(std::max<std::int64_t>(seen_ - 1, 1));
    const double lost = std::max(0.0, total_ - variances_.sum() * freedom) /
                        (static_cast<double>(seen_) * static_cast<double>(std::max<std::int64_t>(columns_, 1)));
    context_.scalar("train/reconstruction_mse", step_, lost);
    context_.scalar("train/explained_variance", step_, explained);
    const std::string sentence = sentence_ + " " + grouped(components_) +
                                 (components_ == 1 ? " component explains " : " components explain ") +
                                 short_number(100 * explained) + " % of the variance.";
    context_.watch(
        "this-step",
        [&]() -> Event {
          return Text{"this-step", step_, sentence};
        },
        last);
    context_.watch(
        "explained_variance", [&]() -> Event { return explained_chart(false); }, last);
    context_.watch(
        "cumulative_variance", [&]() -> Event { return explained_chart(true); }, last);
    context_.watch(
        "map",
        [&]() -> Event {
          const auto embedding = model()->predict(features_, views_.rows()).embedding;
          return views_.map(step_, "Principal components", embedding, axis_label(0),
                            components_ > 1 ? axis_label(1) : std::string());
        },
        last);
    context_.watch(
        "components",
        [&]() -> Event {
          const MatrixF axes = axes_.cast<float>();
          if (!pictures_) return loadings_view(step_, "Components", axes, names_);
          std::vector<std::string> captions;
          for (Index i = 0; i < components_; ++i) captions.push_back(percent(share(i)));
          return views_.parts(step_, "Components", axes, std::move(captions));
        },
        last);
  }

  static std::string percent(double share) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
    return text;
  }

  std::string axis_label(Index component) const {
    return "Principal component " + std::to_string(component + 1) + " (" + percent(share(component)) + " of variance)";
  }

  std::shared_ptr<const Chart> explained_chart(bool cumulative) const {
    auto chart = std::make_shared<Chart>();
    chart->view = cumulative ? "cumulative_variance" : "explained_variance";
    chart->title = cumulative ? "Explained variance, added up" : "Explained variance";
    chart->step = step_;
    chart->kind = cumulative ? Chart::Kind::lines : Chart::Kind::bars;
    chart->x_label = "Component";
    chart->y_label = "Share of the variance";
    Chart::Line line{cumulative ? "added up" : "explained", false, {}, {}};
    double sum = 0;
    for (Index i = 0; i < components_; ++i) {
      sum += share(i);
      line.x.push_back(static_cast<double>(i + 1));
      line.y.push_back(cumulative ? sum : share(i));
    }
    chart->lines.push_back(std::move(line));
    return chart;
  }

  const PcaParams params_;
  RunContext& context_;
  const Features& features_;
  std::span<const std::int64_t> rows_;
  RowBlocks blocks_;  ///< about their mean
  std::int64_t count_, columns_;
  Index components_;
  bool pictures_;
  const std::vector<std::string>& names_;
  EmbeddingViews views_;

  const std::function<bool()> stop_ = [this] { return context_.poll(); };

  std::int64_t step_ = 0;
  std::int64_t seen_ = 0;      ///< rows whose products were added
  double total_ = 0;           ///< sum of all squares about the mean, over those rows
  double total_variance_ = 0;  ///< of the sample
  MatrixD axes_;               ///< components x features; empty before anything was decomposed
  Eigen::VectorXd variances_;  ///< of the sample
  std::string sentence_;
};

Json settle(const ProblemSet& problem, Json json) {
  PcaParams params = schema().read(json, "algorithm.params");
  const std::int64_t side = smaller_side(problem);
  if (!params.components) params.components = static_cast<int>(std::clamp<std::int64_t>(side, 1, 10));
  // Few of many components are found sooner at random; many of them are not.
  if (params.solver == Solver::automatic)
    params.solver = side > most_automatic && (side > most_exact || *params.components < side * 4 / 5)
                        ? Solver::randomized
                        : Solver::exact;
  return schema().write(params);
}

void check(const ProblemSet& problem, const Json& json) {
  const PcaParams params = schema().read(settle(problem, json), "algorithm.params");
  const std::int64_t side = smaller_side(problem);
  if (side < 1) throw DataError("There is nothing to decompose: the data has no rows or no features");
  if (*params.components > side)
    throw ParamError("components is " + std::to_string(*params.components) + ", but " +
                         grouped(static_cast<std::int64_t>(problem.split.train.size())) + " rows of " +
                         grouped(problem.features.columns()) + " features have at most " + std::to_string(side),
                     "algorithm.params.components", "a whole number from 1 to " + std::to_string(side));
  if (params.solver == Solver::exact && side > most_exact)
    throw ParamError("The exact computation decomposes a matrix of " + grouped(side) + " x " + grouped(side) +
                         " numbers here; at most " + grouped(most_exact) + " are supported",
                     "algorithm.params.solver", "auto or randomized");
  require_finite(problem);
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return PcaRun(problem, schema().read(settle(problem, params), "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo pca_algorithm() {
  AlgorithmInfo info;
  info.id = "pca";
  info.label = "Principal components";
  info.family = "Decomposition";
  info.help =
      "Finds the directions along which the rows differ most and gives every row its coordinates along them. The first "
      "two make a map of the data; some tens often hold nearly all of it.";
  info.citation =
      "H. Hotelling (1933), Analysis of a complex of statistical variables into principal components. N. Halko, "
      "P.-G. Martinsson, J. A. Tropp (2011), Finding structure with randomness.";
  info.tasks = {Task::decomposition};
  info.params = schema().specs();
  info.headline = "reconstruction_mse";
  info.settle = settle;
  info.check = check;
  info.fit = fit;
  info.table_step = "standardize";
  return info;
}

}  // namespace gb
