#include "core/model/onnx_column_steps.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>
#include <unordered_map>

#include "core/model/model.hpp"

namespace gb {
namespace {

constexpr float largest = std::numeric_limits<float>::max();

/// Writes constants and operators with less ado.
class Writer {
 public:
  explicit Writer(OnnxGraph& graph) : graph_(graph) {}

  std::string real(const char* hint, double value) {
    const auto single = static_cast<float>(value);
    return graph_.constant(hint, std::span<const float>(&single, 1), {});
  }
  std::string whole(std::int64_t value) {
    return graph_.constant("whole", std::span<const std::int64_t>(&value, 1), {});
  }
  std::string list(const char* hint, const std::vector<std::int64_t>& values) {
    return graph_.constant(hint, std::span(values), {static_cast<std::int64_t>(values.size())});
  }
  std::string list(const char* hint, const std::vector<float>& values) {
    return graph_.constant(hint, std::span(values), {static_cast<std::int64_t>(values.size())});
  }
  std::string call(const char* op, const std::vector<std::string>& inputs) { return graph_.add(op, inputs); }
  std::string add(const std::string& a, const std::string& b) { return graph_.add("Add", {a, b}); }
  std::string sub(const std::string& a, const std::string& b) { return graph_.add("Sub", {a, b}); }
  std::string mul(const std::string& a, const std::string& b) { return graph_.add("Mul", {a, b}); }
  std::string div(const std::string& a, const std::string& b) { return graph_.add("Div", {a, b}); }
  std::string where(const std::string& condition, const std::string& a, const std::string& b) {
    return graph_.add("Where", {condition, a, b});
  }
  /// Columns of [N, D] by their places.
  std::string columns(const std::string& values, const std::vector<std::int64_t>& places) {
    return graph_.add("Gather", {values, list("places", places)}, {{"axis", std::int64_t{1}}});
  }
  std::string cast(const std::string& values, std::int64_t type) {
    return graph_.add("Cast", {values}, {{"to", type}});
  }
  std::string beside(const std::vector<std::string>& parts) {
    return parts.size() == 1 ? parts.front() : graph_.add("Concat", parts, {{"axis", std::int64_t{1}}});
  }
  /// c0 + c1 x + c2 x^2 ...
  std::string polynomial(const std::string& x, const std::vector<double>& terms) {
    std::string sum = real("term", terms.back());
    for (std::size_t i = terms.size() - 1; i-- > 0;) sum = add(mul(sum, x), real("term", terms[i]));
    return sum;
  }

