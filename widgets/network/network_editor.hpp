#pragma once

#include <QWidget>
#include <memory>
#include <optional>
#include <string>

#include "core/graph/graph.hpp"
#include "core/params/param_spec.hpp"
#include "widgets/network/layer_edits.hpp"

namespace gb {

/// The layers of a network as a list that is put together by hand: what each makes and costs per example at its right,
/// updated as one types; totals below; the fields of the chosen layer beside it. It holds no layers of its own: every
/// edit is told, and takes hold when setLayers() shows it.
class NetworkEditor : public QWidget {
  Q_OBJECT
 public:
  explicit NetworkEditor(QWidget* parent = nullptr);
  ~NetworkEditor() override;

  /// `layers` null: those of `preset` are shown, to be looked at; an empty `preset` goes by the picture.
  void setLayers(const Json& layers, const std::string& preset = {});
  /// [channels, height, width] of a picture and the number of classes or values to answer; without a picture nothing is
  /// known of shapes, and `why` says so.
  void setPicture(const Shape& picture, std::int64_t outputs, const QString& why = {});
  /// While a run goes on nothing can be edited.
  void setRunning(bool running);
  /// Shows a reason that came from elsewhere at the layer that `field` ("algorithm.params.layers[2].units") names.
  void showField(const QString& field);

  void select(const LayerPath& path);
  /// Empty: none, or one that is added by itself.
  LayerPath selected() const;

 signals:
  /// Another list is wanted, null for the preset's. `text` names the edit, `field` is the same for edits that belong
  /// together (typing).
  void edited(const QString& text, const QString& field, const gb::Json& layers);

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
