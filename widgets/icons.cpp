#include <QFileInfo>
#include <QHash>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QStandardPaths>
#include <QSvgRenderer>
#include <algorithm>
#include <cmath>

#include "widgets/theme.hpp"

namespace gb {
namespace {

/// The file of the theme drawn for the size nearest to `pixels`; empty when the theme is not installed or has no such
/// icon.
QString iconFile(const QString& name, int pixels) {
  static const QStringList themes =
      QStandardPaths::locateAll(QStandardPaths::GenericDataLocation, "icons/breeze", QStandardPaths::LocateDirectory);
  static const QStringList contexts = {"actions",    "places", "status",  "mimetypes",  "devices",
                                       "categories", "apps",   "emblems", "preferences"};
  const QStringList sizes = pixels <= 18   ? QStringList{"16", "22", "24", "32", "64"}
                            : pixels <= 28 ? QStringList{"22", "24", "16", "32", "64"}
                                           : QStringList{"32", "48", "64", "22", "16"};
  for (const auto& theme : themes)
    for (const auto& size : sizes)
      for (const auto& context : contexts)
        if (const QString path = theme + '/' + context + '/' + size + '/' + name + ".svg"; QFileInfo::exists(path))
          return path;
  return {};
}

/// The shapes without which a run cannot be steered, in a square of 16, for machines without the icon theme.
QPainterPath drawnShape(const QString& name) {
  QPainterPath path;
  const auto triangle = [&](double left, double right) {
    path.moveTo(left, 2.5);
    path.lineTo(right, 8);
    path.lineTo(left, 13.5);
    path.closeSubpath();
  };
  if (name == "media-playback-start") {
    triangle(3.5, 13.5);
  } else if (name == "media-playback-pause") {
    path.addRoundedRect(3, 2.5, 3.5, 11, 1, 1);
    path.addRoundedRect(9.5, 2.5, 3.5, 11, 1, 1);
  } else if (name == "media-playback-stop") {
    path.addRoundedRect(3, 3, 10, 10, 1, 1);
  } else if (name == "media-skip-forward" || name == "media-seek-forward") {
    triangle(2.5, 10.5);
    path.addRoundedRect(11.5, 2.5, 2, 11, 0.8, 0.8);
  } else {
    path.addEllipse(6, 6, 4, 4);
  }
  return path;
}

/// Paints with the colours of the theme of the moment, so that icons need not be made anew when it changes.
class TintedIcon : public QIconEngine {
 public:
  TintedIcon(QString name, bool onAccent) : name_(std::move(name)), onAccent_(onAccent) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override {
    const double ratio = painter->device() ? painter->device()->devicePixelRatioF() : 1.0;
    painter->drawPixmap(rect, scaledPixmap(rect.size() * ratio, mode, state, ratio));
  }

  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    return scaledPixmap(size, mode, state, 1);
  }

  QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State, qreal scale) override {
    const QColor color = colorOf(mode);
    const quint64 key = static_cast<quint64>(color.rgba()) << 32 | static_cast<quint64>(size.width() & 0xffff) << 16 |
                        static_cast<quint64>(size.height() & 0xffff);
    if (const auto known = rendered_.constFind(key); known != rendered_.constEnd()) return *known;
    QImage image(size, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    const double side = std::min(size.width(), size.height());
    const QRectF square((size.width() - side) / 2, (size.height() - side) / 2, side, side);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    const QString path = iconFile(name_, static_cast<int>(std::lround(side / std::max(scale, 1.0))));
    QSvgRenderer renderer;
    if (!path.isEmpty() && renderer.load(path)) {
      renderer.render(&painter, square);
    } else {
      painter.save();
      painter.translate(square.topLeft());
      painter.scale(side / 16, side / 16);
      painter.fillPath(drawnShape(name_), Qt::black);
      painter.restore();
    }
    painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
    painter.fillRect(image.rect(), color);
    painter.end();
    return *rendered_.insert(key, QPixmap::fromImage(image));
  }

  QString key() const override { return "glassbench-tinted"; }
  QString iconName() override { return name_; }
  bool isNull() override { return false; }
  QIconEngine* clone() const override { return new TintedIcon(name_, onAccent_); }

 private:
  QColor colorOf(QIcon::Mode mode) const {
    const Theme& colors = theme();
    if (mode == QIcon::Disabled) return blended(colors.panel, colors.secondary, 0.55);
    return onAccent_ ? colors.onAccent : colors.text;
  }

  QString name_;
  bool onAccent_;
  QHash<quint64, QPixmap> rendered_;
};

}  // namespace

QIcon themedIcon(const QString& name, bool onAccent) {
  return QIcon(new TintedIcon(name, onAccent));
}

}  // namespace gb
