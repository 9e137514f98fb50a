#include "widgets/view.hpp"

#include <QBuffer>
#include <QFileInfo>
#include <QImage>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QSvgGenerator>
#include <algorithm>

#include "core/base/file.hpp"
#include "widgets/csv_line.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr double margin = 16;
constexpr double header = 28;
constexpr double pixels_per_inch = 96;
constexpr int pdf_units_per_pixel = 10;  // so that nothing is rounded to whole pixels

/// The tile as people know it from the screen: title and subtitle above the view.
void paintPicture(View& view, QPainter& painter, const QSizeF& size) {
  const Theme& colors = theme();
  painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing | QPainter::SmoothPixmapTransform);
  painter.fillRect(QRectF(QPointF(), size), colors.panel);
  const QRectF head(margin, margin / 2, size.width() - 2 * margin, header);
  painter.setFont(themeFont(13, QFont::DemiBold));
  painter.setPen(colors.text);
  painter.drawText(head, Qt::AlignLeft | Qt::AlignVCenter, view.title());
  painter.setFont(themeFont(12));
  painter.setPen(colors.secondary);
  painter.drawText(head, Qt::AlignRight | Qt::AlignVCenter, view.subtitle());
  const double top = head.bottom() + margin / 4;
  view.paintTo(painter, QRectF(margin, top, size.width() - 2 * margin, size.height() - top - margin));
}

QByteArray svgBytes(View& view, const QSizeF& size) {
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  {
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setResolution(static_cast<int>(pixels_per_inch));
    generator.setSize(size.toSize());
    generator.setViewBox(QRectF(QPointF(), size));
    generator.setTitle(view.title());
    generator.setDescription(view.accessibleDescription());
    QPainter painter(&generator);
    paintPicture(view, painter, size);
  }
  return buffer.data();
}

QByteArray pdfBytes(View& view, const QSizeF& size) {
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  {
    QPdfWriter writer(&buffer);
    writer.setTitle(view.title());
    writer.setResolution(static_cast<int>(pixels_per_inch) * pdf_units_per_pixel);
    writer.setPageSize(QPageSize(size * (72 / pixels_per_inch), QPageSize::Point));
    writer.setPageMargins(QMarginsF(0, 0, 0, 0));
    QPainter painter(&writer);
    painter.scale(pdf_units_per_pixel, pdf_units_per_pixel);
    paintPicture(view, painter, size);
  }
  return buffer.data();
}

QByteArray pngBytes(View& view, const QSizeF& size, double scale) {
  QImage image((size * scale).toSize(), QImage::Format_ARGB32_Premultiplied);
  image.setDevicePixelRatio(scale);
  {
    QPainter painter(&image);
    paintPicture(view, painter, size);
  }
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  image.save(&buffer, "PNG");
  return buffer.data();
}

QByteArray csvBytes(const View& view) {
  QByteArray bytes;
  view.eachLine([&](const QStringList& cells) { bytes += csvLine(cells).toUtf8(); });
  return bytes;
}

}  // namespace

View::View(QWidget* parent) : QWidget(parent) {
  connect(this, &View::titleChanged, this, [this] { setAccessibleName(title()); });
}

void View::eachLine(const std::function<void(const QStringList&)>& take) const {
  const Numbers all = numbers();
  take(all.columns);
  for (const auto& row : all.rows) take(row);
}

QString View::saveAs(const QString& path, double scale) {
  const QString ending = QFileInfo(path).suffix().toLower();
  const QSizeF size(std::max(width(), 320) + 2 * margin, std::max(height(), 200) + header + 2 * margin);
  QByteArray bytes;
  if (ending == "svg")
    bytes = svgBytes(*this, size);
  else if (ending == "pdf")
    bytes = pdfBytes(*this, size);
  else if (ending == "png")
    bytes = pngBytes(*this, size, std::clamp(scale, 0.25, 8.0));
  else if (ending == "csv")
    bytes = csvBytes(*this);
  else
    return tr("%1 cannot be saved: the ending must be .svg, .pdf, .png or .csv, not \"%2\".").arg(path, ending);
  if (bytes.isEmpty()) return tr("%1 cannot be saved: the picture could not be made.").arg(path);
  try {
    write_file_atomically(path.toStdString(),
                          std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
  } catch (const std::exception& error) {
    return QString::fromUtf8(error.what());
  }
  return {};
}

}  // namespace gb
