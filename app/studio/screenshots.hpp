#pragma once

#include <QString>

namespace gb {

/// Renders every page of the studio at 1440 x 900 into `folder` as <page>-<theme>.png, from real runs in a store of its
/// own. Returns the exit status.
int makeScreenshots(const QString& folder, bool dark);

/// Renders the gallery's pictures from real data and short runs into `folder` (resources/icons/gallery).
int makeGalleryPictures(const QString& folder);

}  // namespace gb
