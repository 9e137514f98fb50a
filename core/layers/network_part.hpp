#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/layers/layer_list.hpp"
#include "core/layers/presets.hpp"

namespace gb {

/// One of the networks that an algorithm is put together from, as its parameters and the data say: what an editor of
/// its layers has to know.
struct NetworkPart {
  std::string field = "layers";  ///< the parameter that holds layers of one's own
  Shape input;                   ///< of an example: [channels, height, width] or [numbers]; empty: not known yet
  std::int64_t outputs = 0;      ///< numbers that it answers, see build_network()
  Shape output;  ///< where not empty: what its layers have to make by themselves, see build_network_to()
  std::vector<NetworkPreset> presets;  ///< lists to start from
  std::optional<std::size_t> preset;   ///< the one that holds while there are no own layers; none: not known yet
};

/// What `layers` would make and cost as this part; see summarize() of a list.
NetworkSummary summarize(const Json& layers, const NetworkPart& part);

}  // namespace gb
