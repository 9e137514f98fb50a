#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>

#include "core/base/file.hpp"
#include "core/base/random.hpp"
#include "core/data/raw_rows.hpp"
#include "core/model/generator.hpp"
#include "core/model/onnx_file.hpp"
#include "core/model/onnx_graph.hpp"
#include "core/model/onnx_preparation.hpp"

namespace gb {
namespace {

constexpr double tolerance = 1e-4;
constexpr std::size_t most_proof_rows = 1000;

/// The classes as numbers, where every name is just how its number is written: then the labels are int64.
std::optional<std::vector<std::int64_t>> integer_labels(const Target& target) {
  if (!target.integer_classes) return std::nullopt;
  std::vector<std::int64_t> numbers;
  for (const std::string& name : target.classes) {
    std::int64_t number = 0;
    const auto [stop, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (problem != std::errc() || std::to_string(number) != name) return std::nullopt;
    numbers.push_back(number);
  }
  return numbers;
}

void write_classification(OnnxGraph& graph, const std::string& probabilities, const Target& target) {
  const auto count = static_cast<std::int64_t>(target.classes.size());
  const std::string best =
      graph.add("ArgMax", {probabilities}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}});
  const auto integers = integer_labels(target);
  const std::string classes = integers
                                  ? graph.constant("classes", std::span<const std::int64_t>(*integers), {count})
                                  : graph.constant("classes", std::span<const std::string>(target.classes), {count});
  const std::string label = graph.add("Gather", {classes, best}, {{"axis", std::int64_t{0}}});
  graph.add_output(label, "label", integers ? TensorType::integer : TensorType::text, {-1});
  graph.add_output(probabilities, "probabilities", TensorType::real, {-1, count});
}

void check_request(const OnnxExport& what) {
  const Task task = what.model.task();
  if (const std::string why = what.model.no_rule(); !why.empty())
    throw ModelError("This model has no rule for new rows, so there is nothing to export: " + why);
  if (!is_supervised(task)) return;
  if (!what.target) throw ModelError("A " + std::string(task_name(task)) + " model needs its target to be exported");
  if (what.target->task != task)
    throw ModelError("The model is one of " + std::string(task_name(task)) + ", but its target is one of " +
                     std::string(task_name(what.target->task)));
  if (task == Task::classification && what.target->classes.empty())
    throw ModelError("The target '" + what.target->name + "' has no classes");
}

std::vector<std::pair<std::string, std::string>> metadata(const OnnxExport& what, const WrittenPreparation& written) {
  const auto text = [](const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); };
  std::vector<std::pair<std::string, std::string>> entries{{"glassbench", "1"}};
  if (what.target && is_supervised(what.model.task())) {
    entries.emplace_back("target", what.target->name);
    if (what.model.task() == Task::classification) entries.emplace_back("classes", text(what.target->classes));
  }
  entries.emplace_back("columns", text(written.columns));
  entries.emplace_back("units", text(written.units));
  entries.emplace_back("experiment", what.experiment);
  entries.emplace_back("fingerprint", what.dataset.fingerprint);
  entries.emplace_back("task", task_name(what.model.task()));  // last: the reader knows by it that nothing is cut off
  return entries;
}

/// At most `most` rows, spread evenly over the dataset.
Dataset some_rows(const Dataset& dataset, std::size_t most) {
  const std::size_t count = std::min(dataset.rows(), most);
  std::vector<std::int64_t> rows(count);
  for (std::size_t i = 0; i < count; ++i) rows[i] = static_cast<std::int64_t>(i * dataset.rows() / count);
  return raw_rows(dataset, rows);
}

/// What the model says of a row whose features are moved by what rounding may move them, many times.
Prediction nearby(const Model& model, const Features& features, std::int64_t row) {
  constexpr Eigen::Index trials = 32;
  const MatrixF original = features.dense(std::span<const std::int64_t>(&row, 1));
  Random random(static_cast<std::uint64_t>(row));
  MatrixF moved = original.replicate(trials, 1);
  const float size = std::max(1.0F, original.cwiseAbs().maxCoeff());
  for (Eigen::Index i = 0; i < moved.size(); ++i)
    moved.data()[i] += size * static_cast<float>(random.uniform(-1e-5, 1e-5));
  std::vector<std::int64_t> rows(static_cast<std::size_t>(trials));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  return model.predict(Features(std::move(moved)), rows);
}

/// The model is undecided: it gives the other label as well.
bool is_tie(const Model& model, const Features& features, std::int64_t row, std::int32_t other) {
  const Prediction prediction = nearby(model, features, row);
  return std::find(prediction.labels.begin(), prediction.labels.end(), other) != prediction.labels.end();
}

