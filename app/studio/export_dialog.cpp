#include "app/studio/export_dialog.hpp"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QVBoxLayout>
#include <exception>
#include <utility>

#include "app/studio/error_text.hpp"
#include "app/studio/labels.hpp"
#include "core/base/file.hpp"
#include "widgets/theme.hpp"

namespace gb {

QString fileNameOf(const QString& title) {
  QString name;
  for (const QChar c : title.toLower())
    if (c.isLetterOrNumber())
      name += c;
    else if (!name.isEmpty() && !name.endsWith('-'))
      name += '-';
  while (name.endsWith('-')) name.chop(1);
  return name.isEmpty() ? QStringLiteral("view") : name;
}

namespace {

/// What was written off the UI thread.
struct Written {
  QStringList files, errors;
  QString proof;
};

Written writeFiles(const Exportable& what, const QDir& folder, bool model, bool report) {
  Written written;
  // What goes wrong with one file is no reason to leave the others out.
  const auto attempt = [&](const QStringList& names, const auto& write) {
    try {
      write();
      written.files << names;
    } catch (const std::exception&) {
      written.errors << errorText(std::current_exception()).sentence();
    }
  };
  const auto path = [&](const char* name) { return folder.filePath(QString::fromLatin1(name)).toStdString(); };
  if (model) {
    attempt({QStringLiteral("model.onnx")}, [&] { written.proof = what.writeModel(path("model.onnx")); });
    if (!written.files.isEmpty() && what.card)
      attempt({QStringLiteral("model-card.md")}, [&] { write_file_atomically(path("model-card.md"), what.card()); });
  }
  if (report)
    attempt({QStringLiteral("report.html"), QStringLiteral("report.pdf")}, [&] { what.writeReport(folder.path()); });
  return written;
}

}  // namespace

ExportDialog::ExportDialog(Exportable what, const QString& folder, QWidget* parent)
    : QDialog(parent), what_(std::move(what)) {
  setObjectName("export-dialog");
  setWindowTitle(tr("Export"));
  setFixedWidth(540);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(24, 20, 24, 20);
  layout->setSpacing(14);
  auto* title = new QLabel(tr("Export"));
  title->setFont(themeFont(18, QFont::Bold));
  layout->addWidget(title);

  auto* grid = new QGridLayout;
  grid->setHorizontalSpacing(16);
  grid->setVerticalSpacing(4);
  grid->setColumnStretch(0, 1);
  int row = 0;
  const auto add = [&](const QString& text, const QString& help, const char* name, QWidget* beside = nullptr) {
    auto* box = new QCheckBox(text);
    box->setObjectName(QString::fromLatin1(name));
    box->setChecked(true);
    auto* line = roleLabel("secondary", help);
    line->setContentsMargins(25, 0, 0, 8);
    box->setAccessibleDescription(help);
    grid->addWidget(box, row, 0);
    if (beside) grid->addWidget(beside, row, 1);
    grid->addWidget(line, row + 1, 0, 1, 2);
    row += 2;
    return box;
  };
  const bool model = static_cast<bool>(what_.writeModel);
  model_ = add(tr("Model"),
               !model       ? what_.noModel
               : what_.card ? tr("model.onnx, read back and compared before it counts as written, with its model card.")
                            : tr("model.onnx, read back and compared before it counts as written."),
               "export-model");
  model_->setEnabled(model);
  model_->setChecked(model);
  format_ = new QComboBox;
  format_->setObjectName("export-format");
  format_->setAccessibleName(tr("Format of the charts"));
  for (const char* name : {"svg", "pdf", "png"}) format_->addItem(QString::fromLatin1(name).toUpper(), name);
  charts_ = add(tr("Charts"), tr("Every view as it is shown now."), "export-charts", format_);
  numbers_ = add(tr("Numbers"), tr("The values behind every view, as CSV."), "export-numbers");
  experiment_ = add(tr("Experiment"), tr("experiment.json, which anyone can run again."), "export-experiment");
  report_ = add(tr("Report"),
                what_.writeReport ? tr("report.html and report.pdf: everything about the run, to read and to print.")
                                  : tr("Reports are made of recorded runs."),
                "export-report");
  report_->setEnabled(static_cast<bool>(what_.writeReport));
  report_->setChecked(static_cast<bool>(what_.writeReport));
  const bool views = !what_.views.empty();
  for (auto* box : {charts_, numbers_}) {
    box->setEnabled(views);
    box->setChecked(views);
  }
  for (auto* box : {model_, charts_, numbers_, experiment_, report_})
    connect(box, &QCheckBox::toggled, this, &ExportDialog::refresh);
  layout->addLayout(grid);
  layout->addWidget(separatorLine(QFrame::HLine));

  auto* where = new QHBoxLayout;
  where->setSpacing(8);
  folder_ = new QLineEdit;
  folder_->setObjectName("export-folder");
  auto* folderLabel = new QLabel(tr("Into"));
  folderLabel->setBuddy(folder_);
  auto* browse = new QPushButton(tr("Choose\u2026"));
  where->addWidget(folderLabel);
  where->addWidget(folder_, 1);
  where->addWidget(browse);
  layout->addLayout(where);
  result_ = new QLabel;
  result_->setObjectName("export-result");
  result_->setWordWrap(true);
  result_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  result_->setTextFormat(Qt::RichText);
  layout->addWidget(result_);
  layout->addStretch(1);
  auto* buttons = new QHBoxLayout;
  buttons->addStretch(1);
  close_ = new QPushButton(tr("Close"));
  export_ = new QPushButton(tr("Export"));
  export_->setObjectName("export-go");
  export_->setProperty("primary", true);
  export_->setDefault(true);
  buttons->addWidget(close_);
  buttons->addWidget(export_);
  layout->addLayout(buttons);
  connect(browse, &QPushButton::clicked, this, [this] {
    const QString chosen = QFileDialog::getExistingDirectory(this, tr("Export into"), folder_->text());
    if (!chosen.isEmpty()) setFolder(chosen);
  });
  connect(folder_, &QLineEdit::textChanged, this, &ExportDialog::refresh);
  connect(close_, &QPushButton::clicked, this, &QDialog::reject);
  connect(export_, &QPushButton::clicked, this, &ExportDialog::exportAll);
  setFolder(folder);
}

void ExportDialog::setFolder(const QString& folder) {
  folder_->setText(QDir::toNativeSeparators(folder));
  refresh();
}

void ExportDialog::refresh() {
  format_->setEnabled(charts_->isChecked());
  const bool any = model_->isChecked() || charts_->isChecked() || numbers_->isChecked() || experiment_->isChecked() ||
                   report_->isChecked();
  export_->setEnabled(any && !folder_->text().trimmed().isEmpty() && !background_.busy());
}

void ExportDialog::exportAll() {
  const QDir folder(folder_->text().trimmed());
  if (!folder.mkpath(QStringLiteral("."))) {
    conclude({}, {tr("The folder %1 cannot be made. Choose one that you may write to.").arg(folder.path())}, {});
    return;
  }
  QSettings().setValue("exportFolder", folder.absolutePath());
  QStringList written, errors;
  const auto save = [&](View* view, const QString& ending) {
    QString name = fileNameOf(view->title());
    // Two views may bear the same title.
    for (int i = 2; written.contains(name + ending); ++i)
      name = QStringLiteral("%1-%2").arg(fileNameOf(view->title())).arg(i);
    const QString reason = view->saveAs(folder.filePath(name + ending));
    if (reason.isEmpty())
      written << name + ending;
    else
      errors << reason;
  };
  for (auto* view : what_.views) {
    if (charts_->isChecked()) save(view, '.' + format_->currentData().toString());
    if (numbers_->isChecked()) save(view, QStringLiteral(".csv"));
  }
  if (experiment_->isChecked()) {
    try {
      write_file_atomically(folder.filePath("experiment.json").toStdString(), what_.experiment.dump(2) + "\n");
      written << QStringLiteral("experiment.json");
    } catch (const Error&) {
      errors << errorText(std::current_exception()).sentence();
    }
  }
  if (!model_->isChecked() && !report_->isChecked()) {
    conclude(written, errors, {});
    return;
  }
  export_->setEnabled(false);
  result_->setText(model_->isChecked() ? tr("Writing the model and reading it back\u2026")
                                       : tr("Writing the report\u2026"));
  background_.run([what = what_, folder, model = model_->isChecked(),
                   report = report_->isChecked()] { return writeFiles(what, folder, model, report); },
                  [this, written, errors](const Written& more) {
                    conclude(more.files + written, errors + more.errors, more.proof);
                  },
                  [this, written, errors](const std::exception_ptr& error) {
                    conclude(written, errors + QStringList{errorText(error).sentence()}, {});
                  });
}

void ExportDialog::conclude(QStringList written, const QStringList& errors, const QString& proof) {
  QStringList lines;
  if (!written.isEmpty())
    lines << QStringLiteral("<span style='color:%1'>%2</span>")
                 .arg(theme().success.name(), tr("%n files written to %1", "", static_cast<int>(written.size()))
                                                  .arg(folder_->text().toHtmlEscaped()));
  if (!written.isEmpty())
    lines << QStringLiteral("<span style='color:%1'>%2</span>")
                 .arg(theme().secondary.name(), written.join(QStringLiteral(", ")).toHtmlEscaped());
  if (!proof.isEmpty()) lines << proof.toHtmlEscaped();
  for (const auto& error : errors)
    lines << QStringLiteral("<span style='color:%1'>%2</span>").arg(theme().error.name(), error.toHtmlEscaped());
  result_->setText(lines.join(QStringLiteral("<br>")));
  result_->setMinimumHeight(result_->heightForWidth(result_->width()));
  refresh();
  emit done(written, errors);
}

}  // namespace gb