 private:
  OnnxGraph& graph_;
};

/// One side of a power transform as the file computes it: for a = |x|, u = log(1 + (a - center) / base) and
/// E(t) = e^t - 1 the result is scale * E(power * u) + offset. Relative to the column's center, as float32 would lose
/// the digits of numbers far from zero.
struct PowerSide {
  double center, base, power, scale, offset;
};

PowerSide side_of(const YeoJohnson& curve, bool negative) {
  const bool at_center = curve.center != 0 && (curve.center < 0) == negative;
  // An exponent of 0 stands for the logarithm, which this one is in float32.
  constexpr double tiny = 1e-12;
  double power = negative ? 2 - curve.lambda : curve.lambda;
  if (std::abs(power) < tiny) power = tiny;
  const double center = at_center ? std::abs(curve.center) : 0;
  const double passed = at_center ? 0 : YeoJohnson::curve(curve.center, curve.lambda);
  return {center, 1 / (1 + center), power, (negative ? -1 : 1) * std::pow(1 + center, power) / power / curve.deviation,
          (-passed - curve.mean) / curve.deviation};
}

/// The power transform of the columns that have one (others null), with the operators that every runtime knows.
std::string write_powers(OnnxGraph& graph, const std::string& values, const std::vector<const YeoJohnson*>& powers) {
  const std::size_t count = powers.size();
  const Shape shape{static_cast<std::int64_t>(count)};
  const auto number = [&](const char* hint, float value) {
    return graph.constant(hint, std::span<const float>(&value, 1), {});
  };
  // Numbers of the sign that a column far from zero never had may become too large for any float: the largest then.
  const auto bounded = [](double value) {
    constexpr double most = std::numeric_limits<float>::max();
    return static_cast<float>(std::clamp(value, -most, most));
  };
  const std::string zero = number("zero", 0), one = number("one", 1);
  const std::string below = graph.add("Less", {values, zero});
  // One constant per side and column, chosen by the number's sign.
  const auto chosen = [&](const char* hint, const auto& value_of) {
    std::vector<float> negative(count), positive(count);
    for (std::size_t i = 0; i < count; ++i) {
      static const YeoJohnson none;
      const YeoJohnson& power = powers[i] ? *powers[i] : none;
      negative[i] = bounded(std::invoke(value_of, side_of(power, true)));
      positive[i] = bounded(std::invoke(value_of, side_of(power, false)));
    }
    if (negative == positive) return graph.constant(hint, positive, shape);
    return graph.add("Where", {below, graph.constant(hint, negative, shape), graph.constant(hint, positive, shape)});
  };
  // The center in two floats, as the shift of a fold.
  const auto center_rest = [](const PowerSide& side) {
    return side.center - static_cast<double>(static_cast<float>(side.center));
  };
  std::string away = graph.add("Sub", {graph.add("Abs", {values}), chosen("center", &PowerSide::center)});
  away = graph.add("Sub", {away, chosen("center_rest", center_rest)});
  const std::string ratio = graph.add("Mul", {away, chosen("base", &PowerSide::base)});
  // log(1 + r) near 0 is 2 s (1 + s^2/3 + s^4/5 + s^6/7) for s = r / (2 + r), which keeps the digits of a small r.
  const std::string part = graph.add("Div", {ratio, graph.add("Add", {ratio, number("two", 2)})});
  const std::string square = graph.add("Mul", {part, part});
  std::string near_one = number("seventh", 1.0F / 7);
  for (const float term : {1.0F / 5, 1.0F / 3, 1.0F})
    near_one = graph.add("Add", {graph.add("Mul", {near_one, square}), number("term", term)});
  near_one = graph.add("Mul", {near_one, graph.add("Add", {part, part})});
  const std::string is_near = graph.add("Less", {graph.add("Abs", {ratio}), number("near", 0.2F)});
  const std::string logarithm =
      graph.add("Where", {is_near, near_one, graph.add("Log", {graph.add("Add", {ratio, one})})});
  const std::string exponent = graph.add("Mul", {logarithm, chosen("power", &PowerSide::power)});
  // e^t - 1 near 0 by its series t (1 + t/2 (1 + t/3 (1 + t/4 (1 + t/5)))), which keeps the digits of a small t.
  std::string series = one;
  for (const float divisor : {5.0F, 4.0F, 3.0F, 2.0F})
    series = graph.add("Add",
                       {one, graph.add("Mul", {series, graph.add("Mul", {exponent, number("series", 1 / divisor)})})});
  series = graph.add("Mul", {series, exponent});
  const std::string direct = graph.add("Sub", {graph.add("Exp", {exponent}), one});
  const std::string is_small = graph.add("Less", {graph.add("Abs", {exponent}), number("small", 0.2F)});
  const std::string grown = graph.add("Where", {is_small, series, direct});
  const std::string result = graph.add("Add", {graph.add("Mul", {grown, chosen("power_scale", &PowerSide::scale)}),
                                               chosen("power_offset", &PowerSide::offset)});
  std::vector<float> bent(count);
  for (std::size_t i = 0; i < count; ++i) bent[i] = powers[i] ? 1 : 0;
  if (std::find(bent.begin(), bent.end(), 0.0F) == bent.end()) return result;
  const std::string is_bent = graph.add("Greater", {graph.constant("bent", bent, shape), zero});
  return graph.add("Where", {is_bent, result, values});
}

/// Puts new values of some columns in their places.
void replace(Writer& write, OnnxColumns& columns, const std::vector<std::int64_t>& places, const std::string& values) {
  const auto count = static_cast<std::int64_t>(columns.names.size());
  if (places.size() == columns.names.size()) {
    columns.values = values;
    return;
  }
  std::vector<std::int64_t> order(columns.names.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::size_t i = 0; i < places.size(); ++i)
    order[static_cast<std::size_t>(places[i])] = count + static_cast<std::int64_t>(i);
  columns.values = write.columns(write.beside({columns.values, values}), order);
}

/// Knots of several columns one column after another, each with `stride` of them.
struct KnotTable {
  std::int64_t stride;
  std::vector<float> knots, below, above, rest_below, rest_above;
  std::vector<float> begins, ends;  ///< numbers from one to the other count as the knot
  std::vector<float> first, last;   ///< per column: up to and from which there is but one result
};

/// A quantile transform and what is known of the rounding errors of its input (OnnxColumns::rounded_at).
struct QuantileColumn {
  const QuantileMap* map;
  double rounded_at;

