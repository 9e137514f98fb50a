#include "core/model/evaluator.hpp"

#include <algorithm>
#include <unordered_map>

namespace gb {
namespace {

const OnnxOperator& checked_operator(const OnnxNode& node) {
  if (!node.domain.empty() && node.domain != "ai.onnx.ml")
    throw ModelError("operators of the domain '" + node.domain + "' are not supported");
  const OnnxOperator* known = find_onnx_operator(node.domain, node.op);
  if (!known) throw ModelError("the operator is not supported");
  std::size_t given = node.inputs.size();
  while (given > known->least_inputs && node.inputs[given - 1].empty()) --given;
  if (given < known->least_inputs || given > known->most_inputs)
    throw ModelError("takes " + std::to_string(known->least_inputs) +
                     (known->most_inputs == known->least_inputs ? ""
                      : known->most_inputs == OnnxOperator::any ? " or more"
                                                                : " to " + std::to_string(known->most_inputs)) +
                     " inputs, got " + std::to_string(given));
  // Where any number of inputs is taken, none of them is optional.
  const std::size_t required = known->most_inputs == OnnxOperator::any ? given : known->least_inputs;
  for (std::size_t i = 0; i < required; ++i)
    if (node.inputs[i].empty()) throw ModelError("leaves out input " + std::to_string(i + 1));
  for (const auto& [name, value] : node.attributes)
    if (std::find(known->attributes.begin(), known->attributes.end(), name) == known->attributes.end())
      throw ModelError("has an unknown attribute '" + name + "'");
  if (node.outputs.empty() || node.outputs.size() > 1 + known->further.size() || node.outputs.front().empty())
    throw ModelError(
        "has " + std::to_string(node.outputs.size()) + " outputs; " +
        (known->further.empty() ? "one is" : "up to " + std::to_string(1 + known->further.size()) + " are") +
        " supported");
  return *known;
}

}  // namespace

Evaluator::Evaluator(OnnxContents contents) : contents_(std::move(contents)) {
  std::unordered_map<std::string, std::size_t> slots;
  const auto define = [&](const std::string& name) {
    if (!slots.emplace(name, slots.size()).second) throw ModelError("the value '" + name + "' is made twice");
    return slots.size() - 1;
  };
  try {
    for (const auto& [name, tensor] : contents_.constants) {
      define(name);
      constants_.push_back(&tensor);
    }
    for (const OnnxValue& input : contents_.inputs) input_slots_.push_back(define(input.name));
    std::unordered_map<std::string, const OnnxNode*> makers;
    for (const OnnxNode& node : contents_.nodes)
      for (const std::string& output : node.outputs) makers.emplace(output, &node);
    for (const OnnxNode& node : contents_.nodes) {
      try {
        const OnnxOperator& known = checked_operator(node);
        Step step;
        step.text = node.text();
        for (const std::string& input : node.inputs) {
          if (input.empty()) {
            step.inputs.push_back(none);
            continue;
          }
          const auto found = slots.find(input);
          if (found == slots.end())
            throw ModelError("reads '" + input + "', which " +
                             (makers.contains(input)
                                  ? "is made only later by " + makers[input]->text() + ": a cycle or a wrong order"
                                  : "nothing makes"));
          step.inputs.push_back(found->second);
        }
        for (std::size_t i = 0; i < node.outputs.size(); ++i) {
          if (node.outputs[i].empty()) continue;
          step.kernel = (i == 0 ? known.make : known.further[i - 1])(NodeAttributes(node.attributes));
          step.output = define(node.outputs[i]);
          steps_.push_back(step);
        }
      } catch (const ModelError& error) {
        throw ModelError(node.text() + ": " + error.what());
      }
    }
    if (contents_.outputs.empty()) throw ModelError("it has no output");
    for (const OnnxValue& output : contents_.outputs) {
      const auto found = slots.find(output.name);
      if (found == slots.end()) throw ModelError("the output '" + output.name + "' is made by no node");
      if (std::find(output_slots_.begin(), output_slots_.end(), found->second) != output_slots_.end())
        throw ModelError("the output '" + output.name + "' is given twice");
      output_slots_.push_back(found->second);
    }
  } catch (const ModelError& error) {
    throw ModelError(contents_.file + ": " + error.what());
  }
  constants_.resize(slots.size());
  plan_release();
}

void Evaluator::plan_release() {
  std::vector<std::size_t> last_reader(constants_.size(), none);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    last_reader[steps_[i].output] = i;
    for (const std::size_t input : steps_[i].inputs)
      if (input != none) last_reader[input] = i;
  }
  for (const std::size_t output : output_slots_) last_reader[output] = none;
  std::vector<bool> computed(constants_.size());
  for (const Step& step : steps_) computed[step.output] = true;
  for (std::size_t slot = 0; slot < last_reader.size(); ++slot)
    if (computed[slot] && last_reader[slot] != none) steps_[last_reader[slot]].last_used.push_back(slot);
}

std::vector<Tensor> Evaluator::run(std::span<const Tensor> inputs) const {
  constexpr std::size_t most_bytes = std::size_t{1} << 31;
  std::vector<const Tensor*> values = constants_;
  for (std::size_t i = 0; i < input_slots_.size(); ++i) values[input_slots_[i]] = &inputs[i];
  std::vector<Tensor> computed(values.size());
  std::vector<const Tensor*> operands;
  std::size_t live = 0;
  for (const Step& step : steps_) {
    operands.clear();
    for (const std::size_t input : step.inputs) operands.push_back(input == none ? nullptr : values[input]);
    Tensor& result = computed[step.output];
    try {
      result = step.kernel(operands);
      live += result.bytes();
      if (live > most_bytes) throw ModelError("the values in use take more than 2 GB");
    } catch (const ModelError& error) {
      throw ModelError(contents_.file + ": " + step.text + ": " + error.what());
    }
    values[step.output] = &result;
    for (const std::size_t slot : step.last_used) {
      live -= computed[slot].bytes();
      computed[slot] = Tensor();
    }
  }
  std::vector<Tensor> outputs;
  for (const std::size_t slot : output_slots_)
    outputs.push_back(values[slot] == &computed[slot] ? std::move(computed[slot]) : *values[slot]);
  return outputs;
}

}  // namespace gb
