#include "core/evaluate/views.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>

#include "core/base/parallel.hpp"
#include "core/evaluate/metrics.hpp"
#include "core/linalg/principal_axes.hpp"
#include "core/linalg/product.hpp"

namespace gb {
namespace {

/// Rows whose principal components are computed, and the most numbers that may take: the axes of 784 pixels settle
/// within 2,700 rows, and the first plot should not wait.
constexpr std::int64_t principal_rows = 10000;
constexpr std::int64_t principal_values = std::int64_t{1} << 21;

std::vector<std::int32_t> codes_of(const ProblemSet& problem, std::span<const std::int64_t> rows) {
  std::vector<std::int32_t> codes;
  codes.reserve(rows.size());
  for (const std::int64_t row : rows) codes.push_back(problem.target->codes[static_cast<std::size_t>(row)]);
  return codes;
}

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

/// Widens a range by a margin; a single value gets room on both sides.
void add_margin(float& low, float& high) {
  if (!(low <= high)) {
    low = 0;
    high = 1;
  }
  const float span = high - low;
  const float margin = span > 0 ? span * 0.05f : std::max(std::abs(low) * 0.05f, 0.5f);
  low -= margin;
  high += margin;
}

/// Puts the column's mean where a number is missing: a plane can be laid through nothing else.
void fill_missing(MatrixF& rows) {
  for (Eigen::Index column = 0; column < rows.cols(); ++column) {
    double sum = 0;
    Eigen::Index known = 0;
    for (Eigen::Index row = 0; row < rows.rows(); ++row) {
      if (std::isnan(rows(row, column))) continue;
      sum += static_cast<double>(rows(row, column));
      ++known;
    }
    if (known == rows.rows()) continue;
    const auto mean = static_cast<float>(known > 0 ? sum / static_cast<double>(known) : 0);
    for (Eigen::Index row = 0; row < rows.rows(); ++row)
      if (std::isnan(rows(row, column))) rows(row, column) = mean;
  }
}

}  // namespace

std::shared_ptr<const Matrix> confusion_view(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                             std::span<const std::int32_t> predicted, std::int64_t step,
                                             const std::string& part) {
  const auto& classes = problem.target->classes;
  const auto truth = codes_of(problem, rows);
  auto view = std::make_shared<Matrix>();
  view->view = "confusion";
  view->title = "Confusion matrix";
  view->step = step;
  view->part = part;
  view->row_title = "True class";
  view->column_title = "Predicted class";
  view->row_labels = view->column_labels = classes;
  const auto counts = confusion_counts(truth, predicted, classes.size());
  view->values.assign(counts.begin(), counts.end());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (truth[i] < 0 || predicted[i] < 0) continue;
    view->rows.push_back(rows[i]);
    view->cells.push_back(truth[i] * static_cast<std::int32_t>(classes.size()) + predicted[i]);
  }
  return view;
}

std::shared_ptr<const Table> class_report(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                          std::span<const std::int32_t> predicted, std::int64_t step,
                                          const std::string& part) {
  const auto& classes = problem.target->classes;
  const auto counts = confusion_counts(codes_of(problem, rows), predicted, classes.size());
  auto report = std::make_shared<Table>();
  report->view = "class-report";
  report->title = "Per class (" + part + ")";
  report->step = step;
  report->columns = {"Class", "Precision", "Recall", "F1", "Support"};
  for (std::size_t i = 0; i < classes.size(); ++i) {
    std::int64_t support = 0, chosen = 0;
    for (std::size_t j = 0; j < classes.size(); ++j) {
      support += counts[i * classes.size() + j];
      chosen += counts[j * classes.size() + i];
    }
    const auto hits = static_cast<double>(counts[i * classes.size() + i]);
    const auto share = [&](double whole) { return whole > 0 ? fixed(hits / whole, 3) : std::string(); };
    report->rows.push_back({classes[i], share(static_cast<double>(chosen)), share(static_cast<double>(support)),
                            share(static_cast<double>(chosen + support) / 2), std::to_string(support)});
  }
  return report;
}

std::vector<std::int64_t> evenly_drawn(std::span<const std::int64_t> rows, std::size_t most) {
  if (rows.size() <= most) return {rows.begin(), rows.end()};
  std::vector<std::int64_t> drawn(most);
  for (std::size_t i = 0; i < most; ++i) drawn[i] = rows[i * rows.size() / most];
  return drawn;
}

