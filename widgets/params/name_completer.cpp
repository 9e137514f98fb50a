#include "widgets/params/name_completer.hpp"

#include <QLineEdit>

namespace gb {

NameCompleter::NameCompleter(const QStringList& names, QObject* parent) : QCompleter(names, parent) {
  setCaseSensitivity(Qt::CaseInsensitive);
  setFilterMode(Qt::MatchContains);
}

QString NameCompleter::pathFromIndex(const QModelIndex& index) const {
  const QString name = QCompleter::pathFromIndex(index);
  const auto* edit = qobject_cast<QLineEdit*>(widget());
  if (!edit) return name;
  const QString text = edit->text();
  const qsizetype comma = text.lastIndexOf(',');
  return comma < 0 ? name : text.left(comma + 1) + ' ' + name;
}

QStringList NameCompleter::splitPath(const QString& path) const {
  return {path.mid(path.lastIndexOf(',') + 1).trimmed()};
}

}  // namespace gb
