#include "core/model/combined_model.hpp"

#include <cassert>
#include <numeric>

#include "core/model/onnx_graph.hpp"

namespace gb {
namespace {

/// A member's nodes; one that takes pictures gets the rows as such again.
std::string write_member(OnnxGraph& graph, const Model& member, const std::string& features, const PictureSize& size) {
  if (!member.takes_pictures()) return member.write_onnx(graph, features);
  const std::vector<std::int64_t> shape{-1, static_cast<std::int64_t>(size.channels),
                                        static_cast<std::int64_t>(size.height), static_cast<std::int64_t>(size.width)};
  const std::string wanted = graph.constant("picture_shape", std::span<const std::int64_t>(shape), {4});
  return member.write_onnx(graph, graph.add("Reshape", {features, wanted}));
}

void add_arrays(const Model& member, const std::string& prefix, std::vector<NamedArray>& list) {
  for (NamedArray& array : member.arrays()) {
    array.name = prefix + "/" + array.name;
    list.push_back(std::move(array));
  }
}

/// "member 003": in the order of numbers.
std::string member_name(std::size_t position) {
  std::string number = std::to_string(position + 1);
  number.insert(0, number.size() < 5 ? 5 - number.size() : 0, '0');
  return "member " + number;
}

std::size_t best_of(const MatrixF& probabilities, Eigen::Index row) {
  Eigen::Index best = 0;
  probabilities.row(row).maxCoeff(&best);
  return static_cast<std::size_t>(best);
}

void set_labels(Prediction& prediction) {
  prediction.labels.resize(static_cast<std::size_t>(prediction.probabilities.rows()));
  for (Eigen::Index row = 0; row < prediction.probabilities.rows(); ++row)
    prediction.labels[static_cast<std::size_t>(row)] =
        static_cast<std::int32_t>(best_of(prediction.probabilities, row));
}

}  // namespace

VotingModel::VotingModel(std::vector<std::shared_ptr<const Model>> members, const std::vector<double>& weights,
                         bool hard, std::size_t classes, PictureSize pictures)
    : members_(std::move(members)), hard_(hard && classes > 0), classes_(classes), pictures_(pictures) {
  assert(!members_.empty() && members_.size() == weights.size());
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (const double weight : weights) shares_.push_back(static_cast<float>(weight / sum));
}

Prediction VotingModel::predict(const Features& features, std::span<const std::int64_t> rows) const {
  Prediction sum;
  sum.task = task();
  if (sum.task == Task::regression) sum.values.assign(rows.size(), 0.0F);
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const Prediction said = members_[i]->predict(features, rows);
    for (std::size_t row = 0; row < sum.values.size(); ++row) sum.values[row] += shares_[i] * said.values[row];
    if (sum.task == Task::regression) continue;
    if (i == 0) sum.probabilities = MatrixF::Zero(said.probabilities.rows(), said.probabilities.cols());
    if (!hard_) {
      sum.probabilities += shares_[i] * said.probabilities;
      continue;
    }
    for (Eigen::Index row = 0; row < said.probabilities.rows(); ++row)
      sum.probabilities(row, static_cast<Eigen::Index>(best_of(said.probabilities, row))) += shares_[i];
  }
  if (sum.task == Task::classification) set_labels(sum);
  return sum;
}

std::vector<NamedArray> VotingModel::arrays() const {
  std::vector<NamedArray> list{{"weights", {static_cast<std::int64_t>(shares_.size())}, shares_}};
  for (std::size_t i = 0; i < members_.size(); ++i) add_arrays(*members_[i], member_name(i), list);
  return list;
}

std::string VotingModel::write_onnx(OnnxGraph& graph, const std::string& features) const {
  std::string sum;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    std::string said = write_member(graph, *members_[i], features, pictures_);
    if (hard_) {
      // A vote: 1 in the column of the likeliest class. Its number against all of them, as there is no operator
      // for that alone.
      std::vector<std::int64_t> classes(classes_);
      std::iota(classes.begin(), classes.end(), std::int64_t{0});
      const std::string best = graph.add("ArgMax", {said}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{1}}});
      const std::string numbers = graph.constant("class_numbers", std::span<const std::int64_t>(classes),
                                                 {1, static_cast<std::int64_t>(classes.size())});
      said = graph.add("Cast", {graph.add("Equal", {best, numbers})}, {{"to", std::int64_t{1}}});
    }
    const std::string share = graph.constant("share", std::span<const float>(&shares_[i], 1), {});
    const std::string part = graph.add("Mul", {said, share});
    sum = i == 0 ? part : graph.add("Add", {sum, part});
  }
  return sum;
}

Eigen::Index stacked_width(Task task, std::size_t classes) {
  return task == Task::regression || classes == 2 ? 1 : static_cast<Eigen::Index>(classes);
}

Eigen::Index put_stacked(const Prediction& prediction, MatrixF& out, Eigen::Index row, Eigen::Index at,
                         Eigen::Index first) {
  if (prediction.task == Task::regression) {
    out(at, first) = prediction.values[static_cast<std::size_t>(row)];
    return 1;
  }
  const Eigen::Index classes = prediction.probabilities.cols();
  if (classes == 2) {
    out(at, first) = prediction.probabilities(row, 1);
    return 1;
  }
  out.row(at).segment(first, classes) = prediction.probabilities.row(row);
  return classes;
}

MatrixF stacked_features(const std::vector<std::shared_ptr<const Model>>& members, const Features& features,
                         std::span<const std::int64_t> rows) {
  MatrixF out;
  Eigen::Index first = 0;
  for (const auto& member : members) {
    const Prediction said = member->predict(features, rows);
    const Eigen::Index width = stacked_width(said.task, static_cast<std::size_t>(said.probabilities.cols()));
    if (out.size() == 0)
      out.resize(static_cast<Eigen::Index>(rows.size()), width * static_cast<Eigen::Index>(members.size()));
    for (Eigen::Index row = 0; row < out.rows(); ++row) put_stacked(said, out, row, row, first);
    first += width;
  }
  return out;
}

StackedModel::StackedModel(std::vector<std::shared_ptr<const Model>> members, std::shared_ptr<const Model> last,
                           std::size_t classes, PictureSize pictures)
    : members_(std::move(members)), last_(std::move(last)), classes_(classes), pictures_(pictures) {}

Prediction StackedModel::predict(const Features& features, std::span<const std::int64_t> rows) const {
  std::vector<std::int64_t> all(rows.size());
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return last_->predict(Features(stacked_features(members_, features, rows)), all);
}

std::vector<NamedArray> StackedModel::arrays() const {
  std::vector<NamedArray> list;
  for (std::size_t i = 0; i < members_.size(); ++i) add_arrays(*members_[i], member_name(i), list);
  add_arrays(*last_, "final", list);
  return list;
}

std::string StackedModel::write_onnx(OnnxGraph& graph, const std::string& features) const {
  std::vector<std::string> parts;
  for (const auto& member : members_) {
    std::string said = write_member(graph, *member, features, pictures_);
    if (classes_ == 2) {
      const std::int64_t second = 1;
      said = graph.add("Gather", {said, graph.constant("second", std::span<const std::int64_t>(&second, 1), {1})},
                       {{"axis", std::int64_t{1}}});
    }
    parts.push_back(std::move(said));
  }
  const std::string joined = parts.size() == 1 ? parts[0] : graph.add("Concat", parts, {{"axis", std::int64_t{1}}});
  return last_->write_onnx(graph, joined);
}

}  // namespace gb
