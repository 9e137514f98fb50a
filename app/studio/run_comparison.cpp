#include "app/studio/run_comparison.hpp"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "app/studio/core_text.hpp"
#include "app/studio/run_differences.hpp"
#include "app/studio/run_list_model.hpp"
#include "core/algorithms/algorithm.hpp"
#include "core/params/json_text.hpp"

namespace gb {

namespace {

constexpr int most_told = 3;           ///< settings that a name is made of
constexpr double decades_for_log = 2;  ///< a setting tried over so many powers of ten is told apart by its magnitude

/// The document without what may differ between repetitions of one configuration. Data that is made from the seed
/// differs with it; all other data has to be the same.
std::string configurationOf(const RunSummary& run) {
  Json document = run.document;
  if (document.is_object()) {
    document.erase("seed");
    document.erase("name");
  }
  const bool seeded = fieldValue(run, "setting:data.source") == "synthetic";
  return run.algorithm + '\n' + (seeded ? std::string() : run.fingerprint) + '\n' + dump_json(document);
}

bool spansDecades(const std::vector<double>& values) {
  double low = INFINITY, high = 0;
  for (const double value : values)
    if (value > 0) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  return high > 0 && std::log10(high / low) >= decades_for_log;
}

ValueColumn columnOf(const SharedRuns& runs, const RunField& field) {
  ValueColumn column;
  column.name = field.label;
  std::vector<Json> values;
  bool numbers = true, any = false;
  for (const auto& run : runs) {
    values.push_back(fieldValue(*run, field.key));
    if (values.back().is_null()) continue;
    any = true;
    numbers = numbers && values.back().is_number();
  }
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  if (numbers || !any) {
    for (const auto& value : values) column.values.push_back(numberOf(value).value_or(none));
    column.log_scale = !field.metric() && spansDecades(column.values);
    return column;
  }
  for (const auto& value : values)
    if (!value.is_null()) column.categories << valueText(value);
  column.categories.removeDuplicates();
  column.categories.sort(Qt::CaseInsensitive);
  for (const auto& value : values)
    column.values.push_back(value.is_null() ? none : static_cast<double>(column.categories.indexOf(valueText(value))));
  return column;
}

}  // namespace

QStringList distinctTitles(const SharedRuns& runs) {
  std::map<QString, int> named;
  for (const auto& run : runs) ++named[runLabel(*run)];
  QStringList titles;
  std::map<QString, std::vector<std::size_t>> alike;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    QString title = runLabel(*runs[i]);
    const auto* info = find_algorithm(runs[i]->algorithm);
    if (named[title] > 1 && info) title = coreText(info->label);
    alike[title].push_back(i);
    titles << title;
  }
  for (const auto& [title, places] : alike) {
    if (places.size() < 2) continue;
    std::vector<const Json*> documents;
    for (const std::size_t place : places) documents.push_back(&runs[place]->document);
    const auto settings = differences(documents);
    std::map<QString, int> told;
    for (std::size_t i = 0; i < places.size(); ++i) {
      QStringList parts;
      for (const auto& setting : settings)
        parts << setting.label.toLower() + QLatin1Char(' ') + setting.values.value(static_cast<qsizetype>(i));
      QString name = parts.isEmpty() || parts.size() > most_told ? title : parts.join(QStringLiteral(", "));
      // What differs in nothing, or in too much to be said, is numbered.
      const int number = ++told[name];
      if (number > 1) name += QStringLiteral(" (%1)").arg(number);
      titles[static_cast<qsizetype>(places[i])] = name;
    }
  }
  return titles;
}

bool lowerIsBetter(const std::string& metric) {
  const auto name = metric.substr(metric.find('/') + 1);
  for (const char* word : {"loss", "rmse", "mae", "mse", "error", "inertia", "norm", "perplexity", "distance", "brier"})
    if (name.find(word) != std::string::npos) return true;
  return false;
}

std::vector<RunField> tellingFields(const SharedRuns& runs) {
  std::vector<RunField> all{{"run:algorithm", fieldLabel("run:algorithm")}, {"run:dataset", fieldLabel("run:dataset")}};
  for (auto& field : fieldsOf(runs)) all.push_back(std::move(field));
  std::erase_if(all, [&](const RunField& field) {
    if (field.metric()) return false;
    const Json first = fieldValue(*runs.front(), field.key);
    return std::all_of(runs.begin(), runs.end(), [&](const auto& run) { return fieldValue(*run, field.key) == first; });
  });
  // A metric that only one part of the data has is there once.
  std::erase_if(all, [&](const RunField& field) {
    const auto slash = field.key.find('/');
    if (!field.metric() || slash == std::string::npos) return false;
    const std::string plain = "metric:" + field.key.substr(slash + 1);
    return std::all_of(runs.begin(), runs.end(), [&](const auto& run) {
      const Json value = fieldValue(*run, field.key);
      return value.is_null() || value == fieldValue(*run, plain);
    });
  });
  return all;
}

ItemTable itemTable(const SharedRuns& runs, const QStringList& titles, const std::vector<int>& colors,
                    const std::vector<RunField>& fields) {
  ItemTable table{titles, colors, {}};
  for (const auto& field : fields) table.columns.push_back(columnOf(runs, field));
  return table;
}

std::optional<BestAndFinal> bestAndFinal(const SeriesData& series) {
  const bool lower = lowerIsBetter(series.name);
  std::optional<BestAndFinal> found;
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    const double value = series.values[i];
    if (!std::isfinite(value)) continue;
    if (!found) found = BestAndFinal{series.name, value, series.steps[i], value, series.steps[i]};
    if (lower ? value < found->best : value > found->best) {
      found->best = value;
      found->best_step = series.steps[i];
    }
    found->last = value;
    found->last_step = series.steps[i];
  }
  return found;
}

std::vector<SeedGroup> seedGroups(const SharedRuns& runs, const QStringList& titles) {
  std::vector<SeedGroup> groups;
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto [at, fresh] = known.emplace(configurationOf(*runs[i]), groups.size());
    if (fresh) groups.push_back({titles.value(static_cast<qsizetype>(i)), {}});
    groups[at->second].runs.push_back(i);
  }
  // Groups are called by the settings in which they differ; their first runs stand for them.
  std::vector<const Json*> documents;
  for (const auto& group : groups) documents.push_back(&runs[group.runs.front()]->document);
  const auto settings = differences(documents);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    QStringList parts;
    for (const auto& setting : settings)
      if (setting.path != QLatin1String("seed"))
        parts << setting.label + QStringLiteral(" ") + setting.values.value(static_cast<qsizetype>(i));
    if (!parts.isEmpty() && parts.size() <= 4) groups[i].title = parts.join(QStringLiteral(", "));
  }
  return groups;
}

std::optional<Spread> spreadOf(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  Spread spread;
  spread.count = values.size();
  spread.mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  if (values.size() > 1) spread.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  spread.low = *low;
  spread.high = *high;
  return spread;
}

}  // namespace gb
