#pragma once

#include <QString>
#include <vector>

namespace gb {

/// A stretch of an axis. On logarithmic axes everything here is in powers of ten: -2 stands for 0.01.
struct Span {
  double low = 0;
  double high = 1;

  double length() const { return high - low; }
  bool contains(const Span& other) const { return low <= other.low && high >= other.high; }
};

struct Tick {
  double at = 0;
  QString text;
};

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that parts `length` into at most `most` pieces. Whole axes
/// have no 2.5 and nothing below 1.
double niceInterval(double length, int most, bool whole = false);
/// The data's span widened to nice ends; starts at zero where the data comes near it.
Span niceSpan(const Span& data, int most, bool whole = false);
std::vector<Tick> ticks(const Span& shown, int most, bool whole = false);

Span niceLogSpan(const Span& data);
std::vector<Tick> logTicks(const Span& shown, int most);

/// A shown span that follows the data without jumping: it widens when it must, and narrows only when the data fills
/// less than half of it.
class SteadySpan {
 public:
  const Span& follow(const Span& data, const Span& wanted);
  void forget() { known_ = false; }
  const Span& shown() const { return shown_; }

 private:
  Span shown_;
  bool known_ = false;
};

}  // namespace gb
