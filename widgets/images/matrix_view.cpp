#include "widgets/images/matrix_view.hpp"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <set>

#include "widgets/number_text.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr int letter_pixels = 11;
constexpr double title_room = 18;    // for "true" and "predicted"
constexpr double largest_cell = 64;  // beyond this a small matrix looks like a quilt
constexpr double smallest_gap = 5;   // cells smaller than this stand side by side
constexpr int most_painted = 16384;  // more cells are painted as one picture

struct Cell {
  int row = -1, column = -1;

  bool valid() const { return row >= 0 && column >= 0; }
  bool operator==(const Cell& other) const = default;
};

/// Where things stand, for one size.
struct Plan {
  double cell = 0;  ///< its height; its width as well where the matrix is square by nature
  double wide = 0;
  QRectF grid;
  double row_labels = 0;
  int row_stride = 1, column_stride = 1;  ///< every how many labels are written
  bool turned = false;                    ///< column labels stand upright
  double column_labels = 0;

  QRectF at(int row, int column) const { return {grid.left() + column * wide, grid.top() + row * cell, wide, cell}; }
};

int rowsOf(const Matrix& matrix) {
  return static_cast<int>(matrix.row_labels.size());
}
int columnsOf(const Matrix& matrix) {
  return static_cast<int>(matrix.column_labels.size());
}

QString text(const std::string& bytes) {
  return QString::fromStdString(bytes);
}

/// Small magnitudes stay apart from each other beside large ones.
double shade(double value, double largest) {
  return largest > 0 ? 0.06 + 0.94 * std::sqrt(std::abs(value) / largest) : 0;
}

bool isEmpty(double value) {
  return value == 0 || !std::isfinite(value);
}

double widest(const std::vector<std::string>& labels, const QFontMetricsF& metrics) {
  double width = 0;
  for (const auto& label : labels) width = std::max(width, metrics.horizontalAdvance(text(label)));
  return width;
}

}  // namespace

struct MatrixView::Implementation {
  explicit Implementation(MatrixView* owner) : view(owner) {}

  std::size_t place(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columnsOf(*matrix)) +
           static_cast<std::size_t>(column);
  }
  double value(int row, int column) const { return shown[place(row, column)]; }
  bool hasShares() const { return counts && shows() && matrix->row_labels == matrix->column_labels; }
  void fill();
  bool shows() const { return matrix && rowsOf(*matrix) > 0 && columnsOf(*matrix) > 0; }
  void take(std::shared_ptr<const Matrix> made);
  void describeView() const;
  QString cellText(double number) const;
  Plan plan(const QRectF& area) const;
  void paint(QPainter& painter, const QRectF& area, bool interactive) const;
  void paintLabels(QPainter& painter, const Plan& plan) const;
  void paintCells(QPainter& painter, const Plan& plan) const;
  Cell cellAt(const QPointF& at) const;
  QString describe(const Cell& cell) const;
  QString tip(const Cell& cell) const;
  void select(const Cell& cell);
  void moveCursor(int rows, int columns);

  MatrixView* view;
  std::shared_ptr<const Matrix> matrix;
  bool counts = true;
  int decimals = -1;             ///< as many as there are
  Shares shares = Shares::none;  ///< wanted; kept while a matrix without them is shown
  std::vector<double> shown;     ///< what stands in the cells
  double largest = 0;
  double row_label_width = 0, column_label_width = 0;  ///< of the widest label
  Cell selected, cursor, hovered;
  std::vector<Cell> highlighted;
};

void MatrixView::Implementation::take(std::shared_ptr<const Matrix> made) {
  const std::size_t cells = made->row_labels.size() * made->column_labels.size();
  if (made->values.size() != cells) return;  // not a matrix that can be shown
  const bool same = matrix && matrix->row_labels == made->row_labels && matrix->column_labels == made->column_labels;
  matrix = std::move(made);
  fill();
  if (!same) {
    const QFontMetricsF metrics(themeFont(letter_pixels));
    row_label_width = widest(matrix->row_labels, metrics);
    column_label_width = widest(matrix->column_labels, metrics);
    selected = cursor = hovered = {};
    highlighted.clear();
  }
  describeView();
  view->update();
  emit view->titleChanged();
}

