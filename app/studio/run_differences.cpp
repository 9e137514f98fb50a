#include "app/studio/run_differences.hpp"

#include <QCoreApplication>
#include <utility>

#include "app/studio/core_text.hpp"
#include "core/report/differences.hpp"

namespace gb {

namespace {

constexpr int most_values = 4;  ///< of one setting in a line

QString labelOf(const std::string& path, const std::string& algorithm) {
  if (const auto* spec = param_at(path, algorithm)) return coreText(spec->label);
  const auto known = [](const char* text) { return QCoreApplication::translate("RunDifferences", text); };
  if (path == "data") return known(QT_TRANSLATE_NOOP("RunDifferences", "Data"));
  if (path == "algorithm.id") return known(QT_TRANSLATE_NOOP("RunDifferences", "Algorithm"));
  if (path == "seed") return known(QT_TRANSLATE_NOOP("RunDifferences", "Seed"));
  if (path == "prepare") return known(QT_TRANSLATE_NOOP("RunDifferences", "Preparation"));
  if (path == "balance.method") return known(QT_TRANSLATE_NOOP("RunDifferences", "Class balance"));
  return QString::fromStdString(setting_label(path, algorithm));
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

std::vector<ShownDifference> differences(const std::vector<const Json*>& documents) {
  std::vector<ShownDifference> all;
  const std::string algorithm = documents.empty() ? std::string() : algorithm_of(*documents.front());
  for (const auto& [path, values] : differing_values(documents)) {
    ShownDifference difference{QString::fromStdString(path), labelOf(path, algorithm), {}};
    for (const Json* value : values)
      difference.values << (path == "data" ? QString::fromStdString(data_name(value))
                            : value        ? valueText(*value)
                                           : QStringLiteral("\u2013"));
    all.push_back(std::move(difference));
  }
  return all;
}

std::vector<ShownDifference> differences(const std::vector<Json>& documents) {
  std::vector<const Json*> pointers;
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
