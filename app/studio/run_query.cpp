#include "app/studio/run_query.hpp"

#include <QRegularExpression>
#include <algorithm>
#include <cmath>
#include <utility>

#include "app/studio/core_text.hpp"
#include "app/studio/run_differences.hpp"
#include "app/studio/run_list_model.hpp"
#include "core/algorithms/algorithm.hpp"

namespace gb {

namespace {

/// Tokens part at spaces outside quotes.
QStringList tokensOf(const QString& typed) {
  QStringList tokens;
  QString token;
  bool quoted = false;
  for (const QChar letter : typed) {
    if (letter == '"') {
      quoted = !quoted;
    } else if (letter.isSpace() && !quoted) {
      if (!token.isEmpty()) tokens << std::exchange(token, {});
      continue;
    }
    token += letter;
  }
  if (!token.isEmpty()) tokens << token;
  return tokens;
}

QString columnText(const RunSummary& run, const QString& column) {
  if (column == QLatin1String("name")) return runLabel(run).toLower();
  if (column == QLatin1String("tag")) {
    QStringList tags;
    for (const auto& tag : run.tags) tags << QString::fromStdString(tag).toLower();
    return tags.join('\n');
  }
  if (column == QLatin1String("state"))
    return (QString::fromUtf8(run_state_name(run.state).data(), qsizetype(run_state_name(run.state).size())) + ' ' +
            runStateText(run.state))
        .toLower();
  if (column == QLatin1String("algorithm")) {
    const auto* info = find_algorithm(run.algorithm);
    return (QString::fromStdString(run.algorithm) + ' ' + (info ? coreText(info->label) : QString())).toLower();
  }
  if (column == QLatin1String("dataset")) return QString::fromStdString(run.dataset).toLower();
  if (column == QLatin1String("notes")) return QString::fromStdString(run.notes).toLower();
  return QString::fromStdString(run.id).toLower();
}

/// "tags" and "data" are what people type as well.
QString columnNamed(const QString& typed) {
  static const std::pair<const char*, const char*> names[] = {{"name", "name"},      {"tag", "tag"},
                                                              {"tags", "tag"},       {"state", "state"},
                                                              {"algo", "algorithm"}, {"algorithm", "algorithm"},
                                                              {"data", "dataset"},   {"dataset", "dataset"},
                                                              {"note", "notes"},     {"notes", "notes"},
                                                              {"id", "id"}};
  for (const auto& [known, column] : names)
    if (typed == QLatin1String(known)) return QString::fromLatin1(column);
  return {};
}

}  // namespace

RunQuery::RunQuery(const QString& typed) {
  static const QRegularExpression spaced(QStringLiteral("\\s*(<=|>=|!=|==|<|>|=)\\s*"));
  QString tight = typed;
  tight.replace(spaced, QStringLiteral("\\1"));
  for (const QString& token : tokensOf(tight)) take(token);
}

void RunQuery::take(QString token) {
  static const QRegularExpression condition(QStringLiteral("^([^<>=!:\"]+)(<=|>=|!=|==|<|>|=)(.*)$"));
  const bool excluded = token.size() > 1 && token.startsWith('-');
  if (const auto found = condition.match(token); found.hasMatch()) {
    QString value = found.captured(3);
    value.remove('"');
    if (value.isEmpty()) return;  // still being typed
    static const std::pair<const char*, Relation> relations[] = {
        {"<", Relation::less},       {"<=", Relation::at_most},  {"=", Relation::equal}, {"==", Relation::equal},
        {"!=", Relation::different}, {">=", Relation::at_least}, {">", Relation::more}};
    Condition made{found.captured(1), keysNamed(found.captured(1)), Relation::equal, value.toLower(), std::nullopt};
    for (const auto& [text, relation] : relations)
      if (found.captured(2) == QLatin1String(text)) made.relation = relation;
    bool number = false;
    const double wanted = value.toDouble(&number);
    if (number) made.number = wanted;
    conditions_.push_back(std::move(made));
    return;
  }
  if (excluded) token.remove(0, 1);
  const auto colon = token.indexOf(':');
  const QString column = colon > 0 ? columnNamed(token.left(colon).toLower()) : QString();
  QString text = column.isEmpty() ? token : token.mid(colon + 1);
  text.remove('"');
  if (!text.isEmpty()) words_.push_back({column, text.toLower(), excluded});
}

bool RunQuery::holds(const Condition& condition, const RunSummary& run) {
  for (const auto& key : condition.keys) {
    const Json value = fieldValue(run, key);
    if (value.is_null()) continue;
    const auto number = numberOf(value);
    if (!number || !condition.number) {
      const bool same =
          valueText(value).toLower() == condition.text ||
          QString::fromStdString(value.dump(-1, ' ', false, Json::error_handler_t::replace)) == condition.text;
      if (condition.relation == Relation::equal) return same;
      return condition.relation == Relation::different && !same;
    }
    const double wanted = *condition.number;
    const bool equal = std::abs(*number - wanted) <= 1e-9 * std::max(1e-300, std::abs(wanted));
    switch (condition.relation) {
      case Relation::less:
        return *number < wanted;
      case Relation::at_most:
        return *number <= wanted;
      case Relation::equal:
        return equal;
      case Relation::different:
        return !equal;
      case Relation::at_least:
        return *number >= wanted;
      case Relation::more:
        return *number > wanted;
    }
  }
  return false;
}

bool RunQuery::matches(const RunSummary& run, const QString& text) const {
  for (const auto& word : words_) {
    const bool found =
        word.column.isEmpty() ? text.contains(word.text) : columnText(run, word.column).contains(word.text);
    if (found == word.excluded) return false;
  }
  return std::all_of(conditions_.begin(), conditions_.end(), [&](const auto& each) { return holds(each, run); });
}

QStringList RunQuery::unknownNames(RunRefs runs) const {
  QStringList unknown;
  for (const auto& condition : conditions_) {
    const bool known = std::any_of(runs.begin(), runs.end(), [&](const auto& run) {
      return std::any_of(condition.keys.begin(), condition.keys.end(),
                         [&](const auto& key) { return !fieldValue(*run, key).is_null(); });
    });
    if (!known) unknown << condition.name;
  }
  return unknown;
}

QString RunQuery::searchText(const RunSummary& run) {
  const auto* info = find_algorithm(run.algorithm);
  QStringList all{runLabel(run), QString::fromStdString(run.algorithm), QString::fromStdString(run.dataset),
                  QString::fromStdString(run.notes), QString::fromStdString(run.id)};
  if (info) all << coreText(info->label);
  for (const auto& tag : run.tags) all << QString::fromStdString(tag);
  return all.join('\n').toLower();
}

bool RunFilter::lets(const RunSummary& run) const {
  return (!starred || isStarred(run)) && (states.empty() || states.contains(run.state)) &&
         (algorithms.empty() || algorithms.contains(run.algorithm)) &&
         (datasets.empty() || datasets.contains(run.dataset));
}

}  // namespace gb