void MatrixView::Implementation::describeView() const {
  QString said = MatrixView::tr("A matrix of %1 rows (%2) and %3 columns (%4).")
                     .arg(rowsOf(*matrix))
                     .arg(text(matrix->row_title))
                     .arg(columnsOf(*matrix))
                     .arg(text(matrix->column_title));
  if (view->shares() != Shares::none) said += ' ' + MatrixView::sharesText(shares) + '.';
  view->setAccessibleDescription(said);
}

void MatrixView::Implementation::fill() {
  shown = matrix->values;
  if (hasShares() && shares != Shares::none) {
    const auto rows = static_cast<std::size_t>(rowsOf(*matrix)), columns = static_cast<std::size_t>(columnsOf(*matrix));
    std::vector<double> sums(std::max(rows, columns));
    const auto whole = [&](std::size_t i) -> double& {
      return sums[shares == Shares::of_row ? i / columns : i % columns];
    };
    for (std::size_t i = 0; i < shown.size(); ++i)
      if (std::isfinite(shown[i])) whole(i) += std::abs(shown[i]);
    for (std::size_t i = 0; i < shown.size(); ++i)
      if (whole(i) > 0) shown[i] *= 100 / whole(i);
  }
  largest = 0;
  for (const double value : shown)
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  // Shares are seen against the whole: the same colour says the same in every matrix.
  if (hasShares() && shares != Shares::none) largest = 100;
}

QString MatrixView::Implementation::cellText(double number) const {
  if (decimals >= 0) return QLocale().toString(number, 'f', decimals);
  if (view->shares() == Shares::none) return valueText(number);
  if (number < 0.1) return QStringLiteral("<0.1");
  return QLocale().toString(number, 'f', number < 9.95 ? 1 : 0);
}

Plan MatrixView::Implementation::plan(const QRectF& area) const {
  Plan made;
  const QFontMetricsF metrics(themeFont(letter_pixels));
  const int rows = rowsOf(*matrix), columns = columnsOf(*matrix);
  const double most_label = area.width() * 0.3;
  made.row_labels = std::min(row_label_width, most_label) + 8;
  const double label = column_label_width;
  const double left_title = matrix->row_title.empty() ? 0 : title_room;
  const double bottom_title = matrix->column_title.empty() ? 0 : title_room;
  const auto cellFor = [&](double below) {
    return std::min({(area.width() - left_title - made.row_labels - 2) / columns,
                     (area.height() - bottom_title - below - 2) / rows, largest_cell});
  };
  made.column_labels = 18;
  made.cell = std::max(cellFor(made.column_labels), 0.05);
  // Long names stand upright where they would run into each other and turning leaves the cells large enough.
  if (label + 4 > made.cell) {
    const double upright = std::min(label, area.height() * 0.3) + 8;
    const bool names = std::any_of(matrix->column_labels.begin(), matrix->column_labels.end(),
                                   [](const std::string& name) { return name.size() > 3; });
    if (names && columns <= 30) {
      made.turned = true;
      made.column_labels = upright;
      made.cell = std::max(cellFor(upright), 0.05);
    }
  }
  if (made.cell > smallest_gap) made.cell = std::floor(made.cell);
  made.wide = made.cell;
  // A history has other things across than along: it takes the room there is. Cells of a table of classes stay square.
  if (matrix->cells.empty() && matrix->row_labels != matrix->column_labels) {
    made.wide = std::clamp((area.width() - left_title - made.row_labels - 2) / columns, made.cell, largest_cell);
    if (made.wide > smallest_gap) made.wide = std::floor(made.wide);
  }
  const double column_need = made.turned ? metrics.height() : label + 6;
  made.column_stride = std::max(1, static_cast<int>(std::ceil(column_need / made.wide)));
  made.row_stride = std::max(1, static_cast<int>(std::ceil((metrics.height() - 1) / made.cell)));
  const double width = left_title + made.row_labels + made.wide * columns;
  const double left = area.left() + std::max(0.0, (area.width() - width) / 2) + left_title + made.row_labels;
  made.grid = QRectF(std::round(left), std::round(area.top() + 1), made.wide * columns, made.cell * rows);
  return made;
}

