#pragma once

#include <memory>

#include "core/data/batch_feed.hpp"
#include "core/data/features.hpp"

namespace gb {

/// The prepared rows as they are. `features` must outlive it.
std::unique_ptr<BatchFeed> make_plain_feed(const Features& features);

}  // namespace gb
