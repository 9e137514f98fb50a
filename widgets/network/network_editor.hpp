#pragma once

#include <QWidget>
#include <memory>
#include <optional>
#include <string>

#include "core/layers/network_part.hpp"
#include "widgets/network/layer_edits.hpp"

namespace gb {

/// The layers of a network as a list that is put together by hand: what each makes and costs per example at its right,
/// updated as one types; totals below; the fields of the chosen layer beside it. It holds no layers of its own: every
/// edit is told, and takes hold when setNetwork() shows it.
class NetworkEditor : public QWidget {
  Q_OBJECT
 public:
  explicit NetworkEditor(QWidget* parent = nullptr);
  ~NetworkEditor() override;

  /// `layers` null: those of the part's preset are shown, to be looked at. Where the part's input is not known, nothing
  /// is known of shapes, and `why` says so.
  void setNetwork(const NetworkPart& part, const Json& layers, const QString& why = {});
  /// While a run goes on nothing can be edited.
  void setRunning(bool running);
  /// Shows a reason that came from elsewhere at the layer that `field` ("algorithm.params.layers[2].units") names.
  void showField(const QString& field);

  void select(const LayerPath& path);
  /// Empty: none, or one that is added by itself.
  LayerPath selected() const;

 signals:
  /// Another list is wanted, null for the preset's. `text` names the edit, `field` ("layers[2].units") is the same for
  /// edits that belong together (typing).
  void edited(const QString& text, const QString& field, const gb::Json& layers);

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
