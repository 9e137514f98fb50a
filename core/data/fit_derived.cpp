#include <algorithm>
#include <cmath>

#include "core/data/training_rows.hpp"

// Steps that make new columns of numbers: parts of dates, products.

namespace gb {
namespace {

std::vector<DatePart> wanted_parts(const DatesParams& params, bool has_time) {
  std::vector<DatePart> parts;
  const auto add = [&](bool wanted, DatePart part) {
    if (wanted) parts.push_back(part);
  };
  add(params.year, DatePart::year);
  add(params.month, DatePart::month);
  add(params.day, DatePart::day);
  add(params.weekday, DatePart::weekday);
  add(params.day_of_year, DatePart::day_of_year);
  add(params.hour && has_time, DatePart::hour);
  return parts;
}

}  // namespace

FittedDates fit_dates(const StepFit& fit) {
  const auto& params = fit.step.as<DatesParams>();
  FittedDates fitted;
  fitted.keep = params.keep;
  NewNames names(fit.frame);
  for (const FrameColumn* column : fit.required(fit.dates(), "date columns")) {
    const auto days = fit.rows.numbers(*column);
    const bool has_time = std::any_of(days.begin(), days.end(), [](double day) { return day != std::floor(day); });
    const auto parts = wanted_parts(params, has_time);
    if (parts.empty()) {
      fit.problems.push_back({0, column->name, "its dates have no time of day, so no part is made of them"});
      continue;
    }
    const auto add = [&](DatePart part, Wave wave, const char* what) {
      const std::string name = column->name + " " + std::string(date_part_name(part)) + what;
      fitted.parts.push_back({column->name, names.take(name), part, wave});
    };
    for (const DatePart part : parts) {
      if (!params.cyclic || part == DatePart::year) {
        add(part, Wave::none, "");
        continue;
      }
      add(part, Wave::sine, " sine");
      add(part, Wave::cosine, " cosine");
    }
  }
  return fitted;
}

FittedProducts fit_polynomial(const StepFit& fit) {
  const auto& params = fit.step.as<PolynomialParams>();
  const auto columns = fit.required(fit.numbers(), "numeric columns");
  const auto count = static_cast<double>(columns.size());
  double products = params.interaction_only ? count * (count - 1) / 2 : count * (count + 1) / 2;
  if (params.degree == 3)
    products += (params.interaction_only ? count * (count - 1) * (count - 2) : count * (count + 1) * (count + 2)) / 6;
  constexpr double most_products = 20000;
  if (products > most_products)
    throw ParamError(fit.step.path + " of polynomial makes " + std::to_string(static_cast<std::int64_t>(products)) +
                         " products of " + std::to_string(columns.size()) + " columns; at most 20000 are made",
                     fit.step.path + ".columns", "fewer columns, degree 2, or a selection before it");
  FittedProducts fitted;
  NewNames names(fit.frame);
  const auto add = [&](std::vector<std::size_t> factors) {
    FittedProducts::Product product;
    std::string name;
    for (std::size_t begin = 0, end = 0; begin < factors.size(); begin = end) {
      while (end < factors.size() && factors[end] == factors[begin]) ++end;
      name += (name.empty() ? "" : "*") + columns[factors[begin]]->name;
      if (end - begin > 1) name += "^" + std::to_string(end - begin);
    }
    for (const auto factor : factors) product.factors.push_back(columns[factor]->name);
    product.name = names.take(name);
    fitted.products.push_back(std::move(product));
  };
  const std::size_t step = params.interaction_only ? 1 : 0;
  for (std::size_t a = 0; a < columns.size(); ++a)
    for (std::size_t b = a + step; b < columns.size(); ++b) add({a, b});
  for (std::size_t a = 0; params.degree == 3 && a < columns.size(); ++a)
    for (std::size_t b = a + step; b < columns.size(); ++b)
      for (std::size_t c = b + step; c < columns.size(); ++c) add({a, b, c});
  return fitted;
}

}  // namespace gb