void MatrixView::Implementation::paintLabels(QPainter& painter, const Plan& plan) const {
  const QFont font = themeFont(letter_pixels);
  const QFontMetricsF metrics(font);
  painter.setFont(font);
  painter.setPen(theme().secondary);
  for (int row = 0; row < rowsOf(*matrix); row += plan.row_stride) {
    const QRectF cell = plan.at(row, 0);
    const QString label = metrics.elidedText(text(matrix->row_labels[static_cast<std::size_t>(row)]), Qt::ElideRight,
                                             plan.row_labels - 6);
    painter.drawText(QRectF(cell.left() - plan.row_labels, cell.center().y() - 10, plan.row_labels - 6, 20),
                     Qt::AlignRight | Qt::AlignVCenter, label);
  }
  for (int column = 0; column < columnsOf(*matrix); column += plan.column_stride) {
    const QString& label = text(matrix->column_labels[static_cast<std::size_t>(column)]);
    const double x = plan.at(0, column).center().x();
    if (plan.turned) {
      painter.save();
      painter.translate(x, plan.grid.bottom() + 5);
      painter.rotate(-90);
      painter.drawText(QRectF(-plan.column_labels + 6, -10, plan.column_labels - 6, 20),
                       Qt::AlignRight | Qt::AlignVCenter,
                       metrics.elidedText(label, Qt::ElideRight, plan.column_labels - 6));
      painter.restore();
    } else {
      const double room = std::max(plan.wide * plan.column_stride, 20.0);
      painter.drawText(QRectF(x - room / 2, plan.grid.bottom() + 3, room, 16), Qt::AlignCenter,
                       metrics.elidedText(label, Qt::ElideRight, room));
    }
  }
  if (!matrix->column_title.empty())
    painter.drawText(
        QRectF(plan.grid.left() - 40, plan.grid.bottom() + plan.column_labels, plan.grid.width() + 80, title_room),
        Qt::AlignCenter, text(matrix->column_title));
  if (!matrix->row_title.empty()) {
    painter.save();
    painter.translate(plan.grid.left() - plan.row_labels - title_room / 2, plan.grid.center().y());
    painter.rotate(-90);
    painter.drawText(QRectF(-plan.grid.height() / 2 - 40, -10, plan.grid.height() + 80, 20), Qt::AlignCenter,
                     text(matrix->row_title));
    painter.restore();
  }
}

void MatrixView::Implementation::paintCells(QPainter& painter, const Plan& plan) const {
  const Theme& colors = theme();
  const int rows = rowsOf(*matrix), columns = columnsOf(*matrix);
  if (static_cast<std::int64_t>(rows) * columns > most_painted || plan.cell < 2) {
    QImage image(columns, rows, QImage::Format_RGB32);
    for (int row = 0; row < rows; ++row)
      for (int column = 0; column < columns; ++column) {
        const double number = value(row, column);
        image.setPixelColor(column, row, isEmpty(number) ? colors.grid : viridis(shade(number, largest)));
      }
    painter.setRenderHint(QPainter::SmoothPixmapTransform, plan.cell < 1);
    painter.drawImage(plan.grid, image);
    return;
  }
  const double gap = plan.cell >= 14 ? 2 : plan.cell > smallest_gap ? 1 : 0;
  const double round = plan.cell >= 14 ? 2.5 : 0;
  // In large letters where all fit, else in small ones, else not at all.
  QFont font;
  bool fit = false;
  for (const int pixels : {12, 10}) {
    if (fit || (pixels == 12 && plan.cell < 34)) continue;
    font = themeFont(pixels);
    const QFontMetricsF metrics(font);
    fit = rows <= 30 && columns <= 30 && plan.cell - gap >= metrics.height() - 1;
    for (const double number : shown)
      fit = fit && (isEmpty(number) || metrics.horizontalAdvance(cellText(number)) <= plan.cell - gap - 2);
  }
  painter.setFont(font);
  painter.setRenderHint(QPainter::Antialiasing, round > 0);
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      const double number = value(row, column);
      const QColor ground = isEmpty(number) ? colors.grid : viridis(shade(number, largest));
      const QRectF box = plan.at(row, column).adjusted(gap / 2, gap / 2, -gap / 2, -gap / 2);
      painter.setPen(Qt::NoPen);
      painter.setBrush(ground);
      if (round > 0)
        painter.drawRoundedRect(box, isEmpty(number) ? 1 : round, isEmpty(number) ? 1 : round);
      else
        painter.drawRect(box);
      if (fit && !isEmpty(number)) {
        painter.setPen(letterOn(ground));
        painter.drawText(box, Qt::AlignCenter | Qt::TextDontClip, cellText(number));
      }
    }
  painter.setBrush(Qt::NoBrush);
}

