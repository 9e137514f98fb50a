#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/data/picture_labels.hpp"

namespace gb {

/// A file that may be a picture.
struct ListedFile {
  std::string name;  ///< relative to the folder
  std::uint64_t bytes = 0;
  std::int64_t changed = 0;  ///< nanoseconds
  std::int32_t label = -1;
  Part part = Part::train;
};

/// The files of an image folder, in the order of their rows.
struct PictureListing {
  std::vector<ListedFile> files;
  std::vector<std::string> classes;   ///< names of the class folders, sorted; empty without labels
  bool split = false;                 ///< there are folders for training and test
  std::vector<std::string> left_out;  ///< names of files that lie beside the class folders
  std::vector<Problem> remarks;       ///< on labels that lack a picture, and the other way round
};

/// Lists without opening anything but folders. Throws DataError when the folder cannot be read.
PictureListing list_pictures(const std::filesystem::path& folder);
/// The files at any depth that have a class among `labels`; folders mean nothing.
PictureListing list_pictures(const std::filesystem::path& folder, const PictureLabels& labels);

/// Names of all files at any depth below the folder that are named like pictures, sorted: what can be labelled.
std::vector<std::string> picture_names(const std::filesystem::path& folder);

}  // namespace gb
