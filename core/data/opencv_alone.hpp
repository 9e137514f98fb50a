#pragma once

#include <opencv2/core/utility.hpp>

namespace gb {

/// OpenCV splits its work over threads of its own; here every caller is one of several threads already.
inline void keep_opencv_to_the_caller() {
  static const bool done = (cv::setNumThreads(1), true);
  static_cast<void>(done);
}

}  // namespace gb
