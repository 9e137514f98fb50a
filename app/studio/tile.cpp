#include "app/studio/tile.hpp"

#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QContextMenuEvent>
#include <QDialog>
#include <QDialogButtonBox>
#include <QDir>
#include <QEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QImage>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QPainter>
#include <QSettings>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/studio/labels.hpp"
#include "app/studio/numbers_model.hpp"
#include "widgets/group_view.hpp"
#include "widgets/images/matrix_view.hpp"
#include "widgets/plot/curve_view.hpp"
#include "widgets/tables/copy_table.hpp"
#include "widgets/tables/table_view.hpp"
#include "widgets/theme.hpp"

namespace gb {

QString askSavePath(QWidget* parent, const QString& title, const QString& name, const QString& filters) {
  QSettings settings;
  const QDir folder(settings.value("saveFolder", QDir::homePath()).toString());
  QString filter;
  QString path = QFileDialog::getSaveFileName(parent, title, folder.filePath(name), filters, &filter);
  if (path.isEmpty()) return path;
  settings.setValue("saveFolder", QFileInfo(path).absolutePath());
  if (QFileInfo(path).suffix().isEmpty()) {
    // "SVG (*.svg)": the ending of the chosen filter.
    const int start = static_cast<int>(filter.indexOf(QLatin1String("*."))) + 2;
    path += '.' + filter.mid(start, filter.indexOf(')', start) - start);
  }
  return path;
}

Tile::Tile(const QString& key, View* view, QWidget* parent) : QFrame(parent), key_(key), view_(view) {
  setProperty("card", true);
  setObjectName(QStringLiteral("tile-") + key);
  setProperty("wide", qobject_cast<TableView*>(view) != nullptr);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(13, 7, 7, 8);
  layout->setSpacing(2);
  auto* head = new QHBoxLayout;
  head->setSpacing(10);
  title_ = roleLabel("title", {});
  subtitle_ = roleLabel("secondary", {});
  subtitle_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  subtitle_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  button_ = new QToolButton;
  button_->setIconSize({16, 16});
  button_->setPopupMode(QToolButton::InstantPopup);
  button_->setToolTip(tr("Maximise, copy, save, show as table"));
  head->addWidget(title_);
  if (auto* group = qobject_cast<GroupView*>(view)) {
    auto* chooser = group->chooser();
    chooser->setProperty("small", true);
    chooser->setAccessibleName(tr("Which one of them"));
    head->addWidget(chooser);
    chooser->show();
  }
  head->addWidget(subtitle_, 1);
  head->addWidget(button_);
  layout->addLayout(head);
  view_->setParent(this);
  layout->addWidget(view_, 1);
  nothing_ = roleLabel("secondary", tr("Not there yet at this step"));
  nothing_->setAlignment(Qt::AlignCenter);
  nothing_->setWordWrap(true);
  nothing_->hide();
  layout->addWidget(nothing_, 1);
  makeMenu();
  button_->setMenu(menu_);
  button_->setIcon(themedIcon("overflow-menu"));
  connect(view_, &View::titleChanged, this, &Tile::refreshTitle);
  refreshTitle();
}

void Tile::makeMenu() {
  menu_ = new QMenu(this);
  maximise_ = menu_->addAction(tr("Maximise"), this, [this] { emit maximiseRequested(!maximised_); });
  menu_->addSeparator();
  if (auto* curves = qobject_cast<CurveView*>(view_)) addCurveActions(curves);
  if (auto* matrix = qobject_cast<MatrixView*>(view_)) addMatrixActions(matrix);
  menu_->addAction(tr("Copy as picture"), this, &Tile::copyPicture);
  addCopyMenu(menu_, tr("Copy numbers as"), [this] { return textTable(view_->numbers()); });
  menu_->addAction(tr("Save picture\u2026"), this, &Tile::savePicture);
  menu_->addAction(tr("Save numbers as CSV\u2026"), this, &Tile::saveNumbers);
  menu_->addAction(tr("Show as table\u2026"), this, &Tile::showTable);
}

void Tile::addCurveActions(CurveView* curves) {
  auto* log = menu_->addAction(tr("Logarithmic axis"));
  log->setCheckable(true);
  connect(log, &QAction::toggled, curves, &CurveView::setLogScale);
  auto* steps = menu_->addAction(tr("Logarithmic steps"));
  steps->setCheckable(true);
  connect(steps, &QAction::toggled, curves, &CurveView::setLogSteps);
  auto* smoothing = menu_->addMenu(tr("Smoothing"));
  auto* group = new QActionGroup(smoothing);
  for (const double weight : {0.0, 0.3, 0.6, 0.9, 0.97}) {
    auto* action = smoothing->addAction(weight == 0.0 ? tr("None") : QLocale().toString(weight));
    action->setCheckable(true);
    action->setChecked(weight == 0.0);
    group->addAction(action);
    connect(action, &QAction::triggered, curves, [curves, weight] { curves->setSmoothing(weight); });
  }
  menu_->addSeparator();
}

void Tile::addMatrixActions(MatrixView* matrix) {
  auto* shares = menu_->addMenu(tr("Numbers"));
  shares->menuAction()->setObjectName("shares");
  auto* group = new QActionGroup(shares);
  std::vector<std::pair<QAction*, MatrixView::Shares>> actions;
  for (const auto each : {MatrixView::Shares::none, MatrixView::Shares::of_row, MatrixView::Shares::of_column}) {
    auto* action = shares->addAction(MatrixView::sharesText(each));
    action->setCheckable(true);
    group->addAction(action);
    actions.emplace_back(action, each);
    connect(action, &QAction::triggered, matrix, [matrix, each] { matrix->setShares(each); });
  }
  // What a tile shows is known when its menu opens.
  connect(menu_, &QMenu::aboutToShow, matrix, [matrix, shares, actions] {
    shares->menuAction()->setVisible(matrix->hasShares());
    for (const auto& [action, each] : actions) action->setChecked(matrix->shares() == each);
  });
  menu_->addSeparator();
}

void Tile::refreshTitle() {
  const auto* group = qobject_cast<GroupView*>(view_);
  const QString title = group ? group->groupTitle() : view_->title();
  title_->setText(title);
  QString line = absent_ ? QString() : view_->subtitle();
  if (shown_step_ >= 0 && !absent_) {
    QString step = tr("step %1").arg(QLocale().toString(qlonglong(shown_step_)));
    if (behind_ > 0) step += QStringLiteral(", ") + tr("%n steps ago", "", static_cast<int>(behind_));
    line = line.isEmpty() ? step : line + QStringLiteral(" \u00b7 ") + step;
  }
  subtitle_->setText(line);
  subtitle_->setToolTip(line);
  setAccessibleName(title);
  view_->setAccessibleName(title);
  button_->setAccessibleName(tr("Menu of %1").arg(title));
}

void Tile::setShownStep(std::int64_t step, std::int64_t behind) {
  if (shown_step_ == step && behind_ == behind) return;
  shown_step_ = step;
  behind_ = behind;
  refreshTitle();
}

void Tile::setAbsent(bool absent) {
  if (absent_ == absent) return;
  absent_ = absent;
  view_->setVisible(!absent);
  nothing_->setVisible(absent);
  refreshTitle();
}

void Tile::setMaximised(bool maximised) {
  maximised_ = maximised;
  maximise_->setText(maximised ? tr("Restore") : tr("Maximise"));
}

void Tile::copyPicture() {
  const qreal scale = 2;
  QImage image(view_->size() * scale, QImage::Format_ARGB32_Premultiplied);
  image.setDevicePixelRatio(scale);
  image.fill(theme().panel);
  QPainter painter(&image);
  view_->paintTo(painter, QRectF(QPointF(0, 0), view_->size()));
  painter.end();
  QApplication::clipboard()->setImage(image);
}

void Tile::savePicture() {
  const QString path = askSavePath(this, tr("Save picture"), view_->title() + QStringLiteral(".svg"),
                                   tr("SVG (*.svg);;PDF (*.pdf);;PNG (*.png)"));
  if (path.isEmpty()) return;
  if (const QString reason = view_->saveAs(path); !reason.isEmpty()) emit failed(reason);
}

void Tile::saveNumbers() {
  const QString path =
      askSavePath(this, tr("Save numbers"), view_->title() + QStringLiteral(".csv"), tr("CSV (*.csv)"));
  if (path.isEmpty()) return;
  if (const QString reason = view_->saveAs(path); !reason.isEmpty()) emit failed(reason);
}

void Tile::showTable() {
  auto* dialog = new QDialog(window());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(view_->title());
  dialog->resize(640, 480);
  auto* layout = new QVBoxLayout(dialog);
  auto* table = new QTableView;
  table->setModel(new NumbersModel(view_->numbers(), table));
  table->setAccessibleName(view_->title());
  table->verticalHeader()->hide();
  table->setShowGrid(false);
  makeCopyable(table);
  layout->addWidget(table);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
  layout->addWidget(buttons);
  dialog->show();
}

void Tile::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange && button_) button_->setIcon(themedIcon("overflow-menu"));
  QFrame::changeEvent(event);
}

void Tile::mouseDoubleClickEvent(QMouseEvent*) {
  emit maximiseRequested(!maximised_);
}

void Tile::contextMenuEvent(QContextMenuEvent* event) {
  menu_->popup(event->globalPos());
}

}  // namespace gb
