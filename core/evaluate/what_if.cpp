#include "core/evaluate/what_if.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "core/base/text.hpp"
#include "core/data/raw_rows.hpp"

namespace gb {
namespace {

/// `count` copies of a table of one row.
Dataset copies(const Dataset& row, std::size_t count) {
  Dataset many = row;
  auto& table = std::get<DataTable>(many.content);
  table.rows = count;
  for (Column& column : table.columns) {
    column.numbers.resize(column.numbers.empty() ? 0 : count, column.numbers.empty() ? 0 : column.numbers[0]);
    column.codes.resize(column.codes.empty() ? 0 : count, column.codes.empty() ? 0 : column.codes[0]);
    column.texts.resize(column.texts.empty() ? 0 : count, column.texts.empty() ? "" : column.texts[0]);
  }
  return many;
}

std::size_t place_of(const DataTable& table, const std::string& name) {
  const auto found =
      std::find_if(table.columns.begin(), table.columns.end(), [&](const Column& each) { return each.name == name; });
  return static_cast<std::size_t>(found - table.columns.begin());
}

/// Asks about the row with other values in one column.
std::vector<std::string> labels_with(const Dataset& row, std::size_t place, const std::vector<double>& values,
                                     const Ask& ask) {
  Dataset many = copies(row, values.size());
  Column& column = std::get<DataTable>(many.content).columns[place];
  for (std::size_t i = 0; i < values.size(); ++i)
    if (column.type == ColumnType::categorical)
      column.codes[i] = static_cast<std::int32_t>(values[i]);
    else
      column.numbers[i] = values[i];
  return ask(many).labels;
}

bool all_whole(const Column& column) {
  return std::all_of(column.numbers.begin(), column.numbers.end(),
                     [](double value) { return std::isnan(value) || value == std::floor(value); });
}

std::string cell_text(Column column, double value) {
  column.numbers = {value};
  return column.cell(0);
}

/// Between a value with the old answer and one with another one lies a border: the nearest value beyond it.
double narrowed(const Dataset& row, std::size_t place, double same, double other, const std::string& label,
                std::string& becomes, bool whole, const Ask& ask) {
  for (int i = 0; i < 12; ++i) {
    double middle = (same + other) / 2;
    if (whole) middle = std::round(middle);
    if (middle == same || middle == other) break;
    const auto labels = labels_with(row, place, {middle}, ask);
    if (labels.size() != 1) break;
    if (labels[0] == label) {
      same = middle;
    } else {
      other = middle;
      becomes = labels[0];
    }
  }
  return other;
}

/// The value in few digits, rounded away from where it came from; as it is where that would undo the change.
double readable(const Dataset& row, std::size_t place, double from, double to, double range, const std::string& label,
                const Ask& ask) {
  const double step = std::pow(10.0, std::floor(std::log10(range)) - 3);
  const double rounded = to > from ? std::ceil(to / step) * step : std::floor(to / step) * step;
  const auto labels = labels_with(row, place, {rounded}, ask);
  return labels.size() == 1 && labels[0] == label ? rounded : to;
}

std::optional<Flip> flip_of_number(const Column& known, const Dataset& row, std::size_t place, const std::string& label,
                                   const Ask& ask, int tries) {
  const Column& own = row.table()->columns[place];
  const double now = own.numbers[0];
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double value : known.numbers)
    if (!std::isnan(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  if (!(low < high) || std::isnan(now)) return std::nullopt;
  const bool whole = all_whole(known) || known.type == ColumnType::date;
  std::vector<double> values;
  for (int i = 0; i <= tries; ++i) {
    const double value = low + (high - low) * i / tries;
    values.push_back(whole ? std::round(value) : value);
  }
  const auto labels = labels_with(row, place, values, ask);
  if (labels.size() != values.size()) return std::nullopt;
  std::optional<std::size_t> nearest;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (labels[i] != label && (!nearest || std::abs(values[i] - now) < std::abs(values[*nearest] - now))) nearest = i;
  if (!nearest) return std::nullopt;
  // The nearest place on the way there that still has the old answer.
  double same = now;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool between = (values[i] - now) * (values[i] - values[*nearest]) < 0;
    if (between && labels[i] == label && std::abs(values[i] - now) > std::abs(same - now)) same = values[i];
  }
  Flip flip{own.name, own.cell(0), {}, labels[*nearest], 1};
  double to = narrowed(row, place, same, values[*nearest], label, flip.becomes, whole, ask);
  if (!whole) to = readable(row, place, now, to, high - low, flip.becomes, ask);
  flip.to = whole ? cell_text(own, to) : short_number(to);
  flip.share = std::abs(to - now) / (high - low);
  return flip;
}

std::optional<Flip> flip_of_level(const Dataset& row, std::size_t place, const std::string& label, const Ask& ask) {
  const Column& own = row.table()->columns[place];
  std::vector<double> values(own.levels.size());
  std::iota(values.begin(), values.end(), 0.0);
  const auto labels = labels_with(row, place, values, ask);
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] != label) return Flip{own.name, own.cell(0), own.levels[i], labels[i], 1};
  return std::nullopt;
}

}  // namespace

