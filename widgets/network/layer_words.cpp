#include "widgets/network/layer_words.hpp"

#include <QCoreApplication>
#include <QStringList>

#include "core/layers/layer_list.hpp"
#include "core/layers/layer_types.hpp"
#include "widgets/params/field_text.hpp"

namespace gb {
namespace {

struct LayerWords {
  Q_DECLARE_TR_FUNCTIONS(LayerWords)
};

std::string typeOf(const Json& entry) {
  if (entry.is_string()) return entry.get<std::string>();
  if (entry.is_object() && entry.contains("type") && entry["type"].is_string()) return entry["type"];
  return {};
}

/// "3 × 3" of [3] and of [3, 3].
QString extentText(const Json& value) {
  if (!value.is_array() || value.empty()) return {};
  return QStringLiteral("%1 × %2").arg(QString::fromStdString(value.front().dump()),
                                       QString::fromStdString(value.back().dump()));
}

QString choiceText(const ParamSpec& spec, const Json& value) {
  for (const auto& choice : spec.choices)
    if (value == choice.name) return schemaText(choice.label.empty() ? choice.name : choice.label);
  return fieldText(spec, value);
}

bool isOnes(const Json& value) {
  return value == Json::array({1}) || value == Json::array({1, 1});
}

/// One field in words; empty where it needs none.
QString wordsOf(const ParamSpec& spec, const Json& value) {
  const std::string& name = spec.name;
  if (name == "name" || name == "layers") return {};
  if (name == "filters" && value.is_number_integer()) return LayerWords::tr("%n filters", "", value.get<int>());
  if (name == "units" && value.is_number_integer()) return LayerWords::tr("%n units", "", value.get<int>());
  if (name == "kernel_size" || name == "pool_size") return extentText(value);
  if (name == "strides") {
    if (value.is_null() || isOnes(value)) return {};
    return value.is_array() && value.front() == value.back()
               ? LayerWords::tr("strides of %1").arg(QString::fromStdString(value.front().dump()))
               : LayerWords::tr("strides of %1").arg(extentText(value));
  }
  if (name == "padding") return value == "same" ? LayerWords::tr("same size") : QString();
  if (name == "activation") return value == "linear" ? QString() : choiceText(spec, value);
  if (name == "rate" && value.is_number())
    return LayerWords::tr("%1 % of the numbers").arg(QString::number(100 * value.get<double>(), 'g', 3));
  if (value == spec.default_value) return {};
  const QString label = schemaText(spec.label.empty() ? spec.name : spec.label).toLower();
  if (spec.kind == Kind::boolean) return value == true ? label : LayerWords::tr("no %1").arg(label);
  return QStringLiteral("%1 %2").arg(label,
                                     spec.kind == Kind::choice ? choiceText(spec, value) : fieldText(spec, value));
}

/// Three digits and a sign for thousands.
QString scaled(std::int64_t number, const QStringList& signs) {
  auto value = static_cast<double>(number);
  int sign = 0;
  while (value >= 999.5 && sign + 1 < signs.size()) {
    value /= 1000;
    ++sign;
  }
  const int decimals = sign == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  const QString digits = QString::number(value, 'f', decimals);
  return signs[sign].isEmpty() ? digits : digits + QStringLiteral("\u00a0") + signs[sign];
}

}  // namespace

QString layerLabel(const Json& entry) {
  const std::string type = typeOf(entry);
  if (const auto* info = find_layer_type(type)) return schemaText(info->label);
  return type.empty() ? LayerWords::tr("No layer") : QString::fromStdString(type);
}

QString layerWords(const Json& entry) {
  const auto* info = find_layer_type(typeOf(entry));
  if (!info) return {};
  const Json written = layer_fields(entry);
  QStringList words;
  for (const auto& spec : info->fields) {
    const QString word = wordsOf(spec, written.contains(spec.name) ? written[spec.name] : spec.default_value);
    if (!word.isEmpty()) words << word;
  }
  return words.join(QStringLiteral(", "));
}

QString shapeText(const Shape& shape) {
  QStringList parts;
  for (const auto extent : shape) parts << QString::number(extent);
  return parts.join(QStringLiteral(" × "));
}

QString bytesText(std::int64_t bytes) {
  return scaled(bytes, {QStringLiteral("B"), QStringLiteral("kB"), QStringLiteral("MB"), QStringLiteral("GB"),
                        QStringLiteral("TB")});
}

QString countText(std::int64_t count) {
  return scaled(count, {QString(), QStringLiteral("k"), QStringLiteral("M"), QStringLiteral("G"), QStringLiteral("T")});
}

}  // namespace gb
