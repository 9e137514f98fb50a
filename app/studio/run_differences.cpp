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

using Flat = std::vector<std::pair<std::string, Json>>;

void flatten(const Json& value, const std::string& path, Flat& out) {
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, child] : value.items()) flatten(child, path.empty() ? key : path + "." + key, out);
  } else {
    out.emplace_back(path, value);
  }
}

const Json* lookUp(const Flat& flat, const std::string& path) {
  const auto found = std::find_if(flat.begin(), flat.end(), [&](const auto& each) { return each.first == path; });
  return found == flat.end() ? nullptr : &found->second;
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

bool otherData(const std::vector<Json>& documents) {
  return std::any_of(documents.begin(), documents.end(),
                     [&](const Json& each) { return dataName(each) != dataName(documents.front()); });
}

SettingDifference dataDifference(const std::vector<Json>& documents) {
  SettingDifference difference{QStringLiteral("data"), QCoreApplication::translate("RunDifferences", "Data"), {}};
  for (const auto& each : documents) difference.values << QString::fromStdString(dataName(each));
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

std::vector<SettingDifference> differences(const std::vector<Json>& documents) {
  std::vector<SettingDifference> all;
  if (documents.size() < 2) return all;
  std::vector<Flat> flat(documents.size());
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    flatten(documents[i], {}, flat[i]);
    for (const auto& [path, value] : flat[i])
      if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
  }
  const std::string algorithm = algorithmOf(documents.front());
  const bool sameAlgorithm =
      std::all_of(documents.begin(), documents.end(), [&](const Json& each) { return algorithmOf(each) == algorithm; });
  bool dataListed = false;
  for (const auto& path : paths) {
    if (path == "name" || path == "glassbench") continue;
    if (!sameAlgorithm && path.rfind("algorithm.params", 0) == 0) continue;
    const Json* first = lookUp(flat.front(), path);
    const bool same = std::all_of(flat.begin(), flat.end(), [&](const Flat& each) {
      const Json* value = lookUp(each, path);
      return value && first && *value == *first;
    });
    if (same) continue;
    if (path.rfind("data.", 0) == 0 && otherData(documents)) {
      if (!std::exchange(dataListed, true)) all.push_back(dataDifference(documents));
      continue;
    }
    SettingDifference difference{QString::fromStdString(path), labelOf(path, algorithm), {}};
    for (const auto& each : flat) {
      const Json* value = lookUp(each, path);
      difference.values << (value ? valueText(*value) : QStringLiteral("\u2013"));
    }
    all.push_back(std::move(difference));
  }
  return all;
}

QString differenceLine(const std::vector<Json>& documents) {
  const auto all = differences(documents);
  QStringList parts;
  // Where data or algorithm are others, the rest follows from that: it is in the comparison, not in this line.
  for (const auto& each : all)
    if (each.path == QLatin1String("algorithm.id") || each.path == QLatin1String("data")) parts << each.label.toLower();
  if (!parts.isEmpty()) return parts.join(QStringLiteral(", "));
  for (const auto& each : all) {
    QStringList unique = each.values;
    unique.removeDuplicates();
    parts << QStringLiteral("%1 %2").arg(each.label.toLower(), unique.join(QStringLiteral(" / ")));
  }
  return parts.join(QStringLiteral(", "));
}

}  // namespace gb
