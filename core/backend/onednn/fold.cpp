#include <algorithm>

#include "core/backend/onednn/primitives.hpp"
#include "core/backend/window.hpp"
#include "core/base/parallel.hpp"

namespace gb::onednn {
namespace {

using dnnl::memory;
using type = memory::data_type;
using tag = memory::format_tag;

constexpr std::int64_t few = 4, many = 16;  ///< channels

bool lies_last(const Operand& pictures) {
  return pictures.channels_last || pictures.shape[1] == 1;
}

/// A product of all places' channels with all numbers of the window, which are then added up where they overlap.
class Fold : public Kernel {
 public:
  /// `w` is [channels of x, channels of y, height, width of the window].
  Fold(const Operand& x, const Operand& w, const float* bias, const Operand& y, const Window& window)
      : weights_(w.as<float>()),
        bias_(bias),
        y_(y.as<float>()),
        images_(x.shape[0]),
        height_(x.shape[2]),
        width_(x.shape[3]),
        from_(x.shape[1]),
        to_(y.shape[1]),
        kernel_{w.shape[2], w.shape[3]},
        window_(window),
        out_height_(y.shape[2]),
        out_width_(y.shape[3]),
        packed_(static_cast<std::size_t>(w.size())),
        windows_(static_cast<std::size_t>(images_ * height_ * width_ * numbers())) {
    const memory::desc a({images_ * height_ * width_, from_}, type::f32, tag::ab);
    const memory::desc b({from_, numbers()}, type::f32, tag::ab);
    const memory::desc c({images_ * height_ * width_, numbers()}, type::f32, tag::ab);
    const dnnl::matmul::primitive_desc chosen(dnnl::matmul::desc(a, b, c), with_own_scratchpad(), engine());
    product_.add(dnnl::matmul(chosen), {{DNNL_ARG_SRC, memory(a, engine(), x.data)},
                                        {DNNL_ARG_WEIGHTS, memory(b, engine(), packed_.data())},
                                        {DNNL_ARG_DST, memory(c, engine(), windows_.data())},
                                        {DNNL_ARG_SCRATCHPAD, memory(chosen.scratchpad_desc(), engine())}});
  }

  void run() override {
    pack();
    product_.run();
    parallel_chunks(static_cast<std::size_t>(images_), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
      for (std::size_t image = begin; image < end; ++image) fold(static_cast<std::int64_t>(image));
    });
  }

 private:
  std::int64_t numbers() const { return to_ * kernel_[0] * kernel_[1]; }

  /// Rows per channel of x, in each the window's places with the channels of y last.
  void pack() {
    const std::int64_t places = kernel_[0] * kernel_[1];
    float* to = packed_.data();
    for (std::int64_t c = 0; c < from_; ++c)
      for (std::int64_t place = 0; place < places; ++place)
        for (std::int64_t m = 0; m < to_; ++m) *to++ = weights_[(c * to_ + m) * places + place];
  }

  void fold(std::int64_t image) {
    const std::int64_t row = out_width_ * to_;
    float* const out = y_ + image * out_height_ * row;
    for (std::int64_t i = 0; i < out_height_ * row; ++i) out[i] = bias_ ? bias_[i % to_] : 0.0F;
    const float* from = windows_.data() + image * height_ * width_ * numbers();
    for (std::int64_t h = 0; h < height_; ++h) {
      const std::int64_t top = h * window_.stride[0] - window_.before[0];
      const std::int64_t first_row = std::max<std::int64_t>(0, -top);
      const std::int64_t last_row = std::min(kernel_[0], out_height_ - top);
      for (std::int64_t w = 0; w < width_; ++w, from += numbers()) {
        const std::int64_t left = w * window_.stride[1] - window_.before[1];
        const std::int64_t first = std::max<std::int64_t>(0, -left) * to_;
        const std::int64_t last = std::min(kernel_[1], out_width_ - left) * to_;
        for (std::int64_t i = first_row; i < last_row; ++i) {
          const float* const values = from + i * kernel_[1] * to_;
          float* const sums = out + (top + i) * row + left * to_;
          for (std::int64_t k = first; k < last; ++k) sums[k] += values[k];
        }
      }
    }
  }

  const float* weights_;
  const float* bias_;
  float* y_;
  std::int64_t images_, height_, width_, from_, to_;
  std::array<std::int64_t, 2> kernel_;
  Window window_;
  std::int64_t out_height_, out_width_;
  std::vector<float> packed_, windows_;
  Steps product_;
};

}  // namespace

std::unique_ptr<Kernel> make_fold(const Operand& x, const Operand& w, const Operand* bias, const Operand& y,
                                  const Window& window) {
  const bool plain = window.group == 1 && window.dilation[0] == 1 && window.dilation[1] == 1;
  if (!plain || w.shape[1] > few || w.shape[0] < many || !lies_last(x) || !lies_last(y)) return nullptr;
  return std::make_unique<Fold>(x, w, bias ? bias->as<float>() : nullptr, y, window);
}

}  // namespace gb::onednn
