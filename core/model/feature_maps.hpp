#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/events/events.hpp"
#include "core/graph/layer_probe.hpp"

namespace gb {

/// The first layers of a network that hand on pictures (of more than one pixel), at most eight.
std::vector<LayerOutput> mapped_layers(const Network& network);

/// What these layers have made of the probe's first row: for each layer a view "feature-maps/LAYER" with a picture per
/// channel, at most 64. Each is scaled from its own least value (but zero where none is below) to its greatest, black
/// to white, and its caption is its number; a channel that says nothing anywhere is black.
std::vector<std::shared_ptr<const Images>> feature_map_views(const LayerProbe& probe, std::int64_t step);

}  // namespace gb