  /// How far from a knot a number may be that is equal to it but for rounding. The transform jumps at a knot that
  /// several quantiles are equal to, and falls steeply to both ends: there a file must not take the one side for the
  /// other.
  double slack(std::size_t knot) const {
    const auto& knots = map->knots;
    const bool is_end = knot == 0 || knot + 1 == knots.size();
    if (rounded_at < 0 || (!is_end && map->below[knot] == map->above[knot])) return 0;
    double slack = 1e-6 * (std::abs(knots[knot]) + rounded_at);
    if (knot > 0) slack = std::min(slack, (knots[knot] - knots[knot - 1]) / 4);
    if (knot + 1 < knots.size()) slack = std::min(slack, (knots[knot + 1] - knots[knot]) / 4);
    return slack;
  }
};

KnotTable knot_table(const std::vector<QuantileColumn>& columns) {
  std::size_t most = 2;
  for (const auto& column : columns) most = std::max(most, column.map->knots.size());
  // Room for a search by halves, and for the neighbour of the last.
  const std::size_t stride = std::bit_ceil(most) + 1;
  KnotTable table;
  table.stride = static_cast<std::int64_t>(stride);
  for (const auto& column : columns) {
    const QuantileMap* map = column.map;
    const std::size_t begin = table.knots.size();
    for (std::size_t i = 0; i < map->knots.size(); ++i) {
      const auto knot = static_cast<float>(map->knots[i]);
      const auto end = static_cast<float>(map->knots[i] + column.slack(i));
      if (table.knots.size() > begin && knot == table.knots.back()) {  // different in double only
        table.ends.back() = end;
        table.above.back() = static_cast<float>(map->above[i]);
        table.rest_above.back() = static_cast<float>(1 - map->above[i]);
        continue;
      }
      table.knots.push_back(knot);
      table.begins.push_back(static_cast<float>(map->knots[i] - column.slack(i)));
      table.ends.push_back(end);
      table.below.push_back(static_cast<float>(map->below[i]));
      table.above.push_back(static_cast<float>(map->above[i]));
      table.rest_below.push_back(static_cast<float>(1 - map->below[i]));
      table.rest_above.push_back(static_cast<float>(1 - map->above[i]));
    }
    table.first.push_back(table.ends[begin]);
    table.last.push_back(table.begins.back());
    for (auto* knots : {&table.knots, &table.begins, &table.ends}) knots->resize(begin + stride, largest);
    for (auto* places : {&table.below, &table.above}) places->resize(begin + stride, 1);
    for (auto* rests : {&table.rest_below, &table.rest_above}) rests->resize(begin + stride, 0);
  }
  return table;
}

/// The place of the last knot that is not above x, by halving: [N, Q] of positions in the table.
std::string find_knots(Writer& write, const std::string& x, const std::string& knots, std::int64_t stride,
                       std::size_t count) {
  std::vector<std::int64_t> begins(count);
  for (std::size_t i = 0; i < count; ++i) begins[i] = static_cast<std::int64_t>(i) * stride;
  std::string at = write.list("begins", begins);
  for (std::int64_t step = (stride - 1) / 2; step > 0; step /= 2) {
    const std::string next = write.add(at, write.whole(step));
    at = write.where(write.call("Less", {x, write.call("Gather", {knots, next})}), at, next);
  }
  return at;
}

/// The normal deviate of p in float32, 1 - p given apart (Wichura 1988, algorithm AS 241, PPND7).
std::string normal_deviate(Writer& write, const std::string& p, const std::string& rest) {
  const std::string half = write.real("half", 0.5), zero = write.real("zero", 0);
  const std::string is_low = write.call("Less", {p, half});
  const std::string away = write.where(is_low, write.sub(p, half), write.sub(half, rest));
  const std::string r = write.sub(write.real("center", 0.180625), write.mul(away, away));
  const std::string center =
      write.div(write.mul(away, write.polynomial(r, {3.3871327179, 50.434271938, 159.29113202, 59.109374720})),
                write.polynomial(r, {1, 17.895169469, 78.757757664, 67.187563600}));
  const std::string least = write.real("least", 1e-7);
  const std::string smaller = write.where(is_low, p, rest);
  const std::string tail = write.where(write.call("Less", {smaller, least}), least, smaller);
  const std::string root =
      write.sub(write.call("Sqrt", {write.call("Neg", {write.call("Log", {tail})})}), write.real("near", 1.6));
  const std::string size = write.div(write.polynomial(root, {1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103}),
                                     write.polynomial(root, {1, 0.73700164250, 0.12021132975}));
  const std::string outer = write.where(is_low, write.call("Neg", {size}), size);
  const std::string is_center = write.call("Less", {write.call("Abs", {away}), write.real("inner", 0.425)});
  return write.where(is_center, center, outer);
}

std::string write_quantiles(Writer& write, const std::string& x, const std::vector<QuantileColumn>& columns) {
  const KnotTable table = knot_table(columns);
  const std::string knots = write.list("knots", table.knots);
  // Two tables more only where they say something else.
  const auto edges = [&](const char* hint, const std::vector<float>& values) {
    return values == table.knots ? knots : write.list(hint, values);
  };
  const std::string left = find_knots(write, x, edges("knot_begins", table.begins), table.stride, columns.size());
  const std::string right = write.add(left, write.whole(1));
  const auto of = [&](const std::string& values, const std::string& at) { return write.call("Gather", {values, at}); };
  const std::string from = of(knots, left), to = of(knots, right);
  const std::string width = write.sub(to, from);
  const std::string share = write.div(write.sub(x, from), width), rest = write.div(write.sub(to, x), width);
  const std::string is_above = write.call("Greater", {x, of(edges("knot_ends", table.ends), left)});
  const std::string half = write.real("half", 0.5);
  // A value that is a knot has the middle of its places; others lie between the knots around them.
  const auto place = [&](const std::string& below, const std::string& above) {
    const std::string above_left = of(above, left);
    const std::string middle = write.mul(write.add(of(below, left), above_left), half);
    return write.where(is_above, write.add(write.mul(above_left, rest), write.mul(of(below, right), share)), middle);
  };
  std::string result = place(write.list("below", table.below), write.list("above", table.above));
  const bool normal = columns.front().map->normal;
  if (normal)
    result = normal_deviate(
        write, result, place(write.list("rest_below", table.rest_below), write.list("rest_above", table.rest_above)));
  const std::string first = write.list("first", table.first), last = write.list("last", table.last);
  const std::string least = write.real("least", normal ? -largest_normal : 0);
  const std::string most = write.real("most", normal ? largest_normal : 1);
  result = write.where(write.call("Less", {x, last}), result, most);
  result = write.where(write.call("Greater", {x, first}), result, least);
  return write.where(write.call("IsNaN", {x}), x, result);
}

/// Year, month and so on of whole days since 1970 (Hinnant 2013, chrono-compatible low-level date algorithms): integer
/// arithmetic on years that begin in March, in eras of 400 years.
class DateWriter {
 public:
  DateWriter(Writer& write, const std::string& days) : write_(write) {
    constexpr std::int64_t integer_type = 7;
    // 100 eras more than needed: with numbers that are never negative, division rounds down.
    const std::string cut =
        write.call("Clip", {days, write.real("earliest", -most_days), write.real("latest", most_days)});
    day_ = write.add(write.cast(write.call("Floor", {cut}), integer_type), write.whole(719468 + 100 * era_days));
    era_ = over(day_, era_days);
    const std::string in_era = less(day_, era_, era_days);
    year_of_era_ = over(
        write.sub(write.add(write.sub(in_era, over(in_era, 1460)), over(in_era, 36524)), over(in_era, era_days - 1)),
        365);
    const std::string leap_days = write.sub(over(year_of_era_, 4), over(year_of_era_, 100));
    day_of_year_ = write.sub(less(in_era, year_of_era_, 365), leap_days);
    month_ = over(write.add(times(day_of_year_, 5), write.whole(2)), 153);
    is_early_ = write.call("Greater", {month_, write.whole(9)});  // January and February end the year
  }

