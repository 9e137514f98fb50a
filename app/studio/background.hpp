#pragma once

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace gb {

/// One kind of work done off the UI thread, of which only the newest matters: a newer job, or the end of the owner,
/// makes an older one's result stale, and stale results are dropped.
class Background : public QObject {
 public:
  using QObject::QObject;

  /// Calls `work` on a pool thread, then `done(result)` or `failed(exception)` on this object's thread.
  template <class Work, class Done>
  void run(Work work, Done done, std::function<void(std::exception_ptr)> failed) {
    const int ticket = ++newest_;
    ++busy_;
    QPointer<Background> self(this);
    QThreadPool::globalInstance()->start(
        [self, ticket, work = std::move(work), done = std::move(done), failed = std::move(failed)]() mutable {
          using Result = decltype(work());
          auto result = std::make_shared<std::unique_ptr<Result>>();
          std::exception_ptr error;
          try {
            *result = std::make_unique<Result>(work());
          } catch (...) {
            error = std::current_exception();
          }
          auto deliver = [self, ticket, result, error, done = std::move(done), failed = std::move(failed)]() mutable {
            if (!self) return;
            --self->busy_;
            if (self->newest_ != ticket) return;
            if (error)
              failed(error);
            else
              done(std::move(**result));
          };
          if (auto* application = QCoreApplication::instance())
            QMetaObject::invokeMethod(application, std::move(deliver), Qt::QueuedConnection);
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
