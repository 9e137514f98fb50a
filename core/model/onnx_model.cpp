#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>

#include "core/base/file.hpp"
#include "core/model/evaluator.hpp"
#include "core/model/onnx_file.hpp"

namespace gb {
namespace {

constexpr std::size_t most_file_bytes = (std::size_t{1} << 31) - 2;

std::string in_quotes(const std::string& name) {
  return "'" + name + "'";
}

/// What our metadata says of a column; foreign files say nothing.
struct ColumnNote {
  std::string column;
  std::string type;
  bool refuses_missing = false;
};

/// The whole number or decimal that a level is; NaN for an empty one. Throws DataError naming the column.
float level_number(const Column& column, const std::string& level) {
  float value = std::numeric_limits<float>::quiet_NaN();
  const char* const end = level.data() + level.size();
  const char* const begin = level.data() + (level.starts_with('+') ? 1 : 0);
  const auto [stop, problem] = std::from_chars(begin, end, value);
  if (problem != std::errc() || stop != end)
    throw DataError("The column " + in_quotes(column.name) + " must be numbers, but holds '" + level + "'", column.name,
                    "numbers");
  return value;
}

/// Cells of one column as the model takes them.
class ColumnSource {
 public:
  ColumnSource(const Column& column, bool text, const ColumnNote& note)
      : column_(column), text_(text), refuses_missing_(note.refuses_missing) {
    if (text_) return;
    if (column.type == ColumnType::categorical) {
      for (const std::string& level : column.levels) level_numbers_.push_back(level_number(column, level));
    } else if (column.type == ColumnType::text || (column.type == ColumnType::date && note.type == "numeric")) {
      throw DataError("The column " + in_quotes(column.name) + " must be numbers, but is " +
                          std::string(column_type_name(column.type)),
                      column.name, "numbers");
    }
  }

  bool text() const { return text_; }
  std::string cell(std::size_t row) const { return column_.cell(row); }
  float number(std::size_t row) const {
    float value = std::numeric_limits<float>::quiet_NaN();
    if (column_.type != ColumnType::categorical)
      value = static_cast<float>(column_.numbers[row]);
    else if (column_.codes[row] >= 0)
      value = level_numbers_[static_cast<std::size_t>(column_.codes[row])];
    if (refuses_missing_ && std::isnan(value))
      throw DataError("The column " + in_quotes(column_.name) + " of row " + std::to_string(row + 1) +
                          " is missing, and nothing was fitted to impute it",
                      column_.name, "a number");
    return value;
  }

 private:
  const Column& column_;
  bool text_;
  bool refuses_missing_;
  std::vector<float> level_numbers_;
};

/// Fills one input with a block of rows.
using InputSource = std::function<Tensor(std::size_t begin, std::size_t end)>;

InputSource from_columns(std::vector<ColumnSource> columns) {
  return [columns = std::move(columns)](std::size_t begin, std::size_t end) {
    Tensor tensor;
    tensor.shape = {static_cast<std::int64_t>(end - begin), static_cast<std::int64_t>(columns.size())};
    if (columns.front().text()) {
      Tensor::Texts texts;
      for (std::size_t row = begin; row < end; ++row) texts.push_back(columns.front().cell(row));
      tensor.values = std::move(texts);
    } else {
      Tensor::Reals numbers;
      numbers.reserve((end - begin) * columns.size());
      for (std::size_t row = begin; row < end; ++row)
        for (const ColumnSource& column : columns) numbers.push_back(column.number(row));
      tensor.values = std::move(numbers);
    }
    return tensor;
  };
}

InputSource from_images(const ImageSet& images) {
  return [&images](std::size_t begin, std::size_t end) -> Tensor {
    const std::uint8_t* const first = images.image(begin);
    return {{static_cast<std::int64_t>(end - begin), static_cast<std::int64_t>(images.channels),
             static_cast<std::int64_t>(images.height), static_cast<std::int64_t>(images.width)},
            Tensor::Reals(first, first + (end - begin) * images.pixels_each())};
  };
}

/// Appends a block's rows to the result.
void append_labels(const Tensor& from, std::vector<std::string>& labels) {
  if (from.type() == TensorType::integer)
    for (const std::int64_t label : from.integers()) labels.push_back(std::to_string(label));
  else
    labels.insert(labels.end(), from.texts().begin(), from.texts().end());
}

}  // namespace

struct OnnxModel::Implementation {
  explicit Implementation(OnnxContents contents);

