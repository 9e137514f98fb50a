#pragma once

#include <QFrame>
#include <QString>

#include "widgets/view.hpp"

class QLabel;
class QMenu;
class QToolButton;

namespace gb {

class CurveView;
class MatrixView;

/// One live view in its frame: title, a short line beside it, and a menu that every view has.
class Tile : public QFrame {
  Q_OBJECT
 public:
  /// Takes the view over. `key` names what it shows, the same from run to run.
  Tile(const QString& key, View* view, QWidget* parent = nullptr);

  const QString& key() const { return key_; }
  View* view() const { return view_; }
  QMenu* menu() const { return menu_; }
  void setMaximised(bool maximised);
  bool isMaximised() const { return maximised_; }
  /// The step of what is shown, where that is not the latest; `behind`: how many steps ago that was, while a run goes
  /// on.
  void setShownStep(std::int64_t step, std::int64_t behind = 0);
  /// There was nothing to show yet at the step that is looked at.
  void setAbsent(bool absent);
  bool isAbsent() const { return absent_; }
  /// Where it stands among the others: those of a lower rank come first.
  void setRank(int rank) { rank_ = rank; }
  int rank() const { return rank_; }
  /// What is shown belongs to an earlier run.
  void setStale(bool stale) { stale_ = stale; }
  bool isStale() const { return stale_; }

  void copyPicture();
  void savePicture();
  void saveNumbers();
  void showTable();

 signals:
  void maximiseRequested(bool maximise);
  void failed(const QString& reason);

 protected:
  void changeEvent(QEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;

 private:
  void refreshTitle();
  void makeMenu();
  void addCurveActions(CurveView* curves);
  void addMatrixActions(MatrixView* matrix);

  QString key_;
  View* view_;
  QLabel* nothing_;  ///< in the view's place while it is absent
  QLabel* title_;
  QLabel* subtitle_;
  QToolButton* button_;
  QMenu* menu_;
  QAction* maximise_;
  bool maximised_ = false;
  bool stale_ = false;
  bool absent_ = false;
  int rank_ = 0;
  std::int64_t shown_step_ = -1;
  std::int64_t behind_ = 0;
};

/// Asks where to save, remembering the folder of the last time.
QString askSavePath(QWidget* parent, const QString& title, const QString& name, const QString& filters);

}  // namespace gb
