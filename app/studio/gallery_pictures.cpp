#include <QDir>
#include <QImage>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/studio/data_preview.hpp"
#include "app/studio/error_text.hpp"
#include "app/studio/gallery.hpp"
#include "app/studio/screenshots.hpp"
#include "core/base/file.hpp"
#include "core/data/feeds.hpp"
#include "core/run/session.hpp"
#include "widgets/theme.hpp"

namespace gb {

namespace {

constexpr QSize size(306, 150);  ///< as a card shows it
constexpr int scale = 2;         ///< pixels per point, for screens that have them
constexpr std::size_t most_points = 900;

/// What a run said last, of everything.
class Memory : public RunObserver {
 public:
  void on_event(const Event& event) override {
    if (const auto* scalar = std::get_if<Scalar>(&event))
      curves[scalar->series].emplace_back(double(scalar->step), scalar->value);
    if (const auto* cloud = std::get_if<std::shared_ptr<const Points>>(&event)) points = *cloud;
    if (const auto* wall = std::get_if<std::shared_ptr<const Images>>(&event)) images[(*wall)->view] = *wall;
  }

  std::map<std::string, std::vector<QPointF>> curves;
  std::shared_ptr<const Points> points;
  std::map<std::string, std::shared_ptr<const Images>> images;  ///< by view
};

QColor groupColor(int group) {
  return seriesColor(group < 0 ? 6 : group);
}

void paintWall(QPainter& painter, const Images& images, int columns, int rows) {
  const double side = 38, gap = 4;
  const double left = (size.width() - columns * side - (columns - 1) * gap) / 2;
  const double top = (size.height() - rows * side - (rows - 1) * gap) / 2;
  const auto plane = static_cast<std::size_t>(images.height) * static_cast<std::size_t>(images.width);
  for (int i = 0; i < std::min(images.count, columns * rows); ++i) {
    QImage picture(images.width, images.height, QImage::Format_RGB32);
    const auto* pixels = images.pixels.data() + static_cast<std::size_t>(i * images.channels) * plane;
    for (int y = 0; y < images.height; ++y)
      for (int x = 0; x < images.width; ++x) {
        const auto at = static_cast<std::size_t>(y * images.width + x);
        const auto channel = [&](int c) {
          return pixels[static_cast<std::size_t>(images.channels == 3 ? c : 0) * plane + at];
        };
        picture.setPixel(x, y, qRgb(channel(0), channel(1), channel(2)));
      }
    const QRectF cell(left + i % columns * (side + gap), top + i / columns * (side + gap), side, side);
    QPainterPath frame;
    frame.addRoundedRect(cell, 4, 4);
    painter.save();
    painter.setClipPath(frame);
    painter.drawImage(cell, picture.scaled(int(side) * scale, int(side) * scale, Qt::KeepAspectRatio,
                                           images.width < 8 ? Qt::FastTransformation : Qt::SmoothTransformation));
    painter.restore();
  }
}

QImage regionImage(const Region& region) {
  QImage image(region.width, region.height, QImage::Format_RGB32);
  for (int y = 0; y < region.height; ++y)
    for (int x = 0; x < region.width; ++x) {
      const auto at = static_cast<std::size_t>(y * region.width + x);
      const double sure = region.strength.empty() ? 1 : region.strength[at] / 255.0;
      image.setPixelColor(
          x, region.height - 1 - y,
          blended(theme().window, groupColor(region.group[at]), (theme().dark ? 0.30 : 0.26) * sure + 0.04));
    }
  return image;
}

void paintCloud(QPainter& painter, const Points& points) {
  const auto& xy = *points.xy;
  const std::size_t count = xy.size() / 2;
  if (count == 0) return;
  double left = xy[0], right = left, low = xy[1], high = low;
  for (std::size_t i = 0; i < count; ++i) {
    left = std::min<double>(left, xy[2 * i]);
    right = std::max<double>(right, xy[2 * i]);
    low = std::min<double>(low, xy[2 * i + 1]);
    high = std::max<double>(high, xy[2 * i + 1]);
  }
  const double margin_x = (right - left) * 0.12 + 1e-9, margin_y = (high - low) * 0.12 + 1e-9;
  left -= margin_x, right += margin_x, low -= margin_y, high += margin_y;
  const auto at = [&](double x, double y) {
    return QPointF((x - left) / (right - left) * size.width(), (high - y) / (high - low) * size.height());
  };
  if (points.region) {
    // The picture ends where the region does.
    const Region& region = *points.region;
    left = region.x_min, right = region.x_max, low = region.y_min, high = region.y_max;
    painter.drawImage(QRectF(at(region.x_min, region.y_max), at(region.x_max, region.y_min)), regionImage(region));
  }
  painter.setPen(Qt::NoPen);
  const std::size_t stride = std::max<std::size_t>(1, count / most_points);
  for (std::size_t i = 0; i < count; i += stride) {
    QColor color = groupColor(points.group.empty() ? 0 : points.group[i]);
    color.setAlphaF(0.75F);
    painter.setBrush(color);
    painter.drawEllipse(at(xy[2 * i], xy[2 * i + 1]), 2.4, 2.4);
  }
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(theme().text, 1));
  for (std::size_t i = 0; i < points.marked.size(); ++i)
    if (points.marked[i]) painter.drawEllipse(at(xy[2 * i], xy[2 * i + 1]), 4, 4);
  painter.setPen(QPen(theme().text, 3, Qt::SolidLine, Qt::FlatCap));
  for (std::size_t i = 0; i + 1 < points.centers.size(); i += 2) {
    const QPointF center = at(points.centers[i], points.centers[i + 1]);
    painter.drawLine(center - QPointF(6, 0), center + QPointF(6, 0));
    painter.drawLine(center - QPointF(0, 6), center + QPointF(0, 6));
  }
}

void paintCurves(QPainter& painter, const Memory& memory) {
  // The metric that climbs is the better picture; a regression has its loss only.
  std::string metric = "accuracy";
  if (!memory.curves.contains("train/" + metric)) metric = "loss";
  double most = 0, last = 1;
  for (const auto& [series, curve] : memory.curves)
    if (series.ends_with("/" + metric))
      for (const auto& point : curve) {
        most = std::max(most, point.y());
        last = std::max(last, point.x());
      }
  const QRectF plot(38, 16, size.width() - 56, size.height() - 42);
  painter.setFont(themeFont(10));
  for (const double share : {0.0, 0.5, 1.0}) {
    const double y = plot.bottom() - share * plot.height();
    painter.setPen(QPen(theme().line, 1));
    painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
    painter.setPen(theme().secondary);
    const double value = share * (metric == "accuracy" ? 1 : most);
    painter.drawText(QRectF(0, y - 8, plot.left() - 8, 16), Qt::AlignRight | Qt::AlignVCenter,
                     QString::number(value, 'g', 2));
  }
  painter.drawText(QRectF(plot.left() - 20, plot.bottom() + 6, 40, 14), Qt::AlignCenter, QStringLiteral("0"));
  painter.drawText(QRectF(plot.right() - 80, plot.bottom() + 6, 86, 14), Qt::AlignRight | Qt::AlignVCenter,
                   QString::number(int(last)));
  const double top = metric == "accuracy" ? 1 : most;
  for (const auto& [series, curve] : memory.curves) {
    if (!series.ends_with("/" + metric) || series.starts_with("test")) continue;
    const bool validation = series.starts_with("validation");
    QPainterPath path;
    bool begun = false;
    for (const auto& point : curve) {
      if (!std::isfinite(point.y())) continue;
      const QPointF place(plot.left() + point.x() / last * plot.width(),
                          plot.bottom() - point.y() / top * plot.height());
      begun ? path.lineTo(place) : path.moveTo(place);
      begun = true;
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(seriesColor(validation ? 1 : 0), 2, validation ? Qt::DashLine : Qt::SolidLine));
    painter.drawPath(path);
  }
}

/// The rows of a regression's data in the plane of their first and last feature, coloured by what is to be predicted.
void paintTarget(QPainter& painter, const PreparedRun& prepared) {
  const auto& features = prepared.problem.features;
  const auto& values = prepared.problem.target->values;
  std::vector<std::int64_t> rows(prepared.problem.split.train);
  if (rows.size() > most_points) rows.resize(most_points);
  const MatrixF dense = features.dense(rows);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const auto x = dense.col(0), y = dense.col(dense.cols() - 1);
  painter.setPen(Qt::NoPen);
  for (Eigen::Index i = 0; i < dense.rows(); ++i) {
    const double across = (x(i) - x.minCoeff()) / (x.maxCoeff() - x.minCoeff());
    const double up = (y(i) - y.minCoeff()) / (y.maxCoeff() - y.minCoeff());
    // A square in the middle keeps the shape as it is.
    const double side = size.height() - 24;
    painter.setBrush(
        viridis((values[static_cast<std::size_t>(rows[static_cast<std::size_t>(i)])] - *least) / (*most - *least)));
    painter.drawEllipse(QPointF(size.width() / 2.0 + (across - 0.5) * side * 1.35, 12 + (1 - up) * side), 2.4, 2.4);
  }
}

/// Pictures as an epoch of training sees them.
Images varied(const PreparedRun& prepared) {
  const ProblemSet& problem = prepared.problem;
  std::vector<std::int64_t> rows(15);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = problem.split.train[i * 7 + 3];
  const auto feed = make_feed(problem, prepared.experiment.seed);
  feed->begin(0, rows, static_cast<std::int64_t>(rows.size()), 0);
  std::vector<float> values(rows.size() * static_cast<std::size_t>(problem.features.columns()));
  std::vector<Blend> blends;
  feed->next(values.data(), blends);
  Images images;
  images.count = static_cast<int>(rows.size());
  images.channels = static_cast<int>(problem.channels);
  images.height = static_cast<int>(problem.height);
  images.width = static_cast<int>(problem.width);
  for (const float value : values)
    images.pixels.push_back(static_cast<std::uint8_t>(
        std::clamp(std::round((value - problem.features.offset()) / problem.features.factor()), 0.0F, 255.0F)));
  return images;
}

void paintPicture(QPainter& painter, const PreparedRun& prepared, const Memory& memory) {
  const bool pictures = prepared.dataset->images() != nullptr;
  // Centres of clusters of images are images themselves.
  if (const auto centers = memory.images.find("centers"); centers != memory.images.end())
    return paintWall(painter, *centers->second, 5, 2);
  if (prepared.problem.augmentation) return paintWall(painter, varied(prepared), 5, 3);
  if (const auto filters = memory.images.find("filters"); filters != memory.images.end())
    return paintWall(painter, *filters->second, 6, 3);
  if (const auto made = memory.images.find("samples"); made != memory.images.end())
    return paintWall(painter, *made->second, 5, 3);
  if (pictures && !memory.points) {
    std::vector<std::int64_t> rows(15);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i * 7 + 3);
    return paintWall(painter, *picturesOf(*prepared.dataset, rows), 5, 3);
  }
  if (prepared.problem.target && prepared.problem.target->task == Task::regression)
    return paintTarget(painter, prepared);
  if (memory.points) return paintCloud(painter, *memory.points);
  paintCurves(painter, memory);
}

}  // namespace

