#pragma once

#include <QMainWindow>
#include <QTimer>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "app/studio/autosave.hpp"
#include "app/studio/data_loader.hpp"
#include "app/studio/experiment_document.hpp"
#include "app/studio/message_bar.hpp"
#include "app/studio/pace.hpp"
#include "app/studio/picture_maker.hpp"
#include "app/studio/preflight.hpp"
#include "app/studio/run_controller.hpp"
#include "app/studio/run_library.hpp"
#include "app/studio/run_queue.hpp"
#include "app/studio/selection.hpp"

class QStackedWidget;

namespace gb {

class ExportDialog;
class GalleryPage;
class QueuePanel;
class RowLook;
class Tile;
class TopBar;
class Workbench;
struct GalleryEntry;
struct ModelAsker;
struct Actions;

/// The window: composition of pages, and what connects them.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  explicit MainWindow(QWidget* parent = nullptr);
  ~MainWindow() override;

  /// An experiment, a data file, a folder of pictures, or what else was dropped: judged by its content. Errors are
  /// told, and what is shown stays.
  void openPath(const QString& path);
  /// The experiment of the last time, if there is one. False leaves the gallery.
  bool restoreLast();
  void showGallery();
  void showWorkbench();

  void run();
  void stepOnce();
  void resumeRun(const QString& id);
  /// A new run with the experiment as it is now, from where the shown run was at `step`.
  void forkAt(std::int64_t step);
  void openRun(const QString& id);
  void compareSelected();
  /// Opens what decides how a table or a folder of pictures is read; `anew`: for a new experiment.
  void importPath(const QString& path, bool anew);
  /// Opens what gives classes to the pictures of a folder.
  void labelFolder(const QString& path);
  void paintPoints();
  ExportDialog* exportAll();
  /// Writes a page and a PDF of these runs, into the folder that exports go to.
  void makeReport(const std::vector<std::string>& ids);

  ExperimentDocument& document() { return document_; }
  RunController& controller() { return *controller_; }
  RunLibrary& library() { return library_; }
  RunQueue& queue() { return queue_; }
  DataLoader& data() { return loader_; }
  Selection& selection() { return selection_; }
  Workbench& workbench() { return *workbench_; }
  GalleryPage& gallery() { return *gallery_; }
  TopBar& topBar() { return *top_; }
  MessageBar& message() { return *message_; }
  /// The compute thread did not end in time: the process must end without waiting for it.
  bool abandoned() const { return abandoned_; }
  /// How long closing waits for it; less than a second where nobody says otherwise.
  void setClosingLimit(std::chrono::milliseconds limit) { closing_limit_ = limit; }

 signals:
  void reportWritten(const QString& html, const QString& pdf);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  // main_window.cpp: documents and pages
  void connectDocument();
  /// Tells everything that edits what happens to pictures; null while there are none.
  void showPictures(const std::shared_ptr<const Dataset>& dataset);
  void loadGallery();
  void openExperiment(const QString& path);
  void openData(const QString& path);
  void openEntry(const GalleryEntry& entry);
  void replaceDocument(const Json& json, const QString& path, const std::filesystem::path& folder);
  void newExperiment();
  void chooseFile();
  void chooseFolder();
  bool save();
  bool saveAs();
  void documentChanged();
  void requestData();
  /// Forecasts a run of what is shown, once it and its data are there.
  void requestForecast();
  void tellForecast(const Forecast& forecast);
  void tellWarnings(const std::vector<DataWarning>& warnings);
  void remember(const QString& path);
  void showError(const ErrorText& error);
  void refreshTitle();

  // main_window_data.cpp: data that is imported, painted or labelled
  /// Becomes the experiment's data, by one edit, or the data of a new experiment.
  void takeData(const Json& data, const std::filesystem::path& folder, bool anew);
  void importData(const Json& data, const std::filesystem::path& folder, bool anew);
  /// How the data that is there is read.
  void importAgain();
  void chooseImport();
  /// Whether a person should look at how this is read.
  bool needsImport(const Json& data) const;
  void labelPictures();
  /// A run uses what is there: says so, and that nothing else can be taken.
  bool refusedWhileRunning();

