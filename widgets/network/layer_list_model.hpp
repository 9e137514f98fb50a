#pragma once

#include <QAbstractListModel>
#include <optional>
#include <vector>

#include "core/layers/network_part.hpp"
#include "widgets/network/layer_edits.hpp"

namespace gb {

/// A list of layers as rows: what is written, with what summarize() says of it; behind them what is added by itself.
class LayerListModel : public QAbstractListModel {
  Q_OBJECT
 public:
  struct Row {
    LayerPath path;  ///< empty: added
    Json entry;
    LayerSummary summary;
    bool known = false;  ///< the summary speaks of it
  };

  using QAbstractListModel::QAbstractListModel;

  void setNetwork(const Json& layers, const NetworkPart& part);
  void setEditable(bool editable) { editable_ = editable; }

  const std::vector<Row>& rows() const { return rows_; }
  const LayerCost& total() const { return total_; }
  bool valid() const;
  /// -1 where there is none.
  int rowOf(const LayerPath& path) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
  QStringList mimeTypes() const override;
  QMimeData* mimeData(const QModelIndexList& indexes) const override;
  /// Only asks: the list belongs to the document.
  bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                    const QModelIndex& parent) override;

 signals:
  void moveRequested(const gb::LayerPath& from, const gb::LayerPath& to);

 private:
  std::vector<Row> rows_;
  LayerCost total_;
  bool editable_ = false;
};

}  // namespace gb
