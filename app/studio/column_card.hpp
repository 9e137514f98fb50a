#pragma once

#include <QWidget>

#include "app/studio/column_summary.hpp"

class QComboBox;

namespace gb {

/// A column of the data: name, type (which may be changed), what is missing, and how its values are spread.
class ColumnCard : public QWidget {
  Q_OBJECT
 public:
  /// `changeable`: the source lets a person say the type.
  ColumnCard(const ColumnSummary& summary, bool target, bool changeable, QWidget* parent = nullptr);

  const QString& column() const { return name_; }
  /// It is one of those that are spoken of.
  void setMarked(bool marked);
  bool isMarked() const { return marked_; }

 signals:
  void typeChosen(const QString& column, const QString& type);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QString name_;
  bool marked_ = false;
  QComboBox* type_;
};

/// A distribution as bars: bins of numbers, or one bar per level with its name and count.
class DistributionBars : public QWidget {
 public:
  DistributionBars(ColumnSummary summary, bool named, QWidget* parent = nullptr);
  QSize sizeHint() const override;
  /// What a full bar stands for; the highest count where nothing is said.
  void setWhole(std::size_t whole) { whole_ = whole; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override;

 private:
  int barAt(const QPoint& point) const;

  ColumnSummary summary_;
  std::size_t whole_ = 0;
  bool named_;  ///< one line per level, as for class balance
};

QString columnTypeText(ColumnType type);

}  // namespace gb
