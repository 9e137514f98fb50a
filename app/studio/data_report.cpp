#include "app/studio/data_report.hpp"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>

namespace gb {

namespace {

struct DataReport {
  Q_DECLARE_TR_FUNCTIONS(DataReport)
};

QString delimiterText(const std::string& delimiter) {
  if (delimiter == "tab" || delimiter == "\t") return DataReport::tr("tabs");
  if (delimiter == ";") return DataReport::tr("semicolons");
  if (delimiter == ",") return DataReport::tr("commas");
  if (delimiter == " ") return DataReport::tr("blanks");
  return QString::fromStdString(delimiter);
}

}  // namespace

QString importFacts(const ImportReport& report) {
  QStringList how;
  if (!report.format.empty()) how << QString::fromStdString(report.format);
  if (!report.encoding.empty()) how << QString::fromStdString(report.encoding);
  if (!report.delimiter.empty()) how << DataReport::tr("separated by %1").arg(delimiterText(report.delimiter));
  if (report.decimal == ",") how << DataReport::tr("decimal comma");
  return how.join(QStringLiteral(", "));
}

QString problemText(const Problem& problem) {
  const QString message = QString::fromStdString(problem.message);
  const QString field = QString::fromStdString(problem.field);
  const QString row = QLocale().toString(qulonglong(problem.row));
  if (problem.row > 0 && !problem.field.empty()) return DataReport::tr("Row %1, %2: %3").arg(row, field, message);
  if (problem.row > 0) return DataReport::tr("Row %1: %2").arg(row, message);
  if (!problem.field.empty()) return DataReport::tr("%1: %2", "field: message").arg(field, message);
  return message;
}

}  // namespace gb
