#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"

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
};

/// Lists without opening anything but folders. Throws DataError when the folder cannot be read.
PictureListing list_pictures(const std::filesystem::path& folder);

}  // namespace gb
