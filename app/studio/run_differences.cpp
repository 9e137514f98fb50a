#include "app/studio/run_differences.hpp"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <filesystem>
#include <utility>

#include "app/studio/core_text.hpp"
#include "core/algorithms/algorithm.hpp"

namespace gb {

namespace {

constexpr int most_values = 4;  ///< of one setting in a line

using Documents = std::vector<const Json*>;

struct Differing {
  std::string path;
  Documents values;  ///< one per document; null where it has none
};

bool isTree(const Json* value) {
  return value && value->is_object() && !value->empty();
}

/// Descends only where documents differ: of thousands most are alike in most places.
void collect(const Documents& values, const std::string& path, std::vector<Differing>& out) {
  const Json* first = values.front();
  if (std::all_of(values.begin(), values.end(),
                  [&](const Json* each) { return each == first || (each && first && *each == *first); }))
    return;
  const bool trees = std::all_of(values.begin(), values.end(), [](const Json* each) { return !each || isTree(each); });
  if (!trees) {
    out.push_back({path, values});
    return;
  }
  std::vector<std::string> keys;
  for (const Json* each : values)
    if (each)
      for (const auto& item : each->items())
        if (std::find(keys.begin(), keys.end(), item.key()) == keys.end()) keys.push_back(item.key());
  for (const auto& key : keys) {
    Documents children;
    for (const Json* each : values) {
      const auto found = each ? each->find(key) : Json::const_iterator();
      children.push_back(each && found != each->end() ? &*found : nullptr);
    }
    collect(children, path.empty() ? key : path + "." + key, out);
  }
}

std::string algorithmOf(const Json& document) {
  const auto algorithm = document.find("algorithm");
  if (algorithm == document.end() || !algorithm->is_object()) return {};
  return algorithm->value("id", std::string());
}

QString labelOf(const std::string& path, const std::string& algorithm) {
  const std::string prefix = "algorithm.params.";
  if (path.rfind(prefix, 0) == 0) {
    if (const auto* info = find_algorithm(algorithm))
      if (const auto* spec = find_spec(info->params, path.substr(prefix.size()))) return coreText(spec->label);
    return QString::fromStdString(path.substr(prefix.size())).replace('_', ' ');
  }
  const auto known = [](const char* text) { return QCoreApplication::translate("RunDifferences", text); };
  if (path == "algorithm.id") return known(QT_TRANSLATE_NOOP("RunDifferences", "Algorithm"));
  if (path == "seed") return known(QT_TRANSLATE_NOOP("RunDifferences", "Seed"));
  if (path == "prepare") return known(QT_TRANSLATE_NOOP("RunDifferences", "Preparation"));
  if (path == "balance.method") return known(QT_TRANSLATE_NOOP("RunDifferences", "Class balance"));
  return QString::fromStdString(path).replace('.', QStringLiteral(" \u203a ")).replace('_', ' ');
}

/// What "data" speaks of, not how it is read.
std::string dataName(const Json& document) {
  const auto data = document.find("data");
  if (data == document.end() || !data->is_object()) return {};
  for (const char* key : {"name", "path", "images"})
    if (const auto found = data->find(key); found != data->end() && found->is_string())
      return std::filesystem::path(found->get<std::string>()).filename().string();
  return {};
}

bool otherData(const Documents& documents) {
  const std::string name = dataName(*documents.front());
  return std::any_of(documents.begin(), documents.end(), [&](const Json* each) { return dataName(*each) != name; });
}

SettingDifference dataDifference(const Documents& documents) {
  SettingDifference difference{QStringLiteral("data"), QCoreApplication::translate("RunDifferences", "Data"), {}};
  for (const Json* each : documents) difference.values << QString::fromStdString(dataName(*each));
  return difference;
}

}  // namespace

QString valueText(const Json& value) {
  if (value.is_null()) return QCoreApplication::translate("RunDifferences", "automatic");
  if (value.is_boolean())
    return value.get<bool>() ? QCoreApplication::translate("RunDifferences", "on")
                             : QCoreApplication::translate("RunDifferences", "off");
  if (value.is_string()) return QString::fromStdString(value.get<std::string>());
  if (value.is_number_float()) return QString::number(value.get<double>(), 'g', 6);
  if (value.is_array()) {
    QStringList parts;
    for (const auto& each : value) {
      const auto step = each.is_object() ? each.find("step") : each.end();
      parts << (each.is_object() && step != each.end() ? valueText(*step) : valueText(each));
    }
    return parts.isEmpty() ? QCoreApplication::translate("RunDifferences", "none") : parts.join(QStringLiteral(", "));
  }
  return QString::fromStdString(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::vector<SettingDifference> differences(const std::vector<const Json*>& documents) {
  std::vector<SettingDifference> all;
  if (documents.size() < 2) return all;
  std::vector<Differing> differing;
  collect(documents, {}, differing);
  const std::string algorithm = algorithmOf(*documents.front());
  const bool sameAlgorithm = std::all_of(documents.begin(), documents.end(),
                                         [&](const Json* each) { return algorithmOf(*each) == algorithm; });
  const bool otherRows = otherData(documents);
  bool dataListed = false;
  for (const auto& [path, values] : differing) {
    if (path == "name" || path == "glassbench") continue;
    if (!sameAlgorithm && path.rfind("algorithm.params", 0) == 0) continue;
    if (path.rfind("data.", 0) == 0 && otherRows) {
      if (!std::exchange(dataListed, true)) all.push_back(dataDifference(documents));
      continue;
    }
    SettingDifference difference{QString::fromStdString(path), labelOf(path, algorithm), {}};
    for (const Json* value : values) difference.values << (value ? valueText(*value) : QStringLiteral("\u2013"));
    all.push_back(std::move(difference));
  }
  return all;
}

std::vector<SettingDifference> differences(const std::vector<Json>& documents) {
  Documents pointers;
  for (const auto& each : documents) pointers.push_back(&each);
  return differences(pointers);
}

QString differenceLine(const std::vector<const Json*>& documents) {
  const auto all = differences(documents);
  QStringList parts;
  // Where data or algorithm are others, the rest follows from that: it is in the comparison, not in this line.
  for (const auto& each : all)
    if (each.path == QLatin1String("algorithm.id") || each.path == QLatin1String("data")) parts << each.label.toLower();
  if (!parts.isEmpty()) return parts.join(QStringLiteral(", "));
  for (const auto& each : all) {
    QStringList unique = each.values;
    unique.removeDuplicates();
    if (unique.size() > most_values) unique = unique.mid(0, most_values) << QStringLiteral("\u2026");
    parts << QStringLiteral("%1 %2").arg(each.label.toLower(), unique.join(QStringLiteral(" / ")));
  }
  return parts.join(QStringLiteral(", "));
}

}  // namespace gb
