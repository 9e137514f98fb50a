#pragma once

#include <QWidget>
#include <atomic>
#include <memory>

#include "app/studio/background.hpp"
#include "core/data/correlations.hpp"

class QLabel;

namespace gb {

class MatrixView;

/// How strongly the columns of a table go together, as a matrix; computed off the UI thread when it is first looked at.
/// A click on a cell names the pair, the measure and its figure.
class CorrelationPane : public QWidget {
  Q_OBJECT
 public:
  explicit CorrelationPane(QWidget* parent = nullptr);
  ~CorrelationPane() override;

  /// Null, or pictures: there is nothing to compare.
  void setDataset(std::shared_ptr<const Dataset> dataset);
  /// Unless that has been done.
  void compute();
  bool ready() const { return found_ != nullptr; }
  MatrixView* matrix() const { return matrix_; }

 signals:
  void computed();
  /// Two columns, or one on the diagonal; none: the choice was taken back.
  void columnsChosen(const QStringList& columns);

 private:
  void show(Correlations found);
  void choose(int row, int column);

  std::shared_ptr<const Dataset> dataset_;
  std::shared_ptr<const Correlations> found_;
  std::shared_ptr<std::atomic<bool>> cancelled_;
  Background background_;
  MatrixView* matrix_;
  QLabel *pair_, *legend_;
};

}  // namespace gb
