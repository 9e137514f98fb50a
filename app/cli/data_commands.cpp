#include "app/cli/data_commands.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <vector>

#include "app/cli/interruption.hpp"
#include "app/cli/output.hpp"
#include "core/base/file.hpp"
#include "core/data/source.hpp"
#include "core/data/table_file.hpp"
#include "core/data/warnings.hpp"
#include "core/model/onnx_file.hpp"
#include "core/run/csv_text.hpp"
#include "core/run/experiment.hpp"

namespace gb::cli {
namespace {

constexpr std::size_t shown_levels = 12;
constexpr std::size_t shown_problems = 50;

Json column_json(const Column& column) {
  Json json{{"name", column.name}, {"type", column_type_name(column.type)}, {"missing", column.missing_count()}};
  if (column.type == ColumnType::categorical) {
    json["distinct"] = column.levels.size();
    json["levels"] = std::vector<std::string>(
        column.levels.begin(),
        column.levels.begin() + static_cast<std::ptrdiff_t>(std::min(shown_levels, column.levels.size())));
  }
  if (column.type == ColumnType::numeric || column.type == ColumnType::date) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const double number : column.numbers) {
      if (std::isnan(number)) continue;
      low = std::min(low, number);
      high = std::max(high, number);
    }
    if (low <= high) {
      json["min"] = low;
      json["max"] = high;
    }
  }
  return json;
}

std::string summary_text(const Json& column) {
  if (column.contains("min")) return number_text(column["min"]) + " to " + number_text(column["max"]);
  if (!column.contains("levels")) return "";
  std::string text = column["distinct"].dump() + " distinct: ";
  const auto levels = column["levels"].get<std::vector<std::string>>();
  for (std::size_t i = 0; i < levels.size() && text.size() < 60; ++i) text += (i ? ", " : "") + levels[i].substr(0, 24);
  return text;
}

Json report_json(const std::string& path, const Json& source, const Dataset& data) {
  Json json{{"path", path}, {"data", source}, {"format", data.report.format}};
  if (!data.report.encoding.empty()) json["encoding"] = data.report.encoding;
  if (!data.report.delimiter.empty()) json["delimiter"] = data.report.delimiter;
  if (!data.report.decimal.empty()) json["decimal"] = data.report.decimal;
  if (data.table()) json["header"] = data.report.header;
  json["rows"] = data.rows();
  json["rows_skipped"] = data.report.rows_skipped;
  json["target"] = data.target.empty() ? Json() : Json(data.target);
  json["fingerprint"] = data.fingerprint;
  if (const auto* table = data.table()) {
    json["columns"] = Json::array();
    for (const auto& column : table->columns) json["columns"].push_back(column_json(column));
  }
  if (const auto* images = data.images()) {
    json["images"] = {
        {"count", images->count}, {"channels", images->channels}, {"height", images->height}, {"width", images->width}};
    json["labels"] = data.labels.levels;
  }
  json["problems"] = Json::array();
  for (const auto& problem : data.report.problems)
    json["problems"].push_back({{"row", problem.row}, {"field", problem.field}, {"message", problem.message}});
  return json;
}

/// Before there is an experiment: the split that the data brings, if it does, and the target that a reader took.
std::vector<DataWarning> warnings_of(const Dataset& data) {
  std::optional<Target> target;
  try {
    if (data.target_column()) target = make_target(data);
  } catch (const Error&) {
    // It cannot be learnt: whoever runs it is told. The other columns can be looked at.
  }
  Split split;
  for (std::size_t row = 0; row < data.parts.size(); ++row) {
    const Part part = data.parts[row];
    auto& rows = part == Part::test ? split.test : part == Part::validation ? split.validation : split.train;
    rows.push_back(static_cast<std::int64_t>(row));
  }
  return data_warnings(data, data.parts.empty() ? nullptr : &split, target ? &*target : nullptr);
}

