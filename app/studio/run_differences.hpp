#pragma once

#include <QString>
#include <QStringList>
#include <vector>

#include "core/run/run_store.hpp"

namespace gb {

/// One setting in which experiments differ, in the user's language.
struct ShownDifference {
  QString path;        ///< "algorithm.params.dropout"
  QString label;       ///< "Dropout", as forms call it
  QStringList values;  ///< one per run, "–" where it has none
};

/// The settings in which these recorded experiments differ, in document order. Names do not count. Where algorithms
/// differ, their parameters are not comparable and only the algorithm is listed.
std::vector<ShownDifference> differences(const std::vector<const Json*>& documents);
std::vector<ShownDifference> differences(const std::vector<Json>& documents);

/// The same in one line for the run table: "dropout 0.25 / 0"; empty when nothing differs.
QString differenceLine(const std::vector<const Json*>& documents);

/// A JSON value as people write it: no quotes around texts, "256, 128" for lists.
QString valueText(const Json& value);

}  // namespace gb
