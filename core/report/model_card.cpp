#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/algorithms/algorithm.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/model/onnx_file.hpp"
#include "core/params/json_text.hpp"
#include "core/report/differences.hpp"
#include "core/report/record_parts.hpp"
#include "core/run/test_looks.hpp"

namespace gb {
namespace {

constexpr double low_recall = 0.7;
constexpr double wide_gap = 0.1;
constexpr std::int64_t few_rows = 100;
constexpr std::uintmax_t most_model_bytes = std::uintmax_t{256} << 20;  ///< larger ones are not read for their inputs

std::string input_text(const OnnxModel::Input& input) {
  std::string text = input.name + " (" + (input.text ? "text" : "number");
  if (input.shape.size() > 2) {
    text += "s";
    for (const auto size : input.shape) text += (size < 0 ? " N" : " x " + std::to_string(size));
  }
  return text + ")";
}

/// What the file takes and gives, as it says itself.
void add_face(Facts& facts, const RunRecord& record) {
  const auto path = std::filesystem::path(record.folder) / "model.onnx";
  std::error_code code;
  const auto size = std::filesystem::file_size(path, code);
  if (code) return;
  facts.add("File", "model.onnx, ONNX opset 17 with ai.onnx.ml 3, " +
                        grouped(static_cast<std::int64_t>((size + 1023) / 1024)) + " KB");
  if (size > most_model_bytes) return;
  try {
    facts.add("File (SHA-256)", sha256_of_file(path), true);
    const OnnxModel model = OnnxModel::read(path);
    std::string inputs, outputs;
    std::size_t count = 0;
    for (const auto& input : model.inputs()) {
      if (++count > 40) continue;
      inputs += (inputs.empty() ? "" : ", ") + input_text(input);
    }
    if (count > 40) inputs += " and " + std::to_string(count - 40) + " more";
    for (const auto& name : model.output_names()) outputs += (outputs.empty() ? "" : ", ") + name;
    facts.add("Inputs, as in the raw data", inputs);
    facts.add("Outputs", outputs);
  } catch (const Error&) {
    // The card says what is known; a file that cannot be read says so where it is used.
  }
}

Section details(const RunRecord& record) {
  const RunSummary& run = record.summary;
  Section section{"Model Details", {}};
  const auto* info = find_algorithm(run.algorithm);
  Facts facts;
  facts.add("Algorithm", algorithm_label(run) + (info ? " (" + info->family + ")" : ""));
  facts.add("Date", time_text(run.created));
  facts.add("Version", "run " + run.id);
  add_face(facts, record);
  facts.add("Made with", "Glassbench " + run.environment.version + " on " + run.environment.processor);
  facts.add("Seed", setting_text(run.document.is_object() ? run.document.value("seed", Json(0)) : Json(0)), true);
  facts.add("Weights (SHA-256)", text_at(run.result, "weights_sha256"), true);
  if (info) facts.add("Reference", info->citation);
  section.blocks.emplace_back(std::move(facts));
  CaptionedTable parameters{"Parameters", {{"Parameter", "Value"}, {}}};
  const Json params = object_at(object_at(run.document, "algorithm"), "params");
  for (const auto& param : params.items()) parameters.table.rows.push_back({param.key(), setting_text(param.value())});
  if (!parameters.table.rows.empty()) section.blocks.emplace_back(std::move(parameters));
  section.blocks.emplace_back(
      Paragraph{"Licence and contact: to be filled in by whoever hands this model on.", Paragraph::Tone::warning});
  return section;
}

Section asked(const char* title, const char* question) {
  return {title, {Paragraph{question, Paragraph::Tone::warning}}};
}

Section metrics(const RunRecord& record) {
  Section section{"Metrics", {}};
  const std::string headline = headline_of(record.summary);
  if (!headline.empty())
    section.blocks.emplace_back(Paragraph{
        "Runs of this algorithm are ranked by " + metric_label(headline) +
        ". All metrics are defined as scikit-learn defines them; intervals are percentiles over resampled rows (Efron "
        "1979)."});
  if (CaptionedTable scores = scores_table(record.summary); !scores.table.rows.empty())
    section.blocks.emplace_back(std::move(scores));
  if (CaptionedTable folds = folds_table(record.summary); !folds.table.rows.empty())
    section.blocks.emplace_back(std::move(folds));
  return section;
}

Section evaluation_data(const RunRecord& record) {
  const RunSummary& run = record.summary;
  const Json data = object_at(run.result, "data");
  Section section{"Evaluation Data", {}};
  const auto rows = [&](const char* part) { return std::llround(number_at(data, part).value_or(0)); };
  if (rows("test") > 0)
    section.blocks.emplace_back(Paragraph{"Figures under \"Test\" are of " + grouped(rows("test")) + " rows of " +
                                          run.dataset + " that were held back: nothing was fitted on them."});
  else if (rows("validation") > 0)
    section.blocks.emplace_back(Paragraph{"There are no test rows. Figures under \"Validation\" are of " +
                                          grouped(rows("validation")) + " rows of " + run.dataset +
                                          " that the weights were not fitted on, but by which settings may have been "
                                          "chosen."});
  else
    section.blocks.emplace_back(
        Paragraph{"Nothing was held back: all figures are of the rows that the model was made from."});
  if (record.test_looks > 0) section.blocks.emplace_back(Paragraph{looks_sentence(run.dataset, record.test_looks)});
  return section;
}

Section training_data(const RunRecord& record) {
  Section section{"Training Data", {}};
  section.blocks.emplace_back(data_facts_of(record));
  for (Block& block : preparation_blocks(record)) section.blocks.emplace_back(std::move(block));
  return section;
}

/// The confusion matrix of the rows that say most; null for none.
const Matrix* confusion_of(const RunRecord& record) {
  const Matrix* found = nullptr;
  for (const Event& event : record.views)
    if (const auto* matrix = std::get_if<std::shared_ptr<const Matrix>>(&event))
      if ((*matrix)->view == "confusion" && (!found || (*matrix)->part == "test")) found = matrix->get();
  const bool square = found && found->row_labels.size() == found->column_labels.size() &&
                      found->values.size() == found->row_labels.size() * found->row_labels.size();
  return square ? found : nullptr;
}

struct ClassScore {
  std::string name;
  double rows = 0, chosen = 0, hits = 0;
};

std::vector<ClassScore> class_scores(const Matrix& confusion) {
  const std::size_t count = confusion.row_labels.size();
  std::vector<ClassScore> scores(count);
  for (std::size_t i = 0; i < count; ++i) {
    scores[i].name = confusion.row_labels[i];
    scores[i].hits = confusion.values[i * count + i];
    for (std::size_t j = 0; j < count; ++j) {
      scores[i].rows += confusion.values[i * count + j];
      scores[i].chosen += confusion.values[j * count + i];
    }
  }
  return scores;
}

Section quantities(const RunRecord& record) {
  Section section{"Quantitative Analyses", {}};
  const Matrix* confusion = confusion_of(record);
  if (!confusion) return section;
  CaptionedTable table{"Per class, on " + (confusion->part.empty() ? "held back" : confusion->part) + " rows",
                       {{"Class", "Rows", "Precision", "Recall"}, {}}};
  const auto share = [](double hits, double whole) { return whole > 0 ? short_number(hits / whole) : "\u2013"; };
  for (const ClassScore& score : class_scores(*confusion))
    table.table.rows.push_back({score.name, grouped(std::llround(score.rows)), share(score.hits, score.chosen),
                                share(score.hits, score.rows)});
  section.blocks.emplace_back(std::move(table));
  return section;
}

/// What the run itself found that speaks against the model.
Section caveats(const RunRecord& record) {
  const RunSummary& run = record.summary;
  Section section{"Caveats and Recommendations", {}};
  const auto add = [&](std::string text) {
    section.blocks.emplace_back(Paragraph{std::move(text), Paragraph::Tone::warning});
  };
  if (run.state != RunState::finished)
    add("The run " + std::string(run.state == RunState::stopped ? "was stopped" : "did not finish") + " after " +
        grouped(run.steps) + " steps: this is an unfinished model.");
  if (const Matrix* confusion = confusion_of(record))
    for (const ClassScore& score : class_scores(*confusion))
      if (score.rows > 0 && score.hits / score.rows < low_recall)
        add("Of the class " + score.name + " only " + short_number(100 * score.hits / score.rows) + " % are found (" +
            grouped(std::llround(score.hits)) + " of " + grouped(std::llround(score.rows)) + " rows).");
  const std::string headline = headline_of(run);
  const auto value = [&](const char* part) { return number_at(object_at(run.metrics, part), headline.c_str()); };
  if (const auto train = value("train"), held = value(telling_part(run, headline).c_str());
      train && held && smaller_is_better(headline) == false && *train - *held > wide_gap)
    add(metric_label(headline) + " is " + short_number(*train) + " on training rows but " + short_number(*held) +
        " on " + telling_part(run, headline) + " rows: the model has learnt its training rows by heart in part.");
  const Json data = object_at(run.result, "data");
  if (const auto rows = number_at(data, "test"); rows && *rows > 0 && *rows < few_rows)
    add("There are only " + grouped(std::llround(*rows)) + " test rows: mind how wide the intervals are.");
  if (const auto skipped = number_at(data, "skipped"); skipped && *skipped > 0)
    add(grouped(std::llround(*skipped)) + " rows were skipped in reading; they are not represented.");
  if (!record.journal.empty())
    add("Parameters were changed by hand while it learnt (" + std::to_string(record.journal.size()) +
        " times): the document alone does not lead to this model.");
  for (Block& block : data_findings(record)) section.blocks.emplace_back(std::move(block));
  if (section.blocks.empty())
    section.blocks.emplace_back(Paragraph{
        "The run itself found nothing that speaks against the model. That is no proof that there is nothing: data "
        "other than this has not been looked at."});
  return section;
}

}  // namespace

Report model_card(const RunRecord& record) {
  const RunSummary& run = record.summary;
  Report card;
  card.title = "Model card: " + title_of(run);
  card.subtitle = algorithm_label(run) + " on " + run.dataset;
  card.made_by = made_by();
  card.sections = {
      details(record),
      asked("Intended Use",
            "To be filled in: what is this model for, who is to use it, and what is it not to be used for?"),
      asked("Factors",
            "To be filled in: for which groups, instruments or surroundings may its answers be better or worse? Per "
            "class, see Quantitative Analyses."),
      metrics(record),
      evaluation_data(record),
      training_data(record),
      quantities(record),
      asked("Ethical Considerations",
            "To be filled in: does the data speak of people, may wrong answers do harm, and who bears it?"),
      caveats(record)};
  std::erase_if(card.sections, [](const Section& section) { return section.blocks.empty(); });
  return card;
}

}  // namespace gb
