#include <algorithm>
#include <vector>

#include "core/backend/onednn/primitives.hpp"
#include "core/backend/window.hpp"
#include "core/base/parallel.hpp"

/// Means over windows that stand side by side, of pictures with their channels last. oneDNN's own kernels take three to
/// six times as long where the channels are few.
namespace gb::onednn {
namespace {

constexpr std::int64_t worth_a_thread = 16384;  ///< numbers

/// The windows cover the pictures x without overlap, padding or rest; y has one place per window.
struct Tiles {
  std::int64_t rows;  ///< of places in y, over all pictures
  std::int64_t across, channels, height, width;

  Tiles(const Operand& y, const Window& window)
      : rows(y.shape[0] * y.shape[2]),
        across(y.shape[3]),
        channels(y.shape[1]),
        height(window.kernel[0]),
        width(window.kernel[1]) {}

  std::int64_t y_row() const { return across * channels; }
  std::int64_t x_row() const { return across * width * channels; }
  float share() const { return 1.0F / static_cast<float>(height * width); }
  std::size_t grain() const {
    return static_cast<std::size_t>(std::max<std::int64_t>(1, worth_a_thread / (x_row() * height)));
  }
};

bool are_tiles(const Operand& x, const Operand& y, const Window& window) {
  const auto last = [](const Operand& each) { return each.channels_last || each.shape[1] == 1; };
  if (x.shape.size() != 4 || !last(x) || !last(y)) return false;
  for (std::size_t axis = 0; axis < 2; ++axis)
    if (window.kernel[axis] != window.stride[axis] || window.before[axis] != 0 || window.after[axis] != 0 ||
        window.dilation[axis] != 1 || x.shape[axis + 2] != y.shape[axis + 2] * window.kernel[axis])
      return false;
  return true;
}

// Inner loops stand alone so that they are vectorised.

void add_row(const float* __restrict x, float* __restrict sum, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) sum[i] += x[i];
}

/// Adds up each `width` places of a row and multiplies by `share`.
void merge_places(const float* __restrict row, float* __restrict y, std::int64_t across, std::int64_t width,
                  std::int64_t channels, float share) {
  for (std::int64_t place = 0; place < across; ++place)
    for (std::int64_t c = 0; c < channels; ++c) {
      float sum = 0;
      for (std::int64_t i = 0; i < width; ++i) sum += row[(place * width + i) * channels + c];
      y[place * channels + c] = sum * share;
    }
}

void spread_places(const float* __restrict dy, float* __restrict row, std::int64_t across, std::int64_t width,
                   std::int64_t channels, float share) {
  for (std::int64_t place = 0; place < across; ++place)
    for (std::int64_t i = 0; i < width; ++i)
      for (std::int64_t c = 0; c < channels; ++c)
        row[(place * width + i) * channels + c] = dy[place * channels + c] * share;
}

class Means : public Kernel {
 public:
  Means(const Tiles& tiles, const float* x, float* y) : tiles_(tiles), x_(x), y_(y) {
    sums_.resize(chunk_count(static_cast<std::size_t>(tiles.rows), tiles.grain()) *
                 static_cast<std::size_t>(tiles.x_row()));
  }
  void run() override {
    const std::int64_t length = tiles_.x_row();
    parallel_chunks(static_cast<std::size_t>(tiles_.rows), tiles_.grain(),
                    [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                      float* sum = sums_.data() + chunk * static_cast<std::size_t>(length);
                      for (auto row = static_cast<std::int64_t>(begin); row < static_cast<std::int64_t>(end); ++row) {
                        const float* x = x_ + row * tiles_.height * length;
                        std::copy_n(x, length, sum);
                        for (std::int64_t i = 1; i < tiles_.height; ++i) add_row(x + i * length, sum, length);
                        merge_places(sum, y_ + row * tiles_.y_row(), tiles_.across, tiles_.width, tiles_.channels,
                                     tiles_.share());
                      }
                    });
  }

 private:
  Tiles tiles_;
  const float* x_;
  float* y_;
  std::vector<float> sums_;  ///< a row of x per chunk
};

class MeansGradient : public Kernel {
 public:
  MeansGradient(const Tiles& tiles, const float* dy, float* dx) : tiles_(tiles), dy_(dy), dx_(dx) {}
  void run() override {
    const std::int64_t length = tiles_.x_row();
    parallel_chunks(
        static_cast<std::size_t>(tiles_.rows), tiles_.grain(), [&](std::size_t begin, std::size_t end, std::size_t) {
          for (auto row = static_cast<std::int64_t>(begin); row < static_cast<std::int64_t>(end); ++row) {
            float* dx = dx_ + row * tiles_.height * length;
            spread_places(dy_ + row * tiles_.y_row(), dx, tiles_.across, tiles_.width, tiles_.channels, tiles_.share());
            for (std::int64_t i = 1; i < tiles_.height; ++i) std::copy_n(dx, length, dx + i * length);
          }
        });
  }

 private:
  Tiles tiles_;
  const float* dy_;
  float* dx_;
};

}  // namespace

std::unique_ptr<Kernel> make_tiles(const Operation& operation) {
  const bool backward = operation.op == "AveragePoolGrad";
  if (!backward && operation.op != "AveragePool") return nullptr;
  const Operand& x = backward ? operation.outputs[0] : operation.inputs[0];
  const Operand& y = backward ? operation.inputs[0] : operation.outputs[0];
  const Window window = Window::from(operation.attributes);
  if (!are_tiles(x, y, window)) return nullptr;
  const Tiles tiles(y, window);
  if (backward) return std::make_unique<MeansGradient>(tiles, y.as<float>(), x.as<float>());
  return std::make_unique<Means>(tiles, x.as<float>(), y.as<float>());
}

}  // namespace gb::onednn
