#pragma once

#include <QWidget>
#include <memory>

#include "core/data/dataset.hpp"
#include "core/events/events.hpp"

class QLabel;
class QPushButton;
class QStackedWidget;
class QTableView;

namespace gb {

class ImageWall;
class SelectedRowsModel;
class Selection;

/// The right rail: what is selected, as pictures or as rows of the table, and what the run does in this step.
class InspectPanel : public QWidget {
  Q_OBJECT
 public:
  InspectPanel(Selection& selection, QWidget* parent = nullptr);

  /// Where selected rows are looked up.
  void setDataset(std::shared_ptr<const Dataset> dataset);
  /// Knows what each row was taken for; may be null.
  void setConfusion(std::shared_ptr<const Matrix> confusion);
  void setTexts(const QStringList& texts);
  ImageWall* images() const { return images_; }
  QTableView* table() const { return table_; }

 signals:
  /// One of the selected rows is pointed at.
  void rowPicked(qint64 row);

 private:
  void refresh();

  Selection& selection_;
  std::shared_ptr<const Dataset> dataset_;
  std::shared_ptr<const Matrix> confusion_;
  QLabel* title_;
  QLabel* count_;
  QPushButton* clear_;
  QStackedWidget* stack_;
  ImageWall* images_;
  QTableView* table_;
  SelectedRowsModel* rows_;
  QLabel* step_head_;
  QLabel* texts_;
};

}  // namespace gb
