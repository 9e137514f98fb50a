#pragma once

#include <QWidget>

#include "app/studio/experiment_document.hpp"

class QSplitter;
class QStackedWidget;

namespace gb {

class AugmentPage;
class CanvasPage;
class DataPage;
class ExperimentPanel;
class InspectPanel;
class LatentPage;
class LivePage;
class NetworkPage;
class RunListModel;
class RunsPanel;
class Selection;

/// The second page: experiment at the left, live views, the data or an editor in the middle, Inspect at the right, runs
/// below.
class Workbench : public QWidget {
  Q_OBJECT
 public:
  Workbench(ExperimentDocument& document, RunListModel& runs, Selection& selection, QWidget* parent = nullptr);

  void showLive();
  void showData();
  /// The editors of what needs more room than the rail has.
  void showNetwork();
  void showAugment();
  /// What the generator that is at hand has learnt.
  void showLatent();
  void leaveLatent();
  /// The trained model, to be tried out.
  void showCanvas();
  void leaveCanvas();
  bool showsData() const;
  QByteArray saveState() const;
  void restoreState(const QByteArray& state);

  ExperimentPanel* experiment;
  LivePage* live;
  DataPage* data;
  NetworkPage* network;
  AugmentPage* augment;
  LatentPage* latent;
  CanvasPage* canvas;
  InspectPanel* inspect;
  RunsPanel* runs;

 private:
  QStackedWidget* middle_;
  QSplitter* rows_;
  QSplitter* columns_;
};

}  // namespace gb
