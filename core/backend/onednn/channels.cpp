#include "core/backend/onednn/channel_sums.hpp"
#include "core/backend/onednn/primitives.hpp"

namespace gb::onednn {
namespace {

void add_row(const float* __restrict x, float* __restrict sum, std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) sum[c] += x[c];
}

std::unique_ptr<Kernel> channel_sum(const Operation& operation) {
  const ChannelMatrix matrix(operation.inputs[0]);
  const auto sums = std::make_shared<ChannelSums>(matrix);
  const float* x = operation.inputs[0].as<float>();
  float* y = operation.outputs[0].as<float>();
  return std::make_unique<Loop>([=] {
    sums->over(matrix, [&](std::int64_t begin, std::int64_t end, float* sum, float*) {
      for (std::int64_t p = begin; p < end; ++p) add_row(x + p * matrix.channels, sum, matrix.channels);
    });
    for (std::int64_t c = 0; c < matrix.channels; ++c) y[c] = static_cast<float>(sums->first(c));
  });
}

std::unique_ptr<Kernel> global_average_pool(const Operation& operation) {
  const Operand& x = operation.inputs[0];
  const std::int64_t channels = x.shape[1];
  const std::int64_t plane = x.shape[2] * x.shape[3];
  const auto count = static_cast<std::size_t>(x.shape[0]);
  const auto grain = static_cast<std::size_t>(std::max<std::int64_t>(1, worth_a_thread / (channels * plane)));
  return std::make_unique<Loop>([=, from = x.as<float>(), to = operation.outputs[0].as<float>()] {
    parallel_chunks(count, grain, [&](std::size_t begin, std::size_t end, std::size_t) {
      for (auto n = static_cast<std::int64_t>(begin); n < static_cast<std::int64_t>(end); ++n) {
        float* sum = to + n * channels;
        std::fill_n(sum, channels, 0.0F);
        for (std::int64_t p = 0; p < plane; ++p) add_row(from + (n * plane + p) * channels, sum, channels);
        for (std::int64_t c = 0; c < channels; ++c) sum[c] /= static_cast<float>(plane);
      }
    });
  });
}

/// Of means over height and width.
std::unique_ptr<Kernel> mean_gradient(const Operation& operation) {
  const Operand& dx = operation.outputs[0];
  const std::int64_t channels = dx.shape[1];
  const std::int64_t plane = dx.shape[2] * dx.shape[3];
  const ChannelMatrix matrix(dx);
  return std::make_unique<Loop>([=, from = operation.inputs[0].as<float>(), to = dx.as<float>()] {
    matrix.for_pieces([&](std::int64_t begin, std::int64_t end, std::size_t) {
      for (std::int64_t p = begin; p < end; ++p) {
        const float* dy = from + p / plane * channels;
        for (std::int64_t c = 0; c < channels; ++c) to[p * channels + c] = dy[c] / static_cast<float>(plane);
      }
    });
  });
}

std::unique_ptr<Kernel> turned(const Operation& operation) {
  const dnnl::memory from(picture_desc(operation.inputs[0]), engine(), operation.inputs[0].data);
  const dnnl::memory to(picture_desc(operation.outputs[0]), engine(), operation.outputs[0].data);
  auto kernel = std::make_unique<Steps>();
  kernel->add(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  return kernel;
}

}  // namespace

std::unique_ptr<Kernel> make_channels(const Operation& operation) {
  if (operation.op == "ChannelsLast" || operation.op == "ChannelsFirst") return turned(operation);
  const auto is_last = [](const Operand& operand) {
    return operand.shape.size() == 4 &&
           (operand.channels_last || operand.shape[1] == 1 || operand.shape[2] * operand.shape[3] == 1);
  };
  if (operation.inputs.empty() || !is_last(operation.inputs[0])) return nullptr;
  if (operation.op == "ChannelSum") return channel_sum(operation);
  if (operation.op == "GlobalAveragePool") return global_average_pool(operation);
  if (operation.op == "ReduceMeanGrad" && is_last(operation.outputs[0]) &&
      integers_attribute(operation.attributes, "axes", {}) == std::vector<std::int64_t>{2, 3})
    return mean_gradient(operation);
  return nullptr;
}

}  // namespace gb::onednn
