#include "core/model/tensor.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "core/model/model.hpp"

namespace gb {

std::string_view tensor_type_name(TensorType type) {
  switch (type) {
    case TensorType::real:
      return "float";
    case TensorType::integer:
      return "int64";
    case TensorType::text:
      return "string";
    case TensorType::boolean:
      return "bool";
  }
  return "";
}

std::string shape_text(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::size_t element_count(const Shape& shape) {
  constexpr auto most = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max()) / sizeof(std::string);
  std::size_t count = 1;
  bool empty = false;
  for (const std::int64_t dimension : shape) {
    if (dimension < 0) throw ModelError("shape " + shape_text(shape) + " has a negative dimension");
    if (dimension == 0) {
      empty = true;
      continue;
    }
    if (count > most / static_cast<std::size_t>(dimension))
      throw ModelError("shape " + shape_text(shape) + " has more elements than memory can hold");
    count *= static_cast<std::size_t>(dimension);
  }
  return empty ? 0 : count;
}

std::size_t Tensor::size() const {
  return std::visit([](const auto& held) { return held.size(); }, values);
}

std::size_t Tensor::bytes() const {
  if (const Texts* held = std::get_if<Texts>(&values)) {
    std::size_t sum = held->size() * sizeof(std::string);
    for (const std::string& text : *held) sum += text.size();
    return sum;
  }
  return std::visit([](const auto& held) { return held.size() * sizeof(held[0]); }, values);
}

void Tensor::refuse(TensorType wanted) const {
  throw ModelError("expected a " + std::string(tensor_type_name(wanted)) + " tensor, got " +
                   std::string(tensor_type_name(type())) + shape_text(shape));
}

namespace {

std::size_t affordable_count(const Shape& shape, std::size_t bytes_each) {
  constexpr std::size_t most_bytes = std::size_t{1} << 29;
  const std::size_t count = element_count(shape);
  if (count > most_bytes / bytes_each)
    throw ModelError("the result of shape " + shape_text(shape) + " would take more than 512 MB");
  return count;
}

}  // namespace

template <class T>
std::vector<T> computed_values(const Shape& shape) {
  return std::vector<T>(affordable_count(shape, sizeof(T)));
}

template <class T>
std::vector<T> computed_values(const Shape& shape, const std::vector<T>& source) {
  std::size_t longest = 0;
  if constexpr (std::is_same_v<T, std::string>)
    for (const std::string& text : source) longest = std::max(longest, text.size());
  return std::vector<T>(affordable_count(shape, sizeof(T) + longest));
}

template std::vector<float> computed_values(const Shape&);
template std::vector<std::int64_t> computed_values(const Shape&);
template std::vector<std::string> computed_values(const Shape&);
template std::vector<std::uint8_t> computed_values(const Shape&);
template std::vector<float> computed_values(const Shape&, const std::vector<float>&);
template std::vector<std::int64_t> computed_values(const Shape&, const std::vector<std::int64_t>&);
template std::vector<std::string> computed_values(const Shape&, const std::vector<std::string>&);
template std::vector<std::uint8_t> computed_values(const Shape&, const std::vector<std::uint8_t>&);

}  // namespace gb
