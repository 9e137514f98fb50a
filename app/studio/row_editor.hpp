#pragma once

#include <QWidget>
#include <memory>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"

class QFormLayout;
class QVBoxLayout;

namespace gb {

/// The features of one row, each to be changed by hand: numbers by slider and digits over the range of the data,
/// categories by choice.
class RowEditor : public QWidget {
  Q_OBJECT
 public:
  explicit RowEditor(QWidget* parent = nullptr);

  /// Makes a line for each of these columns of the table.
  void setColumns(const Dataset& dataset, const std::vector<std::string>& columns);
  /// Shows this row, a dataset of one.
  void setRow(const Dataset& row);
  /// As it has been changed.
  const Dataset& row() const { return row_; }
  /// Whether anything differs from what setRow() gave.
  bool isChanged() const;
  void reset();

 signals:
  void changed();

 private:
  struct Line {
    std::string column;
    std::vector<QWidget*> widgets;
    double low = 0, high = 1;
    bool whole = false;
  };
  QWidget* numberLine(Line& line, const Column& column);
  QWidget* choiceLine(Line& line, const Column& column);
  Column* columnOf(const std::string& name);
  void setNumber(const std::string& column, double value);
  void refresh();

  Dataset row_, given_;
  std::vector<Line> lines_;
  QVBoxLayout* layout_;
  QWidget* body_ = nullptr;
  bool quiet_ = false;
};

}  // namespace gb
