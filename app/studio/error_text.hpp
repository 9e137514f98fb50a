#pragma once

#include <QString>
#include <exception>

namespace gb {

/// An error as people see it: what happened, to which field of the experiment, and what would be allowed there.
struct ErrorText {
  QString message;
  QString field;    ///< "algorithm.params.clusters"; empty where none is to blame
  QString allowed;  ///< empty where nothing can be said
  bool cancelled = false;

  /// Message and, where it helps, what to do, as one text for a message bar.
  QString sentence() const;
};

ErrorText errorText(const std::exception_ptr& error);

}  // namespace gb
