#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gb {

/// The element types that our ONNX files use; the order is that of Tensor::values.
enum class TensorType { real, integer, text, boolean };

/// What ONNX calls it: "float", "int64", "string", "bool".
std::string_view tensor_type_name(TensorType type);

using Shape = std::vector<std::int64_t>;

/// "[3, 4]"
std::string shape_text(const Shape& shape);

/// The product of the dimensions. Throws ModelError when one is negative or the product does not fit memory.
std::size_t element_count(const Shape& shape);

/// A dense array in row-major order; the empty shape is a scalar.
struct Tensor {
  using Reals = std::vector<float>;
  using Integers = std::vector<std::int64_t>;
  using Texts = std::vector<std::string>;
  using Booleans = std::vector<std::uint8_t>;  ///< 0 or 1
  using Values = std::variant<Reals, Integers, Texts, Booleans>;

  Shape shape{0};
  Values values;

  TensorType type() const { return static_cast<TensorType>(values.index()); }
  std::size_t rank() const { return shape.size(); }
  std::size_t size() const;
  /// Memory of the elements, the characters of texts included.
  std::size_t bytes() const;

  /// The elements. Throw ModelError when the tensor holds another type.
  const Reals& reals() const { return as<Reals>(TensorType::real); }
  const Integers& integers() const { return as<Integers>(TensorType::integer); }
  const Texts& texts() const { return as<Texts>(TensorType::text); }
  const Booleans& booleans() const { return as<Booleans>(TensorType::boolean); }

 private:
  template <class T>
  const T& as(TensorType wanted) const {
    if (const T* held = std::get_if<T>(&values)) return *held;
    refuse(wanted);
  }
  [[noreturn]] void refuse(TensorType wanted) const;
};

/// Elements for a tensor that an operator computes. Throws ModelError when they would take more than 512 MB: no model
/// of ours comes near that with the rows it is given at a time, a file made to exhaust memory does.
template <class T>
std::vector<T> computed_values(const Shape& shape);
/// The same for elements that are copies of `source`'s, whose longest text counts for every one.
template <class T>
std::vector<T> computed_values(const Shape& shape, const std::vector<T>& source);

}  // namespace gb
