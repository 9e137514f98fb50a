#include "app/studio/run_bridge.hpp"

#include <QCoreApplication>
#include <QEvent>
#include <algorithm>
#include <ctime>
#include <utility>

#include "core/base/parallel.hpp"

namespace gb {

namespace {

constexpr std::int64_t shortest_interval = 34;  ///< 30 Hz at most
constexpr std::int64_t longest_interval = 250;  ///< a live view that moves less often looks stuck

/// What drawing may take of one processor: the run wants all of them, and where there are few every millisecond of the
/// window holds up the others too.
double drawingShare() {
  return threads() < 4 ? 0.06 : 0.25;
}

/// Processor time of the calling thread, milliseconds.
double threadTime() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

QEvent::Type wakeType() {
  static const auto type = static_cast<QEvent::Type>(QEvent::registerEventType());
  return type;
}

template <class T>
void keepLatest(std::vector<T>& all, const T& latest, const std::string& view) {
  const auto same = std::find_if(all.begin(), all.end(), [&](const T& each) { return each.view == view; });
  if (same == all.end())
    all.push_back(latest);
  else
    *same = latest;
}

}  // namespace

RunBridge::RunBridge(QObject* parent) : QObject(parent), interval_(shortest_interval) {
  timer_.setSingleShot(true);
  timer_.setTimerType(Qt::PreciseTimer);
  connect(&timer_, &QTimer::timeout, this, &RunBridge::drain);
}

RunNews::Curve& RunBridge::curve(const std::string& series) {
  for (auto& each : gathered_.curves)
    if (each.series == series) return each;
  gathered_.curves.push_back({series, {}, {}});
  return gathered_.curves.back();
}

void RunBridge::on_event(const Event& event) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto* scalar = std::get_if<Scalar>(&event)) {
      auto& target = curve(scalar->series);
      target.steps.push_back(scalar->step);
      target.values.push_back(scalar->value);
    } else if (const auto* progress = std::get_if<Progress>(&event)) {
      gathered_.progress = *progress;
    } else if (const auto* text = std::get_if<Text>(&event)) {
      keepLatest(gathered_.texts, *text, text->view);
    } else if (const auto* change = std::get_if<Change>(&event)) {
      gathered_.changes.push_back(*change);
    } else {
      // Kind and view name together say which tile an event belongs to.
      const auto name = [](const Event& each) {
        return std::visit(
            [](const auto& value) -> std::string {
              if constexpr (requires { value->view; })
                return value->view;
              else
                return {};
            },
            each);
      };
      const auto same = std::find_if(gathered_.views.begin(), gathered_.views.end(), [&](const Event& each) {
        return each.index() == event.index() && name(each) == name(event);
      });
      if (same == gathered_.views.end())
        gathered_.views.push_back(event);
      else
        *same = event;
    }
  }
  if (!pending_.exchange(true)) QCoreApplication::postEvent(this, new QEvent(wakeType()));
}

bool RunBridge::event(QEvent* event) {
  if (event->type() != wakeType()) return QObject::event(event);
  const auto elapsed = since_.isValid() ? since_.elapsed() : interval_;
  if (elapsed >= interval_)
    drain();
  else if (!timer_.isActive())
    timer_.start(static_cast<int>(interval_ - elapsed));
  return true;
}

void RunBridge::flush() {
  timer_.stop();
  drain();
}

void RunBridge::drain() {
  RunNews taken;
  {
    const std::lock_guard lock(mutex_);
    pending_ = false;
    std::swap(taken, gathered_);
  }
  since_.start();
  if (taken.empty()) return;
  // Since the last time: that news fed to the views, and their painting.
  const double now = threadTime();
  if (drains_ > 0)
    interval_ = std::clamp(static_cast<std::int64_t>((now - drained_at_) / drawingShare()), shortest_interval,
                           longest_interval);
  drained_at_ = now;
  ++drains_;
  emit news(taken);
}

}  // namespace gb
