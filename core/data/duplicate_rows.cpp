#include "core/data/duplicate_rows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <string_view>

#include "core/base/parallel.hpp"

namespace gb {
namespace {

constexpr std::size_t grain = 256;  ///< rows

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  // The finalizer of MurmurHash3 (Appleby, public domain): every bit of either argument reaches every bit.
  std::uint64_t x = (hash ^ value) + 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccd;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53;
  return x ^ (x >> 33);
}

std::uint64_t bits_of(double number) {
  if (std::isnan(number)) return ~std::uint64_t{0};   // a missing cell equals a missing cell
  return std::bit_cast<std::uint64_t>(number + 0.0);  // -0 is 0
}

std::uint64_t cell_bits(const Column& column, std::size_t row) {
  if (column.type == ColumnType::categorical) return static_cast<std::uint64_t>(column.codes[row]);
  if (column.type == ColumnType::text) return std::hash<std::string>{}(column.texts[row]);
  return bits_of(column.numbers[row]);
}

bool equal_cells(const Column& column, std::size_t a, std::size_t b) {
  if (column.type == ColumnType::text) return column.texts[a] == column.texts[b];
  return cell_bits(column, a) == cell_bits(column, b);
}

std::string_view picture(const ImageSet& images, std::int64_t row) {
  return {reinterpret_cast<const char*>(images.image(static_cast<std::size_t>(row))), images.pixels_each()};
}

}  // namespace

std::vector<std::vector<std::int64_t>> equal_rows(const Dataset& dataset, const std::vector<const Column*>& columns,
                                                  const std::vector<std::int64_t>& rows) {
  const ImageSet* images = dataset.images();
  std::vector<std::vector<std::int64_t>> groups;
  if (!images && columns.empty()) return groups;
  std::vector<std::pair<std::uint64_t, std::int64_t>> hashes(rows.size());
  parallel_chunks(rows.size(), grain, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i)
      hashes[i] = {images ? std::hash<std::string_view>{}(picture(*images, rows[i])) : 0, rows[i]};
    // Column by column: their values lie one after another.
    for (const Column* column : columns)
      for (std::size_t i = begin; i < end; ++i)
        hashes[i].first = mixed(hashes[i].first, cell_bits(*column, static_cast<std::size_t>(rows[i])));
  });
  std::sort(hashes.begin(), hashes.end());
  const auto equal = [&](std::int64_t a, std::int64_t b) {
    if (images) return picture(*images, a) == picture(*images, b);
    return std::all_of(columns.begin(), columns.end(), [&](const Column* column) {
      return equal_cells(*column, static_cast<std::size_t>(a), static_cast<std::size_t>(b));
    });
  };
  for (std::size_t begin = 0; begin < hashes.size();) {
    std::size_t end = begin + 1;
    while (end < hashes.size() && hashes[end].first == hashes[begin].first) ++end;
    // Of one hash, but not necessarily equal.
    const std::size_t first_group = groups.size();
    for (std::size_t i = begin; i < end && end - begin > 1; ++i) {
      const auto found =
          std::find_if(groups.begin() + static_cast<std::ptrdiff_t>(first_group), groups.end(),
                       [&](const std::vector<std::int64_t>& group) { return equal(group.front(), hashes[i].second); });
      if (found == groups.end())
        groups.push_back({hashes[i].second});
      else
        found->push_back(hashes[i].second);
    }
    begin = end;
  }
  std::erase_if(groups, [](const auto& group) { return group.size() < 2; });
  std::sort(groups.begin(), groups.end());
  return groups;
}

}  // namespace gb
