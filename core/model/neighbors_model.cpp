#include "core/model/neighbors_model.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/model/onnx_graph.hpp"

namespace gb {
namespace {

/// Numbers of the differences of every feature between a block of 2,048 rows and all stored ones, at most.
constexpr std::int64_t most_differences = std::int64_t{1} << 27;
constexpr std::int64_t rows_a_block = 2048;
/// The file measures so many more rows than it needs once more by differences: products may have changed their order.
constexpr std::int64_t spare_candidates = 16;

const std::vector<std::int64_t> one{1}, two{2};

std::span<const float> values_of(const MatrixF& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

}  // namespace

NeighborsModel::NeighborsModel(const Features& features, std::span<const std::int64_t> rows, const Target& target,
                               int neighbors, Weights weights, RowMetric metric, NearestRows::Search search)
    : task_(target.task),
      stored_(features, rows, metric, search),
      rows_(rows.begin(), rows.end()),
      neighbors_(neighbors),
      weights_(weights),
      classes_(target.task == Task::classification ? static_cast<Eigen::Index>(target.classes.size()) : 0) {
  for (const std::int64_t row : rows) {
    const auto at = static_cast<std::size_t>(row);
    if (classes_ > 0)
      codes_.push_back(target.codes[at]);
    else
      values_.push_back(target.values[at]);
  }
  hashed_.assign(codes_.begin(), codes_.end());
}

Prediction NeighborsModel::predict(const Features& features, std::span<const std::int64_t> rows) const {
  Prediction prediction;
  prediction.task = task_;
  const auto k = static_cast<std::int64_t>(neighbors_);
  // In slices, so that the neighbours of a million rows need no memory at once.
  constexpr std::size_t slice = 8192;
  std::vector<Neighbor> found(std::min(rows.size(), slice) * static_cast<std::size_t>(k));
  if (classes_ > 0) {
    prediction.probabilities = MatrixF::Zero(static_cast<Eigen::Index>(rows.size()), classes_);
    prediction.labels.resize(rows.size());
  } else {
    prediction.values.resize(rows.size());
  }
  std::vector<double> shares(static_cast<std::size_t>(std::max<Eigen::Index>(classes_, 1)));
  for (std::size_t first = 0; first < rows.size(); first += slice) {
    const std::size_t some = std::min(slice, rows.size() - first);
    stored_.find(features, rows.subspan(first, some), k, found.data());
    for (std::size_t i = 0; i < some; ++i) {
      const std::span<const Neighbor> nearest(found.data() + i * static_cast<std::size_t>(k),
                                              static_cast<std::size_t>(k));
      // Where some are at the very place, they alone count.
      const bool hit = stored_.metric().distance(nearest[0].reduced) == 0;
      double total = 0, sum = 0;
      std::fill(shares.begin(), shares.end(), 0.0);
      for (const Neighbor& neighbor : nearest) {
        double weight = 1;
        if (weights_ == Weights::distance) {
          const double distance = stored_.metric().distance(neighbor.reduced);
          weight = hit ? (distance == 0 ? 1 : 0) : 1 / distance;
        }
        total += weight;
        const auto at = static_cast<std::size_t>(neighbor.row);
        if (classes_ > 0)
          shares[static_cast<std::size_t>(codes_[at])] += weight;
        else
          sum += weight * static_cast<double>(values_[at]);
      }
      if (classes_ == 0) {
        prediction.values[first + i] = static_cast<float>(sum / total);
        continue;
      }
      const auto row = static_cast<Eigen::Index>(first + i);
      for (Eigen::Index c = 0; c < classes_; ++c)
        prediction.probabilities(row, c) = static_cast<float>(shares[static_cast<std::size_t>(c)] / total);
      Eigen::Index best = 0;
      prediction.probabilities.row(row).maxCoeff(&best);
      prediction.labels[first + i] = static_cast<std::int32_t>(best);
    }
  }
  return prediction;
}

std::vector<std::int64_t> NeighborsModel::rows_behind(const Features& features, std::int64_t row) const {
  // One more than are asked, since a stored row is its own nearest.
  const std::int64_t asked = std::min<std::int64_t>(neighbors_ + 1, stored_.count());
  std::vector<Neighbor> nearest(static_cast<std::size_t>(asked));
  stored_.find(features, std::span(&row, 1), asked, nearest.data());
  std::vector<std::int64_t> behind;
  for (const Neighbor& neighbor : nearest)
    if (const std::int64_t other = rows_[static_cast<std::size_t>(neighbor.row)]; other != row) behind.push_back(other);
  if (behind.size() > static_cast<std::size_t>(neighbors_)) behind.resize(static_cast<std::size_t>(neighbors_));
  return behind;
}

std::vector<NamedArray> NeighborsModel::arrays() const {
  std::vector<NamedArray> arrays;
  const std::vector<std::int64_t> shape{stored_.count(), stored_.columns()};
  if (stored_.stores_bytes()) {
    NamedArray rows{"rows", shape, {}};
    rows.bytes = stored_.shifted_bytes();
    arrays.push_back(std::move(rows));
  } else {
    arrays.push_back({"rows", shape, values_of(stored_.values())});
  }
  if (classes_ > 0)
    arrays.push_back({"classes", {stored_.count()}, hashed_});
  else
    arrays.push_back({"values", {stored_.count()}, values_});
  return arrays;
}

/// Reduced distances [N, some] of queries [N, features] from rows [N or 1, some, features], by differences.
std::string NeighborsModel::onnx_distances(OnnxGraph& graph, const std::string& queries,
                                           const std::string& rows) const {
  using Metric = RowMetric::Kind;
  const std::map<std::string, OnnxAttribute> along{{"axes", two}, {"keepdims", std::int64_t{0}}};
  const std::string wide = graph.add("Unsqueeze", {queries, graph.constant("row_axis", one, {1})});
  const auto sum = [&](const std::string& parts) {
    return graph.add("ReduceSum", {parts, graph.constant("feature_axis", two, {1})}, {{"keepdims", std::int64_t{0}}});
  };
  if (stored_.metric().kind == Metric::cosine) {
    const float unit = 1;
    return graph.add("Sub", {graph.constant("unit", std::span(&unit, 1), {}), sum(graph.add("Mul", {wide, rows}))});
  }
  const std::string differences = graph.add("Sub", {wide, rows});
  if (stored_.metric().kind == Metric::euclidean) return graph.add("ReduceSumSquare", {differences}, along);
  const std::string sizes = graph.add("Abs", {differences});
  if (stored_.metric().kind == Metric::manhattan) return sum(sizes);
  const auto power = static_cast<float>(stored_.metric().p);
  return sum(graph.add("Pow", {sizes, graph.constant("p", std::span(&power, 1), {})}));
}

std::string NeighborsModel::write_onnx(OnnxGraph& graph, const std::string& features) const {
  using Metric = RowMetric::Kind;
  const Metric kind = stored_.metric().kind;
  const std::int64_t count = stored_.count(), columns = stored_.columns();
  const std::int64_t candidates = std::min<std::int64_t>(count, neighbors_ + spare_candidates);
  const bool by_products = candidates < count && (kind == Metric::euclidean || kind == Metric::cosine);
  if (!by_products && candidates < count && count * columns > most_differences / rows_a_block)
    throw ModelError("Distances of this kind from " + grouped(count) + " rows of " + grouped(columns) +
                     " features would take more memory than a file may ask for; with euclidean or cosine distances, or "
                     "fewer training rows, the model can be exported");
  const auto number = [&](const char* name, float value) { return graph.constant(name, std::span(&value, 1), {}); };

  // The queries as they are compared: whole numbers again where bytes are stored, which makes distances exact.
  MatrixF rows(count, columns);
  std::string queries = features;
  float unit = 1;
  if (stored_.stores_bytes()) {
    const auto bytes = stored_.shifted_bytes();
    for (std::size_t i = 0; i < bytes.size(); ++i) rows.data()[i] = static_cast<float>(bytes[i] + 128);
    unit = stored_.factor();
    const std::string moved = graph.add("Sub", {features, number("offset", stored_.offset())});
    const std::string scaled = graph.add("Div", {moved, number("factor", unit)});
    const std::string up = graph.add("Add", {scaled, number("half", 0.5f)});
    queries = graph.add("Cast", {graph.add("Cast", {up}, {{"to", std::int64_t{7}}})}, {{"to", std::int64_t{1}}});
  } else {
    rows = stored_.values();
    if (kind == Metric::cosine) {
      // Unit length; zeros are left as they are.
      const std::string squares =
          graph.add("ReduceSumSquare", {features}, {{"axes", one}, {"keepdims", std::int64_t{1}}});
      const std::string length = graph.add("Sqrt", {squares});
      const std::string zero = graph.add("Equal", {length, number("zero", 0)});
      queries = graph.add("Div", {features, graph.add("Where", {zero, number("one", 1), length})});
    }
  }
  const std::string stored = graph.constant("rows", values_of(rows), {count, columns});

  std::string distances, places;
  if (by_products) {
    std::vector<float> norms(static_cast<std::size_t>(count), 0.0f);
    std::string about = queries, about_rows = stored;
    if (kind == Metric::euclidean) {
      const Eigen::RowVectorXf origin = rows.cast<double>().colwise().mean().cast<float>();
      const MatrixF centered = rows.rowwise() - origin;
      for (Eigen::Index i = 0; i < count; ++i)
        norms[static_cast<std::size_t>(i)] = static_cast<float>(centered.row(i).cast<double>().squaredNorm());
      about = graph.add(
          "Sub",
          {queries, graph.constant("origin", std::span<const float>(origin.data(), static_cast<std::size_t>(columns)),
                                   {1, columns})});
      // One copy of the rows is enough: |r - o|^2 - 2 (q - o).(r - o) and |r - o|^2 - 2 (q - o).r differ by the same
      // number for all rows.
    }
    const std::string scores =
        graph.add("Gemm", {about, about_rows, graph.constant("norms", std::span<const float>(norms), {count})},
                  {{"alpha", -2.0f}, {"transB", std::int64_t{1}}});
    const std::vector<std::int64_t> many{candidates};
    const std::string how_many = graph.constant("candidates", many, {1});
    const std::map<std::string, OnnxAttribute> smallest{{"axis", std::int64_t{1}}, {"largest", std::int64_t{0}}};
    // In ascending order again, so that of equal distances the first row is taken.
    const std::string chosen = graph.add_outputs("TopK", {scores, how_many}, smallest, 2)[1];
    places = graph.add_outputs("TopK", {chosen, how_many}, smallest, 2)[0];
    distances = onnx_distances(graph, queries, graph.add("Gather", {stored, places}, {{"axis", std::int64_t{0}}}));
  } else {
    const std::vector<std::int64_t> zero{0};
    distances =
        onnx_distances(graph, queries, graph.add("Unsqueeze", {stored, graph.constant("query_axis", zero, {1})}));
  }
  const std::vector<std::int64_t> k{neighbors_};
  const auto top = graph.add_outputs("TopK", {distances, graph.constant("neighbors", k, {1})},
                                     {{"axis", std::int64_t{1}}, {"largest", std::int64_t{0}}}, 2);
  const std::string nearest =
      places.empty() ? top[1] : graph.add("GatherElements", {places, top[1]}, {{"axis", std::int64_t{1}}});

  // What each stored row says: one number, or a 1 at its class.
  const std::int64_t width = std::max<std::int64_t>(classes_, 1);
  MatrixF answers = MatrixF::Zero(count, width);
  for (std::int64_t i = 0; i < count; ++i)
    if (classes_ > 0)
      answers(i, codes_[static_cast<std::size_t>(i)]) = 1;
    else
      answers(i, 0) = values_[static_cast<std::size_t>(i)];
  const std::string said = graph.add("Gather", {graph.constant("answers", values_of(answers), {count, width}), nearest},
                                     {{"axis", std::int64_t{0}}});
  const std::string neighbor_axis = graph.constant("neighbor_axis", one, {1});
  if (weights_ == Weights::uniform) {
    const std::string sum = graph.add("ReduceSum", {said, neighbor_axis}, {{"keepdims", std::int64_t{0}}});
    return graph.add("Div", {sum, number("k", static_cast<float>(neighbors_))});
  }
  std::string distance = top[0];
  if (kind == Metric::euclidean)
    distance = graph.add("Sqrt", {distance});
  else if (kind == Metric::minkowski)
    distance = graph.add("Pow", {distance, number("root", static_cast<float>(1 / stored_.metric().p))});
  const std::string at = graph.add("Equal", {distance, number("nothing", 0)});
  const std::string hits = graph.add("Cast", {at}, {{"to", std::int64_t{1}}});
  const std::string any = graph.add("ReduceMax", {hits}, {{"axes", one}, {"keepdims", std::int64_t{1}}});
  const std::string inverse = graph.add("Div", {number("unity", 1), distance});
  const std::string weights = graph.add("Where", {graph.add("Greater", {any, number("none", 0)}), hits, inverse});
  const std::string weighted =
      graph.add("Mul", {said, graph.add("Unsqueeze", {weights, graph.constant("answer_axis", two, {1})})});
  const std::string sum = graph.add("ReduceSum", {weighted, neighbor_axis}, {{"keepdims", std::int64_t{0}}});
  return graph.add("Div", {sum, graph.add("ReduceSum", {weights, neighbor_axis}, {{"keepdims", std::int64_t{1}}})});
}

}  // namespace gb
