#include "widgets/network/layer_list_model.hpp"

#include <QMimeData>
#include <QStringList>
#include <algorithm>

#include "core/layers/layer_types.hpp"
#include "widgets/network/layer_words.hpp"
#include "widgets/number_text.hpp"
#include "widgets/params/field_text.hpp"

namespace gb {
namespace {

QString rowType() {
  return QStringLiteral("application/x-glassbench-layer-row");
}

}  // namespace

void LayerListModel::setNetwork(const Json& layers, const NetworkPart& part) {
  const NetworkSummary summary = summarize(layers, part);
  std::vector<Row> rows;
  for (auto& listed : listedLayers(layers)) {
    Row row{listed.path, std::move(listed.entry), {}, false};
    const std::string place = placeText(row.path);
    const auto found = std::find_if(summary.layers.begin(), summary.layers.end(),
                                    [&](const LayerSummary& each) { return !each.added && each.path == place; });
    row.summary.depth = static_cast<int>(row.path.size()) - 1;
    if (found != summary.layers.end()) {
      row.summary = *found;
      row.known = true;
    }
    rows.push_back(std::move(row));
  }
  for (const auto& each : summary.layers)
    if (each.added) rows.push_back({{}, Json{{"type", each.type}, {"units", part.outputs}}, each, true});
  const bool same = rows.size() == rows_.size() &&
                    std::equal(rows.begin(), rows.end(), rows_.begin(),
                               [](const Row& one, const Row& other) { return one.path == other.path; });
  total_ = summary.total;
  if (same) {
    // The place in the list and the keyboard stay.
    rows_ = std::move(rows);
    if (!rows_.empty()) emit dataChanged(index(0), index(static_cast<int>(rows_.size()) - 1));
    emit layoutChanged();
    return;
  }
  beginResetModel();
  rows_ = std::move(rows);
  endResetModel();
}

bool LayerListModel::valid() const {
  return std::all_of(rows_.begin(), rows_.end(), [](const Row& row) { return row.summary.error.empty(); });
}

int LayerListModel::rowOf(const LayerPath& path) const {
  const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) { return row.path == path; });
  return found == rows_.end() || path.empty() ? -1 : static_cast<int>(found - rows_.begin());
}

int LayerListModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

QVariant LayerListModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const Row& row = rows_[static_cast<std::size_t>(index.row())];
  const LayerSummary& summary = row.summary;
  if (role == Qt::DisplayRole) return layerLabel(row.entry);
  if (role == Qt::ToolTipRole) {
    const auto* info = find_layer_type(summary.type);
    QStringList lines;
    if (info) lines << schemaText(info->help);
    if (!summary.name.empty()) lines << tr("Its name: %1").arg(QString::fromStdString(summary.name));
    if (!summary.note.empty()) lines << QString::fromStdString(summary.note);
    return lines.join('\n');
  }
  if (role != Qt::AccessibleTextRole) return {};
  QStringList parts{layerLabel(row.entry)};
  if (const QString words = layerWords(row.entry); !words.isEmpty()) parts << words;
  if (summary.depth > 0) parts << tr("in a block");
  if (summary.added) parts << tr("added by itself");
  if (!summary.error.empty()) parts << tr("error: %1").arg(QString::fromStdString(summary.error));
  if (!summary.shape.empty())
    parts << tr("output %1").arg(shapeText(summary.shape))
          << tr("%1 parameters").arg(wholeText(summary.cost.parameters));
  return parts.join(QStringLiteral(", "));
}

Qt::ItemFlags LayerListModel::flags(const QModelIndex& index) const {
  const Qt::ItemFlags anywhere = editable_ ? Qt::ItemIsDropEnabled : Qt::NoItemFlags;
  if (!index.isValid()) return anywhere;
  const Row& row = rows_[static_cast<std::size_t>(index.row())];
  Qt::ItemFlags result = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
  if (!editable_ || row.path.empty()) return result;
  result |= Qt::ItemIsDragEnabled;
  if (isBlock(row.entry)) result |= Qt::ItemIsDropEnabled;
  return result;
}

QStringList LayerListModel::mimeTypes() const {
  return {rowType()};
}

QMimeData* LayerListModel::mimeData(const QModelIndexList& indexes) const {
  if (indexes.isEmpty()) return nullptr;
  auto* data = new QMimeData;
  data->setData(rowType(), QByteArray::number(indexes.front().row()));
  return data;
}

bool LayerListModel::dropMimeData(const QMimeData* data, Qt::DropAction, int row, int, const QModelIndex& parent) {
  const auto from = static_cast<std::size_t>(data->data(rowType()).toInt());
  if (!editable_ || !data->hasFormat(rowType()) || from >= rows_.size() || rows_[from].path.empty()) return false;
  LayerPath to;
  if (parent.isValid()) {
    // Dropped on a block: the last of its branch.
    const Row& block = rows_[static_cast<std::size_t>(parent.row())];
    if (!isBlock(block.entry)) return false;
    to = block.path;
    to.push_back(block.entry["layers"].size());
  } else {
    const auto before = static_cast<std::size_t>(row);
    if (row >= 0 && before < rows_.size()) to = rows_[before].path;
    if (to.empty()) {
      std::size_t last = 0;
      for (const Row& each : rows_)
        if (each.path.size() == 1) last = each.path.front() + 1;
      to = {last};
    }
  }
  emit moveRequested(rows_[from].path, to);
  return false;
}

}  // namespace gb