void print_report(const Json& json) {
  print_line(json["path"].get<std::string>() + ": " + json["format"].get<std::string>() + ", " + json["rows"].dump() +
             " rows" + (json["rows_skipped"] != 0 ? ", " + json["rows_skipped"].dump() + " skipped" : ""));
  for (const char* fact : {"encoding", "delimiter", "decimal", "target"})
    if (json.contains(fact) && json[fact].is_string()) {
      const auto text = json[fact].get<std::string>();
      print_line(std::string(fact) + ": " + (text == "\t" ? "TAB" : text));
    }
  if (json.contains("images")) {
    const Json& images = json["images"];
    print_line("images: " + images["channels"].dump() + " x " + images["height"].dump() + " x " +
               images["width"].dump() + " (channels, height, width), " + std::to_string(json["labels"].size()) +
               " classes");
  }
  if (json.contains("columns")) {
    std::vector<std::vector<std::string>> rows{{"column", "type", "missing", "values"}};
    for (const auto& column : json["columns"])
      rows.push_back({column["name"].get<std::string>(), column["type"].get<std::string>(), column["missing"].dump(),
                      summary_text(column)});
    print_line("\n" + table_text(rows));
  }
  if (!json["warnings"].empty()) print_line("");
  for (const auto& warning : json["warnings"]) print_line("Attention: " + warning["message"].get<std::string>());
  const Json& problems = json["problems"];
  if (problems.empty()) return;
  print_line("\nproblems:");
  for (std::size_t i = 0; i < std::min(shown_problems, problems.size()); ++i) {
    const Json& problem = problems[i];
    std::string line = "  ";
    if (problem["row"] != 0) line += "row " + problem["row"].dump() + ": ";
    if (const auto field = problem["field"].get<std::string>(); !field.empty()) line += field + ": ";
    print_line(line + problem["message"].get<std::string>());
  }
  if (problems.size() > shown_problems)
    print_line("  and " + std::to_string(problems.size() - shown_problems) + " more (--json lists them)");
}

/// What was done to the columns that the model learnt from, before it saw them: new rows need the same. Rules for
/// columns that these rows lack are left out.
Json rules_for(const OnnxModel& model, const std::string& path) {
  Json rules = Json::array();
  const auto document = model.metadata().find("experiment");
  if (document == model.metadata().end()) return rules;
  const Json experiment = Json::parse(document->second, nullptr, false);
  if (!experiment.is_object() || !experiment.contains("data") || !experiment["data"].is_object()) return rules;
  const Json& data = experiment["data"];
  if (!data.contains("anonymise") || !data["anonymise"].is_array()) return rules;
  const auto names = table_column_names(path);
  for (const auto& rule : data["anonymise"])
    if (rule.is_object() && rule.contains("column") && rule["column"].is_string() &&
        std::find(names.begin(), names.end(), rule["column"].get<std::string>()) != names.end())
      rules.push_back(rule);
  return rules;
}

/// An experiment's data, or that of a file or folder as it would be read without one.
struct Inspected {
  Json source;
  Dataset data;
};
Inspected inspected(const std::string& path) {
  if (std::filesystem::path(path).extension() == ".json") {
    const auto experiment = Experiment::read(path);
    return {experiment.data, load_dataset(experiment.data, experiment.folder, experiment.seed)};
  }
  const Json source = guess_source(path);
  return {source, load_dataset(source, ".", 0)};
}

/// Rows in the reader's order, the text columns of the model read as text: "007" must not become 7.
Dataset read_rows(const OnnxModel& model, const std::string& path) {
  Json source = guess_source(path);
  if (source.value("source", "") == "table")
    if (Json rules = rules_for(model, path); !rules.empty()) {
      source.erase("target");  // it may be a column that is dropped
      source["anonymise"] = std::move(rules);
    }
  Dataset data = load_dataset(source, ".", 0);
  const auto* table = data.table();
  if (!table || source.value("source", "") != "table") return data;
  Json types = Json::object();
  for (const auto& input : model.inputs()) {
    const Column* column = table->find(input.name);
    if (input.text && column && column->type != ColumnType::categorical) types[input.name] = "categorical";
  }
  if (types.empty()) return data;
  source["types"] = types;
  return load_dataset(source, ".", 0);
}

/// For each row of the input its row in the result, or nothing where the reader had to skip it.
std::vector<std::optional<std::size_t>> rows_of_input(const OnnxModel::Result& result, const ImportReport& report) {
  const std::size_t predicted =
      std::max({result.values.size(), result.labels.size(), static_cast<std::size_t>(result.embedding.rows())});
  std::vector<std::optional<std::size_t>> rows;
  auto skipped = report.skipped_at.begin();
  for (std::size_t row = 0; row < predicted || skipped != report.skipped_at.end();) {
    if (skipped != report.skipped_at.end() && *skipped == rows.size()) {
      rows.emplace_back();
      ++skipped;
    } else {
      rows.emplace_back(row++);
    }
  }
  return rows;
}