void MatrixView::Implementation::paint(QPainter& painter, const QRectF& area, bool interactive) const {
  const Theme& colors = theme();
  painter.setRenderHint(QPainter::TextAntialiasing);
  if (!shows()) {
    painter.setFont(themeFont(13));
    painter.setPen(colors.secondary);
    painter.drawText(area, Qt::AlignCenter, MatrixView::tr("Waiting for the first matrix"));
    return;
  }
  const Plan plan = this->plan(area);
  paintCells(painter, plan);
  paintLabels(painter, plan);
  painter.setRenderHint(QPainter::Antialiasing);
  const auto outline = [&](const Cell& cell, double width, const QColor& color) {
    if (!cell.valid()) return;
    const double inset = plan.cell >= 14 ? 0.5 : -1;
    painter.setPen(QPen(color, width));
    painter.drawRoundedRect(plan.at(cell.row, cell.column).adjusted(inset, inset, -inset, -inset), 3, 3);
  };
  for (const Cell& cell : highlighted)
    if (!(cell == selected)) outline(cell, 1.2, colors.accent);
  if (interactive && !(hovered == selected)) outline(hovered, 1, blended(colors.secondary, colors.text, 0.3));
  if (interactive && view->hasFocus() && !(cursor == selected)) outline(cursor, 1.6, colors.text);
  outline(selected, 2, colors.accent);
}

Cell MatrixView::Implementation::cellAt(const QPointF& at) const {
  if (!shows()) return {};
  const Plan plan = this->plan(view->rect());
  if (!plan.grid.contains(at)) return {};
  return {std::min(static_cast<int>((at.y() - plan.grid.top()) / plan.cell), rowsOf(*matrix) - 1),
          std::min(static_cast<int>((at.x() - plan.grid.left()) / plan.wide), columnsOf(*matrix) - 1)};
}

/// "true 4, predicted 9"
QString MatrixView::Implementation::describe(const Cell& cell) const {
  const auto named = [](const std::string& title, const std::string& label) {
    return title.empty() ? text(label) : text(title) + ' ' + text(label);
  };
  return named(matrix->row_title, matrix->row_labels[static_cast<std::size_t>(cell.row)]) + ", " +
         named(matrix->column_title, matrix->column_labels[static_cast<std::size_t>(cell.column)]);
}

QString MatrixView::Implementation::tip(const Cell& cell) const {
  const bool by_column = view->shares() == Shares::of_column;
  const auto count = [&](int row, int column) { return matrix->values[place(row, column)]; };
  double whole = 0;
  for (int i = 0; i < (by_column ? rowsOf(*matrix) : columnsOf(*matrix)); ++i) {
    const double each = by_column ? count(i, cell.column) : count(cell.row, i);
    if (std::isfinite(each)) whole += std::abs(each);
  }
  const double number = count(cell.row, cell.column);
  QString said = describe(cell) + ": " + valueText(number);
  if (counts && whole > 0 && std::isfinite(number)) {
    const double share = 100 * std::abs(number) / whole;
    said += by_column ? MatrixView::tr(" (%1 % of the column)").arg(share, 0, 'f', 1)
                      : MatrixView::tr(" (%1 % of the row)").arg(share, 0, 'f', 1);
  }
  return said;
}

