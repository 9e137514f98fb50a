#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/params/param_spec.hpp"

/// What a run tells: plain value structs, published whole and never changed afterwards. `view` names the view an event
/// belongs to ("confusion", "clusters"); a later event of the same view replaces the earlier one on screen.
/// Row numbers are positions in the dataset, 0-based, so that a selection means the same in every view.
namespace gb {

/// One point of one curve. Series are named "train/loss", "validation/accuracy".
struct Scalar {
  std::string series;
  std::int64_t step = 0;
  double value = 0;
};

/// How far the run is. `total` is 0 while unknown.
struct Progress {
  std::int64_t step = 0;
  std::int64_t total = 0;
  double per_second = 0;  ///< items a second, 0 while unknown
  std::string unit;       ///< what per_second counts: "images", "rows"
};

/// A sentence on what this step does, with its numbers ("Moved 3 centres, 12 rows changed cluster").
struct Text {
  std::string view;
  std::int64_t step = 0;
  std::string text;
};

/// A live change took effect before this step; recorded in the journal.
struct Change {
  std::int64_t step = 0;
  std::string param;
  Json value;
};

/// A coloured plane behind points: which class a model would choose where, and how surely.
struct Region {
  int width = 0, height = 0;  ///< cells; row 0 is the smallest y
  float x_min = 0, x_max = 1, y_min = 0, y_max = 1;
  std::vector<std::uint8_t> group;     ///< height x width
  std::vector<std::uint8_t> strength;  ///< height x width, 0 (undecided) to 255 (sure)
};

/// A point cloud in the plane. Positions seldom change and are shared between events.
struct Points {
  std::string view;
  std::string title;
  std::int64_t step = 0;
  std::string x_label, y_label;
  std::shared_ptr<const std::vector<float>> xy;           ///< n x 2
  std::shared_ptr<const std::vector<std::int64_t>> rows;  ///< n dataset rows
  std::vector<std::int32_t> group;                        ///< n: colour index, -1 for none
  std::vector<std::string> group_names;
  std::vector<float> centers;            ///< k x 2, drawn as crosses
  std::shared_ptr<const Region> region;  ///< may be null
};

/// A table of magnitudes. In a confusion matrix rows are true classes, columns predicted ones.
struct Matrix {
  std::string view;
  std::string title;
  std::int64_t step = 0;
  std::string part;  ///< "validation", "test": what the numbers speak of; may be empty
  std::string row_title, column_title;
  std::vector<std::string> row_labels, column_labels;
  std::vector<double> values;  ///< rows x columns
  /// Which dataset rows stand in which cell (row * columns + column); may be empty.
  std::vector<std::int64_t> rows;
  std::vector<std::int32_t> cells;
};

/// Pictures, 8 bits a channel.
struct Images {
  std::string view;
  std::string title;
  std::int64_t step = 0;
  int count = 0, channels = 1, height = 0, width = 0;
  std::vector<std::uint8_t> pixels;   ///< count x channels x height x width
  std::vector<std::string> captions;  ///< count, or empty
  std::vector<std::int64_t> rows;     ///< count dataset rows, or empty
};

/// Numbers and words in columns ("per class: precision, recall, support").
struct Table {
  std::string view;
  std::string title;
  std::int64_t step = 0;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

using Event = std::variant<Scalar, Progress, Text, Change, std::shared_ptr<const Points>, std::shared_ptr<const Matrix>,
                           std::shared_ptr<const Images>, std::shared_ptr<const Table>>;

/// Receives a run's events on the run's own thread. Must be quick: copy or queue, never wait.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void on_event(const Event& event) = 0;
};

/// Passes events on to several observers.
class Observers : public RunObserver {
 public:
  explicit Observers(std::vector<RunObserver*> observers) : observers_(std::move(observers)) {}
  void on_event(const Event& event) override {
    for (auto* observer : observers_) observer->on_event(event);
  }

 private:
  std::vector<RunObserver*> observers_;
};

}  // namespace gb