std::vector<std::int32_t> best_classes(const MatrixF& probabilities) {
  std::vector<std::int32_t> labels;
  for (Eigen::Index row = 0; row < probabilities.rows(); ++row) {
    Eigen::Index best = 0;
    probabilities.row(row).maxCoeff(&best);
    labels.push_back(static_cast<std::int32_t>(best));
  }
  return labels;
}

std::shared_ptr<const Images> mistakes_view(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                            const MatrixF& probabilities, std::int64_t step) {
  constexpr std::size_t most = 24;
  const auto& codes = problem.target->codes;
  const auto labels = best_classes(probabilities);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto code = codes[static_cast<std::size_t>(rows[i])];
    if (code >= 0 && labels[i] != code) order.push_back(i);
  }
  const auto belief = [&](std::size_t i) {
    return probabilities(static_cast<Eigen::Index>(i), codes[static_cast<std::size_t>(rows[i])]);
  };
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return belief(a) != belief(b) ? belief(a) < belief(b) : a < b; });
  if (order.size() > most) order.resize(most);
  auto images = std::make_shared<Images>();
  images->view = "mistakes";
  images->title = "Worst mistakes";
  images->step = step;
  images->count = static_cast<int>(order.size());
  images->channels = static_cast<int>(problem.channels);
  images->height = static_cast<int>(problem.height);
  images->width = static_cast<int>(problem.width);
  const auto pixels = static_cast<std::size_t>(problem.features.columns());
  for (const std::size_t i : order) {
    const auto* image = problem.features.bytes() + static_cast<std::size_t>(rows[i]) * pixels;
    images->pixels.insert(images->pixels.end(), image, image + pixels);
    images->rows.push_back(rows[i]);
    const auto& classes = problem.target->classes;
    images->captions.push_back(classes[static_cast<std::size_t>(codes[static_cast<std::size_t>(rows[i])])] +
                               " \u2192 " + classes[static_cast<std::size_t>(labels[i])]);
  }
  return images;
}

std::shared_ptr<const Points> fit_view(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                       std::span<const float> predicted, std::int64_t step, const std::string& part) {
  auto xy = std::make_shared<std::vector<float>>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    xy->push_back(problem.target->values[static_cast<std::size_t>(rows[i])]);
    xy->push_back(predicted[i]);
  }
  auto points = std::make_shared<Points>();
  points->view = "fit";
  points->title = "Predicted against true";
  points->step = step;
  points->x_label = problem.target->name;
  points->y_label = "predicted";
  points->xy = xy;
  points->rows = std::make_shared<const std::vector<std::int64_t>>(rows.begin(), rows.end());
  points->group.assign(rows.size(), 0);
  points->group_names = {part};
  return points;
}

PlaneView::PlaneView(const ProblemSet& problem, std::span<const std::int64_t> all, std::size_t most)
    : features_(problem.features.columns()) {
  const auto rows = own_rows(problem, all);
  const Features& features = problem.features;
  axes_ = MatrixF::Zero(2, features_);
  mean_ = Eigen::RowVectorXf::Zero(features_);
  if (features_ <= 2) {
    for (Eigen::Index i = 0; i < features_; ++i) axes_(i, i) = 1;
    const auto name = [&](std::size_t i) {
      return i < problem.feature_names.size() ? problem.feature_names[i] : std::string();
    };
    x_label_ = name(0);
    y_label_ = features_ == 2 ? name(1) : std::string();
  } else if (!rows.empty()) {
    const auto sample_size = std::clamp<std::int64_t>(principal_values / features_, 100, principal_rows);
    MatrixF sample = features.dense(evenly_drawn(rows, static_cast<std::size_t>(sample_size)));
    if (features.matrix()) fill_missing(sample);
    const auto principal = principal_axes(std::move(sample), 2);
    axes_ = principal.axes.cast<float>();
    mean_ = principal.mean.cast<float>();
    const auto label = [&](Eigen::Index i) {
      const double share = principal.total_variance > 0 ? principal.variances[i] / principal.total_variance : 0;
      return "Principal component " + std::to_string(i + 1) + " (" + fixed(100 * share, 1) + " % of variance)";
    };
    x_label_ = label(0);
    y_label_ = label(1);
  }

  auto drawn = std::make_shared<std::vector<std::int64_t>>(evenly_drawn(rows, most));
  auto xy = std::make_shared<std::vector<float>>(drawn->size() * 2);
  // In blocks: a dense copy of images would take four times their memory.
  constexpr std::size_t block = 256;
  parallel_chunks(drawn->size(), block, [&](std::size_t begin, std::size_t end, std::size_t) {
    MatrixF values(static_cast<Eigen::Index>(block), features_);
    for (std::size_t row = begin; row < end; row += block) {
      const std::size_t some = std::min(block, end - row);
      features.gather(std::span(*drawn).subspan(row, some), values.data());
      values.rowwise() -= mean_;
      // A missing number is drawn where its column's mean is.
      if (features.matrix()) values = values.array().isNaN().select(0.0F, values);
      multiply_transposed(values.data(), static_cast<std::int64_t>(some), axes_.data(), 2, features_,
                          xy->data() + row * 2);
    }
  });

  x_min_ = y_min_ = std::numeric_limits<float>::infinity();
  x_max_ = y_max_ = -std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < drawn->size(); ++i) {
    const float x = (*xy)[2 * i], y = (*xy)[2 * i + 1];
    if (!std::isfinite(x) || !std::isfinite(y)) continue;
    x_min_ = std::min(x_min_, x);
    x_max_ = std::max(x_max_, x);
    y_min_ = std::min(y_min_, y);
    y_max_ = std::max(y_max_, y);
  }
  add_margin(x_min_, x_max_);
  add_margin(y_min_, y_max_);
  xy_ = std::move(xy);
  rows_ = std::move(drawn);
}

