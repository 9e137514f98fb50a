#include "core/run/scores_view.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace gb {
namespace {

template <class Value>
const Value* find(const std::vector<std::pair<std::string, Value>>& pairs, const std::string& name) {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == name; });
  return found == pairs.end() ? nullptr : &found->second;
}

}  // namespace

std::shared_ptr<const Table> scores_view(const RunResult& result) {
  auto table = std::make_shared<Table>();
  table->view = "scores";
  table->title = "Scores";
  table->step = result.steps;
  table->columns = {"Score"};
  std::vector<std::string> names;
  for (const auto& [part, metrics] : result.metrics) {
    table->columns.push_back(part);
    for (const auto& [name, value] : metrics)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  const std::size_t width = std::max<std::size_t>(table->columns.size(), 2);
  if (result.metrics.empty()) table->columns.push_back("");
  for (const std::string& name : names) {
    std::vector<std::string> row{name};
    for (const auto& [part, metrics] : result.metrics) {
      const double* value = find(metrics, name);
      std::string cell = value ? short_number(*value) : "";
      const Intervals* intervals = find(result.intervals, part);
      if (const Interval* interval = value && intervals ? find(*intervals, name) : nullptr)
        cell += " (" + short_number(interval->low) + " to " + short_number(interval->high) + ")";
      row.push_back(cell);
    }
    table->rows.push_back(std::move(row));
  }
  // Rows of the last part were asked about; learning speaks of the first.
  const auto add = [&](const std::string& name, std::size_t column, const std::string& text) {
    std::vector<std::string> row(width);
    row[0] = name;
    row[column] = text;
    table->rows.push_back(std::move(row));
  };
  if (const auto& time = result.prediction_time) {
    add("one answer, \u00b5s", width - 1, short_number(time->single));
    add("an answer among " + grouped(time->batch_rows) + ", \u00b5s", width - 1, short_number(time->batch));
  }
  const auto joules = [](const std::optional<double>& value) {
    return value ? short_number(*value) : std::string("not available");
  };
  add("energy of learning, J", 1, joules(result.fit_joules));
  add("energy of predicting all parts, J", width - 1, joules(result.predict_joules));
  return table;
}

}  // namespace gb
