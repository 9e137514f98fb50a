#include "app/studio/report_files.hpp"

#include <QCoreApplication>
#include <QDir>
#include <QSettings>
#include <QStandardPaths>

#include "app/studio/export_dialog.hpp"
#include "app/studio/report_pdf.hpp"
#include "core/base/file.hpp"
#include "core/report/run_record.hpp"

namespace gb {

namespace {

/// "digits-7f3a", "comparison-7f3a-91c0": the runs' last digits tell one from another.
QString nameOf(const Report& report, const std::vector<std::string>& ids) {
  constexpr std::size_t most_told = 4;
  QString name =
      ids.size() == 1 ? fileNameOf(QString::fromStdString(report.title)).left(80) : QStringLiteral("comparison");
  for (std::size_t i = 0; i < ids.size() && i < most_told; ++i)
    name += '-' + QString::fromStdString(ids[i]).section('-', -1);
  return name;
}

}  // namespace

ReportFiles writeReport(const RunStore& store, const std::vector<std::string>& ids, const QString& folder,
                        const QString& name) {
  const QDir into(folder);
  if (!into.mkpath(QStringLiteral(".")))
    throw FileError(
        QCoreApplication::translate("ReportFiles", "The folder %1 cannot be made. Choose one that you may write to.")
            .arg(folder)
            .toStdString());
  const Report report = report_of(store, ids);
  const QString file = name.isEmpty() ? nameOf(report, ids) : name;
  const ReportFiles files{into.filePath(file + QStringLiteral(".html")), into.filePath(file + QStringLiteral(".pdf"))};
  write_file_atomically(files.html.toStdString(), to_html(report));
  const QByteArray pdf = toPdf(report);
  write_file_atomically(files.pdf.toStdString(), {pdf.constData(), static_cast<std::size_t>(pdf.size())});
  return files;
}

QString exportFolder() {
  const QString documents = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
  return QSettings().value("exportFolder", documents + QStringLiteral("/Glassbench")).toString();
}

}  // namespace gb
