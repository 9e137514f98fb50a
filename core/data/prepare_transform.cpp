#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_map>

#include "core/base/parallel.hpp"
#include "core/data/frame.hpp"
#include "core/data/number_text.hpp"
#include "core/data/prepare.hpp"
#include "core/data/prepare_steps.hpp"

namespace gb {
namespace {

/// Rows stay in the cache while one column after another is written into them.
constexpr std::size_t block = 128;

/// A column whose every cell is computed.
struct NumberFeature {
  Eigen::Index feature;
  const FrameColumn* column;
  std::vector<std::size_t> factors = {};  ///< of a product: which of the shared columns it multiplies
};

/// Features that one look at a row writes, most of them 0: the levels of a category or the words of a text.
struct SparseFeatures {
  const FromIndicator* level = nullptr;  ///< any of its features
  const FromTerm* term = nullptr;
  std::vector<Eigen::Index> feature_of = {};  ///< per level or term, -1 for those left out
};

/// How the features are written, in whatever order is quick.
class FeatureWriter {
 public:
  FeatureWriter(const Frame& frame, const std::vector<std::string>& names) {
    std::unordered_map<const void*, std::size_t> group_of;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto feature = static_cast<Eigen::Index>(i);
      const FrameColumn& column = *frame.find(names[i]);
      if (const auto* level = std::get_if<FromIndicator>(&column.origin))
        add(group_of, level->places.get(), {.level = level}, level->level, feature);
      else if (const auto* term = std::get_if<FromTerm>(&column.origin))
        add(group_of, term->matrix.get(), {.term = term}, term->term, feature);
      else
        add_number(column, feature);
    }
  }

  const std::vector<NumberFeature>& numbers() const { return numbers_; }

  /// Writes rows begin..end. `refuse(number, row, value)` is called for what is no finite float.
  template <class Refuse>
  void write(std::size_t begin, std::size_t end, MatrixF& out, const Refuse& refuse) const {
    std::vector<std::size_t> rows(end - begin);
    std::iota(rows.begin(), rows.end(), begin);
    std::vector<double> factors(shared_.size() * block), values(block);
    for (std::size_t i = 0; i < shared_.size(); ++i) shared_[i]->evaluate(rows, factors.data() + i * block);
    const Eigen::Index stride = out.cols();
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      const NumberFeature& number = numbers_[i];
      if (number.factors.empty())
        number.column->evaluate(rows, values.data());
      else
        multiply(number, factors, rows.size(), values);
      float* cell = out.data() + static_cast<Eigen::Index>(begin) * stride + number.feature;
      for (std::size_t row = 0; row < rows.size(); ++row, cell += stride) {
        *cell = static_cast<float>(values[row]);
        if (!std::isfinite(*cell)) refuse(i, rows[row], values[row]);
      }
    }
    for (const auto& group : sparse_)
      for (const auto row : rows) write_sparse(group, row, out.data() + static_cast<Eigen::Index>(row) * stride);
  }

 private:
  void add(std::unordered_map<const void*, std::size_t>& group_of, const void* key, SparseFeatures empty,
           std::int32_t part, Eigen::Index feature) {
    const auto [entry, added] = group_of.try_emplace(key, sparse_.size());
    if (added) sparse_.push_back(std::move(empty));
    auto& places = sparse_[entry->second].feature_of;
    if (places.size() <= static_cast<std::size_t>(part)) places.resize(static_cast<std::size_t>(part) + 1, -1);
    places[static_cast<std::size_t>(part)] = feature;
  }

  void add_number(const FrameColumn& column, Eigen::Index feature) {
    NumberFeature number{feature, &column};
    if (const auto* product = std::get_if<FromProduct>(&column.origin)) {
      for (const auto& factor : product->factors) {
        const auto [entry, added] = shared_place_.try_emplace(factor.get(), shared_.size());
        if (added) shared_.push_back(factor.get());
        number.factors.push_back(entry->second);
      }
    }
    numbers_.push_back(std::move(number));
  }

  static void multiply(const NumberFeature& number, const std::vector<double>& factors, std::size_t rows,
                       std::vector<double>& values) {
    for (std::size_t row = 0; row < rows; ++row) {
      double product = 1;
      for (const auto factor : number.factors) product *= factors[factor * block + row];
      values[row] = number.column->chain.apply(product);
    }
  }

