#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace gb {

/// Something the user can act on: what happened, to which field of the request, and what would be allowed there.
/// Each layer derives its own type; callers that only report catch this one.
class Error : public std::runtime_error {
 public:
  /// `field` is a path from the document's root ("algorithm.params.clusters"), empty where no field is to blame.
  explicit Error(const std::string& message, std::string field = {}, std::string allowed = {})
      : std::runtime_error(message), field_(std::move(field)), allowed_(std::move(allowed)) {}

  const std::string& field() const { return field_; }
  const std::string& allowed() const { return allowed_; }

 private:
  std::string field_;
  std::string allowed_;
};

/// Reading or writing a file failed; the text names the file and the system's reason.
struct FileError : Error {
  using Error::Error;
};

}  // namespace gb