int makeGalleryPictures(const QString& folder) {
  if (!QDir().mkpath(folder)) {
    std::fprintf(stderr, "%s cannot be made\n", qPrintable(folder));
    return 1;
  }
  try {
    for (const auto& entry : readGallery(resource_folder())) {
      const auto prepared = prepare_run(Experiment::read(entry.file));
      Memory memory;
      RunControl control;
      SessionOptions options;
      options.observer = &memory;
      run_session(prepared, control, options);
      for (const auto* each : {&Theme::light(), &Theme::darkTheme()}) {
        applyTheme(*each);
        QImage image(size * scale, QImage::Format_RGB32);
        image.setDevicePixelRatio(scale);
        image.fill(theme().window);
        QPainter painter(&image);
        painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
        paintPicture(painter, *prepared, memory);
        painter.end();
        const QString name = QStringLiteral("%1-%2.png").arg(entry.picture(), each->dark ? "dark" : "light");
        if (!image.save(QDir(folder).filePath(name), nullptr, 20)) {
          std::fprintf(stderr, "%s cannot be written\n", qPrintable(name));
          return 1;
        }
      }
    }
  } catch (const Error&) {
    std::fprintf(stderr, "%s\n", qPrintable(errorText(std::current_exception()).sentence()));
    return 1;
  }
  return 0;
}

}  // namespace gb