void MatrixView::Implementation::select(const Cell& cell) {
  const bool again = cell == selected;
  selected = again ? Cell{} : cell;
  cursor = cell;
  highlighted.clear();
  view->update();
  if (!selected.valid()) {
    emit view->cellChosen(-1, -1);
    emit view->rowsSelected({}, QString());
    return;
  }
  const auto wanted = static_cast<std::int32_t>(cell.row * columnsOf(*matrix) + cell.column);
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < std::min(matrix->cells.size(), matrix->rows.size()); ++i)
    if (matrix->cells[i] == wanted) rows.push_back(matrix->rows[i]);
  emit view->cellChosen(cell.row, cell.column);
  emit view->rowsSelected(rows, describe(cell));
}

void MatrixView::Implementation::moveCursor(int rows, int columns) {
  if (!shows()) return;
  if (!cursor.valid())
    cursor = selected.valid() ? selected : Cell{0, 0};
  else
    cursor = {std::clamp(cursor.row + rows, 0, rowsOf(*matrix) - 1),
              std::clamp(cursor.column + columns, 0, columnsOf(*matrix) - 1)};
  view->setAccessibleDescription(tip(cursor));
  view->update();
}

MatrixView::MatrixView(QWidget* parent) : View(parent), implementation_(std::make_unique<Implementation>(this)) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setAccessibleName(title());
  setAccessibleDescription(tr("A matrix; no values yet."));
}

MatrixView::~MatrixView() = default;

void MatrixView::setCounts(bool counts) {
  implementation_->counts = counts;
}

void MatrixView::setDecimals(int decimals) {
  implementation_->decimals = decimals;
  update();
}

void MatrixView::setShares(Shares shares) {
  auto& self = *implementation_;
  if (self.shares == shares) return;
  self.shares = shares;
  if (self.matrix) {
    self.fill();
    self.describeView();
  }
  update();
  emit sharesChanged();
  emit titleChanged();
}

MatrixView::Shares MatrixView::shares() const {
  return hasShares() ? implementation_->shares : Shares::none;
}

bool MatrixView::hasShares() const {
  return implementation_->hasShares();
}

QString MatrixView::sharesText(Shares shares) {
  switch (shares) {
    case Shares::none:
      return tr("Counts");
    case Shares::of_row:
      return tr("Percent of the row");
    case Shares::of_column:
      break;
  }
  return tr("Percent of the column");
}

QString MatrixView::title() const {
  return implementation_->matrix ? text(implementation_->matrix->title) : tr("Matrix");
}

QString MatrixView::subtitle() const {
  const auto& matrix = implementation_->matrix;
  if (!matrix) return {};
  QStringList parts;
  if (!matrix->part.empty()) parts << QCoreApplication::translate("core", matrix->part.c_str());
  if (shares() != Shares::none) parts << sharesText(shares());
  if (!matrix->rows.empty()) parts << tr("%1 rows").arg(wholeText(static_cast<std::int64_t>(matrix->rows.size())));
  return parts.join(QStringLiteral(" · "));
}

void MatrixView::show(const Event& event) {
  const auto* matrix = std::get_if<std::shared_ptr<const Matrix>>(&event);
  if (matrix && *matrix) implementation_->take(*matrix);
}

