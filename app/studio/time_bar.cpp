#include "app/studio/time_bar.hpp"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <algorithm>
#include <limits>
#include <utility>

#include "app/studio/labels.hpp"
#include "widgets/theme.hpp"

namespace gb {

TimeBar::TimeBar(QWidget* parent) : QFrame(parent) {
  setProperty("card", true);
  setObjectName("time");
  setFixedHeight(44);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(13, 0, 13, 0);
  layout->setSpacing(12);
  auto* label = roleLabel("secondary", tr("Time"));
  slider_ = new QSlider(Qt::Horizontal);
  slider_->setProperty("timeline", true);
  slider_->setAccessibleName(tr("Step that is shown"));
  slider_->setToolTip(tr("Drag to see an earlier step"));
  label->setBuddy(slider_);
  text_ = new QLabel;
  latest_ = new QPushButton(tr("Latest"));
  latest_->setObjectName("latest");
  latest_->setToolTip(tr("Show the latest step again"));
  latest_->setFixedHeight(28);
  layout->addWidget(label);
  layout->addWidget(slider_, 1);
  layout->addWidget(text_);
  fork_ = new QPushButton(tr("Fork here"));
  fork_->setObjectName("fork");
  fork_->setFixedHeight(28);
  layout->addWidget(latest_);
  layout->addWidget(fork_);
  connect(slider_, &QSlider::valueChanged, this, &TimeBar::moved);
  connect(latest_, &QPushButton::clicked, this, [this] {
    follow();
    emit stepRequested(-1);
  });
  connect(fork_, &QPushButton::clicked, this, [this] { emit forkRequested(shown_ < 0 ? last_ : shown_); });
  reset();
}

void TimeBar::reset() {
  last_ = 0;
  shown_ = -1;
  fork_points_.clear();
  origin_ = 0;
  refresh();
  slider_->setEnabled(false);
}

void TimeBar::setLast(std::int64_t step, bool recorded) {
  last_ = step;
  slider_->setEnabled(recorded && step > 0);
  refresh();
}

void TimeBar::follow() {
  shown_ = -1;
  refresh();
}

void TimeBar::setForkPoints(std::vector<std::int64_t> steps, std::int64_t origin) {
  fork_points_ = std::move(steps);
  origin_ = origin;
  refresh();
}

void TimeBar::setForkRefusal(const QString& reason) {
  fork_refusal_ = reason;
  refresh();
}

QString TimeBar::forkTip(std::int64_t step) const {
  if (!fork_refusal_.isEmpty()) return fork_refusal_;
  const auto number = [](std::int64_t value) { return QLocale().toString(qlonglong(value)); };
  if (step < origin_)
    return tr("Starts a new run with the settings as they are now, from a checkpoint at or before step %1 of the run "
              "that this one was forked from")
        .arg(number(step));
  const auto after = std::upper_bound(fork_points_.begin(), fork_points_.end(), step);
  if (after == fork_points_.begin())
    return tr("Starts a new run with the settings as they are now, from the beginning: there is no checkpoint before "
              "step %1")
        .arg(number(step));
  return tr("Starts a new run with the settings as they are now, from step %1, the nearest checkpoint")
      .arg(number(*(after - 1)));
}

void TimeBar::moved(int position) {
  // At the very end the bar follows the run again.
  shown_ = position >= slider_->maximum() ? -1 : position;
  refresh();
  emit stepRequested(shown_);
}

void TimeBar::refresh() {
  const QSignalBlocker quiet(slider_);
  const int top = static_cast<int>(std::min<std::int64_t>(last_, std::numeric_limits<int>::max()));
  slider_->setRange(0, std::max(top, 1));
  slider_->setPageStep(std::max(1, top / 20));
  slider_->setValue(shown_ < 0 ? slider_->maximum() : static_cast<int>(shown_));
  if (last_ == 0 && shown_ < 0) slider_->setValue(0);
  const std::int64_t step = shown_ < 0 ? last_ : shown_;
  text_->setText(tr("step %1").arg(QLocale().toString(qlonglong(step))));
  // Wide enough for the last step, so that nothing jumps while digits change.
  text_->setMinimumWidth(
      text_->fontMetrics().horizontalAdvance(tr("step %1").arg(QLocale().toString(qlonglong(last_)))) + 4);
  latest_->setEnabled(shown_ >= 0);
  fork_->setEnabled(fork_refusal_.isEmpty());
  fork_->setToolTip(forkTip(step));
}

}  // namespace gb
