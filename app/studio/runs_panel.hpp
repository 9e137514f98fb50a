#pragma once

#include <QWidget>
#include <string>
#include <vector>

class QLabel;
class QPushButton;
class QSortFilterProxyModel;
class QStackedWidget;
class QTableView;

namespace gb {

class RunListModel;

/// The bottom table: every run ever made. Selected ones are compared, a double click opens one as it was.
class RunsPanel : public QWidget {
  Q_OBJECT
 public:
  RunsPanel(RunListModel& model, QWidget* parent = nullptr);

  std::vector<std::string> selected() const;
  void select(const std::vector<std::string>& ids);
  QTableView* table() const { return table_; }
  QPushButton* compareButton() const { return compare_; }
  /// Shown in place of the table, as when nothing is recorded; empty shows the table.
  void setNote(const QString& note);

 signals:
  void selectionChanged();
  void opened(const QString& id);
  void resumeRequested(const QString& id);
  void renameRequested(const QString& id);
  void removeRequested(const QStringList& ids);
  void compareRequested();
  /// Of the selected runs, or of the one that is shown where none is selected.
  void reportRequested();

 private:
  void refresh();
  void showMenu(const QPoint& at);

  RunListModel& model_;
  QSortFilterProxyModel* sorted_;
  QStackedWidget* stack_;
  QLabel* note_;
  QTableView* table_;
  QPushButton* compare_;
  QPushButton* report_;
  QString reason_;
};

}  // namespace gb
