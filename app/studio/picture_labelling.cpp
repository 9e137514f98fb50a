#include "app/studio/picture_labelling.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace gb {

PictureLabelling::PictureLabelling(std::vector<std::string> names, PictureLabels labels)
    : names_(std::move(names)), labels_(std::move(labels)) {
  std::set<std::string> found;
  for (const auto& [name, kind] : labels_.classes) found.insert(kind);
  classes_.assign(found.begin(), found.end());
}

const std::string& PictureLabelling::label(std::size_t picture) const {
  static const std::string none;
  const auto found = labels_.classes.find(names_[picture]);
  return found == labels_.classes.end() ? none : found->second;
}

std::size_t PictureLabelling::labelled() const {
  return static_cast<std::size_t>(
      std::count_if(names_.begin(), names_.end(), [&](const auto& name) { return labels_.classes.contains(name); }));
}

std::size_t PictureLabelling::count(const std::string& kind) const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < names_.size(); ++i) count += label(i) == kind;
  return count;
}

void PictureLabelling::set(std::size_t picture, const std::string& kind) {
  if (kind.empty())
    labels_.classes.erase(names_[picture]);
  else
    labels_.classes[names_[picture]] = kind;
}

bool PictureLabelling::give(std::size_t picture, const std::string& kind) {
  if (picture >= names_.size() || label(picture) == kind) return false;
  if (!kind.empty()) addClass(kind);
  edits_.push_back({picture, label(picture)});
  set(picture, kind);
  return true;
}

void PictureLabelling::addClass(const std::string& kind) {
  if (!kind.empty() && std::find(classes_.begin(), classes_.end(), kind) == classes_.end()) classes_.push_back(kind);
}

std::size_t PictureLabelling::undo() {
  const Edit edit = std::move(edits_.back());
  edits_.pop_back();
  set(edit.picture, edit.before);
  return edit.picture;
}

std::size_t PictureLabelling::unlabelled(std::size_t from, bool forward) const {
  for (std::size_t i = from; i < names_.size(); forward ? ++i : --i)
    if (label(i).empty()) return i;
  return names_.size();
}

QString classKey(std::size_t place) {
  if (place < 9) return QChar('1' + static_cast<int>(place));
  if (place < 9 + 26) return QChar('a' + static_cast<int>(place) - 9);
  return {};
}

}  // namespace gb
