#include <climits>
#include <cstring>
#include <exception>
#include <new>
#include <opencv2/core/utility.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/data/codecs/codec_interface.hpp"

namespace {

constexpr const char* damaged = "it is damaged or cut off";
constexpr const char* no_memory = "there is not enough memory for it";

/// OpenCV tells of damaged pictures on standard error; who asked for them is told by the return value.
void be_quiet() {
  static const bool done = [] {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    cv::redirectError([](int, const char*, const char*, const char*, int, void*) { return 0; });
    return true;
  }();
  static_cast<void>(done);
}

/// Blue, green, red (and alpha) to red, green, blue (and alpha), row by row without gaps.
void copy_pixels(const cv::Mat& picture, std::uint8_t* out) {
  const auto channels = static_cast<std::size_t>(picture.channels());
  const auto width = static_cast<std::size_t>(picture.cols);
  for (int row = 0; row < picture.rows; ++row) {
    const std::uint8_t* in = picture.ptr<std::uint8_t>(row);
    std::memcpy(out, in, width * channels);
    if (channels >= 3) {
      for (std::size_t i = 0; i < width; ++i) {
        out[i * channels] = in[i * channels + 2];
        out[i * channels + 2] = in[i * channels];
      }
    }
    out += width * channels;
  }
}

const char* decode(const std::uint8_t* bytes, std::size_t size, bool stored, void* target, GlassbenchPictureRoom room) {
  if (size > INT_MAX) return "its file is larger than 2 GB";
  const cv::Mat encoded(1, static_cast<int>(size), CV_8UC1, const_cast<std::uint8_t*>(bytes));
  cv::Mat picture = cv::imdecode(encoded, stored ? cv::IMREAD_UNCHANGED : cv::IMREAD_ANYCOLOR);
  if (picture.empty()) return damaged;
  if (picture.depth() == CV_16U)
    picture.convertTo(picture, CV_8U, 1 / 257.0);
  else if (picture.depth() != CV_8U)
    return "its pixels are neither of 8 nor of 16 bits a channel";
  const int channels = picture.channels();
  if (channels != 1 && channels != 3 && channels != 4) return "its pixels are neither grey nor RGB nor RGBA";
  std::uint8_t* place = room(target, static_cast<std::size_t>(picture.rows), static_cast<std::size_t>(picture.cols),
                             static_cast<std::size_t>(channels));
  if (!place) return no_memory;
  copy_pixels(picture, place);
  return nullptr;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const char* glassbench_decode_picture(const std::uint8_t* bytes,
                                                                                        std::size_t size, bool stored,
                                                                                        void* target,
                                                                                        GlassbenchPictureRoom room) {
  try {
    be_quiet();
    return decode(bytes, size, stored, target, room);
  } catch (const std::bad_alloc&) {
    return no_memory;
  } catch (const cv::Exception& error) {
    return error.code == cv::Error::StsNoMem ? no_memory : damaged;
  } catch (const std::exception&) {
    return damaged;
  }
}
