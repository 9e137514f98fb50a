#include "core/report/record_parts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "core/algorithms/algorithm.hpp"
#include "core/base/text.hpp"
#include "core/report/differences.hpp"
#include "core/run/test_looks.hpp"

namespace gb {
namespace {

constexpr std::array parts{"test", "validation", "train"};

Json member(const Json& object, const char* key) {
  return object.is_object() ? object.value(key, Json()) : Json();
}

std::string joined(const Json& texts, const char* between) {
  std::string text;
  for (const auto& each : texts)
    if (each.is_string()) text += (text.empty() ? "" : between) + each.get<std::string>();
  return text;
}

std::string count_text(const Json& object, const char* key) {
  const auto number = number_at(object, key);
  return number ? grouped(std::llround(*number)) : std::string();
}

/// Where the data came from: "bundled", or the path of a file.
std::string source_text(const Json& data) {
  std::string text = text_at(data, "source");
  for (const char* key : {"path", "images", "name"})
    if (const std::string value = text_at(data, key); !value.empty()) return text + ": " + value;
  return text;
}

}  // namespace

std::string text_at(const Json& object, const char* key) {
  const Json value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::optional<double> number_at(const Json& object, const char* key) {
  const Json value = member(object, key);
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

Json object_at(const Json& object, const char* key) {
  const Json value = member(object, key);
  return value.is_object() ? value : Json::object();
}

std::string telling_part(const RunSummary& run, const std::string& metric) {
  for (const char* part : parts)
    if (number_at(object_at(run.metrics, part), metric.c_str())) return part;
  return {};
}

std::string metric_text(const RunSummary& run, const std::string& part, const std::string& metric) {
  const auto value = number_at(object_at(run.metrics, part.c_str()), metric.c_str());
  if (!value) return {};
  const Json ends = member(object_at(object_at(run.result, "intervals"), part.c_str()), metric.c_str());
  if (!ends.is_array() || ends.size() != 2 || !ends[0].is_number() || !ends[1].is_number()) return short_number(*value);
  return short_number(*value) + " (" + short_number(ends[0].get<double>()) + " to " +
         short_number(ends[1].get<double>()) + ")";
}

std::vector<std::string> metric_names(const RunSummary& run) {
  std::vector<std::string> names;
  if (!run.metrics.is_object()) return names;
  for (const auto& part : run.metrics.items())
    if (part.value().is_object())
      for (const auto& metric : part.value().items())
        if (std::find(names.begin(), names.end(), metric.key()) == names.end()) names.push_back(metric.key());
  return names;
}

std::string headline_of(const RunSummary& run) {
  const auto* info = find_algorithm(run.algorithm);
  if (!info) return {};
  // An algorithm with several tasks may be ranked by a metric that this run's task does not have.
  for (const std::string& name : {info->headline, std::string("r2")})
    if (!telling_part(run, name).empty()) return name;
  return {};
}

std::optional<bool> smaller_is_better(const std::string& name) {
  const auto has = [&](const char* word) { return name.find(word) != std::string::npos; };
  for (const char* word : {"loss", "rmse", "mae", "mse", "inertia", "impurity", "divergence", "frechet", "violation"})
    if (has(word)) return true;
  for (const char* word : {"accuracy", "precision", "recall", "f1", "auc", "kappa", "corrcoef", "r2", "silhouette",
                           "rand", "mutual_info", "likelihood", "explained"})
    if (has(word)) return false;
  return std::nullopt;
}

std::string metric_label(const std::string& name) {
  static const std::pair<const char*, const char*> spelled[] = {
      {"gradient-norm", "Gradient norms"},
      {"update-norm", "Update norms"},
      {"roc_auc", "ROC AUC"},
      {"r2", "R\u00b2"},
      {"rmse", "RMSE"},
      {"mae", "MAE"},
      {"cohen_kappa", "Cohen's kappa"},
      {"matthews_corrcoef", "Matthews correlation"},
      {"adjusted_rand", "Adjusted Rand index"},
      {"normalized_mutual_info", "Normalized mutual information"},
      {"precision_macro", "Precision, macro average"},
      {"recall_macro", "Recall, macro average"},
      {"f1_macro", "F1, macro average"},
  };
  for (const auto& [known, label] : spelled)
    if (name == known) return label;
  std::string text = name;
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '_' || c == '-'; }, ' ');
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string algorithm_label(const RunSummary& run) {
  const auto* info = find_algorithm(run.algorithm);
  return info ? info->label : run.algorithm;
}

std::string title_of(const RunSummary& run) {
  return run.name.empty() ? algorithm_label(run) + " on " + run.dataset : run.name;
}

std::string time_text(const std::string& iso) {
  if (iso.size() < 16 || iso[10] != 'T') return iso;
  return iso.substr(0, 10) + " " + iso.substr(11, 5) + " UTC";
}

std::string duration_text(double seconds) {
  if (seconds < 60) return short_number(std::round(seconds * 1000) / 1000) + " s";
  const auto whole = static_cast<long>(std::lround(seconds));
  char text[48];
  if (whole < 3600)
    std::snprintf(text, sizeof text, "%ld min %ld s", whole / 60, whole % 60);
  else
    std::snprintf(text, sizeof text, "%ld h %ld min", whole / 3600, whole / 60 % 60);
  return text;
}

std::string made_by() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &utc);
  return "Glassbench " + environment().version + ", " + text.data();
}

