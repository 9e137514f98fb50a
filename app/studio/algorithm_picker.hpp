#pragma once

#include <QDialog>
#include <string>

#include "core/data/dataset.hpp"

class QLabel;
class QLineEdit;
class QListWidget;
class QListWidgetItem;
class QPushButton;

namespace gb {

/// Every algorithm, by family, with a field to search in; beside the list what the selected one does and the paper it
/// comes from. Those that do not fit the data are shown grey, say why, and cannot be chosen.
class AlgorithmPicker : public QDialog {
  Q_OBJECT
 public:
  /// `current` is selected first. `dataset` may be null: then everything fits. It is looked at here and not kept.
  AlgorithmPicker(const std::string& current, const Dataset* dataset, QWidget* parent = nullptr);

  /// Of the algorithm that is selected; empty when nothing is.
  std::string selected() const;
  /// Selects it when it is in the list at present.
  void select(const std::string& id);

 protected:
  /// The arrow keys go through the list while letters go into the search field.
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  QWidget* makeDetail();
  void fill(const Dataset* dataset);
  void search(const QString& text);
  void describe();
  void paintItems();
  void choose();

  QLineEdit* search_;
  QListWidget* list_;
  QLabel *title_, *facts_, *help_, *paper_head_, *paper_, *reason_;
  QPushButton* choose_;
};

}  // namespace gb
