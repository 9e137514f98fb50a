#include "app/studio/paint_dialog.hpp"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFrame>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "app/studio/labels.hpp"
#include "app/studio/tile.hpp"
#include "core/base/file.hpp"
#include "core/data/number_text.hpp"
#include "core/data/source.hpp"
#include "widgets/theme.hpp"

namespace gb {

namespace {

constexpr int brush_steps = 100;
constexpr double brush_least = 0.02, brush_ratio = 30;  ///< the largest brush is so many times the smallest

QString letter(int kind) {
  return QChar('a' + kind);
}

QIcon swatch(int kind) {
  QPixmap picture(28, 28);
  picture.fill(Qt::transparent);
  QPainter painter(&picture);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(PointCanvas::colorOf(kind));
  painter.drawEllipse(QRectF(5, 5, 18, 18));
  return picture;
}

double rounded(double value) {
  return std::round(value * 1e4) / 1e4;
}

}  // namespace

std::string paintedCsv(const std::vector<PaintedPoint>& points) {
  std::string text = "x,y,class\n";
  for (const auto& point : points)
    text += number_text(rounded(point.x)) + "," + number_text(rounded(point.y)) + "," +
            std::string(1, static_cast<char>('a' + point.kind)) + "\n";
  return text;
}

PaintDialog::PaintDialog(QWidget* parent) : QDialog(parent) {
  setObjectName("paint-dialog");
  setWindowTitle(tr("Paint points"));
  resize(900, 660);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(20, 16, 20, 16);
  layout->setSpacing(16);
  auto* frame = new QFrame;
  frame->setProperty("card", true);
  auto* inside = new QVBoxLayout(frame);
  inside->setContentsMargins(6, 6, 6, 6);
  canvas_ = new PointCanvas;
  canvas_->setObjectName("paint-canvas");
  inside->addWidget(canvas_);
  layout->addWidget(frame, 1);

  auto* side = new QVBoxLayout;
  side->setSpacing(8);
  side->addWidget(sectionLabel(tr("Class")));
  auto* grid = new QGridLayout;
  grid->setSpacing(4);
  for (int kind = 0; kind < PointCanvas::most_kinds; ++kind) {
    auto* button = new QToolButton;
    button->setObjectName(QStringLiteral("paint-class-%1").arg(kind + 1));
    button->setCheckable(true);
    button->setAutoExclusive(false);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setIcon(swatch(kind));
    button->setIconSize({14, 14});
    button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    button->setMinimumSize(72, 30);
    button->setAccessibleName(tr("Class %1").arg(letter(kind)));
    button->setToolTip(tr("Class %1 (key %2)").arg(letter(kind)).arg(kind + 1));
    connect(button, &QToolButton::clicked, this, [this, kind] {
      canvas_->setKind(kind);
      refresh();
    });
    grid->addWidget(button, kind / 3, kind % 3);
    kinds_.push_back(button);
  }
  side->addLayout(grid);
  eraser_ = new QToolButton;
  eraser_->setObjectName("paint-eraser");
  eraser_->setText(tr("Eraser (E)"));
  eraser_->setIcon(themedIcon("draw-eraser"));
  eraser_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  eraser_->setCheckable(true);
  eraser_->setMinimumHeight(30);
  side->addWidget(eraser_);
  side->addSpacing(8);
  const auto slider = [&](const char* name, const QString& label, int least, int most) {
    auto* control = new QSlider(Qt::Horizontal);
    control->setObjectName(QLatin1String(name));
    control->setRange(least, most);
    control->setAccessibleName(label);
    side->addWidget(sectionLabel(label));
    side->addWidget(control);
    return control;
  };
  brush_ = slider("paint-brush", tr("Size of the brush"), 0, brush_steps);
  brush_->setToolTip(tr("Also with the wheel, or the keys [ and ]"));
  density_ = slider("paint-density", tr("Points a press"), 1, 40);
  side->addSpacing(8);
  auto* back = new QHBoxLayout;
  undo_ = new QPushButton(tr("Undo"));
  undo_->setObjectName("paint-undo");
  redo_ = new QPushButton(tr("Redo"));
  redo_->setObjectName("paint-redo");
  clear_ = new QPushButton(tr("Clear"));
  clear_->setObjectName("paint-clear");
  for (auto* button : {undo_, redo_, clear_}) back->addWidget(button);
  side->addLayout(back);
  side->addStretch(1);
  count_ = roleLabel("secondary", {});
  count_->setObjectName("paint-count");
  count_->setWordWrap(true);
  side->addWidget(count_);
  error_ = roleLabel("error", {});
  error_->setWordWrap(true);
  error_->hide();
  side->addWidget(error_);
  use_ = new QPushButton(tr("Use as data"));
  use_->setObjectName("paint-use");
  use_->setProperty("primary", true);
  save_ = new QPushButton(tr("Save as\u2026"));
  save_->setObjectName("paint-save");
  auto* close = new QPushButton(tr("Close"));
  close->setObjectName("paint-close");
  for (auto* button : {use_, save_, close}) {
    button->setAutoDefault(false);
    side->addWidget(button);
  }
  for (auto* button : {undo_, redo_, clear_}) button->setAutoDefault(false);
  auto* holder = new QWidget;
  holder->setLayout(side);
  side->setContentsMargins({});
  holder->setFixedWidth(260);
  layout->addWidget(holder);

  connect(canvas_, &PointCanvas::pointsChanged, this, &PaintDialog::refresh);
  connect(canvas_, &PointCanvas::toolChanged, this, &PaintDialog::refresh);
  connect(canvas_, &PointCanvas::full, this, [this] {
    error_->setText(tr("That is the most: %1 points.").arg(QLocale().toString(qulonglong(PointCanvas::most_points))));
    error_->show();
  });
  connect(eraser_, &QToolButton::toggled, canvas_, &PointCanvas::setErases);
  connect(eraser_, &QToolButton::toggled, this, &PaintDialog::refresh);
  connect(brush_, &QSlider::valueChanged, this,
          [this](int at) { canvas_->setBrush(brush_least * std::pow(brush_ratio, double(at) / brush_steps)); });
  connect(density_, &QSlider::valueChanged, canvas_, &PointCanvas::setDensity);
  connect(undo_, &QPushButton::clicked, canvas_, &PointCanvas::undo);
  connect(redo_, &QPushButton::clicked, canvas_, &PointCanvas::redo);
  connect(clear_, &QPushButton::clicked, canvas_, &PointCanvas::clear);
  connect(save_, &QPushButton::clicked, this, &PaintDialog::askForFile);
  connect(use_, &QPushButton::clicked, this, &PaintDialog::use);
  connect(close, &QPushButton::clicked, this, &QDialog::reject);
  density_->setValue(canvas_->density());
  refresh();
  canvas_->setFocus();
  if (!QFile::exists(draftFile())) return;
  try {
    offer(load_dataset(Json{{"source", "table"}, {"path", draftFile().toStdString()}, {"target", "class"}}, ".", 0));
    kept_.clear();
  } catch (const Error&) {
    // A draft that cannot be read is none.
  }
}

void PaintDialog::refresh() {
  const QLocale locale;
  for (int kind = 0; kind < PointCanvas::most_kinds; ++kind) {
    auto* button = kinds_[static_cast<std::size_t>(kind)];
    const std::size_t count = canvas_->count(kind);
    button->setChecked(!canvas_->erases() && canvas_->kind() == kind);
    button->setText(count > 0 ? QStringLiteral("%1  %2").arg(letter(kind), locale.toString(qulonglong(count)))
                              : letter(kind));
  }
  const QSignalBlocker quiet_eraser(eraser_), quiet_brush(brush_);
  eraser_->setChecked(canvas_->erases());
  brush_->setValue(qRound(brush_steps * std::log(canvas_->brush() / brush_least) / std::log(brush_ratio)));
  undo_->setEnabled(canvas_->canUndo());
  redo_->setEnabled(canvas_->canRedo());
  clear_->setEnabled(!canvas_->points().empty());
  const std::size_t count = canvas_->points().size();
  int classes = 0;
  for (int kind = 0; kind < PointCanvas::most_kinds; ++kind) classes += canvas_->count(kind) > 0;
  count_->setText(count == 0 ? tr("No points yet.")
                             : tr("%1 points of %n classes.", "", classes).arg(locale.toString(qulonglong(count))));
  save_->setEnabled(count > 0);
  use_->setEnabled(count > 1);
  if (count < PointCanvas::most_points) error_->hide();
}

void PaintDialog::offer(const Dataset& dataset) {
  const auto* table = dataset.table();
  if (!table || table->columns.size() != 3 || table->rows > PointCanvas::most_points) return;
  const Column *x = table->find("x"), *y = table->find("y"), *kind = table->find("class");
  if (!x || !y || !kind || x->type != ColumnType::numeric || y->type != ColumnType::numeric) return;
  std::vector<PaintedPoint> points;
  for (std::size_t row = 0; row < table->rows; ++row) {
    const std::string name = kind->cell(row);
    const bool ours = name.size() == 1 && name[0] >= 'a' && name[0] < 'a' + PointCanvas::most_kinds;
    if (!ours || !(std::abs(x->numbers[row]) <= 1) || !(std::abs(y->numbers[row]) <= 1)) return;
    points.push_back({x->numbers[row], y->numbers[row], name[0] - 'a'});
  }
  canvas_->setPoints(std::move(points));
  kept_ = canvas_->points();
}

QString PaintDialog::draftFile() {
  return QString::fromStdString((data_folder() / "datasets" / "painted-draft.csv").string());
}

void PaintDialog::reject() {
  if (canvas_->points() != kept_ && !canvas_->points().empty())
    saveAs(draftFile());
  else
    QFile::remove(draftFile());
  QDialog::reject();
}

QString PaintDialog::ownFile() {
  const QDir folder(QString::fromStdString((data_folder() / "datasets").string()));
  const QString stem = QStringLiteral("painted-") + QDateTime::currentDateTime().toString("yyyyMMdd-HHmmss");
  QString file = folder.filePath(stem + QStringLiteral(".csv"));
  for (int again = 2; QFile::exists(file); ++again)
    file = folder.filePath(QStringLiteral("%1-%2.csv").arg(stem).arg(again));
  return file;
}

QString PaintDialog::saveAs(const QString& path) {
  try {
    const std::filesystem::path file = path.toStdString();
    std::error_code code;
    std::filesystem::create_directories(file.parent_path(), code);
    write_file_atomically(file, paintedCsv(canvas_->points()));
    kept_ = canvas_->points();
    return {};
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
}

void PaintDialog::askForFile() {
  const QString path = askSavePath(this, tr("Save the points"), QStringLiteral("points.csv"), tr("Tables (*.csv)"));
  if (path.isEmpty()) return;
  const QString problem = saveAs(path);
  error_->setText(problem);
  error_->setVisible(!problem.isEmpty());
  if (problem.isEmpty()) count_->setText(tr("Saved as %1.").arg(QDir::toNativeSeparators(path)));
}

void PaintDialog::use() {
  const QString path = ownFile();
  const QString problem = saveAs(path);
  if (!problem.isEmpty()) {
    error_->setText(problem);
    error_->show();
    return;
  }
  QFile::remove(draftFile());
  emit dataMade(path);
  accept();
}

}  // namespace gb