std::vector<float> PlaneView::project(const MatrixF& points) const {
  const MatrixF projected = (points.rowwise() - mean_) * axes_.transpose();
  return {projected.data(), projected.data() + projected.size()};
}

Points PlaneView::points() const {
  Points points;
  points.x_label = x_label_;
  points.y_label = y_label_;
  points.xy = xy_;
  points.rows = rows_;
  return points;
}

MatrixF PlaneView::grid(int width, int height) const {
  MatrixF cells(static_cast<Eigen::Index>(width) * height, features_);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      // The middle of the cell.
      const float at_x = x_min_ + (x_max_ - x_min_) * (static_cast<float>(x) + 0.5f) / static_cast<float>(width);
      const float at_y = y_min_ + (y_max_ - y_min_) * (static_cast<float>(y) + 0.5f) / static_cast<float>(height);
      cells.row(static_cast<Eigen::Index>(y) * width + x) = mean_ + at_x * axes_.row(0) + at_y * axes_.row(1);
    }
  return cells;
}

std::shared_ptr<const Points> PlaneView::border(const Target& target, int width, int height,
                                                const MatrixF& probabilities, std::int64_t step) const {
  const auto groups = best_classes(probabilities);
  std::vector<float> certainty(groups.size());
  const auto classes = static_cast<float>(probabilities.cols());
  for (Eigen::Index i = 0; i < probabilities.rows(); ++i)
    certainty[static_cast<std::size_t>(i)] = (probabilities.row(i).maxCoeff() - 1 / classes) / (1 - 1 / classes);
  auto cloud = std::make_shared<Points>(points());
  cloud->view = "border";
  cloud->title = "Decision border";
  cloud->step = step;
  for (const auto row : *cloud->rows) cloud->group.push_back(target.codes[static_cast<std::size_t>(row)]);
  cloud->group_names = target.classes;
  cloud->region = region(width, height, groups, certainty);
  return cloud;
}

std::shared_ptr<const Region> PlaneView::region(int width, int height, std::span<const std::int32_t> groups,
                                                std::span<const float> certainty) const {
  auto region = std::make_shared<Region>();
  region->width = width;
  region->height = height;
  region->x_min = x_min_;
  region->x_max = x_max_;
  region->y_min = y_min_;
  region->y_max = y_max_;
  const std::size_t cells = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  region->group.resize(cells);
  region->strength.resize(cells);
  for (std::size_t i = 0; i < cells; ++i) {
    if (groups[i] < 0) continue;  // no group: no strength either
    // Colours repeat long before 256 groups do.
    region->group[i] = static_cast<std::uint8_t>(groups[i] % 256);
    region->strength[i] = static_cast<std::uint8_t>(std::lround(255 * std::clamp(certainty[i], 0.0f, 1.0f)));
  }
  return region;
}

}  // namespace gb
