#pragma once

#include <QColor>
#include <QFont>
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
  QColor field;        ///< ground of line edits, menus' buttons and other controls
  QColor successText;  ///< success, dark enough for small letters
  QColor hover;        ///< ground of a control below the pointer

  static const Theme& light();
  static const Theme& darkTheme();
};

const Theme& theme();
/// Sets Fusion, palette, font and the one style sheet on the application.
void applyTheme(const Theme& theme);
/// What the desktop asks for: the portal over D-Bus, else the palette.
bool systemPrefersDark();

/// `amount` of `over` laid on `under`, opaque.
QColor blended(const QColor& under, const QColor& over, double amount);
/// Black or white: what is easier to read on this ground.
QColor letterOn(const QColor& ground);
/// The house font at a size in pixels.
QFont themeFont(int pixels, QFont::Weight weight = QFont::Normal);

/// Okabe-Ito, in the house order; wraps around.
QColor seriesColor(int index);
/// 0..1 to viridis.
QColor viridis(double value);
/// A Breeze icon by its name, tinted to the palette (`accent`: onto the accent colour).
QIcon themedIcon(const QString& name, bool onAccent = false);

}  // namespace gb
