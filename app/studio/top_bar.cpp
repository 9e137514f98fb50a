#include "app/studio/top_bar.hpp"

#include <QEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMenuBar>
#include <QPainter>
#include <QProgressBar>
#include <QProxyStyle>
#include <QPushButton>
#include <algorithm>
#include <cmath>

#include "app/studio/core_text.hpp"
#include "app/studio/labels.hpp"
#include "app/studio/run_list_model.hpp"
#include "widgets/theme.hpp"

namespace gb {

namespace {

constexpr int bar_height = 52;
constexpr int icon_side = 14, icon_gap = 4;

/// The mark: a triangle of the accent colour, drawn by itself so that it follows the theme.
class Mark : public QWidget {
 public:
  using QWidget::QWidget;
  QSize sizeHint() const override { return {14, 12}; }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme().accent);
    painter.drawPolygon(QPolygonF{{0, double(height())}, {width() / 2.0, 0}, {double(width()), double(height())}});
  }
};

/// Underlines in the menus appear while Alt is held, as everywhere else.
class QuietMnemonics : public QProxyStyle {
 public:
  QuietMnemonics() : QProxyStyle(QStringLiteral("Fusion")) {}
  int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                QStyleHintReturn* data) const override {
    if (hint == SH_UnderlineShortcut) return QGuiApplication::queryKeyboardModifiers().testFlag(Qt::AltModifier);
    return QProxyStyle::styleHint(hint, option, widget, data);
  }
};

/// The icon with room to the text beside it, which a style sheet cannot give.
QIcon spaced(const QIcon& icon) {
  QIcon made;
  for (const auto mode : {QIcon::Normal, QIcon::Disabled}) {
    const qreal ratio = qGuiApp->devicePixelRatio();
    QPixmap pixmap(QSize(icon_side + icon_gap, icon_side) * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    icon.paint(&painter, 0, 0, icon_side, icon_side, Qt::AlignCenter, mode);
    painter.end();
    made.addPixmap(pixmap, mode);
  }
  return made;
}

QPushButton* control(const QString& text, const QString& name, const QString& tip, QWidget* parent) {
  auto* button = new QPushButton(text, parent);
  button->setObjectName(name);
  button->setToolTip(tip);
  button->setAccessibleDescription(tip);
  button->setIconSize({icon_side + icon_gap, icon_side});
  return button;
}

}  // namespace

TopBar::TopBar(QWidget* parent) : QWidget(parent) {
  setProperty("panel", true);
  setFixedHeight(bar_height);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(16, 0, 16, 1);
  layout->setSpacing(0);
  auto* mark = new Mark;
  mark->setFixedSize(14, 12);
  layout->addWidget(mark);
  layout->addSpacing(6);
  auto* name = new QLabel(QStringLiteral("Glassbench"));
  name->setFont(themeFont(15, QFont::Bold));
  layout->addWidget(name);
  layout->addSpacing(12);
  menus_ = new QMenuBar;
  menus_->setNativeMenuBar(false);
  auto* style = new QuietMnemonics;
  style->setParent(menus_);
  menus_->setStyle(style);
  menus_->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Preferred);
  layout->addWidget(menus_, 0, Qt::AlignVCenter);
  layout->addStretch(1);

  gallery_ = new QWidget;
  auto* start = new QHBoxLayout(gallery_);
  start->setContentsMargins(0, 0, 0, 0);
  start->setSpacing(10);
  open = control(tr("Open\u2026"), "open", tr("Open an experiment or a data file"), gallery_);
  newExperiment = control(tr("New experiment"), "new", tr("Choose data and an algorithm"), gallery_);
  newExperiment->setProperty("primary", true);
  start->addWidget(open);
  start->addWidget(newExperiment);
  layout->addWidget(gallery_);

  workbench_ = new QWidget;
  auto* going = new QHBoxLayout(workbench_);
  going->setContentsMargins(0, 0, 0, 0);
  going->setSpacing(10);
  seed_ = roleLabel("secondary", {});
  bar_ = new QProgressBar;
  bar_->setTextVisible(false);
  bar_->setRange(0, 1000);
  bar_->setFixedWidth(150);
  bar_->setAccessibleName(tr("Progress of the run"));
  status_ = new ElidingLabel;
  status_->setObjectName("status");
  status_->setProperty("role", "secondary");
  status_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  status_->setAccessibleName(tr("State of the run"));
  pause = control(tr("Pause"), "pause", tr("Pause the run after this step"), workbench_);
  step = control(tr("Step"), "step", tr("Take one step, then pause"), workbench_);
  stop = control(tr("Stop"), "stop", tr("Stop the run; it can be resumed later"), workbench_);
  run = control(tr("Run"), "run", tr("Run the experiment, or go on after a pause"), workbench_);
  run->setProperty("primary", true);
  run->setMinimumWidth(run->fontMetrics().horizontalAdvance(tr("Queue")) + 60);  // it says either; nothing moves
  going->addWidget(seed_);
  going->addWidget(bar_);
  going->addWidget(status_);
  for (auto* button : {pause, step, stop, run}) going->addWidget(button);
  layout->addWidget(workbench_);
  setIcons();
  setWorkbench(false);
}

