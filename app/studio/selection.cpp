#include "app/studio/selection.hpp"

#include <utility>

namespace gb {

void Selection::set(std::vector<std::int64_t> rows, const QString& description) {
  if (rows == rows_ && description == description_) return;
  rows_ = std::move(rows);
  description_ = description;
  emit changed();
}

}  // namespace gb
