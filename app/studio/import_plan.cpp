#include "app/studio/import_plan.hpp"

#include <QLocale>
#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "app/studio/column_card.hpp"
#include "app/studio/core_text.hpp"
#include "core/data/anonymise.hpp"
#include "widgets/theme.hpp"

namespace gb {

namespace import_plan {

const Json* ruleOf(const Json& data, const std::string& column) {
  const auto rules = data.find("anonymise");
  if (rules == data.end() || !rules->is_array()) return nullptr;
  for (const auto& rule : *rules)
    if (rule.is_object() && rule.value("column", std::string()) == column) return &rule;
  return nullptr;
}

bool ignored(const Json& data, const std::string& column) {
  const auto list = data.find("ignore");
  return list != data.end() && list->is_array() && std::find(list->begin(), list->end(), Json(column)) != list->end();
}

void setIgnored(Json& data, const std::string& column, bool ignore) {
  if (ignored(data, column) == ignore) return;
  Json& list = data["ignore"];
  if (!list.is_array()) list = Json::array();
  if (ignore)
    list.push_back(column);
  else
    list.erase(std::find(list.begin(), list.end(), Json(column)));
  if (ignore && data.value("target", Json()) == Json(column)) data.erase("target");
}

void setType(Json& data, const std::string& column, const std::string& type) {
  Json& types = data["types"];
  if (!types.is_object()) types = Json::object();
  if (type.empty())
    types.erase(column);
  else
    types[column] = type;
}

void setRule(Json& data, const std::string& column, const Json& rule) {
  Json& rules = data["anonymise"];
  if (!rules.is_array()) rules = Json::array();
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const Json& each) {
    return each.is_object() && each.value("column", std::string()) == column;
  });
  if (rule.is_null()) {
    if (found != rules.end()) rules.erase(found);
    return;
  }
  Json whole{{"column", column}};
  whole.update(rule);
  if (found == rules.end())
    rules.push_back(whole);
  else
    *found = whole;
  if (whole["method"] == "drop" && data.value("target", Json()) == Json(column)) data.erase("target");
}

Json pruned(Json data, const std::vector<std::string>& columns) {
  const std::unordered_set<std::string> known(columns.begin(), columns.end());
  const auto there = [&](const Json& name) { return name.is_string() && known.contains(name.get<std::string>()); };
  if (data.contains("target") && !there(data["target"])) data.erase("target");
  if (const auto types = data.find("types"); types != data.end() && types->is_object()) {
    Json kept = Json::object();
    for (const auto& item : types->items())
      if (known.contains(item.key())) kept[item.key()] = item.value();
    *types = kept;
  }
  const auto keep = [&](const char* field, const auto& wanted) {
    const auto list = data.find(field);
    if (list == data.end() || !list->is_array()) return;
    Json kept = Json::array();
    for (const auto& entry : *list)
      if (wanted(entry)) kept.push_back(entry);
    *list = kept;
  };
  keep("ignore", there);
  keep("anonymise", [&](const Json& rule) { return rule.is_object() && there(rule.value("column", Json())); });
  for (const char* field : {"target", "types", "ignore", "delimiter", "decimal", "encoding", "missing", "header",
                            "quote", "anonymise", "image"}) {
    const auto found = data.find(field);
    if (found == data.end()) continue;
    const bool list = std::string_view(field) == "missing";  // an empty list says: only empty cells
    if (found->is_null() || (!list && (found->is_array() || found->is_object()) && found->empty())) data.erase(field);
  }
  return data;
}

QString ruleText(const Json& rule) {
  const std::string method = rule.value("method", std::string());
  if (method == "hash") return ImportColumns::tr("codes");
  if (method == "drop") return ImportColumns::tr("left out");
  if (method == "mask")
    return ImportColumns::tr("masked, %1 + %2 stay", "how many characters stay at the beginning and the end")
        .arg(rule.value("keep_first", 0))
        .arg(rule.value("keep_last", 0));
  if (rule.value("to", Json()) == "month") return ImportColumns::tr("to the month");
  if (rule.value("to", Json()) == "year") return ImportColumns::tr("to the year");
  const Json width = rule.value("width", Json());
  return ImportColumns::tr("in ranges of %1")
      .arg(width.is_number() ? QLocale().toString(width.get<double>(), 'g', 6) : QString());
}

}  // namespace import_plan

void ImportColumns::set(const std::vector<std::string>& names, const Dataset& head, const Json& data) {
  const bool same = names == names_;
  if (!same) beginResetModel();
  names_ = names;
  rows_.assign(names.size(), {});
  std::unordered_map<std::string_view, const Column*> read;
  if (const auto* table = head.table())
    for (const auto& column : table->columns) read.emplace(column.name, &column);
  std::unordered_map<std::string, const Json*> rules;
  if (const auto list = data.find("anonymise"); list != data.end() && list->is_array())
    for (const auto& rule : *list) rules.emplace(rule.value("column", std::string()), &rule);
  std::set<std::string> ignored;
  if (const auto list = data.find("ignore"); list != data.end() && list->is_array())
    for (const auto& name : *list) ignored.insert(name.get<std::string>());
  const std::string target =
      data.contains("target") && data["target"].is_string() ? data["target"].get<std::string>() : "";
  for (std::size_t i = 0; i < names.size(); ++i) {
    Row& row = rows_[i];
    row.name = QString::fromStdString(names[i]);
    const auto rule = rules.find(names[i]);
    const bool dropped = rule != rules.end() && rule->second->value("method", std::string()) == "drop";
    if (rule != rules.end()) row.anonymise = import_plan::ruleText(*rule->second);
    row.left_out = dropped || ignored.contains(names[i]);
    row.use = row.left_out ? tr("left out") : names[i] == target ? tr("target") : tr("feature");
    if (const auto found = read.find(names[i]); found != read.end()) {
      row.type = static_cast<int>(found->second->type);
      row.type_given = found->second->type_given;
    }
  }
  if (!same)
    endResetModel();
  else if (!rows_.empty())
    emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

int ImportColumns::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int ImportColumns::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : 4;
}

QVariant ImportColumns::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const Row& row = rows_[static_cast<std::size_t>(index.row())];
  if (role == Qt::DisplayRole || (role == Qt::ToolTipRole && index.column() != 1)) {
    switch (index.column()) {
      case 0:
        return row.name;
      case 1:
        return row.type < 0 ? QStringLiteral("\u2013") : columnTypeText(static_cast<ColumnType>(row.type));
      case 2:
        return row.use;
      default:
        return row.anonymise;
    }
  }
  if (role == Qt::ToolTipRole) return row.type_given ? tr("as chosen") : tr("as found in the first rows");
  if (role == Qt::ForegroundRole && (row.left_out || (index.column() == 1 && !row.type_given)))
    return theme().secondary;
  return {};
}

QVariant ImportColumns::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case 0:
      return tr("Column");
    case 1:
      return tr("Type");
    case 2:
      return tr("Use");
    default:
      return tr("Anonymised");
  }
}

}  // namespace gb
