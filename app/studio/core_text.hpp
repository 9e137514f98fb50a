#pragma once

#include <QCoreApplication>
#include <QString>
#include <string>

namespace gb {

/// A string that core declared (labels, help, titles), in the user's language.
inline QString coreText(const std::string& text) {
  return QCoreApplication::translate("core", text.c_str());
}

}  // namespace gb
