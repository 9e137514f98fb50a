#include "app/studio/data_preview.hpp"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <utility>

namespace gb {

namespace {

constexpr std::size_t most_pictures = 120;
constexpr std::size_t most_points = 20000;

std::string text(const char* source) {
  return QCoreApplication::translate("DataPreview", source).toStdString();
}

/// How much better a column tells the classes apart than chance: variance between classes over variance within.
double separation(const Column& column, const Column& target) {
  std::vector<double> sums(target.levels.size()), squares(target.levels.size());
  std::vector<std::size_t> counts(target.levels.size());
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t row = 0; row < column.numbers.size(); ++row) {
    const auto code = target.codes[row];
    if (code < 0 || std::isnan(column.numbers[row])) continue;
    const auto group = static_cast<std::size_t>(code);
    sums[group] += column.numbers[row];
    squares[group] += column.numbers[row] * column.numbers[row];
    ++counts[group];
    sum += column.numbers[row];
    ++count;
  }
  if (count == 0) return 0;
  const double mean = sum / static_cast<double>(count);
  double between = 0, within = 0;
  for (std::size_t group = 0; group < counts.size(); ++group) {
    if (counts[group] == 0) continue;
    const double size = static_cast<double>(counts[group]);
    const double own = sums[group] / size;
    between += size * (own - mean) * (own - mean);
    within += squares[group] - size * own * own;
  }
  return within > 0 ? between / within : 0;
}

std::shared_ptr<const Points> pointsOf(const Dataset& dataset) {
  const auto& table = *dataset.table();
  const Column* target = dataset.target_column();
  const bool classes = target && target->type == ColumnType::categorical;
  std::vector<std::pair<double, const Column*>> numeric;
  for (const auto& column : table.columns)
    if (column.type == ColumnType::numeric && &column != target)
      numeric.emplace_back(classes && table.columns.size() > 3 ? separation(column, *target) : 0, &column);
  if (numeric.size() < 2) return nullptr;
  std::stable_sort(numeric.begin(), numeric.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  const Column& x = *numeric[0].second;
  const Column& y = *numeric[1].second;
  auto points = std::make_shared<Points>();
  auto xy = std::make_shared<std::vector<float>>();
  auto rows = std::make_shared<std::vector<std::int64_t>>();
  const std::size_t stride = std::max<std::size_t>(1, (table.rows + most_points - 1) / most_points);
  for (std::size_t row = 0; row < table.rows; row += stride) {
    if (std::isnan(x.numbers[row]) || std::isnan(y.numbers[row])) continue;
    xy->push_back(static_cast<float>(x.numbers[row]));
    xy->push_back(static_cast<float>(y.numbers[row]));
    rows->push_back(static_cast<std::int64_t>(row));
    points->group.push_back(classes ? target->codes[row] : 0);
  }
  points->view = "preview";
  points->title = text(QT_TRANSLATE_NOOP("DataPreview", "The data"));
  points->x_label = x.name;
  points->y_label = y.name;
  points->xy = std::move(xy);
  points->rows = std::move(rows);
  if (classes) points->group_names = target->levels;
  return points;
}

}  // namespace

std::shared_ptr<const Images> picturesOf(const Dataset& dataset, const std::vector<std::int64_t>& rows,
                                         std::vector<std::string> captions) {
  const auto* set = dataset.images();
  if (!set) return nullptr;
  auto images = std::make_shared<Images>();
  images->view = "rows";
  images->count = static_cast<int>(rows.size());
  images->channels = static_cast<int>(set->channels);
  images->height = static_cast<int>(set->height);
  images->width = static_cast<int>(set->width);
  images->rows = rows;
  images->pixels.reserve(rows.size() * set->pixels_each());
  const Column* labels = dataset.target_column();
  const bool named = captions.empty() && labels && labels->size() == dataset.rows();
  for (const auto row : rows) {
    const auto* pixels = set->image(static_cast<std::size_t>(row));
    images->pixels.insert(images->pixels.end(), pixels, pixels + set->pixels_each());
    if (named) captions.push_back(labels->cell(static_cast<std::size_t>(row)));
  }
  images->captions = std::move(captions);
  return images;
}

std::vector<Event> previewOf(const std::shared_ptr<const Dataset>& dataset) {
  std::vector<Event> events;
  if (!dataset || dataset->rows() == 0) return events;
  if (dataset->images()) {
    std::vector<std::int64_t> rows(std::min(most_pictures, dataset->rows()));
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
    auto images = std::make_shared<Images>(*picturesOf(*dataset, rows));
    images->view = "preview";
    images->title = text(QT_TRANSLATE_NOOP("DataPreview", "The data"));
    events.push_back(std::shared_ptr<const Images>(std::move(images)));
  } else if (auto points = pointsOf(*dataset)) {
    events.push_back(std::move(points));
  }
  return events;
}

}  // namespace gb
