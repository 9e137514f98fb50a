#pragma once

#include <QString>
#include <memory>

#include "widgets/view.hpp"

namespace gb {

/// The view that an event of this type gets, not yet fed with it; null for events that have none (Progress, Text,
/// Change). Series that share a plot (see seriesName()) share a view, and so do the members of a group
/// ("weights/conv2d" and "weights/dense", see GroupView).
std::unique_ptr<View> makeView(const Event& event, QWidget* parent = nullptr);
/// The same without groups: what shows one member of a group.
std::unique_ptr<View> makeSingleView(const Event& event, QWidget* parent = nullptr);

/// Which view an event belongs to: "curve:loss", "confusion", "weights/conv2d"; empty for events that have none. A
/// later event of the same view replaces an earlier one.
QString viewKey(const Event& event);
/// Where that view stands: its own key, or that of its group ("weights").
QString placeKey(const Event& event);

}  // namespace gb