CaptionedTable scores_table(const RunSummary& run) {
  CaptionedTable scores{"Scores; in brackets between which two values each lies with 95 % confidence", {}};
  if (object_at(run.result, "intervals").empty()) scores.caption = "Scores";
  scores.table.columns = {"Score"};
  std::vector<std::string> shown;
  for (const char* part : {"train", "validation", "test"})
    if (!object_at(run.metrics, part).empty()) shown.push_back(part);
  for (const auto& part : shown) scores.table.columns.push_back(part == "train" ? "Training" : metric_label(part));
  for (const auto& name : metric_names(run)) {
    scores.table.rows.push_back({metric_label(name)});
    for (const auto& part : shown) scores.table.rows.back().push_back(metric_text(run, part, name));
  }
  return scores;
}

CaptionedTable folds_table(const RunSummary& run) {
  const Json folds = object_at(run.result, "cross_validation");
  const auto count = number_at(folds, "folds");
  CaptionedTable table;
  if (!count) return table;
  const auto repeats = number_at(folds, "repeats").value_or(1);
  table.caption = "Cross-validation in " + grouped(std::llround(*count)) + " folds" +
                  (repeats > 1 ? ", " + grouped(std::llround(repeats)) + " times" : "") +
                  ", the preparation fitted anew in each; intervals after Nadeau and Bengio (2003)";
  table.table.columns = {"Score", "Mean", "95 % interval"};
  const Json means = object_at(folds, "mean"), intervals = object_at(folds, "interval");
  for (const auto& mean : means.items()) {
    if (!mean.value().is_number()) continue;
    const Json ends = member(intervals, mean.key().c_str());
    const bool known = ends.is_array() && ends.size() == 2 && ends[0].is_number() && ends[1].is_number();
    table.table.rows.push_back(
        {metric_label(mean.key()), short_number(mean.value().get<double>()),
         known ? short_number(ends[0].get<double>()) + " to " + short_number(ends[1].get<double>()) : ""});
  }
  return table;
}

Facts data_facts_of(const RunRecord& record) {
  const RunSummary& run = record.summary;
  const Json data = object_at(run.result, "data");
  Facts facts;
  facts.add("Name", run.dataset);
  facts.add("Source", source_text(object_at(run.document, "data")));
  facts.add("Rows", count_text(data, "rows"));
  facts.add("Features after preparation", count_text(data, "features"));
  facts.add("Target", text_at(data, "target"));
  facts.add("Classes", joined(member(data, "classes"), ", "));
  facts.add("Training rows", count_text(data, "train"));
  facts.add("Learnt from, after balancing", count_text(data, "learnt"));
  if (number_at(data, "validation").value_or(0) > 0) facts.add("Validation rows", count_text(data, "validation"));
  if (number_at(data, "test").value_or(0) > 0) facts.add("Test rows", count_text(data, "test"));
  if (number_at(data, "skipped").value_or(0) > 0) facts.add("Rows skipped in reading", count_text(data, "skipped"));
  facts.add("Fingerprint (SHA-256)", run.fingerprint, true);
  return facts;
}

std::vector<Block> data_findings(const RunRecord& record) {
  std::vector<Block> blocks;
  const Json data = object_at(record.summary.result, "data");
  for (const Json& warning : member(data, "warnings"))
    if (warning.is_string()) blocks.emplace_back(Paragraph{warning.get<std::string>(), Paragraph::Tone::warning});
  CaptionedTable problems{"Found in reading and preparing", {{"Row", "Field", "What"}, {}}};
  for (const Json& problem : member(data, "problems"))
    problems.table.rows.push_back({number_at(problem, "row").value_or(0) > 0 ? count_text(problem, "row") : "",
                                   text_at(problem, "field"), text_at(problem, "message")});
  if (!problems.table.rows.empty()) blocks.emplace_back(std::move(problems));
  return blocks;
}

std::vector<Block> preparation_blocks(const RunRecord& record) {
  const Json& document = record.summary.document;
  std::vector<Block> blocks;
  CaptionedTable steps{"Fitted on training rows only, in this order", {{"Step", "Options"}, {}}};
  for (const Json& step : member(document, "prepare")) {
    std::string options;
    if (step.is_object())
      for (const auto& option : step.items())
        if (option.key() != "step")
          options += (options.empty() ? "" : ", ") + option.key() + " = " + setting_text(option.value());
    steps.table.rows.push_back({step.is_object() ? text_at(step, "step") : setting_text(step), options});
  }
  if (steps.table.rows.empty())
    blocks.emplace_back(Paragraph{"Nothing is done to the columns before learning."});
  else
    blocks.emplace_back(std::move(steps));
  Facts facts;
  for (const auto& [key, label] : {std::pair("split", "Split"), std::pair("balance", "Class balance"),
                                   std::pair("augment", "Variation of pictures")}) {
    std::string text;
    const Json options = object_at(document, key);
    for (const auto& option : options.items())
      text += (text.empty() ? "" : ", ") + option.key() + " = " + setting_text(option.value());
    facts.add(label, text);
  }
  if (!facts.facts.empty()) blocks.emplace_back(std::move(facts));
  return blocks;
}

Facts environment_facts(const RunRecord& record) {
  const RunSummary& run = record.summary;
  Facts facts;
  facts.add("Run", run.id, true);
  facts.add("Glassbench", run.environment.version);
  facts.add("Processor", run.environment.processor);
  if (run.environment.threads > 0) facts.add("Threads", grouped(run.environment.threads));
  if (const auto seed = number_at(run.document, "seed")) facts.add("Seed", setting_text(run.document["seed"]), true);
  facts.add("Data fingerprint (SHA-256)", run.fingerprint, true);
  facts.add("Weights (SHA-256)", text_at(run.result, "weights_sha256"), true);
  return facts;
}

}  // namespace gb
