#include "widgets/number_text.hpp"

#include <QLocale>
#include <algorithm>
#include <cmath>

namespace gb {
namespace {

/// Writes commas between the thousands of a plain decimal number.
QString grouped(QString digits) {
  const qsizetype point = digits.indexOf('.');
  const qsizetype first = digits.startsWith('-') ? 1 : 0;
  for (qsizetype at = (point < 0 ? digits.size() : point) - 3; at > first; at -= 3) digits.insert(at, ',');
  return digits;
}

/// 2.1e-05 -> 2.1e-5
QString shortExponent(QString text) {
  const qsizetype e = text.indexOf('e');
  if (e < 0) return text;
  const QString mantissa = text.left(e);
  return mantissa + 'e' + QString::number(text.mid(e + 1).toInt());
}

}  // namespace

QString wholeText(std::int64_t value) {
  return grouped(QString::number(value));
}

QString valueText(double value) {
  if (std::isnan(value)) return QStringLiteral("–");
  if (std::isinf(value)) return value > 0 ? QStringLiteral("∞") : QStringLiteral("-∞");
  if (value == 0) return "0";
  const double size = std::abs(value);
  if (size >= 1e9 || size < 1e-3) return shortExponent(QString::number(value, 'g', 2));
  if (value == std::floor(value) && size < 1e9) return grouped(QString::number(value, 'f', 0));
  if (size >= 1000) return grouped(QString::number(value, 'f', 0));
  if (size >= 100) return QString::number(value, 'f', 1);
  if (size >= 10) return QString::number(value, 'f', 2);
  if (size >= 0.01) return QString::number(value, 'f', 3);
  return QString::number(value, 'f', 4);
}

QString exactText(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15) return QString::number(value, 'f', 0);
  const bool plain = std::abs(value) >= 1e-4 && std::abs(value) < 1e15;
  return shortExponent(QString::number(value, plain ? 'f' : 'g', QLocale::FloatingPointShortest));
}

QString tickText(double value, double interval) {
  if (std::abs(value) < interval * 1e-6) return "0";
  const double largest = std::max(std::abs(value), interval);
  if (largest >= 1e9 || interval < 1e-5) {
    const int digits = std::max(1, static_cast<int>(std::ceil(std::log10(std::abs(value) / interval) - 1e-9)) + 1);
    return shortExponent(QString::number(value, 'g', digits));
  }
  int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(interval) + 1e-9)));
  // 0.25 needs a decimal more than its magnitude says.
  const double scaled = interval * std::pow(10.0, decimals);
  if (std::abs(scaled - std::round(scaled)) > 1e-6) ++decimals;
  return grouped(QString::number(value, 'f', decimals));
}

QString widestDigits(QString text) {
  for (QChar& character : text)
    if (character.isDigit()) character = QLatin1Char('0');
  return text;
}

}  // namespace gb
