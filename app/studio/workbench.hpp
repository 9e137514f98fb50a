#pragma once

#include <QWidget>

#include "app/studio/experiment_document.hpp"

class QSplitter;
class QStackedWidget;

namespace gb {

class DataPage;
class ExperimentPanel;
class InspectPanel;
class LivePage;
class RunListModel;
class RunsPanel;
class Selection;

/// The second page: experiment at the left, live views or the data in the middle, Inspect at the right, runs below.
class Workbench : public QWidget {
  Q_OBJECT
 public:
  Workbench(ExperimentDocument& document, RunListModel& runs, Selection& selection, QWidget* parent = nullptr);

  void showLive();
  void showData();
  bool showsData() const;
  QByteArray saveState() const;
  void restoreState(const QByteArray& state);

  ExperimentPanel* experiment;
  LivePage* live;
  DataPage* data;
  InspectPanel* inspect;
  RunsPanel* runs;

 private:
  QStackedWidget* middle_;
  QSplitter* rows_;
  QSplitter* columns_;
};

}  // namespace gb