Answers ask(const Model& model, const Preparation& preparation, const Target* target, const Dataset& raw) {
  const Features features = preparation.transform(raw);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(features.rows()));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  Prediction prediction = model.predict(features, rows);
  Answers answers;
  answers.values = std::move(prediction.values);
  answers.probabilities = std::move(prediction.probabilities);
  const bool classes = prediction.task == Task::classification && target;
  if (classes) answers.classes = target->classes;
  for (const auto label : prediction.labels) {
    const auto place = static_cast<std::size_t>(label);
    answers.labels.push_back(classes && label >= 0 && place < target->classes.size() ? target->classes[place]
                                                                                     : std::to_string(label));
  }
  return answers;
}

Answers ask(const OnnxModel& model, const Dataset& raw) {
  OnnxModel::Result said = model.predict(raw);
  return {std::move(said.classes), std::move(said.probabilities), std::move(said.labels), std::move(said.values)};
}

Dataset single_row(const Dataset& data, std::int64_t row) {
  return raw_rows(data, std::array{row});
}

Dataset single_picture(const Dataset& data, std::vector<std::uint8_t> pixels) {
  Dataset single;
  single.name = data.name;
  ImageSet picture = *data.images();
  picture.count = 1;
  picture.pixels = std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels));
  single.content = std::move(picture);
  return single;
}

std::vector<std::uint8_t> medians_of(const ImageSet& picture) {
  std::vector<std::uint8_t> medians;
  const std::size_t plane = picture.width * picture.height;
  for (std::size_t channel = 0; channel < picture.channels; ++channel) {
    const auto* begin = picture.image(0) + channel * plane;
    std::vector<std::uint8_t> values(begin, begin + plane);
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(plane / 2), values.end());
    medians.push_back(values[plane / 2]);
  }
  return medians;
}

std::vector<Flip> smallest_flips(const Dataset& data, const Dataset& row, std::span<const std::string> columns,
                                 const Ask& ask, int tries) {
  std::vector<Flip> flips;
  const DataTable *known = data.table(), *own = row.table();
  if (!known || !own || own->rows != 1) return flips;
  const auto now = ask(row).labels;
  if (now.size() != 1) return flips;
  for (const std::string& name : columns) {
    const Column* column = known->find(name);
    const std::size_t place = place_of(*own, name);
    if (!column || place == own->columns.size()) continue;
    std::optional<Flip> flip;
    if (column->type == ColumnType::categorical)
      flip = flip_of_level(row, place, now[0], ask);
    else if (column->type != ColumnType::text)
      flip = flip_of_number(*column, row, place, now[0], ask, tries);
    if (flip) flips.push_back(std::move(*flip));
  }
  std::stable_sort(flips.begin(), flips.end(), [](const Flip& a, const Flip& b) { return a.share < b.share; });
  return flips;
}

std::vector<float> occlusion(const ImageSet& picture, std::size_t label, const Ask& ask, std::size_t patch,
                             std::size_t stride) {
  const std::size_t width = picture.width, height = picture.height, plane = width * height;
  std::vector<std::pair<std::size_t, std::size_t>> corners;  // of squares, row and column
  for (std::size_t y = 0; y < height; y += stride)
    for (std::size_t x = 0; x < width; x += stride) corners.emplace_back(y, x);
  // The picture itself stands first.
  auto pixels = std::make_shared<std::vector<std::uint8_t>>();
  pixels->reserve((corners.size() + 1) * picture.pixels_each());
  const std::uint8_t* own = picture.image(0);
  pixels->insert(pixels->end(), own, own + picture.pixels_each());
  const std::vector<std::uint8_t> cover = medians_of(picture);
  // A square reaches half a patch around the middle of its stride.
  const auto reach = [&](std::size_t at, std::size_t side) {
    const std::size_t middle = at + stride / 2, half = patch / 2;
    return std::pair(middle > half ? middle - half : 0, std::min(side, middle + half + 1));
  };
  for (const auto& [y, x] : corners) {
    const auto [top, bottom] = reach(y, height);
    const auto [left, right] = reach(x, width);
    const std::size_t begin = pixels->size();
    pixels->insert(pixels->end(), own, own + picture.pixels_each());
    for (std::size_t channel = 0; channel < picture.channels; ++channel)
      for (std::size_t row = top; row < bottom; ++row)
        std::fill_n(pixels->begin() + static_cast<std::ptrdiff_t>(begin + channel * plane + row * width + left),
                    right - left, cover[channel]);
  }
  Dataset covered;
  ImageSet set = picture;
  set.count = corners.size() + 1;
  set.pixels = std::move(pixels);
  covered.content = std::move(set);
  const Answers answers = ask(covered);
  std::vector<float> heat(plane, 0);
  const auto column = static_cast<Eigen::Index>(label);
  if (answers.probabilities.rows() != static_cast<Eigen::Index>(corners.size()) + 1 ||
      column >= answers.probabilities.cols())
    return heat;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const auto [y, x] = corners[i];
    const float drop =
        answers.probabilities(0, column) - answers.probabilities(static_cast<Eigen::Index>(i) + 1, column);
    for (std::size_t row = y; row < std::min(height, y + stride); ++row)
      for (std::size_t place = x; place < std::min(width, x + stride); ++place) heat[row * width + place] = drop;
  }
  return heat;
}

}  // namespace gb
