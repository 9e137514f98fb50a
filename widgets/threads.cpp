#include "widgets/threads.hpp"

#include <QCoreApplication>
#include <QEvent>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/parallel.hpp"

namespace gb {

namespace {

class Crew {
 public:
  ~Crew() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      waiting_.clear();
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  void add(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      if (ending_) return;
      waiting_.push_back(std::move(work));
      if (idle_ < waiting_.size() && threads_.size() < most) threads_.emplace_back([this] { serve(); });
    }
    changed_.notify_one();
  }

 private:
  /// One long import must not hold up the run table and the drawing of points.
  static constexpr std::size_t most = 4;

  void serve() {
    for (;;) {
      std::function<void()> work;
      {
        std::unique_lock lock(mutex_);
        ++idle_;
        changed_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
        --idle_;
        if (ending_) return;
        work = std::move(waiting_.front());
        waiting_.pop_front();
      }
      work();
      release_threads();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;  ///< guarded by mutex_
  std::vector<std::thread> threads_;           ///< guarded by mutex_
  std::size_t idle_ = 0;                       ///< guarded by mutex_
  bool ending_ = false;                        ///< guarded by mutex_
};

/// Lives on the UI thread and makes the calls that others left there.
class Mailbox : public QObject {
 public:
  Mailbox() { moveToThread(QCoreApplication::instance()->thread()); }

  void leave(QPointer<QObject> context, std::function<void()> call) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = calls_.empty();
      calls_.emplace_back(std::move(context), std::move(call));
    }
    if (first) QCoreApplication::postEvent(this, new QEvent(QEvent::User));
  }

 protected:
  bool event(QEvent* event) override {
    if (event->type() != QEvent::User) return QObject::event(event);
    std::vector<std::pair<QPointer<QObject>, std::function<void()>>> taken;
    {
      const std::lock_guard lock(mutex_);
      std::swap(taken, calls_);
    }
    for (auto& [context, call] : taken)
      if (context) call();
    return true;
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<QPointer<QObject>, std::function<void()>>> calls_;  ///< guarded by mutex_
};

}  // namespace

void doElsewhere(std::function<void()> work) {
  static Crew crew;
  crew.add(std::move(work));
}

void callOnWindowThread(QPointer<QObject> context, std::function<void()> call) {
  if (!QCoreApplication::instance()) return;
  static auto* mailbox = new Mailbox;  // never deleted: a thread may still write to it while the program ends
  mailbox->leave(std::move(context), std::move(call));
}

}  // namespace gb
