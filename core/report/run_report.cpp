#include <algorithm>
#include <cmath>

#include "core/algorithms/algorithm.hpp"
#include "core/base/text.hpp"
#include "core/events/series_name.hpp"
#include "core/params/json_text.hpp"
#include "core/report/differences.hpp"
#include "core/report/record_parts.hpp"
#include "core/run/test_looks.hpp"

namespace gb {
namespace {

constexpr std::size_t most_curve_points = 1200;  ///< twice as many as a page has pixels
constexpr std::size_t most_table_rows = 200;
constexpr std::size_t most_tree_lines = 200;

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};

std::string state_sentence(const RunSummary& run) {
  const std::string steps = grouped(run.steps) + (run.steps == 1 ? " step" : " steps");
  switch (run.state) {
    case RunState::running:
      return "This run is still going on; it has taken " + steps + " so far.";
    case RunState::stopped:
      return "This run was stopped after " + steps + ", so its figures are those of an unfinished model.";
    case RunState::failed:
      return "This run failed after " + steps + ": " + text_at(run.result, "message");
    case RunState::finished:
      break;
  }
  return {};
}

/// "Test accuracy 0.958 (0.93 to 0.98)."
std::string headline_sentence(const RunSummary& run) {
  const std::string metric = headline_of(run);
  if (metric.empty()) return {};
  const std::string part = telling_part(run, metric);
  std::string label = metric_label(metric);
  const bool spelled = label.size() > 1 && label[1] >= 'a' && label[1] <= 'z';
  if (spelled) label[0] = static_cast<char>(std::tolower(label[0]));
  return (part == "train" ? "Training" : metric_label(part)) + " " + label + " " + metric_text(run, part, metric);
}

Section result_section(const RunRecord& record) {
  const RunSummary& run = record.summary;
  Section section{"Result", {}};
  if (const std::string headline = headline_sentence(run); !headline.empty())
    section.blocks.emplace_back(Paragraph{headline, Paragraph::Tone::good});
  if (const std::string state = state_sentence(run); !state.empty())
    section.blocks.emplace_back(Paragraph{state, Paragraph::Tone::warning});
  if (CaptionedTable scores = scores_table(run); !scores.table.rows.empty())
    section.blocks.emplace_back(std::move(scores));
  if (CaptionedTable folds = folds_table(run); !folds.table.rows.empty()) section.blocks.emplace_back(std::move(folds));
  if (record.test_looks > 0)
    section.blocks.emplace_back(Paragraph{
        looks_sentence(run.dataset, record.test_looks) + " The more looks, the more of a good figure is luck.",
        Paragraph::Tone::quiet});
  Facts facts;
  const Json seconds = object_at(run.result, "seconds");
  facts.add("Steps", grouped(run.steps));
  if (const auto fit = number_at(seconds, "fit")) facts.add("Time of learning", duration_text(*fit));
  if (const auto evaluate = number_at(seconds, "evaluate")) facts.add("Time of evaluation", duration_text(*evaluate));
  if (const auto memory = number_at(run.result, "peak_rss_mb"))
    facts.add("Peak memory", grouped(std::llround(*memory)) + " MB");
  const Json time = object_at(run.result, "prediction_microseconds");
  if (const auto single = number_at(time, "single")) facts.add("One answer takes", short_number(*single) + " \u00b5s");
  if (const auto joules = number_at(object_at(run.result, "energy_joules"), "fit"))
    facts.add("Energy of learning", short_number(*joules) + " J");
  std::string tags;
  for (const auto& tag : run.tags) tags += (tags.empty() ? "" : ", ") + tag;
  facts.add("Tags", tags);
  facts.add("Notes", run.notes);
  section.blocks.emplace_back(std::move(facts));
  return section;
}

Section data_section(const RunRecord& record) {
  Section section{"Data", {}};
  section.blocks.emplace_back(data_facts_of(record));
  for (Block& block : data_findings(record)) section.blocks.emplace_back(std::move(block));
  return section;
}

Section parameter_section(const RunRecord& record) {
  const RunSummary& run = record.summary;
  Section section{"Algorithm and parameters", {}};
  const auto* info = find_algorithm(run.algorithm);
  if (info) section.blocks.emplace_back(Paragraph{info->label + ". " + info->help});
  if (info && !info->citation.empty()) section.blocks.emplace_back(Paragraph{info->citation, Paragraph::Tone::quiet});
  CaptionedTable table{{}, {{"Parameter", "In documents", "Value", "Default"}, {}}};
  const Json algorithm = object_at(run.document, "algorithm");
  const Json params = object_at(algorithm, "params");
  for (const auto& param : params.items()) {
    const auto* spec = info ? find_spec(info->params, param.key()) : nullptr;
    std::string value = setting_text(param.value());
    if (spec && !spec->unit.empty() && param.value().is_number()) value += " " + spec->unit;
    const bool changed = spec && param.value() != spec->default_value;
    table.table.rows.push_back({spec ? spec->label : param.key(), param.key(), value,
                                spec && changed ? setting_text(spec->default_value) : ""});
  }
  table.caption = "The default is given where the value is another one";
  if (!table.table.rows.empty()) section.blocks.emplace_back(std::move(table));
  return section;
}

/// "0.031 at step 1,200", of the values that are numbers.
std::string best_text(const SeriesData& series, bool smallest) {
  std::size_t best = series.values.size();
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    const double value = series.values[i];
    if (!std::isfinite(value)) continue;
    if (best == series.values.size() || (smallest ? value < series.values[best] : value > series.values[best]))
      best = i;
  }
  if (best == series.values.size()) return "\u2013";
  return short_number(series.values[best]) + " at step " + grouped(series.steps[best]);
}

