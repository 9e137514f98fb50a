#include "app/studio/main_window.hpp"

#include <QCloseEvent>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLocale>
#include <QMenuBar>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QStackedWidget>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "app/studio/actions.hpp"
#include "app/studio/augment_page.hpp"
#include "app/studio/augment_section.hpp"
#include "app/studio/canvas_page.hpp"
#include "app/studio/data_page.hpp"
#include "app/studio/data_section.hpp"
#include "app/studio/experiment_panel.hpp"
#include "app/studio/gallery_page.hpp"
#include "app/studio/inspect_panel.hpp"
#include "app/studio/latent_page.hpp"
#include "app/studio/live_page.hpp"
#include "app/studio/network_page.hpp"
#include "app/studio/new_experiment_dialog.hpp"
#include "app/studio/row_look.hpp"
#include "app/studio/runs_panel.hpp"
#include "app/studio/tile.hpp"
#include "app/studio/top_bar.hpp"
#include "app/studio/workbench.hpp"
#include "core/base/file.hpp"
#include "core/base/memory.hpp"
#include "core/data/file_kind.hpp"
#include "core/data/source.hpp"
#include "widgets/network/network_editor.hpp"

namespace gb {

namespace {

constexpr int most_recent = 10;
constexpr std::size_t document_cap = std::size_t{16} << 20;

/// A file that could be read as a table, were it known how.
bool isText(const QString& path) {
  try {
    return look_into(path.toStdString()).kind == FileKind::text;
  } catch (const Error&) {
    return false;
  }
}

/// "about 12 s for 5 epochs".
QString forecastText(const Forecast& forecast) {
  const QString time = durationText(forecast.seconds_per_epoch * double(forecast.epochs));
  if (forecast.epochs == 1) return MainWindow::tr("about %1 for one epoch", "how long a run will take").arg(time);
  return MainWindow::tr("about %1 for %2 epochs", "how long a run will take")
      .arg(time, QLocale().toString(qlonglong(forecast.epochs)));
}

}  // namespace

MainWindow::MainWindow(QWidget* parent) : QMainWindow(parent) {
  setWindowTitle(tr("Glassbench"));
  setAcceptDrops(true);
  setMinimumSize(900, 600);
  auto* body = new QWidget;
  auto* layout = new QVBoxLayout(body);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  top_ = new TopBar;
  message_ = new MessageBar;
  pages_ = new QStackedWidget;
  gallery_ = new GalleryPage;
  workbench_ = new Workbench(document_, library_.model(), selection_);
  pages_->addWidget(gallery_);
  pages_->addWidget(workbench_);
  layout->addWidget(top_);
  layout->addWidget(message_);
  layout->addWidget(pages_, 1);
  setCentralWidget(body);
  setMenuWidget(nullptr);

  controller_ = std::make_unique<RunController>();
  look_ = std::make_unique<RowLook>(*controller_);
  autosave_ = std::make_unique<Autosave>(document_, data_folder());
  makeActions();
  makeMenus();
  connectDocument();
  connectRuns();
  connectQueue();
  loadGallery();
  QSettings settings;
  if (!restoreGeometry(settings.value("geometry").toByteArray())) resize(1440, 900);
  if (settings.contains("workbench")) workbench_->restoreState(settings.value("workbench").toByteArray());
  refreshControls();
  library_.open(data_folder());
}

MainWindow::~MainWindow() = default;

void MainWindow::connectDocument() {
  connect(&document_, &ExperimentDocument::changed, this, &MainWindow::documentChanged);
  connect(&document_, &ExperimentDocument::stateChanged, this, &MainWindow::refreshTitle);
  connect(gallery_, &GalleryPage::chosen, this, &MainWindow::openEntry);
  connect(top_->open, &QPushButton::clicked, this, &MainWindow::chooseFile);
  connect(top_->newExperiment, &QPushButton::clicked, this, &MainWindow::newExperiment);
  auto* section = workbench_->experiment->dataSection();
  connect(section, &DataSection::lookRequested, workbench_, &Workbench::showData);
  connect(section, &DataSection::cancelRequested, &loader_, &DataLoader::cancel);
  connect(section, &DataSection::fileRequested, this, &MainWindow::chooseFile);
  connect(section, &DataSection::folderRequested, this, &MainWindow::chooseFolder);
  connect(section, &DataSection::importRequested, this, &MainWindow::importAgain);
  connect(workbench_->data, &DataPage::importRequested, this, &MainWindow::importAgain);
  connect(workbench_->experiment, &ExperimentPanel::exportRequested, this, [this] { exportAll(); });
  auto* latent = workbench_->latent;
  connect(latent, &LatentPage::told, this,
          [this](const QString& text) { message_->tell(MessageBar::Tone::information, text); });
  connect(latent, &LatentPage::failed, this,
          [this](const QString& text) { message_->tell(MessageBar::Tone::error, text); });
  connect(latent, &LatentPage::datasetRequested, this, &MainWindow::openPath);
  connect(workbench_->canvas, &CanvasPage::failed, this,
          [this](const QString& text) { message_->tell(MessageBar::Tone::error, text); });
  auto* page = workbench_->data;
  connect(page, &DataPage::backRequested, workbench_, &Workbench::showLive);
  connect(page, &DataPage::cancelRequested, &loader_, &DataLoader::cancel);
  connect(page, &DataPage::typeChosen, this, [this](const QString& column, const QString& type) {
    document_.edit(tr("Change of a column's type"), QStringLiteral("data.types.") + column, [&](Json& json) {
      Json& types = json["data"]["types"];
      if (!types.is_object()) types = Json::object();
      types[column.toStdString()] = type.toStdString();
    });
  });
  connect(&loader_, &DataLoader::progress, this, [this](quint64 done, quint64 total) {
    workbench_->experiment->dataSection()->setLoading(done, total);
    workbench_->data->setLoading(done, total);
    showPictures(nullptr);
    if (!controller_->busy())
      top_->setStatus(tr("reading the data"), total > 0 ? int(1000.0 * double(done) / double(total)) : -1);
  });
  connect(&loader_, &DataLoader::loaded, this, [this] {
    const auto& dataset = loader_.dataset();
    workbench_->experiment->dataSection()->setDataset(dataset.get());
    workbench_->experiment->setDataset(dataset);
    workbench_->data->setDataset(dataset, document_.json().value("data", Json::object()));
    showPictures(dataset);
    // What a run shows are its own rows.
    if (controller_->busy()) return;
    workbench_->inspect->setDataset(dataset);
    look_->setDataset(dataset);
    tryRecorded();
    workbench_->live->showDataset(dataset);
    top_->setStatus(datasetFacts(*dataset));
    requestForecast();
  });
  connect(&loader_, &DataLoader::failed, this, [this](const ErrorText& error) {
    workbench_->data->setError(error.message);
    showPictures(nullptr);
    if (!controller_->busy()) top_->setStatus({});
    if (error.cancelled) {
      workbench_->experiment->dataSection()->setError({}, tr("Reading was cancelled."));
      return;
    }
    showError(error);
    if (!error.field.startsWith(QLatin1String("data")))
      workbench_->experiment->dataSection()->setError({}, error.sentence());
  });
  connect(&preflight_, &Preflight::told, this, &MainWindow::tellForecast);
  connect(&preflight_, &Preflight::warned, this, &MainWindow::tellWarnings);
  connect(workbench_->live, &LivePage::failed, this,
          [this](const QString& reason) { message_->tell(MessageBar::Tone::error, reason); });
}

void MainWindow::showPictures(const std::shared_ptr<const Dataset>& dataset) {
  workbench_->network->setDataset(dataset);
  workbench_->augment->setDataset(dataset);
  workbench_->experiment->augmentSection()->setPictures(!dataset || dataset->images());
}

void MainWindow::loadGallery() {
  try {
    gallery_->setEntries(readGallery(resource_folder()));
  } catch (const Error&) {
    showError(errorText(std::current_exception()));
  }
}

void MainWindow::showGallery() {
  pages_->setCurrentWidget(gallery_);
  top_->setWorkbench(false);
  refreshTitle();
  if (!gallery_->cards().empty()) gallery_->cards().front()->setFocus(Qt::OtherFocusReason);
}

void MainWindow::showWorkbench() {
  if (document_.empty()) {
    message_->tell(MessageBar::Tone::information, tr("Pick an experiment first, or make a new one."));
    return;
  }
  const bool arriving = pages_->currentWidget() != workbench_;
  top_->setWorkbench(true);
  if (arriving) top_->run->setFocus(Qt::OtherFocusReason);
  pages_->setCurrentWidget(workbench_);
  refreshTitle();
}

bool MainWindow::restoreLast() {
  if (!autosave_->restore()) return false;
  showWorkbench();
  return true;
}

void MainWindow::openEntry(const GalleryEntry& entry) {
  try {
    const Experiment experiment = Experiment::read(entry.file);
    // A ready experiment is a start, not a file to write into.
    replaceDocument(experiment.to_json(), {}, experiment.folder);
  } catch (const Error&) {
    showError(errorText(std::current_exception()));
  }
}

void MainWindow::replaceDocument(const Json& json, const QString& path, const std::filesystem::path& folder) {
  const Json before = document_.json();
  const QString beforeName = document_.name(), beforePath = document_.path();
  const auto beforeFolder = document_.folder();
  const bool unsaved = !document_.empty() && document_.isModified();
  shows_running_ = false;
  workbench_->experiment->clearErrors();
  message_->dismiss();
  // A run goes on, and is what the views show; the experiment can be queued behind it.
  if (!controller_->busy()) {
    selection_.clear();
    outcome_.reset();
    prepared_.reset();
    shown_run_.clear();
    tryOut(nullptr);
    workbench_->live->clear();
    workbench_->inspect->setConfusion(nullptr);
    workbench_->inspect->setDataset(nullptr);
    workbench_->runs->select({});
    top_->setStatus({});
  }
  document_.replace(json, path, folder);
  workbench_->experiment->unfold(ExperimentPanel::algorithm);
  workbench_->showLive();
  // It may be the same data as before: then nothing is loaded again.
  if (loader_.dataset()) emit loader_.loaded();
  showWorkbench();
  if (controller_->busy() && !unsaved)
    message_->tell(MessageBar::Tone::information,
                   tr("A run is going on, and is what the views show. Queue runs this experiment after it."));
  if (unsaved)
    message_->tell(MessageBar::Tone::information, tr("The changes to \u201c%1\u201d were not saved.").arg(beforeName),
                   tr("Go back to it"), [this, before, beforePath, beforeFolder] {
                     replaceDocument(before, beforePath, beforeFolder);
                     document_.undoStack().resetClean();
                   });
}

void MainWindow::documentChanged() {
  refreshTitle();
  const Json& json = document_.json();
  const auto seed = json.find("seed");
  top_->setSeed(seed != json.end() && seed->is_number_integer() ? seed->get<quint64>() : 0);
  requestData();
  requestForecast();
  refreshControls();
}

void MainWindow::requestData() {
  const Json& json = document_.json();
  const auto data = json.find("data");
  if (data == json.end()) return;
  const auto seed = json.find("seed");
  loader_.request(*data, document_.folder(),
                  seed != json.end() && seed->is_number_integer() ? seed->get<std::uint64_t>() : 0);
}

void MainWindow::requestForecast() {
  preflight_.cancel();
  if (controller_->busy() || document_.empty() || loader_.loading() || !loader_.dataset()) return;
  try {
    preflight_.request(document_.experiment(), loader_.dataset());
  } catch (const Error&) {
    // An edit has not been finished yet; Run would say what is missing.
  }
}

void MainWindow::tellForecast(const Forecast& forecast) {
  if (controller_->busy() || !loader_.dataset()) return;
  QStringList parts{datasetFacts(*loader_.dataset())};
  if (forecast.fits() && forecast.seconds_per_epoch > 0) parts << forecastText(forecast);
  if (forecast.fits()) parts << QString::fromStdString(memory_text(forecast.memory_bytes));
  // How a run ended stays until the experiment is another one.
  if (shown_run_.empty() || document_.isModified()) top_->setStatus(parts.join(QStringLiteral(" \u00b7 ")));
  if (forecast.fits()) return;
  const QLocale locale;
  const qlonglong fitting = forecast.fitting_batch_size;
  const QString what = tr("A batch of %1 takes %2 of memory, but only %3 are free.")
                           .arg(locale.toString(qlonglong(forecast.batch_size)),
                                QString::fromStdString(memory_text(forecast.memory_bytes)),
                                QString::fromStdString(memory_text(forecast.available_bytes)));
  if (fitting == 0) {
    message_->tell(MessageBar::Tone::warning, tr("%1 Use a smaller network.").arg(what));
    return;
  }
  message_->tell(MessageBar::Tone::warning, what, tr("Use %1").arg(locale.toString(fitting)), [this, fitting] {
    document_.edit(tr("Change of the batch size"), QStringLiteral("algorithm.params.batch_size"),
                   [&](Json& json) { json["algorithm"]["params"]["batch_size"] = fitting; });
    message_->dismiss();
  });
}

void MainWindow::tellWarnings(const std::vector<DataWarning>& warnings) {
  QStringList sentences;
  for (const auto& warning : warnings) sentences << QString::fromStdString(warning.message) + QLatin1Char('.');
  workbench_->experiment->setWarnings(sentences);
  if (sentences == warned_) return;
  // What was told of other data goes; what was said in between, and not yet closed, stays.
  if (!warned_.isEmpty() && message_->text().startsWith(warned_.first())) message_->dismiss();
  warned_ = sentences;
  const bool grave = std::any_of(warnings.begin(), warnings.end(), [](const DataWarning& warning) {
    return warning.kind != DataWarning::Kind::near_constant;
  });
  if (!grave || !message_->text().isEmpty() || controller_->busy()) return;
  const int others = static_cast<int>(sentences.size()) - 1;
  const QString text = others > 0 ? tr("%1 Further warnings: %2.").arg(sentences.first(), QLocale().toString(others))
                                  : sentences.first();
  message_->tell(MessageBar::Tone::warning, text, tr("Show under Evaluate"),
                 [this] { workbench_->experiment->unfold(ExperimentPanel::evaluate); });
}

void MainWindow::refreshTitle() {
  const bool gallery = pages_->currentWidget() == gallery_;
  setWindowTitle(gallery || document_.empty() ? tr("Glassbench") : tr("%1[*] \u2013 Glassbench").arg(document_.name()));
  setWindowModified(!gallery && document_.isModified());
}

void MainWindow::newExperiment() {
  auto* dialog = new NewExperimentDialog(this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QDialog::accepted, this, [this, dialog] {
    const Json json = dialog->experiment();
    if (!json.empty()) replaceDocument(json, {}, std::filesystem::current_path());
  });
  dialog->open();
}

void MainWindow::chooseFile() {
  QSettings settings;
  const QString path = QFileDialog::getOpenFileName(
      this, tr("Open"), settings.value("openFolder").toString(),
      tr("Experiments and data (*.json *.csv *.tsv *.txt *.npy *.idx *.gz *-ubyte);;All files (*)"));
  if (path.isEmpty()) return;
  settings.setValue("openFolder", QFileInfo(path).absolutePath());
  openPath(path);
}

void MainWindow::chooseFolder() {
  QSettings settings;
  const QString path =
      QFileDialog::getExistingDirectory(this, tr("Open a folder of pictures"), settings.value("openFolder").toString());
  if (path.isEmpty()) return;
  settings.setValue("openFolder", QFileInfo(path).absolutePath());
  openPath(path);
}

void MainWindow::openPath(const QString& given) {
  // A folder may come with a slash at its end, which would leave it without a name.
  const QString path = QDir::cleanPath(given);
  const QFileInfo file(path);
  if (!file.exists()) {
    message_->tell(MessageBar::Tone::error, tr("%1 does not exist.").arg(path));
    return;
  }
  const QString ending = file.suffix().toLower();
  if (file.isDir()) return openData(path);
  if (ending == QLatin1String("onnx")) {
    message_->tell(MessageBar::Tone::warning,
                   tr("%1 is a trained model. The studio does not open models yet; \u201cglassbench-cli predict\u201d "
                      "applies one to data.")
                       .arg(file.fileName()));
    return;
  }
  if (ending == QLatin1String("json"))
    openExperiment(path);
  else
    openData(path);
}

void MainWindow::openExperiment(const QString& path) {
  try {
    const std::filesystem::path file = path.toStdString();
    const Experiment experiment =
        Experiment::parse(read_file(file, document_cap), path.toStdString(),
                          file.has_parent_path() ? file.parent_path() : std::filesystem::path("."));
    replaceDocument(experiment.to_json(), path, experiment.folder);
    remember(path);
  } catch (const Error&) {
    ErrorText error = errorText(std::current_exception());
    // The field belongs to the file that was refused, not to the experiment that is shown.
    error.field.clear();
    const QString name = QFileInfo(path).fileName();
    if (!error.message.contains(name)) error.message = tr("%1: %2", "file: what is wrong").arg(name, error.message);
    showError(error);
  }
}

void MainWindow::openData(const QString& path) {
  try {
    const Json data = guess_source(std::filesystem::absolute(path.toStdString()));
    const QFileInfo file(path);
    if (needsImport(data)) return importData(data, file.absolutePath().toStdString(), true);
    replaceDocument(firstExperiment(data, file.isDir() ? file.fileName() : file.completeBaseName()), {},
                    file.absolutePath().toStdString());
    workbench_->experiment->unfold(ExperimentPanel::data);
    remember(path);
  } catch (const Error&) {
    if (isText(path)) return importPath(path, true);
    ErrorText error = errorText(std::current_exception());
    error.field.clear();
    showError(error);
  }
}

bool MainWindow::save() {
  if (document_.empty()) return false;
  if (document_.path().isEmpty()) return saveAs();
  try {
    document_.save(document_.path());
    remember(document_.path());
    return true;
  } catch (const Error&) {
    showError(errorText(std::current_exception()));
    return false;
  }
}

bool MainWindow::saveAs() {
  if (document_.empty()) return false;
  const QString path =
      askSavePath(this, tr("Save experiment"), document_.name() + QStringLiteral(".json"), tr("Experiments (*.json)"));
  if (path.isEmpty()) return false;
  try {
    document_.save(path);
    remember(path);
    return true;
  } catch (const Error&) {
    showError(errorText(std::current_exception()));
    return false;
  }
}

void MainWindow::remember(const QString& path) {
  QSettings settings;
  QStringList files = settings.value("recentFiles").toStringList();
  const QString absolute = QFileInfo(path).absoluteFilePath();
  files.removeAll(absolute);
  files.prepend(absolute);
  while (files.size() > most_recent) files.removeLast();
  settings.setValue("recentFiles", files);
}

void MainWindow::showError(const ErrorText& error) {
  if (error.cancelled) return;
  message_->tell(MessageBar::Tone::error, error.sentence());
  if (error.field.isEmpty()) return;
  workbench_->experiment->setError(error.field, error.sentence());
  workbench_->network->showField(error.field);
  workbench_->augment->setError(error.field, error.sentence());
}

void MainWindow::closeEvent(QCloseEvent* event) {
  QSettings settings;
  settings.setValue("geometry", saveGeometry());
  settings.setValue("workbench", workbench_->saveState());
  autosave_->flush();
  queue_.flush();
  // What is on screen goes at once; the run has the rest of the second to keep its checkpoint.
  hide();
  loader_.cancel();
  abandoned_ = !controller_->shutdown(closing_limit_);
  event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  const auto urls = event->mimeData()->urls();
  if (urls.size() == 1 && urls.front().isLocalFile()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  event->acceptProposedAction();
  openPath(event->mimeData()->urls().front().toLocalFile());
}

}  // namespace gb
