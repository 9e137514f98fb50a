#pragma once

#include <QTableView>
#include <QTimer>
#include <string>
#include <vector>

namespace gb {

class RunTable;

/// The table of runs: which columns stand where, how wide, and by which one is sorted, remembered between starts. A
/// click on the star or the space bar stars, F2 renames, the header's menu and columns() choose columns.
class RunTableView : public QTableView {
  Q_OBJECT
 public:
  explicit RunTableView(RunTable& runs, QWidget* parent = nullptr);

  /// Offers all columns that these runs have.
  void chooseColumns();
  /// Keys of what is shown, from left to right.
  QStringList columns() const;
  void setColumns(const QStringList& keys);
  /// By key; empty: newest first.
  void sortBy(const QString& key, Qt::SortOrder order);

  std::vector<std::string> selectedIds() const;
  void selectIds(const std::vector<std::string>& ids);
  /// Of the current run: its name, tags or notes.
  void editCell(int column);

 signals:
  void opened(const QString& id);
  void notesRequested(const QString& id);
  void removeRequested();
  void menuRequested(const QModelIndex& index, const QPoint& global);

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;

 private:
  void showHeaderMenu(const QPoint& at);
  void toggleStar(const QModelIndex& index);
  void restore();
  void keep();

  RunTable& runs_;
  QTimer keeping_;
  std::vector<std::string> held_;  ///< what was selected before everything was told anew
  std::string held_current_;
  int held_column_ = 0;
  int held_scroll_ = 0;
};

}  // namespace gb
