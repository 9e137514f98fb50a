#pragma once

#include <QWidget>

#include "app/studio/experiment_document.hpp"

class QCheckBox;
class QLabel;
class QPushButton;

namespace gb {

/// Below the preparation: whether pictures are varied while a network learns from them, and how, in a line. Hidden for
/// algorithms that take pictures as they are.
class AugmentSection : public QWidget {
  Q_OBJECT
 public:
  explicit AugmentSection(ExperimentDocument& document, QWidget* parent = nullptr);

  /// Whether the experiment's algorithm learns from varied pictures. `pictures`: the data is pictures, as far as known.
  void setPictures(bool pictures);
  bool on() const;
  void refresh();
  void setRunning(bool running);
  void setError(const QString& reason);

 signals:
  void openRequested();

 private:
  ExperimentDocument& document_;
  QCheckBox* box_;
  QLabel* summary_;
  QLabel* error_;
  QPushButton* open_;
  bool pictures_ = true;
};

/// The document's "augment" object; null where it is absent or no object.
Json augmentOf(const ExperimentDocument& document);
/// Whether its algorithm learns from varied pictures.
bool augmentApplies(const ExperimentDocument& document);
/// Switches it off, or on with a gentle start, as an edit that can be undone.
void switchAugment(ExperimentDocument& document, bool on);

}  // namespace gb
