#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/data/source.hpp"

namespace gb {

/// The files of a CIFAR folder in its binary form (Krizhevsky 2009).
struct CifarFiles {
  std::vector<std::filesystem::path> train;  ///< data_batch_1.bin ..., or train.bin
  std::filesystem::path test;                ///< empty where it is missing
  std::filesystem::path names;               ///< empty where it is missing
  int label_bytes = 1;                       ///< 1: CIFAR-10; 2: CIFAR-100, the fine label second
  int classes = 10;
};

/// What the folder (or cifar-10-batches-bin or cifar-100-binary in it) holds; nothing when it is no such folder.
std::optional<CifarFiles> find_cifar(const std::filesystem::path& folder);

/// Pictures of 3 x 32 x 32, training before test, which is kept as the split that the data brings. Of CIFAR-100 the
/// fine labels are the classes. Throws DataError (no such folder, a file that is cut off, a label without a class) or
/// Cancelled.
Dataset read_cifar(const std::filesystem::path& folder, const LoadProgress& progress);

}  // namespace gb
