#pragma once

#include <QString>
#include <filesystem>
#include <vector>

namespace gb {

/// A ready-made experiment as the gallery offers it.
struct GalleryEntry {
  std::filesystem::path file;  ///< the experiment
  QString title;
  QString description;

  /// Name of its picture under resources/icons/gallery, without theme and ending.
  QString picture() const { return QString::fromStdString(file.stem().string()); }
};

/// What resources/experiments/gallery.json lists, in order. Throws FileError or ParamError naming the entry.
std::vector<GalleryEntry> readGallery(const std::filesystem::path& resources);

}  // namespace gb
