#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/data/pixel_cache.hpp"
#include "core/data/source.hpp"
#include "core/params/schema.hpp"

namespace gb {

/// The fields of source "image_folder".
struct ImageFolderParams {
  std::string path;
  std::optional<std::vector<int>> size;  ///< height, width; none: the most common one
  std::optional<int> channels;           ///< 1 or 3; none: 3 if any picture has colour
  std::string background = "white";
};
const Schema<ImageFolderParams>& image_folder_schema();

/// What Schema cannot check: a path, two sizes, 1 or 3 channels, a colour. `path` prefixes the field names of
/// ParamError.
void check_image_folder_params(const ImageFolderParams& params, const std::string& path);

/// Pictures in a folder per class, in the order of their names: what lies below class/ at any depth belongs to it.
/// Folders called train and test (or val, validation) above the classes are the split that the data brings. A folder
/// without sub-folders is a set without labels. Names that begin with a dot are ignored; links to folders are followed
/// for classes but not below them. Pictures that cannot be read are left out and reported. What was decoded is kept in
/// `cache`, under a key of all names, sizes and times of change; Dataset::fingerprint is filled in.
/// Throws DataError (no folder, no pictures, none that can be read) or Cancelled.
Dataset read_image_folder(const std::filesystem::path& folder, const ImageFolderParams& params,
                          const LoadProgress& progress, const PixelCache& cache = PixelCache::of_user());

/// Whether some file below the folder is a picture; looks at some hundreds of them at most.
bool holds_pictures(const std::filesystem::path& folder);

}  // namespace gb