/// The same of numbers, which may jump where a row is as near to one neighbour as to another.
bool is_tie(const Model& model, const Features& features, std::int64_t row, std::span<const float> other) {
  const Prediction prediction = nearby(model, features, row);
  const std::size_t trials = std::max(prediction.values.size(), prediction.labels.size());
  const bool values = !prediction.values.empty();
  for (std::size_t trial = 0; trial < trials; ++trial) {
    const float* mine =
        values ? &prediction.values[trial] : prediction.probabilities.row(static_cast<Eigen::Index>(trial)).data();
    bool same = true;
    for (std::size_t i = 0; i < other.size(); ++i)
      same = same && std::abs(static_cast<double>(mine[i]) - static_cast<double>(other[i])) <=
                         tolerance * std::max(1.0, std::abs(static_cast<double>(mine[i])));
    if (same) return true;
  }
  return false;
}

/// A column whose numbers need more digits than the file's float inputs hold, if there is one.
std::string column_beyond_float(const OnnxExport& what, const Dataset& rows) {
  const DataTable* table = rows.table();
  if (!table) return {};
  const auto folds = numeric_stages(what.preparation).front().folds;
  for (const SourceColumn& source : what.preparation.source_columns()) {
    const Column* column = table->find(source.name);
    if (!column || column->numbers.empty()) continue;
    const auto fold = folds.find(source.name);
    if (fold == folds.end()) continue;
    for (const double value : column->numbers)
      if (std::abs(value - static_cast<double>(static_cast<float>(value))) * std::abs(fold->second.factor) > 1e-5)
        return source.name;
  }
  return {};
}

[[noreturn]] void mismatch(const OnnxExport& what, const Dataset& rows, std::size_t row,
                           const std::string& difference) {
  std::string text = "The written model does not agree with the one in memory: in row " + std::to_string(row + 1) +
                     " of the " + std::to_string(rows.rows()) + " compared, " + difference;
  if (const std::string column = column_beyond_float(what, rows); !column.empty())
    text += ". The column '" + column +
            "' has more digits than the 32-bit numbers of an ONNX input hold; subtract a constant from it first";
  throw ModelError(text);
}

/// Null for what is no class, or no whole number where clusters are asked for (-1, noise, is one of them).
std::optional<std::int32_t> label_code(const OnnxExport& what, const std::string& label) {
  if (what.model.task() == Task::classification) {
    const auto& classes = what.target->classes;
    const auto found = std::find(classes.begin(), classes.end(), label);
    if (found == classes.end()) return std::nullopt;
    return static_cast<std::int32_t>(found - classes.begin());
  }
  std::int32_t code = 0;
  const auto [stop, problem] = std::from_chars(label.data(), label.data() + label.size(), code);
  if (problem != std::errc() || stop != label.data() + label.size()) return std::nullopt;
  return code;
}

/// The largest difference between the file's answers and the model's, relative where numbers are above 1.
double proven_difference(const OnnxExport& what, const OnnxModel& file) {
  const Dataset rows = some_rows(what.dataset, most_proof_rows);
  const Features features = what.preparation.transform(rows);
  std::vector<std::int64_t> all(rows.rows());
  std::iota(all.begin(), all.end(), std::int64_t{0});
  const Prediction expected = what.model.predict(features, all);
  const OnnxModel::Result got = file.predict(rows);
  const bool has_labels = what.model.task() == Task::classification || what.model.task() == Task::clustering;
  const std::size_t labels = has_labels ? all.size() : 0;
  if (got.labels.size() != labels || expected.labels.size() != labels || got.values.size() != expected.values.size() ||
      got.probabilities.rows() != static_cast<Eigen::Index>(expected.probabilities.size() ? all.size() : 0) ||
      got.probabilities.cols() != expected.probabilities.cols() || got.embedding.rows() != expected.embedding.rows() ||
      got.embedding.cols() != expected.embedding.cols())
    throw ModelError(
        "The written model does not agree with the one in memory: it answers with another number of rows "
        "or columns");

  double largest = 0;
  const auto compare = [&](std::size_t row, float mine, float theirs, std::span<const float> all_theirs) {
    const double scale = std::max(1.0, std::abs(static_cast<double>(mine)));
    const double difference = std::abs(static_cast<double>(mine) - static_cast<double>(theirs)) / scale;
    if (std::isnan(mine) && std::isnan(theirs)) return;
    if (!(difference <= tolerance) && mine != theirs) {
      if (is_tie(what.model, features, all[row], all_theirs)) return;
      mismatch(what, rows, row, "it says " + std::to_string(theirs) + " instead of " + std::to_string(mine));
    }
    if (mine != theirs) largest = std::max(largest, difference);
  };
  for (std::size_t row = 0; row < got.values.size(); ++row)
    compare(row, expected.values[row], got.values[row], std::span(got.values).subspan(row, 1));
  const auto compare_tables = [&](const MatrixF& mine, const MatrixF& theirs) {
    for (Eigen::Index row = 0; row < theirs.rows(); ++row)
      for (Eigen::Index column = 0; column < theirs.cols(); ++column)
        compare(static_cast<std::size_t>(row), mine(row, column), theirs(row, column),
                std::span(theirs.row(row).data(), static_cast<std::size_t>(theirs.cols())));
  };
  compare_tables(expected.probabilities, got.probabilities);
  compare_tables(expected.embedding, got.embedding);
  for (std::size_t row = 0; row < labels; ++row) {
    const auto label = label_code(what, got.labels[row]);
    if (label != expected.labels[row] && (!label || !is_tie(what.model, features, all[row], *label)))
      mismatch(what, rows, row,
               "its label is " + got.labels[row] + " instead of " +
                   (what.model.task() == Task::classification
                        ? what.target->classes[static_cast<std::size_t>(expected.labels[row])]
                        : std::to_string(expected.labels[row])));
  }
  return largest;
}

