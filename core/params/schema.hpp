#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/params/param_spec.hpp"

namespace gb {

/// The fields of a plain struct, described once. Enumerations are choices: the n-th choice is the value n.
///
///   static const auto s = Schema<KMeansParams>{}
///       .add(&KMeansParams::clusters, {.name = "clusters", .label = "Clusters", .valid = {1, 1e6}});
template <class T>
class Schema {
 public:
  /// `member` may belong to a base of T: fields that several structs share are declared once.
  template <class F, class B>
  requires std::is_base_of_v<B, T> Schema && add(F B::*member, ParamSpec spec) && {
    spec.kind = kind_of<F>();
    if constexpr (is_optional<F>::value) spec.optional = true;
    const auto choices = spec.choices;
    spec.default_value = to_json(T{}.*member, choices);
    readers_.push_back([member, choices](T& target, const Json& value) { from_json(value, target.*member, choices); });
    writers_.push_back([member, choices](const T& source) { return to_json(source.*member, choices); });
    specs_.push_back(std::move(spec));
    return std::move(*this);
  }

  std::span<const ParamSpec> specs() const { return specs_; }

  /// Throws ParamError as validated() does.
  T read(const Json& object, const std::string& path = {}) const {
    const Json complete = validated(specs_, object, path);
    T target{};
    for (std::size_t i = 0; i < specs_.size(); ++i) readers_[i](target, complete[specs_[i].name]);
    return target;
  }

  /// What can be read of an object that may be incomplete or wrong: see valid_fields().
  T read_valid(const Json& object) const { return read(valid_fields(specs_, object)); }

  Json write(const T& source) const {
    Json object = Json::object();
    for (std::size_t i = 0; i < specs_.size(); ++i) object[specs_[i].name] = writers_[i](source);
    return object;
  }

 private:
  template <class F>
  struct is_optional : std::false_type {};
  template <class F>
  struct is_optional<std::optional<F>> : std::true_type {};

  template <class F>
  static constexpr Kind kind_of() {
    if constexpr (is_optional<F>::value)
      return kind_of<typename F::value_type>();
    else if constexpr (std::is_same_v<F, bool>)
      return Kind::boolean;
    else if constexpr (std::is_enum_v<F>)
      return Kind::choice;
    else if constexpr (std::is_integral_v<F>)
      return Kind::integer;
    else if constexpr (std::is_floating_point_v<F>)
      return Kind::real;
    else if constexpr (std::is_same_v<F, std::string>)
      return Kind::text;
    else if constexpr (std::is_same_v<F, std::vector<int>>)
      return Kind::integers;
    else if constexpr (std::is_same_v<F, std::vector<double>>)
      return Kind::reals;
    else if constexpr (std::is_same_v<F, std::vector<std::string>>)
      return Kind::texts;
    else if constexpr (std::is_same_v<F, LayerList>)
      return Kind::layers;
    else if constexpr (std::is_same_v<F, NestedAlgorithm>)
      return Kind::algorithm;
    else if constexpr (std::is_same_v<F, NestedAlgorithms>)
      return Kind::algorithms;
    else {
      static_assert(std::is_same_v<F, std::map<std::string, std::string>>, "no parameter kind for this type");
      return Kind::text_map;
    }
  }

  template <class F>
  static Json to_json(const F& value, const std::vector<Choice>& choices) {
    if constexpr (is_optional<F>::value)
      return value ? to_json(*value, choices) : Json(nullptr);
    else if constexpr (std::is_enum_v<F>)
      return choices.at(static_cast<std::size_t>(value)).name;
    else if constexpr (kind_of<F>() == Kind::text_map) {
      Json object = Json::object();
      for (const auto& [key, text] : value) object[key] = text;
      return object;
    } else if constexpr (kind_of<F>() == Kind::layers)
      return value.entries;
    else if constexpr (kind_of<F>() == Kind::algorithm)
      return value.document;
    else if constexpr (kind_of<F>() == Kind::algorithms)
      return value.documents;
    else
      return Json(value);
  }

  template <class F>
  static void from_json(const Json& value, F& target, const std::vector<Choice>& choices) {
    if constexpr (is_optional<F>::value) {
      if (value.is_null()) {
        target.reset();
      } else {
        typename F::value_type inner{};
        from_json(value, inner, choices);
        target = inner;
      }
    } else if constexpr (std::is_enum_v<F>) {
      for (std::size_t i = 0; i < choices.size(); ++i)
        if (choices[i].name == value.get<std::string>()) target = static_cast<F>(i);
    } else if constexpr (kind_of<F>() == Kind::layers) {
      target.entries = value;
    } else if constexpr (kind_of<F>() == Kind::algorithm) {
      target.document = value;
    } else if constexpr (kind_of<F>() == Kind::algorithms) {
      target.documents = value;
    } else {
      target = value.get<F>();
    }
  }

  std::vector<ParamSpec> specs_;
  std::vector<std::function<void(T&, const Json&)>> readers_;
  std::vector<std::function<Json(const T&)>> writers_;
};

}  // namespace gb
