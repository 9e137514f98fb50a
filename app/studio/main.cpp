#include <QApplication>
#include <QCommandLineParser>
#include <QIcon>
#include <QSettings>
#include <cstdlib>

#include "app/studio/main_window.hpp"
#include "app/studio/screenshots.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/parallel.hpp"
#include "core/run/runner.hpp"
#include "widgets/theme.hpp"

namespace {

/// Empty where the program's resources are missing, which what needs them tells.
QIcon applicationIcon() {
  try {
    return QIcon(QString::fromStdString((gb::resource_folder() / "icons" / "glassbench.svg").string()));
  } catch (const gb::Error&) {
    return {};
  }
}

}  // namespace

int main(int argc, char** argv) {
  gb::settle_thread_waiting(argv);
  QApplication application(argc, argv);
  QApplication::setOrganizationName("Glassbench");
  QApplication::setApplicationName("Glassbench");
  QApplication::setApplicationDisplayName("Glassbench");
  QGuiApplication::setDesktopFileName("org.glassbench.Glassbench");
  QApplication::setWindowIcon(applicationIcon());
  QApplication::setApplicationVersion(QString::fromStdString(gb::environment().version));

  QCommandLineParser parser;
  parser.setApplicationDescription(QApplication::translate("main", "Watch machine learning learn."));
  parser.addHelpOption();
  parser.addVersionOption();
  const QCommandLineOption themeOption("theme", QApplication::translate("main", "light, dark or system."), "name");
  const QCommandLineOption screenshots(
      "screenshots", QApplication::translate("main", "Render every page into this folder and end."), "folder");
  const QCommandLineOption pictures(
      "gallery-pictures", QApplication::translate("main", "Render the gallery's pictures into this folder and end."),
      "folder");
  parser.addOptions({themeOption, screenshots, pictures});
  parser.addPositionalArgument("file", QApplication::translate("main", "An experiment or a data file to open."),
                               "[file]");
  parser.process(application);

  if (parser.isSet(pictures)) return gb::makeGalleryPictures(parser.value(pictures));
  const QString appearance =
      parser.isSet(themeOption) ? parser.value(themeOption) : QSettings().value("appearance", "system").toString();
  const bool dark = appearance == "dark" || (appearance == "system" && gb::systemPrefersDark());
  gb::applyTheme(dark ? gb::Theme::darkTheme() : gb::Theme::light());
  if (parser.isSet(screenshots)) return gb::makeScreenshots(parser.value(screenshots), dark);

  bool abandoned = false;
  int status = 0;
  {
    gb::MainWindow window;
    const auto files = parser.positionalArguments();
    window.show();
    if (!files.isEmpty())
      window.openPath(files.front());
    else if (!window.restoreLast())
      window.showGallery();
    status = QApplication::exec();
    abandoned = window.abandoned();
    // A kernel that does not end in time is left behind: its run reads as stopped and resumes from its checkpoint.
    if (abandoned) std::_Exit(status);
  }
  return status;
}
