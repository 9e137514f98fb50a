#include "widgets/params/field_text.hpp"

#include <QCoreApplication>
#include <QLocale>
#include <QRegularExpression>
#include <algorithm>
#include <cmath>

#include "widgets/number_text.hpp"
#include "widgets/plot/axis_ticks.hpp"

namespace gb {
namespace {

Json numberOf(const QString& text) {
  const QString trimmed = text.trimmed();
  bool ok = false;
  if (const qlonglong whole = trimmed.toLongLong(&ok); ok) return static_cast<std::int64_t>(whole);
  QLocale c = QLocale::c();
  c.setNumberOptions(QLocale::RejectGroupSeparator);
  const double number = c.toDouble(trimmed, &ok);
  if (ok && std::isfinite(number)) return number;
  return trimmed.toStdString();
}

QString numberText(const Json& value) {
  if (value.is_number_integer()) return QString::number(value.get<std::int64_t>());
  if (value.is_number()) return exactText(value.get<double>());
  return QString::fromStdString(value.is_string() ? value.get<std::string>() : value.dump());
}

QString dumped(const Json& value) {
  return QString::fromStdString(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

bool separates(const std::string& text) {
  return text.empty() || text.find_first_of(",=[{") != std::string::npos || text.front() == ' ' || text.back() == ' ';
}

bool logarithmic(const ParamSpec& spec) {
  return spec.scale == Scale::log && spec.search.min > 0;
}

/// Rounded to `digits` significant decimal digits.
double rounded(double value, int digits) {
  if (value == 0 || !std::isfinite(value)) return value;
  return QString::number(value, 'g', digits).toDouble();
}

Json allowed(const ParamSpec& spec, double value) {
  double kept = std::clamp(value, spec.valid.min, spec.valid.max);
  if (spec.kind == Kind::integer) return static_cast<std::int64_t>(std::llround(kept));
  return kept;
}

}  // namespace

QString fieldText(const ParamSpec& spec, const Json& value) {
  if (value.is_null()) return {};
  switch (spec.kind) {
    case Kind::boolean:
      return value.is_boolean() && value.get<bool>() ? "true" : "false";
    case Kind::integer:
    case Kind::real:
      return numberText(value);
    case Kind::choice:
    case Kind::text:
      return QString::fromStdString(value.is_string() ? value.get<std::string>() : value.dump());
    case Kind::integers:
    case Kind::reals: {
      QStringList parts;
      for (const auto& entry : value) parts << numberText(entry);
      return parts.join(", ");
    }
    case Kind::texts: {
      QStringList parts;
      for (const auto& entry : value) {
        if (!entry.is_string() || separates(entry.get<std::string>())) return dumped(value);
        parts << QString::fromStdString(entry.get<std::string>());
      }
      return parts.join(", ");
    }
    case Kind::text_map: {
      QStringList parts;
      for (const auto& item : value.items()) {
        if (!item.value().is_string() || separates(item.key()) || separates(item.value().get<std::string>()))
          return dumped(value);
        parts << QString::fromStdString(item.key() + "=" + item.value().get<std::string>());
      }
      return parts.join(", ");
    }
    case Kind::algorithm:
      return dumped(value);
    case Kind::algorithms:
    case Kind::layers: {
      if (!value.is_array() || value.empty()) return dumped(value);
      QStringList lines;
      for (const auto& entry : value) lines << "  " + dumped(entry);
      return "[\n" + lines.join(",\n") + "\n]";
    }
  }
  return {};
}

Json parsedField(const ParamSpec& spec, const QString& text) {
  const QString trimmed = text.trimmed();
  if (trimmed.isEmpty() && spec.optional) return nullptr;
  const auto as_json = [&](bool (Json::*is)() const noexcept) -> Json {
    Json parsed = Json::parse(trimmed.toStdString(), nullptr, false);
    return !parsed.is_discarded() && (parsed.*is)() ? parsed : Json(trimmed.toStdString());
  };
  switch (spec.kind) {
    case Kind::boolean:
      if (trimmed == "true" || trimmed == "false") return trimmed == "true";
      return trimmed.toStdString();
    case Kind::integer:
    case Kind::real:
      return numberOf(trimmed);
    case Kind::choice:
    case Kind::text:
      return text.toStdString();
    case Kind::integers:
    case Kind::reals: {
      static const QRegularExpression separator("\\s*[,;\\s]\\s*");
      Json list = Json::array();
      QString bare = trimmed;
      if (bare.startsWith('[') && bare.endsWith(']')) bare = bare.mid(1, bare.size() - 2).trimmed();
      for (const QString& part : bare.split(separator, Qt::SkipEmptyParts)) list.push_back(numberOf(part));
      return list;
    }
    case Kind::texts: {
      if (trimmed.startsWith('[')) return as_json(&Json::is_array);
      Json list = Json::array();
      for (const QString& part : trimmed.split(',', Qt::SkipEmptyParts))
        if (!part.trimmed().isEmpty()) list.push_back(part.trimmed().toStdString());
      return list;
    }
    case Kind::text_map: {
      if (trimmed.startsWith('{')) return as_json(&Json::is_object);
      Json map = Json::object();
      for (const QString& part : trimmed.split(',', Qt::SkipEmptyParts)) {
        const qsizetype equals = part.indexOf('=');
        if (equals < 1) return trimmed.toStdString();
        map[part.left(equals).trimmed().toStdString()] = part.mid(equals + 1).trimmed().toStdString();
      }
      return map;
    }
    case Kind::algorithm:
      return as_json(&Json::is_object);
    case Kind::algorithms:
    case Kind::layers:
      return as_json(&Json::is_array);
  }
  return text.toStdString();
}

Json steppedValue(const ParamSpec& spec, const Json& value, int steps) {
  if (!value.is_number()) return spec.default_value.is_number() ? spec.default_value : value;
  double now = value.get<double>();
  if (spec.kind == Kind::integer && !(logarithmic(spec) && now >= 100)) return allowed(spec, now + steps);
  if (spec.scale == Scale::log && now > 0) {
    for (int i = 0; i < std::abs(steps); ++i) {
      const double power = std::pow(10.0, std::floor(std::log10(now) + 1e-9));
      const double head = now / power;
      if (steps > 0)
        now = power * (head < 2 - 1e-9 ? 2 : head < 5 - 1e-9 ? 5 : 10);
      else
        now = power * (head > 5 + 1e-9 ? 5 : head > 2 + 1e-9 ? 2 : head > 1 + 1e-9 ? 1 : 0.5);
      now = rounded(now, 6);
    }
  } else {
    const double interval = spec.search.bounded() ? niceInterval(spec.search.max - spec.search.min, 50)
                                                  : niceInterval(std::max(std::abs(now), 1e-3), 10);
    now = rounded((std::round(now / interval) + steps) * interval, 9);
  }
  // An excluded lower end, and zero on a logarithmic scale, cannot be reached.
  if (!spec.valid.contains(now) && now <= spec.valid.min && spec.valid.above) return value;
  return allowed(spec, now);
}

double searchPlace(const ParamSpec& spec, double value) {
  const auto place = [&](double low, double high, double at) { return high > low ? (at - low) / (high - low) : 0; };
  if (logarithmic(spec))
    return value > 0
               ? std::clamp(place(std::log(spec.search.min), std::log(spec.search.max), std::log(value)), 0.0, 1.0)
               : 0.0;
  return std::clamp(place(spec.search.min, spec.search.max, value), 0.0, 1.0);
}

Json searchValue(const ParamSpec& spec, double place) {
  const double low = spec.search.min, high = spec.search.max;
  if (place <= 0) return allowed(spec, low);
  if (place >= 1) return allowed(spec, high);
  double value = logarithmic(spec) ? std::exp(std::log(low) + place * (std::log(high) - std::log(low)))
                                   : low + place * (high - low);
  if (logarithmic(spec)) {
    value = rounded(value, 2);
  } else if (spec.kind == Kind::real) {
    const double interval = niceInterval(high - low, 200);
    value = rounded(std::round(value / interval) * interval, 9);
  }
  return allowed(spec, std::clamp(value, low, high));
}

QString schemaText(const std::string& text) {
  return text.empty() ? QString() : QCoreApplication::translate("core", text.c_str());
}

}  // namespace gb
