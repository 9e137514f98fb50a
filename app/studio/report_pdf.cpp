#include "app/studio/report_pdf.hpp"

#include <QBuffer>
#include <QLocale>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QSvgRenderer>
#include <QTextLayout>
#include <algorithm>
#include <cmath>
#include <variant>

#include "core/base/error.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr int units = 10;  ///< of the writer in a pixel, of which there are 96 in an inch
constexpr double margin = 60, foot = 26;
constexpr double line_gap = 1.32;
constexpr double cell_gap = 14, figure_gap = 24;
constexpr int body = 12, small = 11;

/// Text broken into lines for a width; drawn as it was measured.
class Laid {
 public:
  Laid(const QString& text, const QFont& font, double width, Qt::Alignment side = Qt::AlignLeft) : layout_(text, font) {
    QTextOption option(side);
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setUseDesignMetrics(true);
    layout_.setTextOption(option);
    layout_.beginLayout();
    for (QTextLine line = layout_.createLine(); line.isValid(); line = layout_.createLine()) {
      line.setLineWidth(std::max(width, 8.0));
      line.setPosition(QPointF(0, height_));
      height_ += std::max(line.height(), font.pixelSize() * line_gap);
      widest_ = std::max(widest_, line.naturalTextWidth());
    }
    layout_.endLayout();
  }

  double height() const { return height_; }
  double width() const { return widest_; }
  int lines() const { return layout_.lineCount(); }
  double lineHeight(int line) const {
    return (line + 1 < lines() ? layout_.lineAt(line + 1).y() : height_) - layout_.lineAt(line).y();
  }
  void draw(QPainter& painter, const QPointF& at) const { layout_.draw(&painter, at); }
  void drawLine(QPainter& painter, int line, const QPointF& at) const {
    layout_.lineAt(line).draw(&painter, at - QPointF(0, layout_.lineAt(line).y()));
  }

 private:
  QTextLayout layout_;
  double height_ = 0, widest_ = 0;
};

QFont paperFont(int pixels, QFont::Weight weight = QFont::Normal) {
  QFont font = themeFont(pixels, weight);
  font.setHintingPreference(QFont::PreferNoHinting);
  // Letter forms that stand for several characters look finer, but cannot be searched for or copied.
  font.setStyleStrategy(QFont::PreferNoShaping);
  return font;
}

QFont exactFont(int pixels) {
  QFont font = paperFont(pixels);
  font.setFamilies({QStringLiteral("DejaVu Sans Mono"), QStringLiteral("Noto Sans Mono"), QStringLiteral("monospace")});
  font.setStyleHint(QFont::Monospace);
  return font;
}

QString text(const std::string& bytes) {
  return QString::fromStdString(bytes);
}

/// Puts a report onto pages from top to bottom. Without a painter it only counts them.
class Pages {
 public:
  Pages(const Report& report, const QSizeF& page, QPainter* painter, QPdfWriter* writer, int total)
      : report_(report), page_(page), painter_(painter), writer_(writer), total_(total) {}

  /// Returns how many pages it took.
  int fill() {
    beginPage();
    put(report_.title, paperFont(25, QFont::Bold), colors_.text, 2);
    put(report_.subtitle, paperFont(13), colors_.secondary, 0);
    for (const Section& section : report_.sections) add(section);
    return number_;
  }

 private:
  double width() const { return page_.width() - 2 * margin; }
  double bottom() const { return page_.height() - margin - foot; }

  void beginPage() {
    if (number_++ > 0 && writer_) writer_->newPage();
    y_ = margin;
    if (!painter_) return;
    const double top = page_.height() - margin + 2;
    painter_->setPen(QPen(colors_.line, 1));
    painter_->drawLine(QPointF(margin, top - 6), QPointF(page_.width() - margin, top - 6));
    painter_->setPen(colors_.secondary);
    const QString page = QStringLiteral("%1 / %2").arg(number_).arg(total_);
    const Laid right(page, paperFont(10), width(), Qt::AlignRight);
    right.draw(*painter_, {margin, top});
    const QFont font = paperFont(10);
    const QString said = text(report_.title) + QStringLiteral(" \u00b7 ") + text(report_.made_by);
    const Laid left(QFontMetricsF(font).elidedText(said, Qt::ElideRight, width() - 70), font, width());
    left.drawLine(*painter_, 0, {margin, top});
  }

  /// Goes to the next page where less than this is left.
  void need(double height) {
    if (y_ + height > bottom() && y_ > margin) beginPage();
  }

  void pen(const QColor& color) {
    if (painter_) painter_->setPen(color);
  }

  /// A paragraph, parted between lines where the page ends.
  void put(const std::string& words, const QFont& font, const QColor& color, double after, double indent = 0) {
    const Laid laid(text(words), font, width() - indent);
    for (int line = 0; line < laid.lines(); ++line) {
      need(laid.lineHeight(line));
      pen(color);
      if (painter_) laid.drawLine(*painter_, line, {margin + indent, y_});
      y_ += laid.lineHeight(line);
    }
    y_ += after;
  }

