#pragma once

#include <QApplication>
#include <QSettings>
#include <QTemporaryDir>
#include <memory>

#include "widgets/theme.hpp"

namespace gb {

/// Once, before a window is made: settings of the test's own, and the light theme.
inline void settleStudio() {
  QApplication::setOrganizationName("GlassbenchTest");
  QSettings::setDefaultFormat(QSettings::IniFormat);
  applyTheme(Theme::light());
}

/// A folder in which runs and settings are kept until it goes.
inline std::unique_ptr<QTemporaryDir> ownStore() {
  auto folder = std::make_unique<QTemporaryDir>();
  qputenv("XDG_DATA_HOME", folder->path().toLocal8Bit());
  qputenv("XDG_CONFIG_HOME", folder->filePath("settings").toLocal8Bit());
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder->path());
  return folder;
}

}  // namespace gb
