#pragma once

#include <QWidget>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/studio/run_query.hpp"

class QHBoxLayout;
class QLabel;
class QLineEdit;
class QMenu;
class QPushButton;
class QStackedWidget;
class QTableView;

namespace gb {

class RunListModel;
class RunTable;
class RunTableView;

/// The bottom table: every run ever made, searched, narrowed down, tagged and starred. Selected ones are compared, a
/// double click opens one as it was. What waits to be run stands beside it.
class RunsPanel : public QWidget {
  Q_OBJECT
 public:
  RunsPanel(RunListModel& model, QWidget* parent = nullptr);

  std::vector<std::string> selected() const;
  void select(const std::vector<std::string>& ids);
  QTableView* table() const;
  QPushButton* compareButton() const { return compare_; }
  QLineEdit* search() const { return search_; }
  /// Stands to the right of the table.
  void setAside(QWidget* widget);
  /// Shown in place of the table, as when nothing is recorded; empty shows the table.
  void setNote(const QString& note);
  /// Offers all columns that the runs have.
  void chooseColumns();

 signals:
  void selectionChanged();
  void opened(const QString& id);
  void resumeRequested(const QString& id);
  void removeRequested(const QStringList& ids);
  void compareRequested();
  /// Of the selected runs, or of the one that is shown where none is selected.
  void reportRequested();
  void renamed(const QString& id, const QString& name);
  void tagged(const QString& id, const std::vector<std::string>& tags);
  void noted(const QString& id, const QString& notes);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QWidget* makeHead();
  void refresh();
  void takeSelection();
  void fillFilterMenu();
  /// One kind of filter as a submenu: keys and their names, of which any may be ticked.
  template <class Key>
  void addChoices(const QString& title, const std::map<Key, QString>& choices, std::set<Key> RunFilter::*chosen);
  void showMenu(const QModelIndex& index, const QPoint& at);
  void editNotes(const QString& id);
  void askTag();
  void clearFilter();

  RunListModel& model_;
  RunTable* runs_;
  QHBoxLayout* middle_;
  QStackedWidget* stack_;
  QLabel* note_;
  QPushButton* clear_;
  RunTableView* table_;
  QLineEdit* search_;
  QPushButton* filter_;
  QMenu* filter_menu_;
  QLabel* count_;
  QPushButton* columns_;
  QPushButton* compare_;
  QPushButton* report_;
  QString reason_;
  std::vector<std::string> last_selected_;  ///< in order of ids
};

}  // namespace gb
