#include "core/algorithms/naive_bayes_sums.hpp"

#include <algorithm>

#include "core/base/parallel.hpp"

namespace gb {
namespace {

/// How many ways a slice is divided, whatever the number of threads.
constexpr std::size_t parts_of_slice = 8;
constexpr std::int64_t block = 32;  ///< loops of constant length are vectorised

void add_bytes(const std::uint8_t* bytes, std::int64_t count, std::uint32_t* sums, std::uint32_t* squares) {
  std::int64_t i = 0;
  if (squares) {
    for (; i + block <= count; i += block)
      for (std::int64_t j = 0; j < block; ++j) {
        const std::uint32_t value = bytes[i + j];
        sums[i + j] += value;
        squares[i + j] += value * value;
      }
    for (; i < count; ++i) {
      sums[i] += bytes[i];
      squares[i] += static_cast<std::uint32_t>(bytes[i]) * bytes[i];
    }
    return;
  }
  for (; i + block <= count; i += block)
    for (std::int64_t j = 0; j < block; ++j) sums[i + j] += bytes[i + j];
  for (; i < count; ++i) sums[i] += bytes[i];
}

void add_floats(const float* values, std::int64_t count, const double* pivot, double* sums, double* squares) {
  std::int64_t i = 0;
  for (; i + block <= count; i += block)
    for (std::int64_t j = 0; j < block; ++j) {
      const double value = static_cast<double>(values[i + j]) - pivot[i + j];
      sums[i + j] += value;
      squares[i + j] += value * value;
    }
  for (; i < count; ++i) {
    const double value = static_cast<double>(values[i]) - pivot[i];
    sums[i] += value;
    squares[i] += value * value;
  }
}

}  // namespace

NaiveBayesSums::NaiveBayesSums(const ProblemSet& problem, Kind kind, float threshold)
    : problem_(problem),
      kind_(kind),
      threshold_(threshold),
      bytes_(problem.features.bytes() != nullptr && kind != Kind::counts),
      pivot_(static_cast<std::size_t>(problem.features.columns())),
      counts_(problem.target->classes.size()),
      sums_(MatrixD::Zero(classes(), problem.features.columns())),
      squares_(MatrixD::Zero(kind == Kind::moments ? classes() : 0, problem.features.columns())) {
  if (kind != Kind::moments || bytes_ || problem.split.train.empty()) return;
  std::vector<float> first(pivot_.size());
  problem.features.gather(std::span(problem.split.train).first(1), first.data());
  std::copy(first.begin(), first.end(), pivot_.begin());
}

void NaiveBayesSums::take(std::size_t begin, std::size_t end) {
  const std::span<const std::int64_t> rows = std::span(problem_.split.train).subspan(begin, end - begin);
  std::vector<Part> parts(std::min(parts_of_slice, std::max<std::size_t>(rows.size() / 64, 1)));
  parallel_chunks(parts.size(), 1, [&](std::size_t first, std::size_t last, std::size_t) {
    for (std::size_t i = first; i < last; ++i) {
      const std::size_t from = rows.size() * i / parts.size(), to = rows.size() * (i + 1) / parts.size();
      parts[i] = {std::vector<double>(counts_.size()), MatrixD::Zero(sums_.rows(), sums_.cols()),
                  MatrixD::Zero(squares_.rows(), squares_.cols())};
      if (bytes_)
        take_bytes(rows.subspan(from, to - from), parts[i]);
      else
        take_floats(rows.subspan(from, to - from), parts[i]);
    }
  });
  for (const Part& part : parts) {
    for (std::size_t k = 0; k < counts_.size(); ++k) counts_[k] += part.counts[k];
    sums_ += part.sums;
    squares_ += part.squares;
  }
}

void NaiveBayesSums::take_bytes(std::span<const std::int64_t> rows, Part& part) const {
  using Counts = Eigen::Matrix<std::uint32_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  // 255^2 times this stays below 2^32.
  constexpr std::size_t most = 65536;
  const std::int64_t columns = sums_.cols();
  for (std::size_t begin = 0; begin < rows.size(); begin += most) {
    Counts sums = Counts::Zero(sums_.rows(), columns), squares = Counts::Zero(squares_.rows(), columns);
    for (const std::int64_t row : rows.subspan(begin, std::min(most, rows.size() - begin))) {
      const Eigen::Index k = problem_.target->codes[static_cast<std::size_t>(row)];
      part.counts[static_cast<std::size_t>(k)] += 1;
      add_bytes(problem_.features.bytes() + row * columns, columns, sums.row(k).data(),
                squares.size() > 0 ? squares.row(k).data() : nullptr);
    }
    part.sums += sums.cast<double>();
    part.squares += squares.cast<double>();
  }
}

void NaiveBayesSums::take_floats(std::span<const std::int64_t> rows, Part& part) const {
  const std::int64_t columns = sums_.cols();
  std::vector<float> values(static_cast<std::size_t>(columns));
  std::vector<double> unused(kind_ == Kind::moments ? 0 : values.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Eigen::Index k = problem_.target->codes[static_cast<std::size_t>(rows[i])];
    part.counts[static_cast<std::size_t>(k)] += 1;
    problem_.features.gather(rows.subspan(i, 1), values.data());
    if (kind_ == Kind::counts)
      for (float& value : values) value = value > threshold_ ? 1.0f : 0.0f;
    add_floats(values.data(), columns, pivot_.data(), part.sums.row(k).data(),
               kind_ == Kind::moments ? part.squares.row(k).data() : unused.data());
  }
}

MatrixD NaiveBayesSums::sums() const {
  MatrixD result = sums_;
  for (Eigen::Index k = 0; k < result.rows(); ++k) {
    const double count = counts_[static_cast<std::size_t>(k)];
    if (bytes_)
      result.row(k).array() = result.row(k).array() * static_cast<double>(problem_.features.factor()) +
                              count * static_cast<double>(problem_.features.offset());
    else
      result.row(k) += count * Eigen::Map<const Eigen::RowVectorXd>(pivot_.data(), result.cols());
  }
  return result;
}

MatrixD NaiveBayesSums::means() const {
  MatrixD result = sums();
  for (Eigen::Index k = 0; k < result.rows(); ++k) result.row(k) /= std::max(counts_[static_cast<std::size_t>(k)], 1.0);
  return result;
}

MatrixD NaiveBayesSums::variances() const {
  MatrixD result(sums_.rows(), sums_.cols());
  const double unit = bytes_ ? static_cast<double>(problem_.features.factor()) : 1;
  for (Eigen::Index k = 0; k < result.rows(); ++k) {
    const double count = std::max(counts_[static_cast<std::size_t>(k)], 1.0);
    result.row(k) =
        ((squares_.row(k).array() * count - sums_.row(k).array().square()) / (count * count)).max(0.0) * (unit * unit);
  }
  return result;
}

double NaiveBayesSums::largest_variance() const {
  double rows = 0;
  for (const double count : counts_) rows += count;
  if (rows == 0) return 0;
  const Eigen::RowVectorXd sum = sums_.colwise().sum(), square = squares_.colwise().sum();
  const double unit = bytes_ ? static_cast<double>(problem_.features.factor()) : 1;
  return ((square.array() * rows - sum.array().square()) / (rows * rows)).maxCoeff() * unit * unit;
}

void NaiveBayesSums::restore(std::vector<double> counts, MatrixD sums, MatrixD squares) {
  counts_ = std::move(counts);
  sums_ = std::move(sums);
  squares_ = std::move(squares);
}

}  // namespace gb
