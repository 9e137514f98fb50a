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
  std::optional<std::string> labels;  ///< CSV of names and classes; none: the sub-folders are the classes
};
const Schema<ImageFolderParams>& image_folder_schema();

/// What Schema cannot check: a path, two sizes, 1 or 3 channels, a colour. `path` prefixes the field names of
/// ParamError.
void check_image_folder_params(const ImageFolderParams& params, const std::string& path);

/// Pictures in a folder per class, in the order of their names: what lies below class/ at any depth belongs to it.
/// Folders called train and test (or val, validation) above the classes are the split that the data brings. A folder
/// without sub-folders is a set without labels. Where a file of labels is named, pictures lie at any depth, those
/// without a class are left out, and there is no split. Names that begin with a dot are ignored; links to folders are
/// followed for classes but not below them. Pictures that cannot be read are left out and reported. What was decoded is
/// kept in `cache`, under a key of all names, sizes and times of change; Dataset::fingerprint is filled in. Throws
/// DataError (no folder, no pictures, none that can be read) or Cancelled.
Dataset read_image_folder(const std::filesystem::path& folder, const ImageFolderParams& params,
                          const LoadProgress& progress, const PixelCache& cache = PixelCache::of_user());

/// What read_image_folder() would make of a folder, with only some of the pictures decoded.
struct ImageFolderPreview {
  std::vector<std::pair<std::string, std::size_t>> classes;  ///< and how many pictures each has; empty without labels
  std::size_t pictures = 0;                                  ///< that can be read, as far as their first bytes tell
  bool split = false;                                        ///< the data brings a split
  std::vector<std::pair<std::string, std::string>> skipped;  ///< file and why
  std::vector<std::pair<std::string, std::size_t>> sizes;    ///< "28 x 28" (height x width), most common first
  Dataset sample;                                            ///< at most `most` pictures from everywhere, and remarks
};
/// Looks at the first bytes of every file, decodes at most `most` and keeps nothing. Throws as read_image_folder()
/// does.
ImageFolderPreview preview_image_folder(const std::filesystem::path& folder, const ImageFolderParams& params,
                                        std::size_t most, const LoadProgress& progress);

/// Whether some file below the folder is a picture; looks at some hundreds of them at most.
bool holds_pictures(const std::filesystem::path& folder);

}  // namespace gb