void TopBar::setIcons() {
  pause->setIcon(spaced(themedIcon("media-playback-pause")));
  step->setIcon(spaced(themedIcon("media-skip-forward")));
  stop->setIcon(spaced(themedIcon("media-playback-stop")));
  run->setIcon(spaced(themedIcon("media-playback-start", true)));
}

void TopBar::setWorkbench(bool workbench) {
  gallery_->setVisible(!workbench);
  workbench_->setVisible(workbench);
}

void TopBar::setQueueing(bool queueing) {
  run->setText(queueing ? tr("Queue") : tr("Run"));
  const QString tip = queueing ? tr("Run the experiment after the one that is running")
                               : tr("Run the experiment, or go on after a pause");
  run->setToolTip(tip);
  run->setAccessibleDescription(tip);
}

void TopBar::setSeed(quint64 seed) {
  seed_->setText(tr("seed %1").arg(seed));
}

void TopBar::setProgress(const Progress& progress, bool going, std::optional<double> secondsLeft) {
  const QLocale locale;
  QStringList parts;
  parts << (progress.total > 0
                ? tr("step %1 of %2")
                      .arg(locale.toString(qlonglong(progress.step)), locale.toString(qlonglong(progress.total)))
                : tr("step %1").arg(locale.toString(qlonglong(progress.step))));
  if (going && progress.per_second > 0) {
    const double speed = progress.per_second;
    const QString number = locale.toString(speed, 'f', speed < 10 ? 1 : 0);
    parts << tr("%1 %2/s", "throughput: 9,840 images/s").arg(number, coreText(progress.unit));
  }
  if (secondsLeft) parts << tr("%1 left", "time").arg(durationText(std::max(1.0, std::ceil(*secondsLeft))));
  setStatus(parts.join(QStringLiteral(" \u00b7 ")),
            progress.total > 0 ? static_cast<int>(1000.0 * double(progress.step) / double(progress.total)) : -1);
}

void TopBar::setStatus(const QString& text, int permille) {
  text_ = text;
  bar_->setVisible(permille >= 0);
  if (permille >= 0) bar_->setValue(permille);
  showStatus();
}

void TopBar::showStatus() {
  status_->setText(text_);
  status_->setToolTip(text_);
}

void TopBar::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange && run) setIcons();
  QWidget::changeEvent(event);
}

void TopBar::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  bar_->setFixedWidth(width() < 1200 ? 70 : 150);
  seed_->setVisible(width() >= 1050);
}

void TopBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), theme().panel);
  painter.fillRect(0, height() - 1, width(), 1, theme().line);
}

}  // namespace gb