std::string component_name(Eigen::Index component) {
  return "e" + std::to_string(component + 1);
}

/// Columns e1 to ek.
std::string embedding_csv(const OnnxModel::Result& result, const ImportReport& report) {
  const Eigen::Index components = result.embedding.cols();
  std::string text;
  for (Eigen::Index k = 0; k < components; ++k) text += (k > 0 ? "," : "") + component_name(k);
  text += "\n";
  for (const auto& row : rows_of_input(result, report)) {
    for (Eigen::Index k = 0; k < components; ++k) {
      if (k > 0) text += ",";
      if (row) text += csv_cell(result.embedding(static_cast<Eigen::Index>(*row), k));
    }
    text += "\n";
  }
  return text;
}

std::string predictions_csv(const OnnxModel::Result& result, const ImportReport& report) {
  if (result.output == "embedding") return embedding_csv(result, report);
  std::string text = csv_cell(result.output);
  for (const auto& name : result.classes) text += "," + csv_cell("p_" + name);
  text += "\n";
  for (const auto& row : rows_of_input(result, report)) {
    if (row) text += result.output == "value" ? csv_cell(result.values[*row]) : csv_cell(result.labels[*row]);
    for (Eigen::Index k = 0; k < result.probabilities.cols(); ++k)
      text += row ? "," + csv_cell(result.probabilities(static_cast<Eigen::Index>(*row), k)) : ",";
    text += "\n";
  }
  return text;
}

void print_predictions(const OnnxModel::Result& result, const ImportReport& report) {
  for (const auto& row : rows_of_input(result, report)) {
    Json line = Json::object();
    if (result.output == "embedding") {
      for (Eigen::Index k = 0; k < result.embedding.cols(); ++k)
        line[component_name(k)] = row ? Json(result.embedding(static_cast<Eigen::Index>(*row), k)) : Json();
      print_json(line);
      continue;
    }
    Json& output = line[result.output];  // null for a row without prediction
    if (row) output = result.output == "value" ? Json(result.values[*row]) : Json(result.labels[*row]);
    for (std::size_t k = 0; row && k < result.classes.size(); ++k)
      line["p_" + result.classes[k]] =
          result.probabilities(static_cast<Eigen::Index>(*row), static_cast<Eigen::Index>(k));
    print_json(line);
  }
}

}  // namespace

InspectCommand::InspectCommand(CLI::App& parent)
    : NamedCommand(parent, "inspect", "Show what a reader makes of a file or folder") {
  app_.add_option("DATA", data_, "A table, an image archive, a folder of images, or an experiment that names one")
      ->required();
}

int InspectCommand::execute() {
  allow_interruptions();
  const auto [source, data] = inspected(data_);
  Json json = report_json(data_, source, data);
  json["warnings"] = warnings_json(warnings_of(data));
  if (json_)
    print_json(json);
  else
    print_report(json);
  return done;
}

PredictCommand::PredictCommand(CLI::App& parent)
    : NamedCommand(parent, "predict", "Predict the rows of a file with an exported model") {
  app_.add_option("MODEL", model_, "The model's ONNX file")->required();
  app_.add_option("DATA", data_, "The rows: a table or images")->required();
  app_.add_option("--out", out_, "Write the predictions into this CSV file")->type_name("FILE.csv");
}

int PredictCommand::execute() {
  allow_interruptions();
  const OnnxModel model = OnnxModel::read(model_);
  const Dataset data = read_rows(model, data_);
  if (data.report.rows_skipped > 0) {
    std::string rows;
    for (const auto& problem : data.report.problems)
      if (problem.row > 0 && rows.size() < 200) rows += (rows.empty() ? "" : ", ") + std::to_string(problem.row);
    note("Attention: " + std::to_string(data.report.rows_skipped) + " rows of " + data_ +
         " could not be read: their lines are empty (rows " + rows + ")");
  }
  const auto result = model.predict(data);
  if (!out_.empty())
    write_file_atomically(out_, predictions_csv(result, data.report));
  else if (json_)
    print_predictions(result, data.report);
  else {
    std::string text = predictions_csv(result, data.report);
    text.pop_back();
    print_line(text);
  }
  return done;
}

}  // namespace gb::cli
