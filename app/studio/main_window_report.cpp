#include <QDesktopServices>
#include <QDir>
#include <QUrl>

#include "app/studio/main_window.hpp"
#include "app/studio/report_files.hpp"
#include "app/studio/runs_panel.hpp"
#include "app/studio/workbench.hpp"

namespace gb {

std::vector<std::string> MainWindow::reportable() const {
  const auto selected = workbench_->runs->selected();
  if (!selected.empty()) return selected;
  const std::string& shown = shown_run_.empty() ? live_id_ : shown_run_;
  return shown.empty() ? std::vector<std::string>() : std::vector{shown};
}

void MainWindow::makeReport(const std::vector<std::string>& ids) {
  if (!library_.store() || ids.empty()) {
    message_->tell(MessageBar::Tone::information,
                   !library_.store()
                       ? tr("Nothing is recorded, so there is nothing to report.")
                       : tr("Run an experiment, or select runs in the table: a report is made of those."));
    return;
  }
  message_->tell(MessageBar::Tone::information,
                 tr("Writing a report of %n runs\u2026", "", static_cast<int>(ids.size())));
  reporting_.run(
      [store = library_.store(), ids, folder = exportFolder()] { return writeReport(*store, ids, folder); },
      [this](const ReportFiles& files) {
        message_->tell(
            MessageBar::Tone::information,
            tr("The report was written as a page and as a PDF: %1").arg(QDir::toNativeSeparators(files.html)),
            tr("Open it"), [files] { QDesktopServices::openUrl(QUrl::fromLocalFile(files.html)); });
        emit reportWritten(files.html, files.pdf);
      },
      [this](const std::exception_ptr& error) { showError(errorText(error)); });
}

}  // namespace gb
