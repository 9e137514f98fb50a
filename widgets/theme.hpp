#pragma once

#include <QColor>
#include <QIcon>
#include <QString>

namespace gb {

/// The palette's tokens; light and dark differ in nothing else. Views take colours from here at paint time, so that a
/// switch needs a repaint only (QEvent::PaletteChange arrives everywhere).
struct Theme {
  bool dark = false;
  QColor window, panel, line;
  QColor text, secondary;
  QColor accent, tint, onAccent;
  QColor grid;
  QColor success, warning, error;

  static const Theme& light();
  static const Theme& darkTheme();
};

const Theme& theme();
/// Sets Fusion, palette, font and the one style sheet on the application.
void applyTheme(const Theme& theme);
/// What the desktop asks for: the portal over D-Bus, else the palette.
bool systemPrefersDark();

/// Okabe-Ito, in the house order; wraps around.
QColor seriesColor(int index);
/// 0..1 to viridis.
QColor viridis(double value);
/// A Breeze icon by its name, tinted to the palette (`accent`: onto the accent colour).
QIcon themedIcon(const QString& name, bool onAccent = false);

}  // namespace gb
