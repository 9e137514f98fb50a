#pragma once

#include <QWidget>
#include <memory>

#include "app/studio/background.hpp"
#include "app/studio/experiment_document.hpp"
#include "core/data/dataset.hpp"

class QCheckBox;
class QLabel;
class QPushButton;

namespace gb {

class ImageWall;
class ParameterForm;

/// How pictures are varied, in the middle of the window: the fields of the document's "augment" object at the right,
/// and at the left what they make of one of the user's own pictures, remade as they change.
class AugmentPage : public QWidget {
  Q_OBJECT
 public:
  explicit AugmentPage(ExperimentDocument& document, QWidget* parent = nullptr);

  bool applies() const;
  void setDataset(const std::shared_ptr<const Dataset>& dataset);
  void setRunning(bool running);
  void setError(const QString& field, const QString& reason);
  ParameterForm* form() const { return form_; }
  ImageWall* wall() const { return wall_; }
  /// Which picture is shown; its variants are of the document's seed.
  std::size_t row() const { return row_; }

 signals:
  void backRequested();
  /// The wall shows the variants of what the document says now.
  void previewed();

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void refresh();
  void remake();

  ExperimentDocument& document_;
  std::shared_ptr<const Dataset> dataset_;
  Background background_;
  std::size_t row_ = 0;
  bool stale_ = true;  ///< the wall does not show what the document says
  QCheckBox* box_;
  ParameterForm* form_;
  ImageWall* wall_;
  QLabel* note_;
  QPushButton* another_;
};

}  // namespace gb
