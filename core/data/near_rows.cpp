#include "core/data/near_rows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/base/parallel.hpp"

namespace gb {
namespace {

constexpr double near_deviations = 1e-3;
constexpr std::size_t fewest_columns = 3;
constexpr int most_bits = 6;
constexpr double least_correlation = 0.99;
constexpr double most_pairs = 2e9;

/// Brightness of fields of 9 x 8, each the mean of the pixels whose middle lies in it, or of the nearest one.
std::uint64_t difference_hash(const ImageSet& images, std::int64_t row) {
  constexpr std::size_t across = 9, down = 8;
  const std::uint8_t* pixels = images.image(static_cast<std::size_t>(row));
  std::uint64_t hash = 0;
  const auto edge = [](std::size_t field, std::size_t fields, std::size_t size) { return field * size / fields; };
  for (std::size_t y = 0; y < down; ++y) {
    double before = 0;
    for (std::size_t x = 0; x < across; ++x) {
      const std::size_t top = edge(y, down, images.height), left = edge(x, across, images.width);
      const std::size_t bottom = std::max(edge(y + 1, down, images.height), top + 1);
      const std::size_t right = std::max(edge(x + 1, across, images.width), left + 1);
      double sum = 0;
      for (std::size_t channel = 0; channel < images.channels; ++channel)
        for (std::size_t i = top; i < bottom; ++i)
          for (std::size_t j = left; j < right; ++j) sum += pixels[(channel * images.height + i) * images.width + j];
      const double mean = sum / static_cast<double>((bottom - top) * (right - left));
      if (x > 0) hash = hash << 1 | static_cast<std::uint64_t>(mean > before);
      before = mean;
    }
  }
  return hash;
}

double deviation(const Column& column, std::span<const std::int64_t> rows) {
  double count = 0, mean = 0, squares = 0;
  for (const std::int64_t row : rows) {
    const double value = column.numbers[static_cast<std::size_t>(row)];
    if (!std::isfinite(value)) continue;
    ++count;
    const double way = value - mean;
    mean += way / count;
    squares += way * (value - mean);
  }
  return count > 0 ? std::sqrt(squares / count) : 0;
}

}  // namespace

NearRows::NearRows(const Dataset& dataset, std::vector<const Column*> columns, std::span<const std::int64_t> rows)
    : dataset_(dataset), columns_(std::move(columns)), reach_(columns_.size()) {
  if (const ImageSet* images = dataset.images()) {
    hashes_.resize(images->count);
    parallel_chunks(rows.size(), 64, [&](std::size_t begin, std::size_t end, std::size_t) {
      for (std::size_t i = begin; i < end; ++i)
        hashes_[static_cast<std::size_t>(rows[i])] = difference_hash(*images, rows[i]);
    });
    return;
  }
  parallel_chunks(columns_.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t c = begin; c < end; ++c)
      if (!columns_[c]->numbers.empty()) reach_[c] = near_deviations * deviation(*columns_[c], rows);
  });
  varying_ =
      static_cast<std::size_t>(std::count_if(reach_.begin(), reach_.end(), [](double each) { return each > 0; }));
}

std::vector<std::int64_t> NearRows::partners(std::span<const std::int64_t> asked,
                                             std::span<const std::int64_t> among) const {
  return dataset_.images() ? picture_partners(asked, among) : table_partners(asked, among);
}

bool NearRows::near(std::int64_t a, std::int64_t b) const {
  const auto i = static_cast<std::size_t>(a), j = static_cast<std::size_t>(b);
  bool equal = true;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const Column& column = *columns_[c];
    if (column.numbers.empty()) {
      if (column.codes.empty() ? column.texts[i] != column.texts[j] : column.codes[i] != column.codes[j]) return false;
      continue;
    }
    const double x = column.numbers[i], y = column.numbers[j];
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    if (!(std::abs(x - y) <= reach_[c])) return false;
    equal = false;
  }
  return !equal;
}

/// The sum of a row's numbers, each in units of what is near, by signs that part what grows together: near rows differ
/// in it by the number of varying columns at most.
double NearRows::projected(std::int64_t row) const {
  double sum = 0, sign = 1;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (reach_[c] <= 0) continue;
    const double value = columns_[c]->numbers[static_cast<std::size_t>(row)];
    // Missing is far from everything but missing, which is at the same place.
    if (std::isfinite(value)) sum += sign * value / reach_[c];
    sign = -sign;
  }
  return sum;
}

std::vector<std::int64_t> NearRows::table_partners(std::span<const std::int64_t> asked,
                                                   std::span<const std::int64_t> among) const {
  std::vector<std::int64_t> found(asked.size(), -1);
  if (varying_ < fewest_columns) return found;
  struct Place {
    double at;
    std::size_t order;
  };
  std::vector<Place> places(among.size());
  parallel_chunks(among.size(), 256, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) places[i] = {projected(among[i]), i};
  });
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return a.at != b.at ? a.at < b.at : a.order < b.order; });
  // Rounding of sums that are large beside what is near must not hide a partner.
  const double width = 1.01 * static_cast<double>(varying_) + 1e-6;
  parallel_chunks(asked.size(), 16, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) {
      const double at = projected(asked[i]), far = width + 1e-9 * std::abs(at);
      auto place = std::lower_bound(places.begin(), places.end(), at - far,
                                    [](const Place& each, double limit) { return each.at < limit; });
      std::size_t first = among.size();
      for (; place != places.end() && place->at <= at + far; ++place)
        if (place->order < first && among[place->order] != asked[i] && near(asked[i], among[place->order]))
          first = place->order;
      if (first < among.size()) found[i] = among[first];
    }
  });
  return found;
}

/// By the correlation of their pixels, so that one may be a little brighter.
bool NearRows::alike(std::int64_t a, std::int64_t b) const {
  const ImageSet& images = *dataset_.images();
  const std::uint8_t* x = images.image(static_cast<std::size_t>(a));
  const std::uint8_t* y = images.image(static_cast<std::size_t>(b));
  const std::size_t count = images.pixels_each();
  if (std::memcmp(x, y, count) == 0) return false;
  double sum_x = 0, sum_y = 0, xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double p = x[i], q = y[i];
    sum_x += p;
    sum_y += q;
    xx += p * p;
    yy += q * q;
    xy += p * q;
  }
  const auto pixels = static_cast<double>(count);
  const double spread_x = xx - sum_x * sum_x / pixels, spread_y = yy - sum_y * sum_y / pixels;
  // Pictures of one colour are like each other by nothing but that.
  if (spread_x <= 0 || spread_y <= 0) return false;
  return xy - sum_x * sum_y / pixels >= least_correlation * std::sqrt(spread_x * spread_y);
}

std::vector<std::int64_t> NearRows::picture_partners(std::span<const std::int64_t> asked,
                                                     std::span<const std::int64_t> among) const {
  std::vector<std::int64_t> found(asked.size(), -1);
  if (static_cast<double>(asked.size()) * static_cast<double>(among.size()) > most_pairs) return found;
  std::vector<std::uint64_t> hashes;
  for (const std::int64_t row : among) hashes.push_back(hashes_[static_cast<std::size_t>(row)]);
  parallel_chunks(asked.size(), 16, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) {
      const std::uint64_t own = hashes_[static_cast<std::size_t>(asked[i])];
      for (std::size_t j = 0; j < hashes.size() && found[i] < 0; ++j)
        if (std::popcount(own ^ hashes[j]) <= most_bits && among[j] != asked[i] && alike(asked[i], among[j]))
          found[i] = among[j];
    }
  });
  return found;
}

}  // namespace gb
