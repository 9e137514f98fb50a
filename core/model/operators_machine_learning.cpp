#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/model/operators.hpp"

// The domain ai.onnx.ml: preparation of raw rows.

namespace gb {
namespace {

constexpr std::string_view domain = "ai.onnx.ml";

/// One value for all features or one per feature, the last axis.
template <class T>
std::size_t step_of(const std::vector<T>& values, const Tensor& rows, const char* attribute) {
  const std::int64_t features = rows.shape.empty() ? 1 : rows.shape.back();
  if (values.size() != 1 && static_cast<std::int64_t>(values.size()) != features)
    throw ModelError("attribute '" + std::string(attribute) + "' has " + std::to_string(values.size()) +
                     " values for " + std::to_string(features) + " features");
  return values.size() == 1 ? 0 : 1;
}

std::size_t feature_count(const Tensor& rows) {
  return rows.shape.empty() ? 1 : static_cast<std::size_t>(rows.shape.back());
}

template <class T, class Missing>
Tensor imputed(const Tensor& rows, std::vector<T> values, const std::vector<T>& fills, const char* attribute,
               const Missing& missing) {
  const std::size_t step = step_of(fills, rows, attribute);
  const std::size_t features = feature_count(rows);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (missing(values[i])) values[i] = fills[i % features * step];
  return {rows.shape, std::move(values)};
}

NodeKernel make_imputer(const NodeAttributes& given) {
  if (const auto* fills = given.find<Tensor::Integers>("imputed_value_int64s"))
    return [fills = *fills, replaced = given.integer("replaced_value_int64", 0)](Operands in) {
      return imputed(*in[0], in[0]->integers(), fills, "imputed_value_int64s",
                     [replaced](std::int64_t x) { return x == replaced; });
    };
  const auto* fills = given.find<Tensor::Reals>("imputed_value_floats");
  if (!fills) throw ModelError("has no imputed values");
  return [fills = *fills, replaced = given.real("replaced_value_float", 0)](Operands in) {
    return imputed(*in[0], in[0]->reals(), fills, "imputed_value_floats",
                   [replaced](float x) { return x == replaced || (std::isnan(x) && std::isnan(replaced)); });
  };
}

NodeKernel make_scaler(const NodeAttributes& given) {
  return [offsets = given.get("offset", Tensor::Reals{0}),
          factors = given.get("scale", Tensor::Reals{1})](Operands in) -> Tensor {
    Tensor::Reals values = in[0]->reals();
    const std::size_t offset_step = step_of(offsets, *in[0], "offset");
    const std::size_t factor_step = step_of(factors, *in[0], "scale");
    const std::size_t features = feature_count(*in[0]);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = (values[i] - offsets[i % features * offset_step]) * factors[i % features * factor_step];
    return {in[0]->shape, std::move(values)};
  };
}

enum class Norm { largest, l1, l2 };

NodeKernel make_normalizer(const NodeAttributes& given) {
  const std::string name = given.text("norm", "MAX");
  if (name != "MAX" && name != "L1" && name != "L2") throw ModelError("norm '" + name + "' is not MAX, L1 or L2");
  const Norm norm = name == "MAX" ? Norm::largest : name == "L1" ? Norm::l1 : Norm::l2;
  return [norm](Operands in) -> Tensor {
    Tensor::Reals values = in[0]->reals();
    const std::size_t features = feature_count(*in[0]);
    for (std::size_t begin = 0; begin < values.size(); begin += features) {
      const std::span<float> row(values.data() + begin, features);
      double size = norm == Norm::largest ? static_cast<double>(*std::max_element(row.begin(), row.end())) : 0;
      for (const float value : row) {
        if (norm == Norm::l1) size += std::abs(static_cast<double>(value));
        if (norm == Norm::l2) size += static_cast<double>(value) * static_cast<double>(value);
      }
      if (norm == Norm::l2) size = std::sqrt(size);
      if (size != 0)
        for (float& value : row) value = static_cast<float>(static_cast<double>(value) / size);
    }
    return {in[0]->shape, std::move(values)};
  };
}

/// NaN is a key like any other, as it stands for a missing number.
struct KeyHash {
  std::size_t operator()(const std::string& key) const { return std::hash<std::string>{}(key); }
  std::size_t operator()(std::int64_t key) const { return std::hash<std::int64_t>{}(key); }
  std::size_t operator()(float key) const { return std::isnan(key) ? 0 : std::hash<float>{}(key); }
};
struct KeyEqual {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return a == b || (a != a && b != b);
  }
};
template <class Key, class Value>
using Lookup = std::unordered_map<Key, Value, KeyHash, KeyEqual>;

template <class Key>
NodeKernel make_one_hot(const std::vector<Key>& categories, bool zeros) {
  Lookup<Key, std::size_t> places;
  for (std::size_t i = 0; i < categories.size(); ++i)
    if (!places.emplace(categories[i], i).second) throw ModelError("has the same category twice");
  return [places = std::move(places), count = categories.size(), zeros](Operands in) {
    Tensor result;
    result.shape = in[0]->shape;
    result.shape.push_back(static_cast<std::int64_t>(count));
    Tensor::Reals values = computed_values<float>(result.shape);
    std::size_t begin = 0;
    const auto mark = [&](const auto& key) {
      const auto found = places.find(key);
      if (found != places.end())
        values[begin + found->second] = 1;
      else if (!zeros)
        throw ModelError("meets a category that it does not know");
      begin += count;
    };
    if constexpr (std::is_same_v<Key, std::string>)
      for (const std::string& text : in[0]->texts()) mark(text);
    else if (in[0]->type() == TensorType::real)
      throw ModelError("encodes numbers; convert them to int64 first");
    else
      for (const std::int64_t number : in[0]->integers()) mark(number);
    result.values = std::move(values);
    return result;
  };
}

NodeKernel make_one_hot_encoder(const NodeAttributes& given) {
  const bool zeros = given.integer("zeros", 1) != 0;
  if (const auto* categories = given.find<Tensor::Texts>("cats_strings")) return make_one_hot(*categories, zeros);
  if (const auto* categories = given.find<Tensor::Integers>("cats_int64s")) return make_one_hot(*categories, zeros);
  throw ModelError("has no categories");
}

template <class Key, class Value>
NodeKernel make_label_encoder(const std::vector<Key>& keys, const std::vector<Value>& values, Value otherwise) {
  if (keys.size() != values.size())
    throw ModelError("has " + std::to_string(keys.size()) + " keys and " + std::to_string(values.size()) + " values");
  Lookup<Key, Value> lookup;
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (!lookup.emplace(keys[i], values[i]).second) throw ModelError("has the same key twice");
  std::vector<Value> possible = values;
  possible.push_back(otherwise);
  return [lookup = std::move(lookup), otherwise, possible = std::move(possible)](Operands in) -> Tensor {
    const auto* source = std::get_if<std::vector<Key>>(&in[0]->values);
    if (!source)
      throw ModelError("looks up " + std::string(tensor_type_name(in[0]->type())) + " among keys of another type");
    std::vector<Value> result = computed_values(in[0]->shape, possible);
    for (std::size_t i = 0; i < result.size(); ++i) {
      const auto found = lookup.find((*source)[i]);
      result[i] = found == lookup.end() ? otherwise : found->second;
    }
    return {in[0]->shape, std::move(result)};
  };
}

template <class Key>
NodeKernel with_keys(const NodeAttributes& given, const std::vector<Key>& keys) {
  if (const auto* values = given.find<Tensor::Texts>("values_strings"))
    return make_label_encoder(keys, *values, given.text("default_string", "_Unused"));
  if (const auto* values = given.find<Tensor::Integers>("values_int64s"))
    return make_label_encoder(keys, *values, given.integer("default_int64", -1));
  if (const auto* values = given.find<Tensor::Reals>("values_floats"))
    return make_label_encoder(keys, *values, given.real("default_float", -0.0F));
  throw ModelError("has no values");
}

NodeKernel label_encoder(const NodeAttributes& given) {
  if (const auto* keys = given.find<Tensor::Texts>("keys_strings")) return with_keys(given, *keys);
  if (const auto* keys = given.find<Tensor::Integers>("keys_int64s")) return with_keys(given, *keys);
  if (const auto* keys = given.find<Tensor::Reals>("keys_floats")) return with_keys(given, *keys);
  throw ModelError("has no keys");
}

const std::vector<OnnxOperator>& table() {
  static const std::vector<OnnxOperator> operators{
      {domain,
       "Imputer",
       1,
       1,
       {"imputed_value_floats", "imputed_value_int64s", "replaced_value_float", "replaced_value_int64"},
       make_imputer},
      {domain, "Scaler", 1, 1, {"offset", "scale"}, make_scaler},
      {domain, "Normalizer", 1, 1, {"norm"}, make_normalizer},
      {domain, "OneHotEncoder", 1, 1, {"cats_strings", "cats_int64s", "zeros"}, make_one_hot_encoder},
      {domain,
       "LabelEncoder",
       1,
       1,
       {"keys_strings", "keys_int64s", "keys_floats", "values_strings", "values_int64s", "values_floats",
        "default_string", "default_int64", "default_float"},
       label_encoder},
  };
  return operators;
}

}  // namespace

std::span<const OnnxOperator> machine_learning_operators() {
  return table();
}

}  // namespace gb
