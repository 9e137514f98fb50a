#include "core/layers/network_part.hpp"

namespace gb {

NetworkSummary summarize(const Json& layers, const NetworkPart& part) {
  const std::string path = "algorithm.params." + part.field;
  return part.output.empty() ? summarize(layers, part.input, part.outputs, path)
                             : summarize_to(layers, part.input, part.output, path);
}

}  // namespace gb
