#include <algorithm>
#include <cmath>
#include <limits>

#include "core/model/operators.hpp"

// Operators that compute each element from the elements at its place.

namespace gb {
namespace {

/// Integer arithmetic of ONNX wraps around.
std::int64_t wrapped(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
std::uint64_t bits(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

template <class In, class Out, class F>
Tensor mapped(const Shape& shape, const std::vector<In>& values, const F& f) {
  std::vector<Out> result = computed_values<Out>(shape);
  for (std::size_t i = 0; i < values.size(); ++i) result[i] = f(values[i]);
  return {shape, std::move(result)};
}

template <class F>
NodeKernel of_reals(F f) {
  return [f](Operands in) { return mapped<float, float>(in[0]->shape, in[0]->reals(), f); };
}

/// `f` of every pair that broadcasting makes.
template <class Out, class In, class F>
Tensor paired(const Tensor& left, const std::vector<In>& a, const Tensor& right, const std::vector<In>& b, const F& f) {
  Tensor result;
  result.shape = left.shape == right.shape ? left.shape : broadcast_shape(left.shape, right.shape);
  std::vector<Out> values = computed_values<Out>(result.shape);
  if (left.shape == right.shape) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = f(a[i], b[i]);
  } else if (!values.empty()) {
    BroadcastWalk from(result.shape, left.shape);
    BroadcastWalk with(result.shape, right.shape);
    const std::size_t length = BroadcastWalk::run_length(result.shape);
    for (std::size_t begin = 0; begin < values.size(); begin += length, from.next_run(), with.next_run())
      for (std::size_t i = 0; i < length; ++i)
        values[begin + i] = f(a[from.position() + i * from.step()], b[with.position() + i * with.step()]);
  }
  result.values = std::move(values);
  return result;
}

template <class RealFunction, class IntegerFunction>
NodeKernel arithmetic(RealFunction on_reals, IntegerFunction on_integers) {
  return [on_reals, on_integers](Operands in) {
    if (in[0]->type() == TensorType::integer)
      return paired<std::int64_t>(*in[0], in[0]->integers(), *in[1], in[1]->integers(), on_integers);
    return paired<float>(*in[0], in[0]->reals(), *in[1], in[1]->reals(), on_reals);
  };
}

template <class F>
NodeKernel comparison(F f) {
  return [f](Operands in) {
    if (in[0]->type() == TensorType::integer)
      return paired<std::uint8_t>(*in[0], in[0]->integers(), *in[1], in[1]->integers(), f);
    return paired<std::uint8_t>(*in[0], in[0]->reals(), *in[1], in[1]->reals(), f);
  };
}

std::int64_t quotient(std::int64_t a, std::int64_t b) {
  if (b == 0) throw ModelError("divides an integer by zero");
  return b == -1 ? wrapped(0 - bits(a)) : a / b;
}

Tensor equal(Operands in) {
  return std::visit(
      [&]<class T>(const std::vector<T>& left) {
        const auto* right = std::get_if<std::vector<T>>(&in[1]->values);
        if (!right)
          throw ModelError("compares " + std::string(tensor_type_name(in[0]->type())) + " with " +
                           std::string(tensor_type_name(in[1]->type())));
        return paired<std::uint8_t>(*in[0], left, *in[1], *right, [](const T& a, const T& b) { return a == b; });
      },
      in[0]->values);
}

Tensor where(Operands in) {
  const Tensor::Booleans& condition = in[0]->booleans();
  return std::visit(
      [&]<class T>(const std::vector<T>& chosen) {
        const auto* other = std::get_if<std::vector<T>>(&in[2]->values);
        if (!other)
          throw ModelError("chooses between " + std::string(tensor_type_name(in[1]->type())) + " and " +
                           std::string(tensor_type_name(in[2]->type())));
        Tensor result;
        result.shape = broadcast_shape(in[0]->shape, broadcast_shape(in[1]->shape, in[2]->shape));
        std::vector<T> values = computed_values(result.shape, chosen);
        computed_values(result.shape, *other);
        BroadcastWalk by(result.shape, in[0]->shape);
        BroadcastWalk from(result.shape, in[1]->shape);
        BroadcastWalk otherwise(result.shape, in[2]->shape);
        const std::size_t length = BroadcastWalk::run_length(result.shape);
        for (std::size_t begin = 0; begin < values.size(); begin += length) {
          for (std::size_t i = 0; i < length; ++i)
            values[begin + i] = condition[by.position() + i * by.step()]
                                    ? chosen[from.position() + i * from.step()]
                                    : (*other)[otherwise.position() + i * otherwise.step()];
          by.next_run();
          from.next_run();
          otherwise.next_run();
        }
        result.values = std::move(values);
        return result;
      },
      in[1]->values);
}

/// X where it is not negative, else X times a slope that is stretched to it.
Tensor parametric_relu(Operands in) {
  if (broadcast_shape(in[0]->shape, in[1]->shape) != in[0]->shape)
    throw ModelError("has slopes " + shape_text(in[1]->shape) + " for " + shape_text(in[0]->shape));
  return paired<float>(*in[0], in[0]->reals(), *in[1], in[1]->reals(),
                       [](float x, float slope) { return x < 0 ? slope * x : x; });
}

/// A bound of Clip; `otherwise` where it is left out.
template <class T>
T bound(Operands in, std::size_t index, T otherwise) {
  if (in.size() <= index || !in[index]) return otherwise;
  if (in[index]->size() != 1) throw ModelError("the bounds must be scalars");
  if constexpr (std::is_same_v<T, float>)
    return in[index]->reals()[0];
  else
    return in[index]->integers()[0];
}

template <class T>
Tensor clipped(Operands in, const std::vector<T>& values) {
  const T low = bound(in, 1, std::numeric_limits<T>::lowest());
  const T high = bound(in, 2, std::numeric_limits<T>::max());
  return mapped<T, T>(in[0]->shape, values, [&](T x) { return std::min(std::max(x, low), high); });
}

float sigmoid(float x) {
  const float e = std::exp(-std::abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

float softplus(float x) {
  return std::max(x, 0.0F) + std::log1p(std::exp(-std::abs(x)));
}

const std::vector<OnnxOperator>& table() {
  using std::int64_t;
  static const std::vector<OnnxOperator> operators{
      {"",
       "Add",
       2,
       2,
       {},
       [](const NodeAttributes&) {
         return arithmetic(std::plus<float>{}, [](int64_t a, int64_t b) { return wrapped(bits(a) + bits(b)); });
       }},
      {"",
       "Sub",
       2,
       2,
       {},
       [](const NodeAttributes&) {
         return arithmetic(std::minus<float>{}, [](int64_t a, int64_t b) { return wrapped(bits(a) - bits(b)); });
       }},
      {"",
       "Mul",
       2,
       2,
       {},
       [](const NodeAttributes&) {
         return arithmetic(std::multiplies<float>{}, [](int64_t a, int64_t b) { return wrapped(bits(a) * bits(b)); });
       }},
      {"", "Div", 2, 2, {}, [](const NodeAttributes&) { return arithmetic(std::divides<float>{}, quotient); }},
      {"",
       "Pow",
       2,
       2,
       {},
       [](const NodeAttributes&) -> NodeKernel {
         return [](Operands in) {
           const auto power = [](float a, float b) { return std::pow(a, b); };
           if (in[1]->type() != TensorType::integer)
             return paired<float>(*in[0], in[0]->reals(), *in[1], in[1]->reals(), power);
           const Tensor exponents =
               mapped<int64_t, float>(in[1]->shape, in[1]->integers(), [](int64_t e) { return static_cast<float>(e); });
           return paired<float>(*in[0], in[0]->reals(), exponents, exponents.reals(), power);
         };
       }},
      {"", "Less", 2, 2, {}, [](const NodeAttributes&) { return comparison(std::less<>{}); }},
      {"", "Greater", 2, 2, {}, [](const NodeAttributes&) { return comparison(std::greater<>{}); }},
      {"", "Equal", 2, 2, {}, [](const NodeAttributes&) -> NodeKernel { return equal; }},
      {"", "Where", 3, 3, {}, [](const NodeAttributes&) -> NodeKernel { return where; }},
      {"",
       "Not",
       1,
       1,
       {},
       [](const NodeAttributes&) -> NodeKernel {
         return [](Operands in) {
           return mapped<std::uint8_t, std::uint8_t>(in[0]->shape, in[0]->booleans(),
                                                     [](std::uint8_t x) { return static_cast<std::uint8_t>(!x); });
         };
       }},
      {"",
       "IsNaN",
       1,
       1,
       {},
       [](const NodeAttributes&) -> NodeKernel {
         return [](Operands in) {
           return mapped<float, std::uint8_t>(in[0]->shape, in[0]->reals(), [](float x) { return std::isnan(x); });
         };
       }},
      {"",
       "Neg",
       1,
       1,
       {},
       [](const NodeAttributes&) -> NodeKernel {
         return [](Operands in) {
           if (in[0]->type() == TensorType::integer)
             return mapped<int64_t, int64_t>(in[0]->shape, in[0]->integers(),
                                             [](int64_t x) { return wrapped(0 - bits(x)); });
           return mapped<float, float>(in[0]->shape, in[0]->reals(), std::negate<float>{});
         };
       }},
      {"",
       "Clip",
       1,
       3,
       {},
       [](const NodeAttributes&) -> NodeKernel {
         return [](Operands in) {
           return in[0]->type() == TensorType::integer ? clipped(in, in[0]->integers()) : clipped(in, in[0]->reals());
         };
       }},
      {"", "Sqrt", 1, 1, {}, [](const NodeAttributes&) { return of_reals([](float x) { return std::sqrt(x); }); }},
      {"", "Exp", 1, 1, {}, [](const NodeAttributes&) { return of_reals([](float x) { return std::exp(x); }); }},
      {"", "Log", 1, 1, {}, [](const NodeAttributes&) { return of_reals([](float x) { return std::log(x); }); }},
      {"", "Floor", 1, 1, {}, [](const NodeAttributes&) { return of_reals([](float x) { return std::floor(x); }); }},
      {"", "Sin", 1, 1, {}, [](const NodeAttributes&) { return of_reals([](float x) { return std::sin(x); }); }},
      {"", "Cos", 1, 1, {}, [](const NodeAttributes&) { return of_reals([](float x) { return std::cos(x); }); }},
      {"", "Erf", 1, 1, {}, [](const NodeAttributes&) { return of_reals([](float x) { return std::erf(x); }); }},
      {"", "Tanh", 1, 1, {}, [](const NodeAttributes&) { return of_reals([](float x) { return std::tanh(x); }); }},
      {"", "Sigmoid", 1, 1, {}, [](const NodeAttributes&) { return of_reals(sigmoid); }},
      {"", "Softplus", 1, 1, {}, [](const NodeAttributes&) { return of_reals(softplus); }},
      {"", "Relu", 1, 1, {}, [](const NodeAttributes&) { return of_reals([](float x) { return x < 0 ? 0.0F : x; }); }},
      {"",
       "LeakyRelu",
       1,
       1,
       {"alpha"},
       [](const NodeAttributes& given) {
         return of_reals([alpha = given.real("alpha", 0.01F)](float x) { return x < 0 ? alpha * x : x; });
       }},
      {"", "PRelu", 2, 2, {}, [](const NodeAttributes&) -> NodeKernel { return parametric_relu; }},
      {"",
       "HardSwish",
       1,
       1,
       {},
       [](const NodeAttributes&) {
         return of_reals([](float x) { return x * std::clamp(x / 6 + 0.5F, 0.0F, 1.0F); });
       }},
      {"",
       "Elu",
       1,
       1,
       {"alpha"},
       [](const NodeAttributes& given) {
         return of_reals([alpha = given.real("alpha", 1)](float x) { return x < 0 ? alpha * std::expm1(x) : x; });
       }},
      {"",
       "Selu",
       1,
       1,
       {"alpha", "gamma"},
       [](const NodeAttributes& given) {
         return of_reals([alpha = given.real("alpha", 1.67326319217681884765625F),
                          gamma = given.real("gamma", 1.05070102214813232421875F)](float x) {
           return gamma * (x <= 0 ? alpha * std::expm1(x) : x);
         });
       }},
  };
  return operators;
}

}  // namespace

std::span<const OnnxOperator> elementwise_operators() {
  return table();
}

}  // namespace gb
