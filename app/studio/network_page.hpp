#pragma once

#include <QWidget>
#include <memory>

#include "app/studio/experiment_document.hpp"
#include "core/data/dataset.hpp"

namespace gb {

class NetworkEditor;

/// The layers of the experiment's network, in the middle of the window: an editor bound to the document.
class NetworkPage : public QWidget {
  Q_OBJECT
 public:
  explicit NetworkPage(ExperimentDocument& document, QWidget* parent = nullptr);

  /// Whether the experiment's algorithm has layers to edit.
  bool applies() const;
  void setDataset(const std::shared_ptr<const Dataset>& dataset);
  void setRunning(bool running);
  NetworkEditor* editor() const { return editor_; }

 signals:
  void backRequested();

 private:
  /// The algorithm's field of layers; null where it has none.
  const ParamSpec* field() const;
  void refresh();
  void showPicture();

  ExperimentDocument& document_;
  std::shared_ptr<const Dataset> dataset_;
  NetworkEditor* editor_;
};

}  // namespace gb
