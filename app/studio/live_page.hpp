#pragma once

#include <QWidget>
#include <string>
#include <vector>

#include "app/studio/run_bridge.hpp"
#include "core/data/dataset.hpp"
#include "core/run/run_store.hpp"

class QLabel;
class QScrollArea;
class QScrollBar;
class QStackedWidget;

namespace gb {

class CurveView;
class ResponsiveGrid;
class Selection;
class Tile;
class View;
class TimeBar;

/// The middle of the workbench: live views in tiles, made by event type, and the time slider below them.
class LivePage : public QWidget {
  Q_OBJECT
 public:
  LivePage(Selection& selection, QWidget* parent = nullptr);

  /// A recorded run whose curves are laid over those of the shown one.
  struct Overlay {
    std::string id;
    QString label;
    int color = 0;
    std::vector<SeriesData> series;
  };

  /// Nothing runs yet: pictures or points of the data itself.
  void showDataset(const std::shared_ptr<const Dataset>& dataset);
  /// A run starts. Tiles of the run before stay until the new one fills them, so that nothing jumps.
  void begin(const std::string& runId, bool recorded);
  /// A fork of the shown run starts: what that had told up to `step` is the fork's past, too.
  void beginFork(const std::string& runId, std::int64_t step);
  /// The shown run goes on from its checkpoint: what it had recorded after that comes again.
  void goOn();
  void add(const RunNews& news);
  /// The run has ended: tiles that it never filled go.
  void end();
  /// A recorded run, whole.
  void showRecorded(const RunSummary& run, const std::vector<SeriesData>& series, const std::vector<Event>& views);
  /// What there was to see at an earlier step.
  void showSnapshot(const std::vector<Event>& views);
  /// The latest views again.
  void showLatest();
  /// What there is to see of a row that somebody points at, whatever step is on show.
  void showSeen(const std::vector<Event>& views);
  /// Where `row` is pointed at: the rows that its answer rests on.
  void markRows(std::int64_t row, const std::vector<std::int64_t>& rows);
  /// `ownLabel` and `ownColor` are the shown run's while others lie over it.
  void setOverlays(std::vector<Overlay> overlays, const QString& ownLabel, int ownColor);
  void clear();

  const std::string& runId() const { return run_id_; }
  std::vector<Tile*> tiles() const { return tiles_; }
  TimeBar* timeBar() const { return time_; }
  /// What the last texts of the run say.
  const QStringList& texts() const { return texts_; }
  /// The confusion matrix that is shown, or null: it knows what each row was taken for.
  std::shared_ptr<const Matrix> confusion() const;

 signals:
  /// A recorded step is wanted; answer with showSnapshot().
  void stepRequested(qint64 step);
  /// A picture that a generator made is pointed out.
  void samplePicked(const std::shared_ptr<const gb::Images>& images, int index);
  /// The pointer rests on a row of the data in some view; -1: no more.
  void rowHovered(qint64 row);
  void textsChanged();
  void failed(const QString& reason);

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  struct Curve {
    std::string series;
    std::vector<std::int64_t> steps;
    std::vector<double> values;
  };

  // live_page.cpp: tiles
  /// The order of tiles, by kind. `made`: pictures that the run makes (view "samples"), what it is all about.
  enum class Rank { made, loss, curves, clouds, charts, pictures, seen_rows, groups, tables };
  static Rank rankOf(const View* view);
  Tile* addTile(const QString& key, View* view, Rank rank);
  Tile* findTile(const QString& key) const;
  /// Shows an event in its tile, which is returned where it had to be made; `seen` says that a person asked for it.
  Tile* placeEvent(const Event& event, bool seen = false);
  void keepLatest(const Event& event);
  /// -1 where nothing has come for that tile.
  std::int64_t stepOfLatest(const QString& key) const;
  void setTexts(const QStringList& texts);
  void setMaximised(Tile* tile, bool maximise);
  void removeTile(Tile* tile);
  void highlight();
  void refreshEmpty();
  void fitGrid();

  // live_page_curves.cpp: curves, of the shown run and of others laid over it
  CurveView* curveView(const std::string& series);
  void addCurve(CurveView* view, const std::string& runId, const std::string& series, const QString& label, int color);
  void takeCurve(const RunNews::Curve& news);
  void redrawCurves();
  int colorOf(const std::string& series) const;

  Selection& selection_;
  QStackedWidget* stack_;
  QLabel* empty_;
  QScrollArea* scroll_;
  QScrollBar* bar_;
  ResponsiveGrid* grid_;
  TimeBar* time_;
  std::vector<Tile*> tiles_;
  std::string run_id_;
  QString own_label_;  ///< of the shown run, while others lie over it
  bool recorded_ = false;
  int own_color_ = -1;         ///< series index of the shown run; -1: house order by part
  std::vector<Curve> curves_;  ///< of the shown run, in the order in which they came
  std::vector<Overlay> overlays_;
  std::vector<Event> latest_;  ///< newest of each view
  std::vector<Event> past_;    ///< of the step that is shown, where that is not the latest
  QStringList latest_texts_;
  QStringList texts_;  ///< of what is shown
};

}  // namespace gb
