#pragma once

#include <QString>

#include "widgets/theme.hpp"

namespace gb {

/// The one style sheet of the application. Beside the classes of Qt it knows these properties:
/// QFrame[card="true"] (a tile), QWidget[panel="true"] (a rail), QLabel[role="section" | "secondary" | "title" |
/// "heading" | "badge" | "error" | "live"], QPushButton[primary="true"], QPushButton[flat="true"] (a link),
/// QSlider[timeline="true"], QLineEdit[invalid="true"].
QString styleSheet(const Theme& theme);

}  // namespace gb
