#pragma once

#include <string>

namespace gb {

/// Which curve of which plot a series is. What a split has one of each of stands together: "train/loss" and
/// "validation/loss" are curves of "loss". Any other name before a slash is the plot, with a curve for each of what
/// follows: "gradient-norm/conv2d" is the curve "conv2d" of "gradient-norm". A series without a slash has a plot of its
/// own.
struct SeriesName {
  std::string plot;
  std::string curve;     ///< empty where the series stands alone
  bool of_part = false;  ///< the curve is named by a part of the data: train, validation, test
};
SeriesName series_name(const std::string& series);

}  // namespace gb
