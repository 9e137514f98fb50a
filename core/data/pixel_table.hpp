#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"

namespace gb {

/// Makes a set of pictures of a table whose columns, the target aside, are the pixels of one picture a row: row by row
/// of the picture, the channels of a pixel side by side. `shape` is height, width and (1 where absent) channels; `path`
/// names the field that holds it. The target becomes the labels. Throws ParamError when the columns do not fit the
/// shape, DataError naming row and column of a value that is no whole number from 0 to 255.
void make_pictures(Dataset& table, const std::vector<int>& shape, const std::string& path);

/// The shape that the names of pixel columns tell (pixel0 ... pixel783, or 1x1 ... 28x28), as [height, width]; nothing
/// when they tell none. `columns` holds them without the target.
std::optional<std::vector<int>> shape_told_by(const std::vector<std::string>& columns);

}  // namespace gb
