#pragma once

#include <QString>
#include <QStringList>
#include <vector>

#include "core/data/picture_labels.hpp"

namespace gb {

/// The classes that are being given to the pictures of a folder, and the way back from each.
class PictureLabelling {
 public:
  /// `names` in the order in which they are shown.
  PictureLabelling(std::vector<std::string> names, PictureLabels labels);

  std::size_t size() const { return names_.size(); }
  const std::string& name(std::size_t picture) const { return names_[picture]; }
  /// Empty: none yet.
  const std::string& label(std::size_t picture) const;
  const std::vector<std::string>& classes() const { return classes_; }
  std::size_t labelled() const;
  std::size_t count(const std::string& kind) const;
  /// All that is to be written: also what names pictures that are not there at the moment.
  const PictureLabels& labels() const { return labels_; }

  /// False where it has that class already.
  bool give(std::size_t picture, const std::string& kind);
  bool take(std::size_t picture) { return give(picture, {}); }
  /// Keeps it among the classes although no picture has it yet.
  void addClass(const std::string& kind);
  bool canUndo() const { return !edits_.empty(); }
  /// The picture whose class is again what it was.
  std::size_t undo();
  /// From `from` on, in one direction, the first picture that has no class; size() where there is none.
  std::size_t unlabelled(std::size_t from, bool forward) const;

 private:
  struct Edit {
    std::size_t picture;
    std::string before;
  };
  void set(std::size_t picture, const std::string& kind);

  std::vector<std::string> names_;
  PictureLabels labels_;
  std::vector<std::string> classes_;
  std::vector<Edit> edits_;
};

/// The key that gives the n-th class: 1 to 9, then a to z; empty beyond.
QString classKey(std::size_t place);

}  // namespace gb
