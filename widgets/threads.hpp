#pragma once

#include <QPointer>
#include <functional>

namespace gb {

/// Two ways between the UI thread and the others. What is handed over passes under a std::mutex, so that whoever looks
/// for races (a reader, a sanitizer) sees where it changes hands.

/// Makes `work` on one of a few threads kept for what the window must not wait for. Any thread may ask. `work` must not
/// throw. What is still waiting when the program ends is dropped, what is under way is waited for.
void doElsewhere(std::function<void()> work);

/// Makes `call` on the UI thread, in the order of asking, unless `context` is gone by then. Any thread may ask.
void callOnWindowThread(QPointer<QObject> context, std::function<void()> call);

}  // namespace gb