  void add(const Section& section) {
    y_ += 20;
    need(90);
    put(section.title, paperFont(17, QFont::DemiBold), colors_.text, 4);
    std::vector<const Figure*> row;
    double used = 0;
    const auto finishRow = [&] {
      if (!row.empty()) add(row);
      row.clear();
      used = 0;
    };
    for (const Block& block : section.blocks) {
      const auto* figure = std::get_if<Figure>(&block);
      if (!figure || used + widthOf(*figure) > width()) finishRow();
      if (!figure) {
        std::visit([this](const auto& each) { add(each); }, block);
        continue;
      }
      row.push_back(figure);
      used += widthOf(*figure) + figure_gap;
    }
    finishRow();
  }

  void add(const Paragraph& paragraph) {
    y_ += 5;
    switch (paragraph.tone) {
      case Paragraph::Tone::plain:
        return put(paragraph.text, paperFont(body), colors_.text, 3);
      case Paragraph::Tone::quiet:
        return put(paragraph.text, paperFont(small), colors_.secondary, 3);
      case Paragraph::Tone::good:
        return put(paragraph.text, paperFont(15, QFont::DemiBold), colors_.successText, 3);
      case Paragraph::Tone::warning:
        break;
    }
    const Laid laid(text(paragraph.text), paperFont(body), width() - 14);
    need(std::min(laid.height(), 80.0));
    if (painter_)
      painter_->fillRect(QRectF(margin, y_ + 1, 2.5, std::min(laid.height(), bottom() - y_) - 2), colors_.warning);
    put(paragraph.text, paperFont(body), colors_.text, 3, 14);
  }

  void add(const Facts& facts) {
    constexpr double names = 172;
    y_ += 6;
    for (const auto& fact : facts.facts) {
      const Laid name(text(fact.name), paperFont(body), names - cell_gap);
      const Laid value(text(fact.value), fact.exact ? exactFont(small) : paperFont(body), width() - names);
      need(std::min(std::max(name.height(), value.height()), bottom() - margin));
      pen(colors_.secondary);
      if (painter_) name.draw(*painter_, {margin, y_});
      pen(colors_.text);
      if (painter_) value.draw(*painter_, {margin + names, y_});
      y_ += std::max(name.height(), value.height()) + 3;
    }
  }

  void add(const Figure& figure) { add(std::vector<const Figure*>{&figure}); }

  /// How large a figure is on paper: as on a screen, unless that is more than the page.
  QSizeF sizeOf(const Figure& figure) const {
    const double scale = std::min(
        {1.0, width() / std::max(figure.width, 1.0), 0.72 * (bottom() - margin) / std::max(figure.height, 1.0)});
    return QSizeF(figure.width, figure.height) * scale;
  }

  /// Figures beside each other.
  void add(const std::vector<const Figure*>& row) {
    const QFont font = paperFont(small, QFont::DemiBold);
    std::vector<std::unique_ptr<Laid>> captions;
    double caption = 0, height = 0;
    for (const Figure* figure : row) {
      captions.push_back(std::make_unique<Laid>(
          text(figure->title + (figure->note.empty() ? "" : " \u00b7 " + figure->note)), font, widthOf(*figure)));
      caption = std::max(caption, captions.back()->height() + 5);
      height = std::max(height, sizeOf(*figure).height());
    }
    y_ += 12;
    need(caption + height);
    double x = margin;
    for (std::size_t i = 0; i < row.size(); ++i) {
      pen(colors_.text);
      if (painter_) {
        captions[i]->draw(*painter_, {x, y_});
        QByteArray svg = QByteArray::fromStdString(row[i]->svg);
        svg.replace("font-family=\"sans-serif\"",
                    "font-family=\"" + paperFont(small).families().value(0).toHtmlEscaped().toUtf8() + '"');
        QSvgRenderer(svg).render(painter_, QRectF(QPointF(x, y_ + caption), sizeOf(*row[i])));
      }
      x += widthOf(*row[i]) + figure_gap;
    }
    y_ += caption + height;
  }

  /// With its caption, which should not be broken at every word.
  double widthOf(const Figure& figure) const { return std::max(sizeOf(figure).width(), 150.0); }

  void add(const Listing& listing) {
    y_ += 8;
    if (!listing.title.empty()) {
      need(60);
      put(listing.title, paperFont(small, QFont::DemiBold), colors_.text, 4);
    }
    constexpr double inset = 8;
    for (const QString& line : text(listing.text).split('\n')) {
      const Laid laid(line.isEmpty() ? QStringLiteral(" ") : line, exactFont(10), width() - 2 * inset);
      for (int i = 0; i < laid.lines(); ++i) {
        need(laid.lineHeight(i));
        if (painter_) painter_->fillRect(QRectF(margin, y_, width(), laid.lineHeight(i) + 0.3), colors_.window);
        pen(colors_.text);
        if (painter_) laid.drawLine(*painter_, i, {margin + inset, y_});
        y_ += laid.lineHeight(i);
      }
    }
  }