  Evaluator evaluator;
  std::vector<Input> inputs;
  std::vector<ColumnNote> notes;  ///< per column that our metadata names
  std::map<std::string, std::size_t> note_of_input;
  std::vector<std::string> classes;
  std::map<std::string, std::size_t> outputs;  ///< name -> position
  std::size_t longest_constant = 1;            ///< rows or columns of a matrix

  const OnnxContents& contents() const { return evaluator.contents(); }
  [[noreturn]] void refuse(const std::string& why) const { throw ModelError(contents().file + ": " + why); }

  void read_metadata();
  void check_input(const OnnxValue& input) const;
  bool takes_matrix() const;
  bool makes_pictures() const {
    return contents().outputs.size() == 1 && contents().outputs[0].name == "image" && !contents().inputs.empty() &&
           contents().inputs[0].name == "latent";
  }
  bool takes_images() const { return inputs.size() == 1 && inputs[0].shape.size() == 4; }
  std::vector<InputSource> sources(const Dataset& data) const;
  InputSource column_source(const DataTable& table, const Input& input) const;
  InputSource matrix_source(const Dataset& data) const;
  InputSource image_source(const ImageSet& images) const;
  void append(const std::vector<Tensor>& block, std::size_t begin, std::size_t rows, std::size_t total,
              Result& result) const;
};

OnnxModel::Implementation::Implementation(OnnxContents read) : evaluator(std::move(read)) {
  for (const OnnxValue& input : contents().inputs) {
    check_input(input);
    inputs.push_back({input.name, input.type == TensorType::text, input.shape});
  }
  if (inputs.empty()) refuse("the model has no input");
  for (std::size_t i = 0; i < contents().outputs.size(); ++i) outputs[contents().outputs[i].name] = i;
  for (const auto& [name, tensor] : contents().constants)
    if (tensor.rank() == 2)
      for (const std::int64_t size : tensor.shape)
        longest_constant = std::max(longest_constant, static_cast<std::size_t>(size));
  // Our writer puts "task" last: without it the end of the file is missing.
  if (contents().producer == "glassbench" && !contents().metadata.contains("task"))
    refuse("the metadata 'task' is missing; the file is cut short");
  read_metadata();
}

void OnnxModel::Implementation::check_input(const OnnxValue& input) const {
  const std::string what = "input " + in_quotes(input.name) + " ";
  if (makes_pictures() && input.name == "class" && input.type == TensorType::integer && input.shape == Shape{-1})
    return;
  if (makes_pictures() && input.name == "latent" && input.type == TensorType::real && input.shape.size() == 2) return;
  if (input.type != TensorType::real && input.type != TensorType::text)
    refuse(what + "takes " + std::string(tensor_type_name(input.type)) + "; float and string are supported");
  const std::size_t rank = input.shape.size();
  const bool alone = contents().inputs.size() == 1;
  const bool column = rank == 2 && input.shape[1] == 1;
  const bool rows = alone && input.type == TensorType::real && (rank == 2 || rank == 4);
  if (!column && !rows)
    refuse(what + "has the shape " + shape_text(input.shape) +
           "; one column [N, 1] per input, one float matrix [N, D] or one image [N, C, H, W] is supported");
  if (input.shape[0] != -1)
    refuse(what + "takes exactly " + std::to_string(input.shape[0]) +
           " rows at a time; a free number of rows is supported");
}

void OnnxModel::Implementation::read_metadata() {
  const auto list = [&](const std::string& key) {
    const auto found = contents().metadata.find(key);
    if (found == contents().metadata.end()) return Json::array();
    Json parsed = Json::parse(found->second, nullptr, false);
    if (!parsed.is_array()) refuse("the metadata '" + key + "' is no JSON list");
    return parsed;
  };
  for (const Json& name : list("classes")) {
    if (!name.is_string()) refuse("the metadata 'classes' holds something that is no text");
    classes.push_back(name.get<std::string>());
  }
  for (const Json& note : list("columns")) {
    const auto text = [&](const char* key) {
      const auto found = note.is_object() ? note.find(key) : note.end();
      if (!note.is_object() || found == note.end() || !found->is_string())
        refuse("an entry of the metadata 'columns' has no text '" + std::string(key) + "'");
      return found->get<std::string>();
    };
    const auto imputed = note.is_object() ? note.find("imputed") : note.end();
    const bool fills = !note.is_object() || imputed == note.end() || !imputed->is_boolean() || imputed->get<bool>();
    note_of_input[text("input")] = notes.size();
    notes.push_back({text("column"), text("type"), !fills});
  }
}

bool OnnxModel::Implementation::takes_matrix() const {
  if (inputs.size() != 1 || inputs[0].shape.size() != 2 || inputs[0].text) return false;
  if (inputs[0].shape[1] != 1) return true;
  return inputs[0].name == "features" && (notes.size() != 1 || notes[0].column != "features");
}

InputSource OnnxModel::Implementation::column_source(const DataTable& table, const Input& input) const {
  const auto noted = note_of_input.find(input.name);
  ColumnNote note{input.name, {}, false};
  if (noted != note_of_input.end()) note = notes[noted->second];
  const Column* column = table.find(note.column);
  if (!column)
    throw DataError(
        "The data has no column " + in_quotes(note.column) + ", which the model " + contents().file + " needs",
        note.column, "a column of this name");
  return from_columns({ColumnSource(*column, input.text, note)});
}

InputSource OnnxModel::Implementation::matrix_source(const Dataset& data) const {
  const DataTable& table = *data.table();
  std::vector<const Column*> chosen;
  for (const ColumnNote& note : notes)
    if (const Column* column = table.find(note.column)) chosen.push_back(column);
  if (notes.empty() || chosen.size() != notes.size()) {
    chosen.clear();
    for (const Column& column : table.columns)
      if (column.type == ColumnType::numeric && column.name != data.target) chosen.push_back(&column);
  }
  const std::int64_t wanted = inputs[0].shape[1];
  if (chosen.empty() || (wanted != -1 && static_cast<std::int64_t>(chosen.size()) != wanted))
    throw DataError("The model " + contents().file + " takes " +
                        (wanted == -1 ? "a matrix" : std::to_string(wanted) + " numeric columns") +
                        ", but the data has " + std::to_string(chosen.size()) + " of them",
                    data.name);
  std::vector<ColumnSource> columns;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    columns.emplace_back(*chosen[i], false, i < notes.size() ? notes[i] : ColumnNote{});
  return from_columns(std::move(columns));
}

InputSource OnnxModel::Implementation::image_source(const ImageSet& images) const {
  const std::vector<std::int64_t>& wanted = inputs[0].shape;
  const std::array<std::size_t, 3> sizes{images.channels, images.height, images.width};
  for (std::size_t i = 0; i < sizes.size(); ++i)
    if (wanted[i + 1] != -1 && wanted[i + 1] != static_cast<std::int64_t>(sizes[i]))
      throw DataError("The images are " + std::to_string(sizes[0]) + " x " + std::to_string(sizes[1]) + " x " +
                      std::to_string(sizes[2]) + " (channels x height x width), but the model " + contents().file +
                      " takes " + std::to_string(wanted[1]) + " x " + std::to_string(wanted[2]) + " x " +
                      std::to_string(wanted[3]));
  return from_images(images);
}

std::vector<InputSource> OnnxModel::Implementation::sources(const Dataset& data) const {
  if (const ImageSet* images = data.images()) {
    if (!takes_images())
      throw DataError("The data is images, but the model " + contents().file + " takes a table with the column " +
                      in_quotes(inputs[0].name));
    return {image_source(*images)};
  }
  if (takes_images()) throw DataError("The data is a table, but the model " + contents().file + " takes images");
  if (takes_matrix()) return {matrix_source(data)};
  std::vector<InputSource> all;
  for (const Input& input : inputs) all.push_back(column_source(*data.table(), input));
  return all;
}

void OnnxModel::Implementation::append(const std::vector<Tensor>& block, std::size_t begin, std::size_t rows,
                                       std::size_t total, Result& result) const {
  const auto of = [&](const std::string& name, const Tensor& tensor) -> const Tensor& {
    const bool table = name == "probabilities" || name == "embedding";
    if (tensor.shape.empty() || tensor.shape[0] != static_cast<std::int64_t>(rows) ||
        (table ? tensor.rank() != 2 : tensor.size() != rows))
      refuse("the output " + in_quotes(name) + " has the shape " + shape_text(tensor.shape) + " for " +
             std::to_string(rows) + " rows");
    return tensor;
  };
  const auto append_table = [&](const std::string& name, const Tensor& tensor, MatrixF& table) {
    const auto columns = static_cast<Eigen::Index>(tensor.shape[1]);
    if (begin == 0) table.resize(static_cast<Eigen::Index>(total), columns);
    if (columns != table.cols()) refuse("the number of " + in_quotes(name) + " changes between rows");
    table.middleRows(static_cast<Eigen::Index>(begin), static_cast<Eigen::Index>(rows)) =
        Eigen::Map<const MatrixF>(tensor.reals().data(), static_cast<Eigen::Index>(rows), columns);
  };
  try {
    const Tensor& answer = of(result.output, block[outputs.at(result.output)]);
    if (result.output == "embedding")
      append_table("embedding", answer, result.embedding);
    else if (result.output == "value")
      result.values.insert(result.values.end(), answer.reals().begin(), answer.reals().end());
    else
      append_labels(answer, result.labels);
    const auto found = outputs.find("probabilities");
    if (result.output != "label" || found == outputs.end()) return;
    const Tensor& probabilities = of("probabilities", block[found->second]);
    const Eigen::Index columns = static_cast<Eigen::Index>(probabilities.shape[1]);
    if (begin == 0) {
      if (!classes.empty() && classes.size() != static_cast<std::size_t>(columns))
        refuse("the output 'probabilities' has " + std::to_string(columns) + " columns for " +
               std::to_string(classes.size()) + " classes");
      for (Eigen::Index i = 0; i < columns; ++i)
        result.classes.push_back(classes.empty() ? std::to_string(i) : classes[static_cast<std::size_t>(i)]);
    }
    append_table("probabilities", probabilities, result.probabilities);
  } catch (const ModelError& error) {
    const std::string text = error.what();
    if (text.starts_with(contents().file)) throw;
    refuse("the output is not as expected: " + text);
  }
}

OnnxModel OnnxModel::read(const std::filesystem::path& path) {
  return parse(read_file(path, most_file_bytes), path.string());
}

OnnxModel OnnxModel::parse(const std::string& bytes, const std::string& name) {
  return OnnxModel(std::make_unique<Implementation>(read_onnx(bytes, name)));
}

OnnxModel::OnnxModel(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
OnnxModel::~OnnxModel() = default;
OnnxModel::OnnxModel(OnnxModel&&) noexcept = default;
OnnxModel& OnnxModel::operator=(OnnxModel&&) noexcept = default;

const std::vector<OnnxModel::Input>& OnnxModel::inputs() const {
  return implementation_->inputs;
}

bool OnnxModel::generates() const {
  return implementation_->makes_pictures();
}

const std::vector<std::string>& OnnxModel::classes() const {
  return implementation_->classes;
}

std::vector<std::int64_t> OnnxModel::image_shape() const {
  const Shape& shape = implementation_->contents().outputs.front().shape;
  if (shape.size() != 4) implementation_->refuse("the output 'image' is not [N, channels, height, width]");
  return {shape[1], shape[2], shape[3]};
}

MatrixF OnnxModel::generate(const MatrixF& latents, std::span<const std::int32_t> classes) const {
  const Implementation& model = *implementation_;
  if (!generates()) model.refuse("the model makes no pictures: it has no input 'latent' and output 'image'");
  const std::int64_t wanted = model.inputs[0].shape[1];
  if (wanted != -1 && wanted != latents.cols())
    model.refuse("the model takes latent vectors of " + std::to_string(wanted) + " numbers, not of " +
                 std::to_string(latents.cols()));
  const bool chooses = model.inputs.size() > 1;
  if (chooses != !classes.empty())
    model.refuse(chooses ? "the model has to be told the class of each picture" : "the model cannot be told a class");
  std::vector<Tensor> given{
      {{latents.rows(), latents.cols()}, Tensor::Reals(latents.data(), latents.data() + latents.size())}};
  if (chooses) given.push_back({{latents.rows()}, Tensor::Integers(classes.begin(), classes.end())});
  const std::vector<Tensor> made = model.evaluator.run(given);
  const Tensor& image = made.front();
  if (image.rank() != 4 || image.shape[0] != latents.rows())
    model.refuse("the output 'image' has the shape " + shape_text(image.shape) + " for " +
                 std::to_string(latents.rows()) + " vectors");
  return Eigen::Map<const MatrixF>(image.reals().data(), latents.rows(),
                                   static_cast<Eigen::Index>(image.size()) / std::max<Eigen::Index>(latents.rows(), 1));
}

std::vector<std::string> OnnxModel::output_names() const {
  std::vector<std::string> names;
  for (const OnnxValue& output : implementation_->contents().outputs) names.push_back(output.name);
  return names;
}

const std::map<std::string, std::string>& OnnxModel::metadata() const {
  return implementation_->contents().metadata;
}

OnnxModel::Result OnnxModel::predict(const Dataset& data) const {
  const Implementation& model = *implementation_;
  Result result;
  for (const char* name : {"label", "value", "cluster", "embedding"})
    if (result.output.empty() && model.outputs.contains(name)) result.output = name;
  if (generates()) model.refuse("it makes pictures of latent vectors and predicts nothing of rows");
  if (result.output.empty()) model.refuse("it has no output 'label', 'value', 'cluster' or 'embedding'");
  const std::vector<InputSource> sources = model.sources(data);

  const std::size_t rows = data.rows();
  std::size_t width = sources.size();
  if (const ImageSet* images = data.images()) width = images->pixels_each();
  if (model.takes_matrix()) width = data.table()->columns.size();
  // Large enough for matrix products to be fast, small enough for the cache and for images of any size.
  std::size_t block = std::clamp<std::size_t>((std::size_t{1} << 18) / std::max<std::size_t>(width, 1), 1, 2048);
  // What is computed per row is about as long as the longest constant (distances to as many points).
  block = std::clamp<std::size_t>((std::size_t{1} << 24) / model.longest_constant, 1, block);
  std::vector<Tensor> inputs(sources.size());
  for (std::size_t begin = 0; begin < rows; begin += block) {
    const std::size_t end = std::min(rows, begin + block);
    for (std::size_t i = 0; i < sources.size(); ++i) inputs[i] = sources[i](begin, end);
    model.append(model.evaluator.run(inputs), begin, end - begin, rows, result);
  }
  return result;
}

}  // namespace gb