  // main_window_runs.cpp: runs, live and recorded
  void connectRuns();
  RunRequest request(bool paused);
  void startRun(RunRequest request);
  void runStarted(const QString& id, const std::shared_ptr<const PreparedRun>& prepared);
  void runNews(const RunNews& news);
  void runFinished(const std::shared_ptr<const RunOutcome>& outcome);
  void runFailed(const ErrorText& error);
  void refreshControls();
  /// Offers what makes pictures to be explored; null: there is none.
  void explore(std::shared_ptr<const PictureMaker> maker);
  /// Offers a model to be tried out; null: there is none.
  void tryOut(std::shared_ptr<const ModelAsker> asker);
  /// The model file of the run that is shown, as soon as its data is there too.
  void tryRecorded();
  void showRecorded(const std::shared_ptr<const RecordedRun>& run);
  void layOver();
  void layForkOver();
  QString forkRefusal() const;

  // main_window_queue.cpp: what waits to be run
  void connectQueue();
  /// Puts what is shown behind what waits already.
  void enqueue();
  /// Begins the next one, if nothing runs and the queue does not pause.
  void advanceQueue();
  /// After a start: what was interrupted, and what waits.
  void offerQueue();
  /// Ends the run; what waits stays, in pause.
  void stopRun();
  void showQueued(int row);
  std::string newestResumable() const;
  std::optional<double> lastOf(const std::string& metric) const;

  // main_window_report.cpp
  /// The runs that a report would be of: those selected in the table, else the one that is shown.
  std::vector<std::string> reportable() const;

  // main_menus.cpp
  void makeActions();
  void makeMenus();
  void refreshRecent();
  void setAppearance(const QString& name);
  /// The tile that has the focus or the pointer, else the first one; null where there is none.
  Tile* pointedTile() const;
  void copy();
  void showAbout();
  void showAlgorithmHelp();
  void showShortcuts();

  ExperimentDocument document_;
  Selection selection_;
  DataLoader loader_;
  RunLibrary library_;
  RunQueue queue_;
  Preflight preflight_;
  Background exploring_, trying_, reporting_;
  std::unique_ptr<RunController> controller_;
  std::unique_ptr<RowLook> look_;
  std::unique_ptr<Autosave> autosave_;
  std::unique_ptr<Actions> actions_;

  TopBar* top_;
  MessageBar* message_;
  QStackedWidget* pages_;
  GalleryPage* gallery_;
  Workbench* workbench_;
  QueuePanel* queue_panel_;

  Pace pace_;
  QElapsedTimer run_clock_;
  std::string live_id_;  ///< run in progress, or empty
  std::shared_ptr<const PreparedRun> prepared_;
  std::shared_ptr<const RunOutcome> outcome_;  ///< of the run that is shown, when this window made it
  struct Fork {
    std::string shown, parent, id;  ///< run that was on show when it was asked for; where it starts; its own
    qint64 step = 0, asked = 0;
  };
  std::optional<Fork> fork_;    ///< has started, and is still to be laid over its parent
  std::string resuming_;        ///< run that is being opened in order to go on
  bool shows_running_ = false;  ///< what is edited is what runs: live changes belong to it
  bool queue_offered_ = false;
  std::string shown_run_;                      ///< recorded run that is shown, or empty
  std::filesystem::path tried_file_;           ///< its model file, until that and its data have been read
  std::map<std::string, double> last_values_;  ///< newest scalar of each series
  QStringList warned_;                         ///< what was found in the data, when it was last told
  QString no_store_;                           ///< why nothing is recorded; empty when runs are
  QTimer list_timer_;
  QWidget* parked_ = nullptr;  ///< control that holds the keyboard for one that went grey
  bool abandoned_ = false;
  std::chrono::milliseconds closing_limit_{900};
};

}  // namespace gb
