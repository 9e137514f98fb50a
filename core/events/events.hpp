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

/// A line through the plane: an ellipse around a component, a margin.
struct Outline {
  std::int32_t group = -1;  ///< colour index, -1 for none
  bool dashed = false;
  std::vector<float> xy;  ///< n x 2, in order; closed where the last point is the first
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
  std::vector<std::uint8_t> marked;  ///< n: 1 for points with a ring around them (support vectors); may be empty
  std::vector<float> centers;        ///< k x 2, drawn as crosses
  std::vector<Outline> outlines;
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

/// Lines or bars over a common axis that is no time: ROC curves, explained variance, a silhouette plot.
struct Chart {
  enum class Kind { lines, bars };
  struct Line {
    std::string name;
    bool dashed = false;
    std::vector<double> x, y;  ///< equally long; bars stand at x, or at 0, 1, ... under `names` where there are any
  };
  std::string view;
  std::string title;
  std::int64_t step = 0;
  std::string part;  ///< "validation", "test"; may be empty
  Kind kind = Kind::lines;
  std::string x_label, y_label;
  std::vector<std::string> names;  ///< of the bars, from left to right; may be empty
  std::vector<Line> lines;
};

/// A rooted tree: a decision tree with its splits, a dendrogram with the heights of its merges.
struct Tree {
  struct Node {
    std::int32_t parent = -1;  ///< position of the parent, which comes before its children; -1 for a root
    std::string label;         ///< "petal length <= 2.45", a class, a row
    std::string detail;        ///< more to read on hovering
    double height = 0;         ///< of a merge, above the leaves; unused where `heights` is false
    std::int64_t rows = 0;     ///< how many rows came here
    std::int32_t group = -1;   ///< colour index, -1 for none
    float purity = 1;          ///< 0..1: how strong the colour is
  };
  std::string view;
  std::string title;
  std::int64_t step = 0;
  bool heights = false;  ///< nodes stand at their heights (dendrogram), else at their depths
  std::vector<std::string> group_names;
  std::vector<Node> nodes;
};

using Event = std::variant<Scalar, Progress, Text, Change, std::shared_ptr<const Points>, std::shared_ptr<const Matrix>,
                           std::shared_ptr<const Images>, std::shared_ptr<const Table>, std::shared_ptr<const Chart>,
                           std::shared_ptr<const Tree>>;

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