Section curve_section(const RunRecord& record) {
  Section section{"Curves", {}};
  std::vector<std::pair<std::string, std::vector<CurveOf>>> plots;
  CaptionedTable table{"The best value is the smallest of losses and errors, the largest of scores",
                       {{"Curve", "First", "Last", "Best"}, {}}};
  for (const SeriesData& series : record.series) {
    if (series.values.empty()) continue;
    const SeriesName name = series_name(series.name);
    auto plot = std::find_if(plots.begin(), plots.end(), [&](const auto& each) { return each.first == name.plot; });
    if (plot == plots.end()) plot = plots.insert(plots.end(), {name.plot, {}});
    const bool dashed = name.of_part && name.curve != "train";
    plot->second.push_back({name.curve,
                            static_cast<std::int32_t>(plot->second.size()),
                            dashed,
                            {series.steps.begin(), series.steps.end()},
                            series.values});
    const auto smaller = smaller_is_better(series.name);
    table.table.rows.push_back({series.name, short_number(series.values.front()), short_number(series.values.back()),
                                smaller ? best_text(series, *smaller) : ""});
  }
  for (const auto& [name, curves] : plots)
    section.blocks.emplace_back(curve_figure(metric_label(name), "step", curves));
  if (!table.table.rows.empty()) section.blocks.emplace_back(std::move(table));
  return section;
}

Block block_of(const Table& table) {
  CaptionedTable shown{titled(table.title, table.view, {}), {table.columns, table.rows}};
  if (shown.table.rows.size() > most_table_rows) {
    shown.caption += ", the first " + grouped(most_table_rows) + " of " +
                     grouped(static_cast<std::int64_t>(shown.table.rows.size())) + " rows";
    shown.table.rows.resize(most_table_rows);
  }
  return shown;
}

/// View and part of the data, of views that have one.
std::pair<std::string, std::string> part_of(const Event& event) {
  if (const auto* matrix = std::get_if<std::shared_ptr<const Matrix>>(&event))
    return {(*matrix)->view, (*matrix)->part};
  if (const auto* chart = std::get_if<std::shared_ptr<const Chart>>(&event)) return {(*chart)->view, (*chart)->part};
  return {};
}

/// Matrices first, which say most; of what there is for validation and for test rows the latter alone.
std::vector<Event> told_views(const RunRecord& record) {
  std::vector<Event> views = record.views;
  std::erase_if(views, [&](const Event& event) {
    const auto [view, part] = part_of(event);
    return part == "validation" && std::any_of(record.views.begin(), record.views.end(), [&](const Event& other) {
             return part_of(other) == std::pair(view, std::string("test"));
           });
  });
  std::stable_partition(views.begin(), views.end(), [](const Event& event) {
    const auto* matrix = std::get_if<std::shared_ptr<const Matrix>>(&event);
    return matrix && (*matrix)->view == "confusion";
  });
  return views;
}

Section view_section(const RunRecord& record) {
  Section section{"Views", {}};
  std::vector<Block> tables;
  for (const Event& event : told_views(record))
    std::visit(Match{[](const Scalar&) {}, [](const Progress&) {}, [](const Text&) {}, [](const Change&) {},
                     [&](const std::shared_ptr<const Table>& table) {
                       // The scores stand at the top of the report.
                       if (table->view != "scores" && !table->rows.empty()) tables.emplace_back(block_of(*table));
                     },
                     [&](const std::shared_ptr<const Tree>& tree) {
                       if (tree->heights)
                         section.blocks.emplace_back(figure_of(*tree));
                       else
                         tables.emplace_back(
                             Listing{titled(tree->title, tree->view, {}), outline_of(*tree, most_tree_lines), true});
                     },
                     [&](const auto& view) { section.blocks.emplace_back(figure_of(*view)); }},
               event);
  for (Block& table : tables) section.blocks.emplace_back(std::move(table));
  return section;
}

Section journal_section(const RunRecord& record) {
  Section section{"Live changes", {}};
  CaptionedTable table{"Made while it was learning, before the step given", {{"Step", "Parameter", "Value"}, {}}};
  for (const Change& change : record.journal)
    table.table.rows.push_back({grouped(change.step),
                                setting_label("algorithm.params." + change.param, record.summary.algorithm),
                                setting_text(change.value)});
  if (!table.table.rows.empty()) section.blocks.emplace_back(std::move(table));
  return section;
}

}  // namespace

RunRecord read_record(const RunStore& store, const std::string& id_or_prefix) {
  RunRecord record;
  record.summary = store.get(id_or_prefix);
  const std::string& id = record.summary.id;
  record.series = store.series_overview(id, most_curve_points);
  record.views = store.snapshots(id);
  record.journal = store.journal(id);
  record.test_looks = test_looks(store.list(), record.summary.fingerprint);
  record.folder = store.run_folder(id).string();
  return record;
}

Report run_report(const RunRecord& record) {
  const RunSummary& run = record.summary;
  Report report;
  report.title = title_of(run);
  report.subtitle = algorithm_label(run) + " on " + run.dataset + " \u00b7 " + std::string(run_state_name(run.state)) +
                    " \u00b7 " + time_text(run.created);
  report.made_by = made_by();
  report.sections = {
      result_section(record),    data_section(record),        {"Preparation", preparation_blocks(record)},
      parameter_section(record), curve_section(record),       view_section(record),
      journal_section(record),   reproduction_section(record)};
  std::erase_if(report.sections, [](const Section& section) { return section.blocks.empty(); });
  return report;
}

Report report_of(const RunStore& store, std::span<const std::string> ids) {
  if (ids.size() == 1) return run_report(read_record(store, ids.front()));
  std::vector<RunRecord> records;
  for (const std::string& id : ids) records.push_back(read_record(store, id));
  return comparison_report(records);
}

}  // namespace gb