  static void write_sparse(const SparseFeatures& group, std::size_t row, float* out) {
    const auto write = [&](std::int32_t part, double value) {
      if (part < 0 || static_cast<std::size_t>(part) >= group.feature_of.size()) return;
      if (const auto feature = group.feature_of[static_cast<std::size_t>(part)]; feature >= 0)
        out[feature] = static_cast<float>(value);
    };
    if (group.term) {
      for (const auto& entry : group.term->matrix->row(row)) write(entry.term, entry.value);
      return;
    }
    const auto code = group.level->cells->code(row);
    const auto& places = *group.level->places;
    write(code < 0 ? places.back() : places[static_cast<std::size_t>(code)], 1);
  }

  std::vector<NumberFeature> numbers_;
  std::vector<SparseFeatures> sparse_;
  std::vector<const FrameColumn*> shared_;  ///< factors of products
  std::unordered_map<const FrameColumn*, std::size_t> shared_place_;
};

/// The source of the column that has no value in the row; null when all have one.
const Column* missing_source(const FrameColumn& column, std::size_t row) {
  std::vector<const Column*> sources;
  column.add_sources(sources);
  for (const auto* source : sources)
    if (source->missing(row)) return source;
  return nullptr;
}

/// Smallest row number so far, from several threads.
void lower(std::atomic<std::size_t>& smallest, std::size_t row) {
  auto seen = smallest.load();
  while (row < seen && !smallest.compare_exchange_weak(seen, row)) {
  }
}

[[noreturn]] void refuse_cell(const FrameColumn& column, std::size_t row) {
  if (const Column* source = missing_source(column, row))
    throw DataError("The column '" + source->name + "' of row " + std::to_string(row + 1) +
                        " is missing, and nothing was fitted to impute it",
                    source->name, "a number");
  const auto* from = std::get_if<FromNumbers>(&column.origin);
  const double value = from ? from->column->numbers[row] : column.value(row);
  throw DataError("The column '" + column.name + "' of row " + std::to_string(row + 1) + " is " + number_text(value) +
                      ", which is too large for 32-bit numbers after preparation",
                  column.name, "a number of at most 3.4e38; standardize or scale the column");
}

}  // namespace

Features Preparation::transform(const Dataset& dataset) const {
  return transformed(dataset, false);
}

Features Preparation::transform_to_learn(const Dataset& dataset) const {
  return transformed(dataset, true);
}

Features Preparation::transformed(const Dataset& dataset, bool to_learn) const {
  if (const auto* set = dataset.images()) {
    if (!source_columns_.empty())
      throw DataError("The data is images, but a table with the column '" + source_columns_.front().name +
                      "' was expected");
    if (set->pixels_each() != feature_names_.size())
      throw DataError("The images have " + std::to_string(set->pixels_each()) + " values each (" +
                      std::to_string(set->channels) + " x " + std::to_string(set->height) + " x " +
                      std::to_string(set->width) + "), but " + std::to_string(feature_names_.size()) +
                      " were expected");
    FittedPixelScale scale;
    for (const auto& step : steps_)
      if (const auto* pixels = std::get_if<FittedPixelScale>(&step)) scale = *pixels;
    return Features(set->pixels, static_cast<std::int64_t>(set->count), static_cast<std::int64_t>(set->pixels_each()),
                    static_cast<float>(scale.factor), static_cast<float>(scale.offset));
  }
  if (source_columns_.empty()) throw DataError("The data is a table, but images were expected");
  const auto& table = *dataset.table();
  Frame frame(table, source_columns_, to_learn);
  for (const auto& step : steps_) frame.apply(step);
  const FeatureWriter writer(frame, feature_names_);
  MatrixF matrix =
      MatrixF::Zero(static_cast<Eigen::Index>(table.rows), static_cast<Eigen::Index>(feature_names_.size()));
  const bool missing = keeps_missing(completed_);
  constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();
  std::vector<std::atomic<std::size_t>> bad(writer.numbers().size());
  for (auto& row : bad) row = nowhere;
  parallel_chunks(table.rows, block, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t first = begin; first < end; first += block)
      writer.write(first, std::min(end, first + block), matrix, [&](std::size_t i, std::size_t row, double value) {
        if (missing && std::isnan(value) && missing_source(*writer.numbers()[i].column, row)) return;
        lower(bad[i], row);
      });
  });
  for (std::size_t i = 0; i < bad.size(); ++i)
    if (bad[i] != nowhere) refuse_cell(*writer.numbers()[i].column, bad[i]);
  return Features(std::move(matrix));
}

}  // namespace gb