  /// As wide as their texts; where that is too much, the widest give way until all fit.
  std::vector<double> columnWidths(const TextTable& table, const QFont& font) const {
    const QFontMetricsF metrics(font);
    std::vector<double> natural;
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
      double widest = QFontMetricsF(paperFont(small, QFont::DemiBold)).horizontalAdvance(text(table.columns[column]));
      for (std::size_t row = 0; row < table.rows.size(); ++row)
        widest = std::max(widest, metrics.horizontalAdvance(text(table.cell(row, column))));
      natural.push_back(widest * 1.04 + cell_gap);
    }
    double limit = width();
    const auto total = [&] {
      double sum = 0;
      for (const double each : natural) sum += std::min(each, limit);
      return sum;
    };
    while (total() > width() && limit > 30) limit *= 0.97;
    for (double& each : natural) each = std::min(each, limit);
    return natural;
  }

  using Cells = std::vector<std::unique_ptr<Laid>>;
  struct Columns {
    std::vector<double> widths;
    std::vector<Qt::Alignment> sides;
  };
  template <class Cell>
  static Cells layRow(const Columns& columns, const QFont& font, Cell cell) {
    Cells cells;
    for (std::size_t column = 0; column < columns.widths.size(); ++column)
      cells.push_back(
          std::make_unique<Laid>(text(cell(column)), font, columns.widths[column] - cell_gap, columns.sides[column]));
    return cells;
  }

  static double heightOf(const Cells& cells) {
    double height = 0;
    for (const auto& cell : cells) height = std::max(height, cell->height());
    return height + 7;
  }

  void drawRow(const Cells& cells, const Columns& columns, const QColor& color, const QColor& line) {
    const double height = heightOf(cells);
    if (painter_) {
      double x = margin;
      painter_->setPen(color);
      for (std::size_t column = 0; column < cells.size(); ++column) {
        cells[column]->draw(*painter_, {x, y_ + 3});
        x += columns.widths[column];
      }
      painter_->setPen(QPen(line, 1));
      painter_->drawLine(QPointF(margin, y_ + height), QPointF(x - cell_gap, y_ + height));
    }
    y_ += height;
  }

  void add(const CaptionedTable& captioned) {
    const TextTable& table = captioned.table;
    if (table.columns.empty()) return;
    const QFont font = paperFont(small);
    Columns columns{columnWidths(table, font), {}};
    for (std::size_t column = 0; column < table.columns.size(); ++column)
      columns.sides.push_back(table.is_numeric(column) ? Qt::AlignRight : Qt::AlignLeft);
    const Cells head = layRow(columns, paperFont(small, QFont::DemiBold),
                              [&](std::size_t column) -> const std::string& { return table.columns[column]; });
    y_ += 10;
    // Caption, columns and two rows stand together.
    need((captioned.caption.empty() ? 0 : 22) + heightOf(head) + 44);
    if (!captioned.caption.empty()) put(captioned.caption, paperFont(small), colors_.secondary, 3);
    drawRow(head, columns, colors_.secondary, colors_.line);
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      const Cells cells =
          layRow(columns, font, [&](std::size_t column) -> const std::string& { return table.cell(row, column); });
      if (y_ + heightOf(cells) > bottom() && y_ > margin) {
        beginPage();
        drawRow(head, columns, colors_.secondary, colors_.line);
      }
      drawRow(cells, columns, colors_.text, colors_.grid);
    }
  }

  const Report& report_;
  QSizeF page_;
  QPainter* painter_;
  QPdfWriter* writer_;
  int total_;
  const Theme& colors_ = Theme::light();  ///< paper is white
  int number_ = 0;
  double y_ = 0;
};

}  // namespace

QByteArray toPdf(const Report& report) {
  const bool letter = QLocale().measurementSystem() == QLocale::ImperialUSSystem;
  const QPageSize paper(letter ? QPageSize::Letter : QPageSize::A4);
  const QSizeF page = paper.size(QPageSize::Inch) * 96;
  const int total = Pages(report, page, nullptr, nullptr, 0).fill();
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  {
    QPdfWriter writer(&buffer);
    writer.setTitle(text(report.title));
    writer.setCreator(text(report.made_by));
    writer.setResolution(96 * units);
    writer.setPageSize(paper);
    writer.setPageMargins(QMarginsF(0, 0, 0, 0));
    QPainter painter;
    if (!painter.begin(&writer)) throw Error("The PDF could not be made");
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing | QPainter::SmoothPixmapTransform);
    painter.scale(units, units);
    Pages(report, page, &painter, &writer, total).fill();
  }
  return buffer.data();
}

}  // namespace gb
