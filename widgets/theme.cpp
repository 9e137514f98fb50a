#include "widgets/theme.hpp"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVariant>
#include <QFileInfo>
#include <QFontDatabase>
#include <QPalette>
#include <QStyleFactory>
#include <algorithm>
#include <array>
#include <cmath>

#include "widgets/style_sheet.hpp"

namespace gb {
namespace {

constexpr int portal_timeout_ms = 200;
constexpr int body_pixels = 13;

Theme made(bool dark) {
  Theme theme;
  theme.dark = dark;
  theme.window = dark ? "#14171c" : "#f5f6f8";
  theme.panel = dark ? "#1c2027" : "#ffffff";
  theme.line = dark ? "#2b313b" : "#e3e6eb";
  theme.text = dark ? "#e7eaf0" : "#1d2430";
  theme.secondary = dark ? "#98a2b3" : "#667085";
  theme.accent = dark ? "#5aa9ff" : "#0b6bcb";
  theme.tint = dark ? "#1e3350" : "#e7f0fb";
  theme.onAccent = dark ? "#10151c" : "#ffffff";
  theme.grid = dark ? "#2a303a" : "#edf0f4";
  theme.success = dark ? "#43c596" : "#0f8a5f";
  theme.successText = dark ? theme.success : blended(theme.success, theme.text, 0.15);
  theme.warning = dark ? "#f0a04b" : "#b25e09";
  theme.error = dark ? "#ff7b72" : "#c0362c";
  theme.field = dark ? "#16191f" : "#ffffff";
  theme.hover = dark ? "#262c35" : "#f1f3f6";
  return theme;
}

const Theme*& current() {
  static const Theme* chosen = &Theme::light();
  return chosen;
}

QPalette paletteOf(const Theme& theme) {
  QPalette palette;
  const QColor faded = blended(theme.panel, theme.secondary, 0.55);
  const auto set = [&](QPalette::ColorRole role, const QColor& color) { palette.setColor(role, color); };
  set(QPalette::Window, theme.window);
  set(QPalette::WindowText, theme.text);
  set(QPalette::Base, theme.panel);
  set(QPalette::AlternateBase, theme.window);
  set(QPalette::Text, theme.text);
  set(QPalette::Button, theme.field);
  set(QPalette::ButtonText, theme.text);
  set(QPalette::BrightText, theme.error);
  set(QPalette::Highlight, theme.accent);
  set(QPalette::HighlightedText, theme.onAccent);
  set(QPalette::Link, theme.accent);
  set(QPalette::LinkVisited, theme.accent);
  set(QPalette::ToolTipBase, theme.panel);
  set(QPalette::ToolTipText, theme.text);
  set(QPalette::PlaceholderText, theme.secondary);
  set(QPalette::Light, theme.panel);
  set(QPalette::Midlight, theme.grid);
  set(QPalette::Mid, theme.line);
  set(QPalette::Dark, blended(theme.line, theme.secondary, 0.5));
  set(QPalette::Shadow, blended(theme.line, theme.secondary, 0.8));
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    palette.setColor(QPalette::Disabled, role, faded);
  return palette;
}

/// The portal's color-scheme: 1 asks for dark, 2 for light, 0 has no preference. -1 when nobody answers in time.
int portalScheme() {
  // Without an address libdbus may try to start a bus of its own, which can take seconds.
  const QString socket = qEnvironmentVariable("XDG_RUNTIME_DIR") + "/bus";
  if (qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS") && !QFileInfo::exists(socket)) return -1;
  const QDBusConnection bus = QDBusConnection::sessionBus();
  if (!bus.isConnected()) return -1;
  QDBusMessage question = QDBusMessage::createMethodCall(
      "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Settings", "Read");
  question << QString("org.freedesktop.appearance") << QString("color-scheme");
  const QDBusMessage answer = bus.call(question, QDBus::Block, portal_timeout_ms);
  if (answer.type() != QDBusMessage::ReplyMessage || answer.arguments().isEmpty()) return -1;
  QVariant value = answer.arguments().constFirst();
  while (value.canConvert<QDBusVariant>()) value = value.value<QDBusVariant>().variant();  // Read wraps it twice
  bool ok = false;
  const int scheme = value.toInt(&ok);
  return ok ? scheme : -1;
}

}  // namespace

const Theme& Theme::light() {
  static const Theme theme = made(false);
  return theme;
}

const Theme& Theme::darkTheme() {
  static const Theme theme = made(true);
  return theme;
}

const Theme& theme() {
  return *current();
}

void applyTheme(const Theme& theme) {
  current() = theme.dark ? &Theme::darkTheme() : &Theme::light();
  if (qApp->styleSheet().isEmpty()) QApplication::setStyle(QStyleFactory::create("Fusion"));
  QApplication::setFont(themeFont(body_pixels));
  QApplication::setPalette(paletteOf(theme));
  qApp->setStyleSheet(styleSheet(theme));
}

bool systemPrefersDark() {
  if (const int scheme = portalScheme(); scheme > 0) return scheme == 1;
  // Ours may be set already: ask the style's own, which follows the platform.
  const QPalette palette = qApp && qApp->styleSheet().isEmpty() ? QApplication::palette() : QPalette();
  return palette.color(QPalette::WindowText).lightness() > palette.color(QPalette::Window).lightness();
}

QColor blended(const QColor& under, const QColor& over, double amount) {
  const auto mix = [&](double a, double b) { return static_cast<float>(a + (b - a) * amount); };
  return QColor::fromRgbF(mix(under.redF(), over.redF()), mix(under.greenF(), over.greenF()),
                          mix(under.blueF(), over.blueF()));
}

QColor letterOn(const QColor& ground) {
  // The relative luminance at which black and white letters are equally easy to read is 0.179 (WCAG 2.1).
  const auto linear = [](double c) { return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
  const double luminance =
      0.2126 * linear(ground.redF()) + 0.7152 * linear(ground.greenF()) + 0.0722 * linear(ground.blueF());
  return luminance > 0.179 ? QColor("#10151c") : QColor(Qt::white);
}

QFont themeFont(int pixels, QFont::Weight weight) {
  static const QStringList families = [] {
    QStringList wanted;
    const QStringList installed = QFontDatabase::families();
    if (installed.contains("Inter")) wanted << "Inter";
    wanted << QFontDatabase::systemFont(QFontDatabase::GeneralFont).families();
    if (installed.contains("Noto Sans CJK SC")) wanted << "Noto Sans CJK SC";
    return wanted;
  }();
  QFont font;
  font.setFamilies(families);
  font.setPixelSize(pixels);
  font.setWeight(weight);
  return font;
}

QColor seriesColor(int index) {
  static const std::array<QRgb, 8> colors = {0xff0072b2, 0xffe69f00, 0xff009e73, 0xffcc79a7,
                                             0xffd55e00, 0xff56b4e9, 0xff999999, 0xfff0e442};
  const int count = static_cast<int>(colors.size());
  return QColor::fromRgb(colors[static_cast<std::size_t>(((index % count) + count) % count)]);
}

QColor viridis(double value) {
  // Twenty evenly spaced anchors of the table (CC0, Smith and van der Walt 2015), linear between them.
  static const std::array<QRgb, 20> anchors = {0xff440154, 0xff481568, 0xff482677, 0xff453781, 0xff3f4788,
                                               0xff39558c, 0xff32648e, 0xff2d718e, 0xff287d8e, 0xff238a8d,
                                               0xff1f968b, 0xff20a386, 0xff29af7f, 0xff3cbc75, 0xff56c667,
                                               0xff74d055, 0xff94d840, 0xffb8de29, 0xffdce318, 0xfffde725};
  const double clamped = std::isfinite(value) ? std::clamp(value, 0.0, 1.0) : 0.0;
  const double at = clamped * static_cast<double>(anchors.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(at), anchors.size() - 2);
  return blended(QColor::fromRgb(anchors[below]), QColor::fromRgb(anchors[below + 1]), at - static_cast<double>(below));
}

}  // namespace gb
