#include "widgets/csv_line.hpp"

#include <QLocale>

namespace gb {

QString csvLine(const QStringList& cells) {
  QString line;
  for (qsizetype i = 0; i < cells.size(); ++i) {
    QString cell = cells[i];
    bool number = false;
    QLocale::c().toDouble(cell, &number);
    if (!number && !cell.isEmpty() && QStringLiteral("=+-@\t\r\n").contains(cell.front())) cell.prepend('\'');
    if (cell.contains(',') || cell.contains('"') || cell.contains('\n') || cell.contains('\r'))
      cell = '"' + cell.replace("\"", "\"\"") + '"';
    if (i) line += ',';
    line += cell;
  }
  return line + '\n';
}

}  // namespace gb