/// A file beside the wanted one that is gone when the proof is over.
class ProofFile {
 public:
  explicit ProofFile(const std::filesystem::path& path) {
    static std::atomic<unsigned> number = 0;
    path_ = path.parent_path() /
            ("." + path.filename().string() + ".proof-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
  }
  ~ProofFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  ProofFile(const ProofFile&) = delete;
  ProofFile& operator=(const ProofFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

namespace {

std::string generator_bytes(const Generator& generator, const OnnxExport& what) {
  OnnxGraph graph;
  generator.write_onnx(graph);
  std::vector<std::pair<std::string, std::string>> entries{{"glassbench", "1"}};
  if (const auto& classes = generator.form().classes; !classes.empty())
    entries.emplace_back("classes", Json(classes).dump(-1, ' ', false, Json::error_handler_t::replace));
  entries.emplace_back("experiment", what.experiment);
  entries.emplace_back("fingerprint", what.dataset.fingerprint);
  entries.emplace_back("task", task_name(Task::generation));
  return graph.bytes(entries);
}

}  // namespace

std::string to_onnx(const OnnxExport& what) {
  check_request(what);
  if (what.model.task() == Task::generation) return generator_bytes(*what.model.generator(), what);
  OnnxGraph graph;
  const WrittenPreparation written = write_preparation(graph, what.preparation, what.dataset);
  std::string features = written.features;
  if (what.dataset.images() && !what.model.takes_pictures())
    features = graph.add("Flatten", {features}, {{"axis", std::int64_t{1}}});
  const std::string output = what.model.write_onnx(graph, features);
  switch (what.model.task()) {
    case Task::classification:
      write_classification(graph, output, *what.target);
      break;
    case Task::regression:
      graph.add_output(output, "value", TensorType::real, {-1, 1});
      break;
    case Task::clustering:
      graph.add_output(output, "cluster", TensorType::integer, {-1});
      break;
    case Task::decomposition:
      graph.add_output(output, "embedding", TensorType::real, {-1, -1});
      break;
    case Task::generation:
      break;
  }
  std::string bytes = graph.bytes(metadata(what, written));
  // What the model wrote is taken at its word only after two rows went through it.
  OnnxModel::parse(bytes, "the written model").predict(some_rows(what.dataset, 2));
  return bytes;
}

double export_generator_with_proof(const Generator& generator, const OnnxExport& what,
                                   const std::filesystem::path& path) {
  constexpr std::int64_t vectors = 16;
  const std::string bytes = generator_bytes(generator, what);
  const ProofFile proof(path);
  write_file_atomically(proof.path(), bytes);
  const OnnxModel file = OnnxModel::read(proof.path());
  const MatrixF latents = generator.latents(vectors, 0);
  std::vector<std::int32_t> classes;
  if (const auto kinds = static_cast<std::int32_t>(generator.form().classes.size()); kinds > 0)
    for (std::int32_t i = 0; i < vectors; ++i) classes.push_back(i % kinds);
  const MatrixF expected = generator.pictures(latents, classes);
  const MatrixF got = file.generate(latents, classes);
  if (got.rows() != expected.rows() || got.cols() != expected.cols())
    throw ModelError("The written generator does not agree with the one in memory: it makes other pictures");
  // Of the whole range, which is 255.
  const double largest = static_cast<double>((got - expected).cwiseAbs().maxCoeff()) / 255;
  if (!(largest <= tolerance))
    throw ModelError("The written generator does not agree with the one in memory: a pixel differs by " +
                     std::to_string(255 * largest) + " of 255");
  write_file_atomically(path, bytes);
  return largest;
}

double export_with_proof(const OnnxExport& what, const std::filesystem::path& path) {
  if (what.model.task() == Task::generation) return export_generator_with_proof(*what.model.generator(), what, path);
  const std::string bytes = to_onnx(what);
  const ProofFile proof(path);
  write_file_atomically(proof.path(), bytes);
  const double difference = proven_difference(what, OnnxModel::read(proof.path()));
  write_file_atomically(path, bytes);
  return difference;
}

double export_all_with_proof(const OnnxExport& what, const std::filesystem::path& path) {
  const double difference = export_with_proof(what, path);
  const Generator* const decoder = what.model.generator();
  if (!decoder || what.model.task() == Task::generation) return difference;
  return std::max(difference, export_generator_with_proof(*decoder, what, path.parent_path() / "decoder.onnx"));
}

}  // namespace gb
