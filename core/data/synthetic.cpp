#include "core/data/synthetic.hpp"

#include <array>
#include <cmath>
#include <numbers>
#include <optional>

#include "core/base/random.hpp"
#include "core/params/schema.hpp"

namespace gb {
namespace {

constexpr std::uint64_t synthetic_stream = 0x73796e7468;  // "synth"
constexpr double pi = std::numbers::pi;

using Seed = std::optional<std::int64_t>;

struct BlobsParams {
  int rows = 400;
  int centers = 4;
  int features = 2;
  double spread = 1.0;
  Seed seed;
};
struct MoonsParams {
  int rows = 400;
  double noise = 0.1;
  Seed seed;
};
struct CirclesParams {
  int rows = 400;
  double noise = 0.06;
  double factor = 0.5;
  Seed seed;
};
struct SpiralsParams {
  int rows = 400;
  double noise = 0.03;
  int arms = 2;
  double turns = 1.5;
  Seed seed;
};
struct SwissRollParams {
  int rows = 1000;
  double noise = 0.1;
  Seed seed;
};

ParamSpec rows_spec() {
  return {.name = "rows",
          .label = "Rows",
          .help = "How many points to make.",
          .valid = {1, 10e6},
          .search = {100, 10000},
          .scale = Scale::log};
}
ParamSpec noise_spec(const std::string& help) {
  return {.name = "noise", .label = "Noise", .help = help, .valid = {0, 100}, .search = {0, 0.5}};
}
ParamSpec seed_spec() {
  return {.name = "seed",
          .label = "Seed",
          .help = "Start of the random numbers; empty takes the experiment's seed.",
          .valid = {0, 9007199254740991.0},
          .search = {0, 100},
          .advanced = true};
}

const Schema<BlobsParams>& blobs_schema() {
  static const auto schema =
      Schema<BlobsParams>{}
          .add(&BlobsParams::rows, rows_spec())
          .add(&BlobsParams::centers, {.name = "centers",
                                       .label = "Centres",
                                       .help = "How many groups; their centres are drawn from -10 to 10.",
                                       .valid = {1, 1000},
                                       .search = {2, 12}})
          .add(&BlobsParams::features, {.name = "features",
                                        .label = "Features",
                                        .help = "How many dimensions the points have.",
                                        .valid = {1, 10000},
                                        .search = {2, 50}})
          .add(&BlobsParams::spread, {.name = "spread",
                                      .label = "Spread",
                                      .help = "Standard deviation of every group.",
                                      .valid = {0, 1000},
                                      .search = {0.1, 5}})
          .add(&BlobsParams::seed, seed_spec());
  return schema;
}
const Schema<MoonsParams>& moons_schema() {
  static const auto schema = Schema<MoonsParams>{}
                                 .add(&MoonsParams::rows, rows_spec())
                                 .add(&MoonsParams::noise, noise_spec("Standard deviation added to both coordinates."))
                                 .add(&MoonsParams::seed, seed_spec());
  return schema;
}
const Schema<CirclesParams>& circles_schema() {
  static const auto schema =
      Schema<CirclesParams>{}
          .add(&CirclesParams::rows, rows_spec())
          .add(&CirclesParams::noise, noise_spec("Standard deviation added to both coordinates."))
          .add(&CirclesParams::factor, {.name = "factor",
                                        .label = "Factor",
                                        .help = "Radius of the inner circle; the outer one has 1.",
                                        .valid = {0, 0.99},
                                        .search = {0.1, 0.9}})
          .add(&CirclesParams::seed, seed_spec());
  return schema;
}
const Schema<SpiralsParams>& spirals_schema() {
  static const auto schema =
      Schema<SpiralsParams>{}
          .add(&SpiralsParams::rows, rows_spec())
          .add(&SpiralsParams::noise, noise_spec("Standard deviation added to both coordinates; the arms reach 1."))
          .add(&SpiralsParams::arms, {.name = "arms",
                                      .label = "Arms",
                                      .help = "How many spirals, each a class.",
                                      .valid = {2, 20},
                                      .search = {2, 5}})
          .add(&SpiralsParams::turns, {.name = "turns",
                                       .label = "Turns",
                                       .help = "How often each arm winds around the middle.",
                                       .valid = {0.1, 20},
                                       .search = {0.5, 3}})
          .add(&SpiralsParams::seed, seed_spec());
  return schema;
}
const Schema<SwissRollParams>& swiss_roll_schema() {
  static const auto schema =
      Schema<SwissRollParams>{}
          .add(&SwissRollParams::rows, rows_spec())
          .add(&SwissRollParams::noise, noise_spec("Standard deviation added to all coordinates; the roll is 28 wide."))
          .add(&SwissRollParams::seed, seed_spec());
  return schema;
}

Random random_of(const Seed& own, std::uint64_t experiments) {
  return Random(own ? static_cast<std::uint64_t>(*own) : experiments, synthetic_stream);
}

/// Points with features x, y (z), or x1 .. xn, and room for `rows` of them.
DataTable empty_table(std::size_t features, std::size_t rows) {
  DataTable table;
  table.rows = rows;
  for (std::size_t i = 0; i < features; ++i) {
    Column column;
    column.name = features <= 3 ? std::string(1, static_cast<char>('x' + i)) : "x" + std::to_string(i + 1);
    column.numbers.reserve(rows);
    table.columns.push_back(std::move(column));
  }
  return table;
}

Dataset finished(const std::string& name, DataTable table, Column target) {
  Dataset dataset;
  dataset.name = name;
  dataset.target = target.name;
  dataset.report.format = "synthetic";
  dataset.report.rows_read = table.rows;
  table.columns.push_back(std::move(target));
  dataset.content = std::move(table);
  return dataset;
}

/// Classes "0", "1", ... that take turns row by row: every beginning of the data holds all of them.
Column turns_of_classes(std::size_t rows, std::size_t classes) {
  std::vector<std::string> names;
  for (std::size_t c = 0; c < classes; ++c) names.push_back(std::to_string(c));
  std::vector<std::int32_t> codes(rows);
  for (std::size_t row = 0; row < rows; ++row) codes[row] = static_cast<std::int32_t>(row % classes);
  return categorical_column("class", std::move(names), std::move(codes));
}

Dataset make_blobs(const Json& fields, std::uint64_t seed) {
  const auto params = blobs_schema().read(fields);
  const auto rows = static_cast<std::size_t>(params.rows);
  const auto features = static_cast<std::size_t>(params.features);
  const auto centers = static_cast<std::size_t>(params.centers);
  Random random = random_of(params.seed, seed);
  std::vector<double> center(centers * features);
  for (auto& value : center) value = random.uniform(-10, 10);
  auto table = empty_table(features, rows);
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t f = 0; f < features; ++f)
      table.columns[f].numbers.push_back(center[row % centers * features + f] + params.spread * random.normal());
  return finished("blobs", std::move(table), turns_of_classes(rows, centers));
}

Dataset make_moons(const Json& fields, std::uint64_t seed) {
  const auto params = moons_schema().read(fields);
  const auto rows = static_cast<std::size_t>(params.rows);
  Random random = random_of(params.seed, seed);
  auto table = empty_table(2, rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const double angle = random.uniform(0, pi);
    const bool lower = row % 2 == 1;
    const double x = lower ? 1 - std::cos(angle) : std::cos(angle);
    const double y = lower ? 0.5 - std::sin(angle) : std::sin(angle);
    table.columns[0].numbers.push_back(x + params.noise * random.normal());
    table.columns[1].numbers.push_back(y + params.noise * random.normal());
  }
  return finished("two_moons", std::move(table), turns_of_classes(rows, 2));
}

Dataset make_circles(const Json& fields, std::uint64_t seed) {
  const auto params = circles_schema().read(fields);
  const auto rows = static_cast<std::size_t>(params.rows);
  Random random = random_of(params.seed, seed);
  auto table = empty_table(2, rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const double angle = random.uniform(0, 2 * pi);
    const double radius = row % 2 == 1 ? params.factor : 1;
    table.columns[0].numbers.push_back(radius * std::cos(angle) + params.noise * random.normal());
    table.columns[1].numbers.push_back(radius * std::sin(angle) + params.noise * random.normal());
  }
  return finished("circles", std::move(table), turns_of_classes(rows, 2));
}

Dataset make_spirals(const Json& fields, std::uint64_t seed) {
  const auto params = spirals_schema().read(fields);
  const auto rows = static_cast<std::size_t>(params.rows);
  const auto arms = static_cast<std::size_t>(params.arms);
  Random random = random_of(params.seed, seed);
  auto table = empty_table(2, rows);
  for (std::size_t row = 0; row < rows; ++row) {
    // The square root spreads points evenly over the length of an Archimedean spiral.
    const double radius = std::sqrt(random.uniform());
    const double angle = 2 * pi * (params.turns * radius + static_cast<double>(row % arms) / static_cast<double>(arms));
    table.columns[0].numbers.push_back(radius * std::cos(angle) + params.noise * random.normal());
    table.columns[1].numbers.push_back(radius * std::sin(angle) + params.noise * random.normal());
  }
  return finished("spirals", std::move(table), turns_of_classes(rows, arms));
}

/// Marsland's swiss roll, as scikit-learn's make_swiss_roll: the target is the position along the roll.
Dataset make_swiss_roll(const Json& fields, std::uint64_t seed) {
  const auto params = swiss_roll_schema().read(fields);
  const auto rows = static_cast<std::size_t>(params.rows);
  Random random = random_of(params.seed, seed);
  auto table = empty_table(3, rows);
  Column position;
  position.name = "position";
  for (std::size_t row = 0; row < rows; ++row) {
    const double angle = 1.5 * pi * (1 + 2 * random.uniform());
    const std::array<double, 3> point{angle * std::cos(angle), 21 * random.uniform(), angle * std::sin(angle)};
    for (std::size_t i = 0; i < 3; ++i) table.columns[i].numbers.push_back(point[i] + params.noise * random.normal());
    position.numbers.push_back(angle);
  }
  return finished("swiss_roll", std::move(table), std::move(position));
}

}  // namespace

