#include <algorithm>
#include <bit>
#include <utility>
#include <variant>

#include "core/base/file.hpp"
#include "core/run/runner.hpp"

namespace gb {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are hashed as they stand in memory");

/// The bytes of one fitted array under its name.
using NamedBytes = std::pair<std::string, std::string>;

void append(std::string& bytes, const auto& number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::vector<NamedBytes> arrays_of(const FittedImpute& step, const std::string& name) {
  std::string numbers, levels;
  for (const auto& fill : step.fills) {
    if (fill.type == ColumnType::categorical)
      levels += fill.level + '\0';
    else
      append(numbers, fill.number);
  }
  return {{name + "/numbers", numbers}, {name + "/levels", levels}};
}

std::vector<NamedBytes> arrays_of(const FittedOneHot& step, const std::string& name) {
  std::string levels;
  for (const auto& encoding : step.encodings)
    for (const auto& level : encoding.levels) levels += encoding.column + '=' + level + '\0';
  return {{name + "/levels", levels}};
}

std::vector<NamedBytes> arrays_of(const FittedAffine& step, const std::string& name) {
  std::string shifts, factors;
  for (const auto& map : step.maps) {
    append(shifts, map.shift);
    append(factors, map.factor);
  }
  return {{name + "/shift", shifts}, {name + "/factor", factors}};
}

std::vector<NamedBytes> arrays_of(const FittedPixelScale& step, const std::string& name) {
  std::string numbers;
  append(numbers, step.factor);
  append(numbers, step.offset);
  return {{name + "/pixels", numbers}};
}

std::vector<NamedBytes> arrays_of(const FittedClip& step, const std::string& name) {
  std::string columns, bounds;
  for (const auto& each : step.bounds) {
    columns += each.column + '\0';
    append(bounds, each.low);
    append(bounds, each.high);
  }
  return {{name + "/columns", columns}, {name + "/bounds", bounds}};
}

std::vector<NamedBytes> arrays_of(const FittedLevelNumbers& step, const std::string& name) {
  std::string levels, numbers;
  for (const auto& encoding : step.encodings) {
    for (const auto& level : encoding.levels) levels += encoding.name + '=' + level + '\0';
    for (const double number : encoding.numbers) append(numbers, number);
    append(numbers, encoding.unknown);
    append(numbers, encoding.missing);
  }
  return {{name + "/levels", levels}, {name + "/numbers", numbers}};
}

std::vector<NamedBytes> arrays_of(const FittedRareCategories& step, const std::string& name) {
  std::string levels;
  for (const auto& merge : step.merges) {
    levels += merge.column + '=' + merge.name + '\0';
    for (const auto& level : merge.rare) levels += level + '\0';
  }
  return {{name + "/levels", levels}};
}

std::vector<NamedBytes> arrays_of(const FittedPower& step, const std::string& name) {
  std::string columns, curves;
  for (const auto& map : step.maps) {
    columns += map.column + '\0';
    for (const double number : {map.power.lambda, map.power.center, map.power.mean, map.power.deviation})
      append(curves, number);
  }
  return {{name + "/columns", columns}, {name + "/curves", curves}};
}

std::vector<NamedBytes> arrays_of(const FittedQuantile& step, const std::string& name) {
  std::string columns, curves;
  for (const auto& map : step.maps) {
    columns += map.column + '\0';
    append(curves, map.quantiles.normal);
    for (const auto* numbers : {&map.quantiles.knots, &map.quantiles.below, &map.quantiles.above})
      for (const double number : *numbers) append(curves, number);
  }
  return {{name + "/columns", columns}, {name + "/quantiles", curves}};
}

std::vector<NamedBytes> arrays_of(const FittedDates& step, const std::string& name) {
  std::string columns;
  for (const auto& part : step.parts) columns += part.column + '=' + part.name + '\0';
  append(columns, step.keep);
  return {{name + "/columns", columns}};
}

std::vector<NamedBytes> arrays_of(const FittedProducts& step, const std::string& name) {
  std::string columns;
  for (const auto& product : step.products) {
    for (const auto& factor : product.factors) columns += factor + '*';
    columns += '\0';
  }
  return {{name + "/columns", columns}};
}

std::vector<NamedBytes> arrays_of(const FittedText& step, const std::string& name) {
  std::string terms, weights;
  for (const auto& encoding : step.encodings) {
    for (const auto& term : encoding.terms.terms) terms += encoding.column + ':' + term + '\0';
    for (const double weight : encoding.terms.weights) append(weights, weight);
    for (const bool option : {encoding.terms.sublinear, encoding.terms.normalized, encoding.terms.han_pairs})
      append(weights, option);
  }
  return {{name + "/terms", terms}, {name + "/weights", weights}};
}

}  // namespace

std::string weights_hash(const Model& model, const Preparation& preparation) {
  std::vector<NamedBytes> arrays;
  for (const auto& array : model.arrays())
    arrays.emplace_back("model/" + array.name,
                        std::string(reinterpret_cast<const char*>(array.values.data()), array.values.size_bytes()) +
                            std::string(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size()));
  std::size_t position = 0;
  for (const auto& step : preparation.steps()) {
    std::string number = std::to_string(position++);
    number.insert(0, number.size() < 3 ? 3 - number.size() : 0, '0');
    const std::string name = "prepare/" + number;
    for (auto& array : std::visit([&](const auto& fitted) { return arrays_of(fitted, name); }, step))
      arrays.push_back(std::move(array));
  }
  std::sort(arrays.begin(), arrays.end());
  Sha256 hash;
  for (const auto& [name, bytes] : arrays) hash.add(bytes);
  return hash.hex();
}

}  // namespace gb