  std::string part(DatePart part) {
    switch (part) {
      case DatePart::year: {
        const std::string year = write_.add(write_.add(year_of_era_, times(era_, 400)), write_.whole(-40000));
        return write_.where(is_early_, write_.add(year, write_.whole(1)), year);
      }
      case DatePart::month:
        return write_.where(is_early_, write_.sub(month_, write_.whole(9)), write_.add(month_, write_.whole(3)));
      case DatePart::day:
        return write_.add(write_.sub(day_of_year_, over(write_.add(times(month_, 153), write_.whole(2)), 5)),
                          write_.whole(1));
      case DatePart::weekday: {
        const std::string shifted = write_.add(day_, write_.whole(2));
        return less(shifted, over(shifted, 7), 7);
      }
      case DatePart::day_of_year:
        return write_.where(is_early_, write_.sub(day_of_year_, write_.whole(305)),
                            write_.add(write_.add(day_of_year_, write_.whole(60)), leap()));
      case DatePart::hour:
        break;
    }
    throw ModelError(
        "The hour of a date cannot be exported: an ONNX input counts days since 1970 in 32 bits, which tell "
        "a time of day to three minutes only; leave the hour out of the step dates",
        "prepare");
  }

 private:
  static constexpr std::int64_t era_days = 146097;

