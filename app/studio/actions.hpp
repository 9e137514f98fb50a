#pragma once

#include <QAction>
#include <QActionGroup>
#include <QMenu>

namespace gb {

/// Everything that can be done from the menus; shortcuts live here, once.
struct Actions {
  QAction *create, *open, *openFolder, *import, *paint, *label, *save, *saveAs, *exportAll, *report, *quit;
  QMenu* recent;
  QAction *undo, *redo, *copy, *clearSelection;
  QAction *run, *pause, *step, *stop, *resume, *queue, *pauseQueue, *findRuns, *runColumns, *compare, *explore, *tryOut;
  QActionGroup *appearance, *history;
  QAction *gallery, *workbench, *data;
  QAction *experimentPanel, *inspectPanel, *runsPanel;
  QAction *about, *algorithmHelp, *shortcuts;
};

}  // namespace gb
