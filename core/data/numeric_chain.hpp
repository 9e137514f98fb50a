#pragma once

#include <algorithm>
#include <vector>

#include "core/data/quantile_map.hpp"
#include "core/data/yeo_johnson.hpp"

namespace gb {

/// What the fitted steps do to one numeric column, in order: a fill replaces a missing value, an affine map moves a
/// value, a clip bounds it, a power or quantile transform bends it. Only a fill changes what is missing.
class NumericChain {
 public:
  void add_fill(double value) { links_.push_back({Kind::fill, value, 0}); }
  void add_map(double shift, double factor) { links_.push_back({Kind::map, shift, factor}); }
  void add_clip(double low, double high) { links_.push_back({Kind::clip, low, high}); }
  void add_power(const YeoJohnson& power) {
    links_.push_back({Kind::power, 0, 0, powers_.size()});
    powers_.push_back(power);
  }
  void add_quantiles(const QuantileMap& map) {
    links_.push_back({Kind::quantiles, 0, 0, maps_.size()});
    maps_.push_back(map);
  }

  double apply(double value) const {
    for (const auto& link : links_) {
      switch (link.kind) {
        case Kind::fill:
          if (value != value) value = link.a;
          break;
        case Kind::map:
          value = (value - link.a) * link.b;
          break;
        case Kind::clip:
          value = std::clamp(value, link.a, link.b);
          break;
        case Kind::power:
          value = powers_[link.curve].apply(value);
          break;
        case Kind::quantiles:
          value = maps_[link.curve].apply(value);
          break;
      }
    }
    return value;
  }

 private:
  enum class Kind { fill, map, clip, power, quantiles };
  struct Link {
    Kind kind;
    double a, b;
    std::size_t curve = 0;  ///< of its kind
  };
  std::vector<Link> links_;
  std::vector<YeoJohnson> powers_;
  std::vector<QuantileMap> maps_;
};

}  // namespace gb