  std::string over(const std::string& a, std::int64_t b) { return write_.div(a, write_.whole(b)); }
  std::string times(const std::string& a, std::int64_t b) { return write_.mul(a, write_.whole(b)); }
  /// a - b c
  std::string less(const std::string& a, const std::string& b, std::int64_t c) { return write_.sub(a, times(b, c)); }
  std::string is_zero(const std::string& a) { return write_.call("Equal", {a, write_.whole(0)}); }
  /// 1 in years that have a 29th of February, else 0.
  std::string leap() {
    const std::string one = write_.whole(1), zero = write_.whole(0);
    const std::string fourth = is_zero(less(year_of_era_, over(year_of_era_, 4), 4));
    const std::string hundredth = is_zero(less(year_of_era_, over(year_of_era_, 100), 100));
    const std::string century = write_.where(is_zero(year_of_era_), one, zero);
    return write_.where(fourth, write_.where(hundredth, century, one), zero);
  }

  Writer& write_;
  std::string day_, era_, year_of_era_, day_of_year_, month_, is_early_;
};

void apply(OnnxGraph& graph, OnnxColumns& columns, const FittedPower& step, const std::unordered_set<std::string>&) {
  std::vector<const YeoJohnson*> powers(columns.names.size());
  for (const auto& map : step.maps)
    if (const auto place = columns.place_of(map.column); place >= 0)
      powers[static_cast<std::size_t>(place)] = &map.power;
  if (std::any_of(powers.begin(), powers.end(), [](const auto* power) { return power != nullptr; }))
    columns.values = write_powers(graph, columns.values, powers);
}

double rounded_at(const OnnxColumns& columns, std::int64_t place) {
  return columns.rounded_at.empty() ? -1 : columns.rounded_at[static_cast<std::size_t>(place)];
}

void apply(OnnxGraph& graph, OnnxColumns& columns, const FittedQuantile& step,
           const std::unordered_set<std::string>& needed) {
  std::map<std::int64_t, QuantileColumn> found;
  for (const auto& map : step.maps)
    if (const auto place = columns.place_of(map.column); place >= 0 && needed.contains(map.column))
      found.emplace(place, QuantileColumn{&map.quantiles, rounded_at(columns, place)});
  if (found.empty()) return;
  std::vector<std::int64_t> places;
  std::vector<QuantileColumn> maps;
  for (const auto& [place, map] : found) {
    places.push_back(place);
    maps.push_back(map);
  }
  Writer write(graph);
  const bool all = places.size() == columns.names.size();
  const std::string x = all ? columns.values : write.columns(columns.values, places);
  replace(write, columns, places, write_quantiles(write, x, maps));
}

void apply(OnnxGraph& graph, OnnxColumns& columns, const FittedDates& step,
           const std::unordered_set<std::string>& needed) {
  Writer write(graph);
  OnnxColumns made = columns;
  std::vector<std::string> parts{columns.values};
  std::vector<std::string> gone;
  for (std::size_t begin = 0, end = 0; begin < step.parts.size(); begin = end) {
    const std::string& name = step.parts[begin].column;
    while (end < step.parts.size() && step.parts[end].column == name) ++end;
    const auto place = columns.place_of(name);
    if (place < 0) continue;
    if (!step.keep) gone.push_back(name);
    const std::string days = write.columns(columns.values, {place});
    const std::string is_missing = write.call("IsNaN", {days});
    DateWriter date(write, write.where(is_missing, write.real("zero", 0), days));
    for (std::size_t i = begin; i < end; ++i) {
      const auto& part = step.parts[i];
      if (!needed.contains(part.name)) continue;
      constexpr std::int64_t float_type = 1;
      std::string value = write.cast(date.part(part.part), float_type);
      if (part.wave != Wave::none) {
        const DateCycle cycle = date_cycle(part.part);
        value = write.mul(write.sub(value, write.real("cycle_begin", cycle.first)),
                          write.real("angle", 2 * std::numbers::pi / cycle.length));
        value = write.call(part.wave == Wave::sine ? "Sin" : "Cos", {value});
      }
      parts.push_back(write.where(is_missing, days, value));
      made.names.push_back(part.name);
    }
  }
  made.values = write.beside(parts);
  std::vector<std::string> left;
  for (const auto& name : made.names)
    if (std::find(gone.begin(), gone.end(), name) == gone.end()) left.push_back(name);
  write_order(graph, made, left);
  columns = std::move(made);
}

void apply(OnnxGraph& graph, OnnxColumns& columns, const FittedProducts& step,
           const std::unordered_set<std::string>& needed) {
  Writer write(graph);
  std::vector<std::string> parts{columns.values};
  std::vector<std::string> names = columns.names;
  for (const std::size_t degree : {2U, 3U}) {
    std::vector<std::vector<std::int64_t>> factors(degree);
    for (const auto& product : step.products) {
      if (product.factors.size() != degree || !needed.contains(product.name)) continue;
      for (std::size_t i = 0; i < degree; ++i) factors[i].push_back(columns.place_of(product.factors[i]));
      names.push_back(product.name);
    }
    if (factors.front().empty()) continue;
    std::string value = write.columns(columns.values, factors.front());
    for (std::size_t i = 1; i < degree; ++i) value = write.mul(value, write.columns(columns.values, factors[i]));
    parts.push_back(value);
  }
  columns.values = write.beside(parts);
  columns.names = std::move(names);
}

/// Steps that fold, and those of categories, are written elsewhere.
template <class Step>
void apply(OnnxGraph&, OnnxColumns&, const Step&, const std::unordered_set<std::string>&) {}

}  // namespace

std::int64_t OnnxColumns::place_of(const std::string& name) const {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : found - names.begin();
}

std::unordered_set<std::string> needed_columns(const Preparation& preparation) {
  std::unordered_set<std::string> needed(preparation.feature_names().begin(), preparation.feature_names().end());
  const auto& steps = preparation.steps();
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (const auto* products = std::get_if<FittedProducts>(&*step)) {
      for (const auto& product : products->products)
        if (needed.contains(product.name)) needed.insert(product.factors.begin(), product.factors.end());
    } else if (const auto* dates = std::get_if<FittedDates>(&*step)) {
      for (const auto& part : dates->parts)
        if (needed.contains(part.name)) needed.insert(part.column);
    }
  }
  return needed;
}

void write_order(OnnxGraph& graph, OnnxColumns& columns, const std::vector<std::string>& names) {
  if (names == columns.names) return;
  std::unordered_map<std::string_view, std::int64_t> place_of;
  for (std::size_t i = 0; i < columns.names.size(); ++i)
    place_of.emplace(columns.names[i], static_cast<std::int64_t>(i));
  std::vector<std::int64_t> places;
  for (const auto& name : names) {
    const auto found = place_of.find(name);
    if (found == place_of.end())
      throw ModelError("The preparation makes the feature '" + name + "', but its columns do not account for it");
    places.push_back(found->second);
  }
  columns.values = Writer(graph).columns(columns.values, places);
  columns.names = names;
}

void write_step(OnnxGraph& graph, OnnxColumns& columns, const FittedStep& step,
                const std::unordered_set<std::string>& needed) {
  std::visit([&](const auto& fitted) { apply(graph, columns, fitted, needed); }, step);
}

}  // namespace gb
