#pragma once

#include <QDialog>
#include <QStringList>
#include <utility>
#include <vector>

class QLineEdit;
class QListWidget;

namespace gb {

/// Which columns a table shows, out of many: found by typing, ticked, in the order in which they stand.
class ColumnChooser : public QDialog {
  Q_OBJECT
 public:
  struct Choice {
    QString key, label;
    QString kind;  ///< a head that several stand under
  };
  ColumnChooser(std::vector<Choice> choices, const QStringList& chosen, QWidget* parent = nullptr);

  /// The ticked ones: those chosen before in their order, then the new ones.
  QStringList chosen() const;

 signals:
  /// At every tick, so that the table behind shows what it does.
  void changed();
  void resetRequested();

 private:
  void fill();
  void search(const QString& text);

  std::vector<Choice> choices_;
  QStringList chosen_;
  QLineEdit* search_;
  QListWidget* list_;
};

}  // namespace gb
