#pragma once

#include <QCompleter>

namespace gb {

/// Completes the name being typed in a list of names with commas between them, in any case and by any part of it.
class NameCompleter : public QCompleter {
 public:
  NameCompleter(const QStringList& names, QObject* parent);

  QString pathFromIndex(const QModelIndex& index) const override;
  QStringList splitPath(const QString& path) const override;
};

}  // namespace gb
