#include <QFileDialog>
#include <QFileInfo>
#include <QSettings>

#include "app/studio/data_page.hpp"
#include "app/studio/data_section.hpp"
#include "app/studio/experiment_panel.hpp"
#include "app/studio/folder_import_dialog.hpp"
#include "app/studio/import_dialog.hpp"
#include "app/studio/label_dialog.hpp"
#include "app/studio/main_window.hpp"
#include "app/studio/new_experiment_dialog.hpp"
#include "app/studio/paint_dialog.hpp"
#include "app/studio/workbench.hpp"
#include "core/data/file_kind.hpp"
#include "core/data/source.hpp"
#include "core/data/table_file.hpp"

namespace gb {

namespace {

QString nameOf(const Json& data) {
  const QFileInfo file(QString::fromStdString(data.value("path", std::string())));
  return data.value("source", std::string()) == "table" ? file.completeBaseName() : file.fileName();
}

}  // namespace

bool MainWindow::refusedWhileRunning() {
  if (!controller_->busy()) return false;
  message_->tell(MessageBar::Tone::warning, tr("A run is going on. Stop it before taking other data."), tr("Stop it"),
                 [this] { controller_->stop(); });
  return true;
}

void MainWindow::takeData(const Json& data, const std::filesystem::path& folder, bool anew) {
  if (refusedWhileRunning()) return;
  remember(QString::fromStdString((folder / data.value("path", std::string())).string()));
  if (anew || document_.empty()) {
    replaceDocument(firstExperiment(data, nameOf(data)), {}, folder);
    workbench_->experiment->unfold(ExperimentPanel::data);
    return;
  }
  // What is relative in it starts at the same folder, or is absolute.
  document_.edit(tr("Import of data"), {}, [&](Json& json) { json["data"] = data; });
  showWorkbench();
}

void MainWindow::importData(const Json& data, const std::filesystem::path& folder, bool anew) {
  if (refusedWhileRunning()) return;
  const auto place = [this, folder](auto* dialog, bool fresh) {
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->offerNew(!document_.empty(), fresh);
    connect(dialog, &QDialog::accepted, this,
            [this, dialog, folder] { takeData(dialog->data(), folder, dialog->startsAnew()); });
    dialog->open();
  };
  const std::string source = data.value("source", std::string());
  if (source == "table")
    place(new ImportDialog(data, folder, this), anew);
  else if (source == "image_folder")
    place(new FolderImportDialog(data, folder, this), anew);
  else
    takeData(data, folder, anew);
}

void MainWindow::importAgain() {
  const Json data = document_.json().value("data", Json::object());
  const std::string source = data.is_object() ? data.value("source", std::string()) : std::string();
  if (source == "table" || source == "image_folder") return importData(data, document_.folder(), false);
  chooseImport();
}

void MainWindow::chooseImport() {
  QSettings settings;
  const QString path = QFileDialog::getOpenFileName(this, tr("Import a table"), settings.value("openFolder").toString(),
                                                    tr("Tables (*.csv *.tsv *.txt *.tab *.dat *.npy);;All files (*)"));
  if (!path.isEmpty()) importPath(path, false);
}

void MainWindow::importPath(const QString& path, bool anew) {
  QSettings().setValue("openFolder", QFileInfo(path).absolutePath());
  const auto absolute = std::filesystem::absolute(path.toStdString());
  Json data;
  try {
    data = guess_source(absolute);
  } catch (const Error&) {
    if (QFileInfo(path).isDir()) {
      ErrorText error = errorText(std::current_exception());
      error.field.clear();
      return showError(error);
    }
    // A table that is not read yet: its encoding or delimiter has to be said.
    data = Json{{"source", "table"}, {"path", absolute.string()}};
  }
  importData(data, absolute.parent_path(), anew);
}

bool MainWindow::needsImport(const Json& data) const {
  if (data.value("source", std::string()) != "table") return false;
  try {
    // Arrays say themselves how they are written.
    if (look_into(data.at("path").get<std::string>()).kind != FileKind::text) return false;
    const TableParams params;
    const auto head = read_table_head(data.at("path").get<std::string>(), params, "data", 200, {});
    return !doubts_about(head).empty();
  } catch (const Error&) {
    return true;
  }
}

void MainWindow::paintPoints() {
  auto* dialog = new PaintDialog(this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  if (loader_.dataset() && dialog->canvas()->points().empty()) dialog->offer(*loader_.dataset());
  connect(dialog, &PaintDialog::dataMade, this, [this](const QString& path) {
    takeData(Json{{"source", "table"}, {"path", path.toStdString()}, {"target", "class"}},
             QFileInfo(path).absolutePath().toStdString(), false);
  });
  dialog->open();
}

void MainWindow::labelPictures() {
  QSettings settings;
  const Json data = document_.json().value("data", Json::object());
  QString start = settings.value("openFolder").toString();
  if (data.is_object() && data.value("source", std::string()) == "image_folder")
    start = QString::fromStdString((document_.folder() / data.value("path", std::string())).string());
  const QString path = QFileDialog::getExistingDirectory(this, tr("Label the pictures of a folder"), start);
  if (!path.isEmpty()) labelFolder(path);
}

void MainWindow::labelFolder(const QString& path) {
  QSettings().setValue("openFolder", QFileInfo(path).absolutePath());
  auto* dialog = new LabelDialog(path, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &LabelDialog::dataMade, this, [this](const QString& folder, const QString& labels) {
    takeData(Json{{"source", "image_folder"}, {"path", folder.toStdString()}, {"labels", labels.toStdString()}},
             QFileInfo(folder).absolutePath().toStdString(), false);
  });
  dialog->open();
}

}  // namespace gb
