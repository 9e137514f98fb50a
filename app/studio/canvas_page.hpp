#pragma once

#include <QWidget>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/studio/background.hpp"
#include "app/studio/model_asker.hpp"

class QCheckBox;
class QLabel;
class QPushButton;
class QStackedWidget;
class QTableWidget;

namespace gb {

class AnswerBars;
class DrawCanvas;
class DrawingTools;
class RowEditor;

/// Trying a model out, in the middle of the window: draw or change a picture, move the features of a row, and the
/// answer follows; what it rests on, and which smallest changes would turn it, follow as soon as the hand rests.
class CanvasPage : public QWidget {
  Q_OBJECT
 public:
  explicit CanvasPage(QWidget* parent = nullptr);

  /// Null: there is no model to try.
  void setAsker(std::shared_ptr<const ModelAsker> asker);
  bool applies() const { return asker_ != nullptr; }
  /// The row to start from when a person asks for the selected one; -1 for none.
  void setSelected(std::int64_t row);
  /// Whether all that follows the last change is on show.
  bool complete() const { return applies() && answered_ && !waiting_ && !explaining_.busy() && !again_; }
  DrawCanvas* canvas() const { return canvas_; }
  RowEditor* row() const { return row_; }
  /// The label, or the value, that is shown.
  QString answer() const;

 signals:
  void backRequested();
  /// All that follows a change is on show.
  void settled();
  void failed(const QString& reason);

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  /// Makes the editors of a new model, once somebody looks.
  void begin();
  void startFrom(std::int64_t row);
  void changed();
  void askNow();
  void show(const Answers& answers);
  void explain();
  void showFlips(const std::vector<Flip>& flips);
  void refreshWords();
  /// What is drawn or set, to be asked about.
  Dataset question() const;
  bool pictures() const { return asker_ && asker_->dataset->images(); }

  std::shared_ptr<const ModelAsker> asker_;
  Background asking_, explaining_;
  bool waiting_ = false;  ///< for an answer
  bool again_ = false;    ///< something changed while the model was being asked
  bool answered_ = false;
  bool fresh_ = false;  ///< nobody has looked at this model yet
  std::int64_t selected_ = -1, start_ = 0;
  Answers answers_;
  std::optional<Answers> before_;  ///< of the row as it is in the data

  QStackedWidget* editors_;
  DrawCanvas* canvas_;
  DrawingTools* tools_;
  RowEditor* row_;
  QLabel* hint_;
  QPushButton* take_;
  QLabel* answer_;
  QLabel* was_;
  AnswerBars* bars_;
  QCheckBox* explain_;
  QLabel* flips_head_;
  QTableWidget* flips_;
};

}  // namespace gb
