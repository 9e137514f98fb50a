#pragma once

#include <filesystem>
#include <string>

#include "core/data/dataset.hpp"
#include "core/data/source.hpp"

namespace gb {

/// Files of LeCun's IDX format, plain or gzip. Paths are complete; test files and labels may be empty.
struct IdxFiles {
  std::filesystem::path images, labels, test_images, test_labels;
};

/// Images of unsigned bytes (count x height x width, or with 1 or 3 channels first or last) with labels of whole
/// numbers, test images after training images in one buffer. A header is believed only as far as the file's size
/// supports it. Throws DataError or Cancelled.
Dataset read_idx(const IdxFiles& files, const std::string& label_name, const LoadProgress& progress);

}  // namespace gb
