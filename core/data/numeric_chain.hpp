#pragma once

#include <vector>

namespace gb {

/// What the fitted steps do to one numeric column, in order: a fill replaces a missing value, an affine map moves it.
class NumericChain {
 public:
  void add_fill(double value) { links_.push_back({true, value, 0}); }
  void add_map(double shift, double factor) { links_.push_back({false, shift, factor}); }

  double apply(double value) const {
    for (const auto& link : links_) {
      if (!link.fill)
        value = (value - link.a) * link.b;
      else if (value != value)
        value = link.a;
    }
    return value;
  }

 private:
  struct Link {
    bool fill;
    double a, b;
  };
  std::vector<Link> links_;
};

}  // namespace gb
