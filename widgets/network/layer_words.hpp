#pragma once

#include <QString>
#include <cstdint>

#include "core/graph/graph.hpp"
#include "core/params/param_spec.hpp"

namespace gb {

/// "Convolution"; the type as written where it is unknown.
QString layerLabel(const Json& entry);
/// What the fields of a layer say: "32 filters, 3 × 3, ReLU".
QString layerWords(const Json& entry);

/// "32 × 26 × 26"; empty where it is unknown.
QString shapeText(const Shape& shape);
/// "812", "4.1 kB", "1.3 MB"
QString bytesText(std::int64_t bytes);
/// "812", "74.5 k", "1.3 M", "2.1 G"
QString countText(std::int64_t count);

}  // namespace gb
