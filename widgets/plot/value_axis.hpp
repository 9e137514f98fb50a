#pragma once

#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

#include "widgets/plot/axis_ticks.hpp"

namespace gb {

/// One figure or setting of many items, such as runs.
struct ValueColumn {
  QString name;
  std::vector<double> values;  ///< one per item; NaN where it has none; a position in `categories` where there are any
  QStringList categories;      ///< of what is no number
  bool log_scale = false;      ///< its values are told apart by their magnitude

  /// As people read it; "–" for none.
  QString text(std::size_t item) const;
};

/// Items and what is known of each of them.
struct ItemTable {
  QStringList names;
  std::vector<int> colors;  ///< series index of each; may be empty
  std::vector<ValueColumn> columns;

  std::size_t size() const { return static_cast<std::size_t>(names.size()); }
};

/// Where the values of a column stand along an axis of length one. On a logarithmic axis zeros and negative values
/// stand at its beginning, apart from the others: nothing is left out.
class ValueAxis {
 public:
  ValueAxis() = default;
  ValueAxis(const ValueColumn& column, bool log_scale);

  /// Not finite for a value that is none.
  double position(double value) const;
  /// The value that stands there, as text.
  QString textAt(double position) const;
  /// At their positions, at most about `most`.
  std::vector<Tick> ticks(int most) const;
  bool logScale() const { return log_; }

 private:
  Span span_;  ///< in powers of ten on a logarithmic axis
  QStringList categories_;
  bool log_ = false;
  double start_ = 0;  ///< where positive values begin on a logarithmic axis that has others
};

}  // namespace gb
