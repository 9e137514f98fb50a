#include "core/model/autoencoder.hpp"

#include <algorithm>

namespace gb {

Storage part_of(const Network& part, const std::map<ValueId, ValueId>& kept, const Storage& whole) {
  Storage own(part.graph, part.graph.kept());
  for (const ValueId id : part.graph.kept())
    std::copy_n(static_cast<const float*>(whole.data(kept.at(id))), volume(part.graph.value(id).shape),
                static_cast<float*>(own.data(id)));
  return own;
}

}  // namespace gb
