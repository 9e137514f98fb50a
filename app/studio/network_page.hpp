#pragma once

#include <QWidget>
#include <memory>

#include "app/studio/experiment_document.hpp"
#include "core/data/dataset.hpp"
#include "core/layers/network_part.hpp"

class QTabBar;

namespace gb {

struct AlgorithmInfo;
class NetworkEditor;

/// The layers of the experiment's networks, in the middle of the window: an editor bound to the document, with a tab
/// per network where there are several.
class NetworkPage : public QWidget {
  Q_OBJECT
 public:
  explicit NetworkPage(ExperimentDocument& document, QWidget* parent = nullptr);

  /// Whether the experiment's algorithm has layers to edit.
  bool applies() const;
  void setDataset(const std::shared_ptr<const Dataset>& dataset);
  NetworkEditor* editor() const { return editor_; }
  /// Shows the network whose layers this parameter holds.
  void showNetwork(const QString& param);
  /// Shows a reason that came from elsewhere at the layer that `field` ("algorithm.params.layers[2].units") names.
  void showField(const QString& field);

 signals:
  void backRequested();

 private:
  const AlgorithmInfo* algorithm() const;
  /// The networks of the algorithm as the document and the data say; none where it has none.
  std::vector<NetworkPart> parts() const;
  void refresh();
  void showPart();

  ExperimentDocument& document_;
  std::shared_ptr<const Dataset> dataset_;
  std::vector<NetworkPart> parts_;
  QTabBar* tabs_;
  NetworkEditor* editor_;
};

}  // namespace gb