std::span<const SyntheticGenerator> synthetic_generators() {
  static const std::array<SyntheticGenerator, 5> generators{{
      {"blobs", "Blobs", "Round groups of points around centres drawn at random.", blobs_schema().specs(),
       static_cast<std::size_t>(BlobsParams{}.rows), make_blobs},
      {"two_moons", "Two moons", "Two half circles that reach into each other: no straight line parts them.",
       moons_schema().specs(), static_cast<std::size_t>(MoonsParams{}.rows), make_moons},
      {"circles", "Circles", "A circle inside another one.", circles_schema().specs(),
       static_cast<std::size_t>(CirclesParams{}.rows), make_circles},
      {"spirals", "Spirals", "Arms that wind around each other: hard for all but flexible models.",
       spirals_schema().specs(), static_cast<std::size_t>(SpiralsParams{}.rows), make_spirals},
      {"swiss_roll", "Swiss roll", "A sheet rolled up in space; the target is the position along the roll.",
       swiss_roll_schema().specs(), static_cast<std::size_t>(SwissRollParams{}.rows), make_swiss_roll},
  }};
  return generators;
}

const SyntheticGenerator* find_generator(std::string_view name) {
  for (const auto& generator : synthetic_generators())
    if (generator.name == name) return &generator;
  return nullptr;
}

}  // namespace gb
