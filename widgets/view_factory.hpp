#pragma once

#include <QString>
#include <memory>

#include "widgets/view.hpp"

namespace gb {

/// The view that an event of this type gets, not yet fed with it; null for events that have none (Progress, Text,
/// Change). Curves are named by the part of the series after the last '/', so that "train/loss" and
/// "validation/loss" share one.
std::unique_ptr<View> makeView(const Event& event, QWidget* parent = nullptr);

/// Which view an event belongs to: "curve:loss", "confusion", "clusters"; empty for events that have none.
QString viewKey(const Event& event);

}  // namespace gb
