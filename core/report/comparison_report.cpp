#include <algorithm>
#include <cmath>

#include "core/algorithms/algorithm.hpp"
#include "core/base/text.hpp"
#include "core/events/series_name.hpp"
#include "core/report/differences.hpp"
#include "core/report/record_parts.hpp"
#include "core/run/cross_validation.hpp"
#include "core/run/test_looks.hpp"

namespace gb {
namespace {

using Records = std::span<const RunRecord>;

/// "hidden layers 8": what tells a run from the others, where that can be said in few words; else empty.
std::vector<std::string> telling_settings(Records records) {
  constexpr std::size_t most_settings = 2, most_letters = 40;
  std::vector<Json> documents;
  for (const RunRecord& record : records) documents.push_back(record.summary.document);
  std::vector<std::string> words(records.size());
  const auto differences = differing_settings(documents);
  if (differences.size() > most_settings) return words;
  for (const auto& difference : differences)
    for (std::size_t i = 0; i < words.size(); ++i)
      words[i] += (words[i].empty() ? "" : ", ") + difference.label + " " + difference.values[i];
  for (const auto& each : words)
    if (each.size() > most_letters) return std::vector<std::string>(records.size());
  return words;
}

/// What each run is called here: where its name does not tell it from the others, by what it differs in or by its
/// algorithm, numbered where that does not either.
std::vector<std::string> titles_of(Records records) {
  std::vector<std::string> titles;
  const auto settings = telling_settings(records);
  for (const RunRecord& record : records) {
    std::string title = title_of(record.summary);
    const auto same = std::count_if(records.begin(), records.end(),
                                    [&](const RunRecord& other) { return title_of(other.summary) == title; });
    if (same > 1) {
      const std::string& words = settings[titles.size()];
      title = words.empty() ? algorithm_label(record.summary) : words;
    }
    std::string numbered = title;
    for (int number = 2; std::find(titles.begin(), titles.end(), numbered) != titles.end(); ++number)
      numbered = title + " (" + std::to_string(number) + ")";
    titles.push_back(numbered);
  }
  return titles;
}

Section runs_section(Records records, const std::vector<std::string>& titles) {
  CaptionedTable table{{}, {{"Run", "Algorithm", "Data", "State", "Steps", "Time", "Made", "Id"}, {}}};
  for (std::size_t i = 0; i < records.size(); ++i) {
    const RunSummary& run = records[i].summary;
    table.table.rows.push_back({titles[i], algorithm_label(run), run.dataset, std::string(run_state_name(run.state)),
                                grouped(run.steps), duration_text(run.seconds), time_text(run.created), run.id});
  }
  return {"Runs", {std::move(table)}};
}

Section difference_section(Records records, const std::vector<std::string>& titles) {
  std::vector<Json> documents;
  for (const RunRecord& record : records) documents.push_back(record.summary.document);
  CaptionedTable table{{}, {{"Setting"}, {}}};
  table.table.columns.insert(table.table.columns.end(), titles.begin(), titles.end());
  for (const SettingDifference& difference : differing_settings(documents)) {
    table.table.rows.push_back({difference.label});
    table.table.rows.back().insert(table.table.rows.back().end(), difference.values.begin(), difference.values.end());
  }
  Section section{"What they differ in", {}};
  if (table.table.rows.empty())
    section.blocks.emplace_back(Paragraph{"Their experiments are the same in every setting."});
  else
    section.blocks.emplace_back(std::move(table));
  return section;
}

/// What may be said of the first run against another one, by the metric that its algorithm is ranked by.
Paragraph verdict(const RunRecord& first, const RunRecord& other, const std::string& first_title,
                  const std::string& other_title) {
  const std::string headline = headline_of(first.summary);
  for (const Comparison& comparison :
       compare_runs(first.summary.result, other.summary.result, first.summary.fingerprint, other.summary.fingerprint)) {
    if (comparison.metric != headline) continue;
    const Difference& difference = comparison.difference;
    const std::string figures = metric_label(headline) + ": " + first_title + " less " + other_title + " is " +
                                short_number(difference.mean) + " (" + short_number(difference.interval.low) + " to " +
                                short_number(difference.interval.high) + " with 95 % confidence). ";
    return difference.is_evident()
               ? Paragraph{figures + "The cross-validation is evidence of a difference.", Paragraph::Tone::good}
               : Paragraph{figures + "That includes no difference: the cross-validation is no evidence of one.",
                           Paragraph::Tone::warning};
  }
  return {first_title + " and " + other_title +
              " were not cross-validated over the same splits: what they differ by may be chance.",
          Paragraph::Tone::warning};
}

Section result_section(Records records, const std::vector<std::string>& titles) {
  Section section{"Results", {}};
  std::vector<std::string> names;
  for (const RunRecord& record : records)
    for (const auto& name : metric_names(record.summary))
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  CaptionedTable table{"On test rows, else validation rows, else training rows; in brackets 95 % intervals",
                       {{"Score"}, {}}};
  table.table.columns.insert(table.table.columns.end(), titles.begin(), titles.end());
  for (const auto& name : names) {
    table.table.rows.push_back({metric_label(name)});
    std::size_t best = records.size();
    std::optional<double> least;
    const auto smaller = smaller_is_better(name);
    for (std::size_t i = 0; i < records.size(); ++i) {
      const RunSummary& run = records[i].summary;
      const std::string part = telling_part(run, name);
      table.table.rows.back().push_back(part.empty() ? "\u2013" : metric_text(run, part, name));
      const auto value = number_at(object_at(run.metrics, part.c_str()), name.c_str());
      if (!value || !smaller) continue;
      const double rank = *smaller ? *value : -*value;
      if (least && rank == *least) best = records.size();
      if (least && rank >= *least) continue;
      least = rank;
      best = i;
    }
    if (best < records.size()) table.table.rows.back()[best + 1] += " \u2190 best";
  }
  if (!table.table.rows.empty()) section.blocks.emplace_back(std::move(table));
  for (std::size_t i = 1; i < records.size(); ++i)
    section.blocks.emplace_back(verdict(records[0], records[i], titles[0], titles[i]));
  std::vector<std::string> told;
  for (const RunRecord& record : records) {
    if (record.test_looks == 0 || std::find(told.begin(), told.end(), record.summary.fingerprint) != told.end())
      continue;
    told.push_back(record.summary.fingerprint);
    section.blocks.emplace_back(
        Paragraph{looks_sentence(record.summary.dataset, record.test_looks), Paragraph::Tone::quiet});
  }
  return section;
}

/// Last and best value of a recorded curve, as text.
std::pair<std::string, std::string> ends_of(const SeriesData& series) {
  const auto smaller = smaller_is_better(series.name);
  double best = std::nan("");
  for (const double value : series.values)
    if (std::isfinite(value) && smaller && (std::isnan(best) || (*smaller ? value < best : value > best))) best = value;
  return {short_number(series.values.back()), std::isnan(best) ? "" : short_number(best)};
}

Section curve_section(Records records, const std::vector<std::string>& titles) {
  Section section{"Curves", {}};
  std::vector<std::pair<std::string, std::vector<CurveOf>>> plots;
  CaptionedTable table{{}, {{"Curve", "Run", "Last", "Best"}, {}}};
  for (std::size_t i = 0; i < records.size(); ++i)
    for (const SeriesData& series : records[i].series) {
      const SeriesName name = series_name(series.name);
      // What each layer did is for the report of one run: here it would be lines without end.
      if (series.values.empty() || (!name.of_part && !name.curve.empty())) continue;
      auto plot = std::find_if(plots.begin(), plots.end(), [&](const auto& each) { return each.first == name.plot; });
      if (plot == plots.end()) plot = plots.insert(plots.end(), {name.plot, {}});
      plot->second.push_back({titles[i] + (name.curve.empty() ? "" : ", " + name.curve),
                              static_cast<std::int32_t>(i),
                              name.of_part && name.curve != "train",
                              {series.steps.begin(), series.steps.end()},
                              series.values});
      const auto [last, best] = ends_of(series);
      table.table.rows.push_back({series.name, titles[i], last, best});
    }
  std::stable_sort(table.table.rows.begin(), table.table.rows.end(),
                   [](const auto& a, const auto& b) { return a[0] < b[0]; });
  for (const auto& [name, curves] : plots)
    section.blocks.emplace_back(curve_figure(metric_label(name), "step", curves));
  if (!table.table.rows.empty()) section.blocks.emplace_back(std::move(table));
  return section;
}

}  // namespace

Report comparison_report(Records records) {
  const auto titles = titles_of(records);
  Report report;
  report.title = "Comparison of " + std::to_string(records.size()) + " runs";
  for (const auto& title : titles) report.subtitle += (report.subtitle.empty() ? "" : " \u00b7 ") + title;
  report.made_by = made_by();
  report.sections = {result_section(records, titles), difference_section(records, titles),
                     runs_section(records, titles), curve_section(records, titles)};
  for (std::size_t i = 0; i < records.size(); ++i) {
    Section again = reproduction_section(records[i]);
    again.title = "How to do it again: " + titles[i];
    report.sections.push_back(std::move(again));
  }
  std::erase_if(report.sections, [](const Section& section) { return section.blocks.empty(); });
  return report;
}

}  // namespace gb