void MatrixView::highlightRows(const std::vector<std::int64_t>& rows) {
  auto& self = *implementation_;
  self.highlighted.clear();
  if (rows.empty()) self.selected = {};
  if (self.matrix && !rows.empty()) {
    const std::set<std::int64_t> wanted(rows.begin(), rows.end());
    std::set<std::int32_t> cells;
    for (std::size_t i = 0; i < std::min(self.matrix->cells.size(), self.matrix->rows.size()); ++i)
      if (wanted.count(self.matrix->rows[i])) cells.insert(self.matrix->cells[i]);
    const int columns = columnsOf(*self.matrix);
    for (const std::int32_t cell : cells)
      if (cell >= 0 && cell < rowsOf(*self.matrix) * columns)
        self.highlighted.push_back({cell / columns, cell % columns});
    // A selection made elsewhere is not this cell's any more.
    if (self.highlighted.size() != 1 || !(self.highlighted[0] == self.selected)) self.selected = {};
  }
  update();
}

View::Numbers MatrixView::numbers() const {
  const auto& matrix = implementation_->matrix;
  Numbers all;
  if (!matrix) return all;
  all.columns << (matrix->row_title.empty() && matrix->column_title.empty()
                      ? QString()
                      : text(matrix->row_title) + " \\ " + text(matrix->column_title));
  for (const auto& label : matrix->column_labels) all.columns << text(label);
  for (int row = 0; row < rowsOf(*matrix); ++row) {
    QStringList line = {text(matrix->row_labels[static_cast<std::size_t>(row)])};
    for (int column = 0; column < columnsOf(*matrix); ++column) line << exactText(implementation_->value(row, column));
    all.rows.push_back(line);
  }
  return all;
}

void MatrixView::paintTo(QPainter& painter, const QRectF& area) {
  painter.save();
  implementation_->paint(painter, area, false);
  painter.restore();
}

QSize MatrixView::sizeHint() const {
  return {320, 300};
}
QSize MatrixView::minimumSizeHint() const {
  return {180, 160};
}

QRectF MatrixView::cellRect(int row, int column) const {
  const auto& self = *implementation_;
  if (!self.shows() || row < 0 || column < 0 || row >= rowsOf(*self.matrix) || column >= columnsOf(*self.matrix))
    return {};
  return self.plan(rect()).at(row, column);
}

void MatrixView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  implementation_->paint(painter, rect(), true);
}

void MatrixView::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return View::mousePressEvent(event);
  if (const Cell cell = implementation_->cellAt(event->position()); cell.valid()) implementation_->select(cell);
}

void MatrixView::mouseMoveEvent(QMouseEvent* event) {
  const Cell cell = implementation_->cellAt(event->position());
  if (cell == implementation_->hovered) return;
  implementation_->hovered = cell;
  setCursor(cell.valid() ? Qt::PointingHandCursor : Qt::ArrowCursor);
  update();
}

void MatrixView::leaveEvent(QEvent*) {
  implementation_->hovered = {};
  update();
}

bool MatrixView::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const Cell cell = implementation_->cellAt(help->pos());
    if (cell.valid())
      QToolTip::showText(help->globalPos(), implementation_->tip(cell), this, cellRect(cell.row, cell.column).toRect());
    else
      QToolTip::hideText();
    return true;
  }
  return View::event(event);
}

void MatrixView::keyPressEvent(QKeyEvent* event) {
  auto& self = *implementation_;
  switch (event->key()) {
    case Qt::Key_Left:
      return self.moveCursor(0, -1);
    case Qt::Key_Right:
      return self.moveCursor(0, 1);
    case Qt::Key_Up:
      return self.moveCursor(-1, 0);
    case Qt::Key_Down:
      return self.moveCursor(1, 0);
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
      if (self.shows() && self.cursor.valid()) self.select(self.cursor);
      return;
    case Qt::Key_N:
      if (!self.hasShares()) return View::keyPressEvent(event);
      return setShares(static_cast<Shares>((static_cast<int>(self.shares) + 1) % 3));
    case Qt::Key_Escape:
      if (self.selected.valid()) return self.select(self.selected);
      [[fallthrough]];
    default:
      View::keyPressEvent(event);
  }
}

void MatrixView::changeEvent(QEvent* event) {
  View::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) update();
  if (event->type() == QEvent::LanguageChange && implementation_) emit titleChanged();
}

}  // namespace gb
