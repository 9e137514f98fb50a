#pragma once

#include <QObject>
#include <QPointer>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "widgets/threads.hpp"

namespace gb {

/// One kind of work done off the UI thread, of which only the newest matters: a newer job, or the end of the owner,
/// makes an older one's result stale, and stale results are dropped.
class Background : public QObject {
 public:
  using QObject::QObject;

  /// Calls `work` on another thread, then `done(result)` or `failed(exception)` on this object's thread.
  template <class Work, class Done>
  void run(Work work, Done done, std::function<void(std::exception_ptr)> failed) {
    using Result = decltype(work());
    struct Job {
      Work work;
      Done done;
      std::function<void(std::exception_ptr)> failed;
      std::unique_ptr<Result> result;
      std::exception_ptr error;
    };
    const int ticket = ++newest_;
    ++busy_;
    auto job = std::make_shared<Job>(Job{std::move(work), std::move(done), std::move(failed), nullptr, nullptr});
    doElsewhere([this, self = QPointer<QObject>(this), ticket, job = std::move(job)]() mutable {
      try {
        job->result = std::make_unique<Result>(job->work());
      } catch (...) {
        job->error = std::current_exception();
      }
      // `this` is used where the call is made, and that is only if self still lives.
      callOnWindowThread(std::move(self), [this, ticket, job = std::move(job)] {
        --busy_;
        if (newest_ != ticket) return;
        if (job->error)
          job->failed(job->error);
        else
          job->done(std::move(*job->result));
      });
    });
  }

  /// The result of whatever is under way will be dropped.
  void forget() { ++newest_; }
  bool busy() const { return busy_ > 0; }

 private:
  int newest_ = 0;
  int busy_ = 0;
};

}  // namespace gb
