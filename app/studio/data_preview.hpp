#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/events/events.hpp"

namespace gb {

/// The data itself as events, so that the live views can show it before anything runs: pictures of an image set, the
/// two most telling numeric columns of a table as points. Empty where there is neither.
std::vector<Event> previewOf(const std::shared_ptr<const Dataset>& dataset);

/// These rows of an image set as pictures, captions as given (or the labels, where `captions` is empty).
std::shared_ptr<const Images> picturesOf(const Dataset& dataset, const std::vector<std::int64_t>& rows,
                                         std::vector<std::string> captions = {});

}  // namespace gb
