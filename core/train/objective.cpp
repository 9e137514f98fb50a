#include "core/train/objective.hpp"

#include <algorithm>

namespace gb {
namespace {

Objective value_objective(Graph& graph, ValueId output, const TrainingParams& params) {
  Objective made;
  made.answers = graph.input("target", graph.value(output).shape);
  made.predicted = output;
  const std::vector<ValueId> inputs{output, made.answers};
  switch (params.value_loss) {
    case ValueLoss::squared_error:
      made.loss = graph.add("MeanSquaredError", inputs);
      break;
    case ValueLoss::absolute_error:
      made.loss = graph.add("MeanAbsoluteError", inputs);
      break;
    case ValueLoss::huber:
      made.loss = graph.add("HuberLoss", inputs, {{"delta", params.huber_delta}});
      break;
  }
  return made;
}

Objective reconstruction_objective(Graph& graph, ValueId output, const Reconstruction& wanted) {
  Objective made;
  if (wanted.loss == ReconstructionLoss::binary_cross_entropy) {
    made.loss = graph.add("BinaryCrossEntropyLoss", {output, wanted.input});
    made.squared_error = graph.add("MeanSquaredError", {graph.add("Sigmoid", {output}), wanted.input});
  } else {
    made.loss = made.squared_error = graph.add("MeanSquaredError", {output, wanted.input});
  }
  for (const LossTerm& term : wanted.terms)
    made.terms.push_back({graph.add(term.op, term.values), graph.input(term.name + ".weight", {1})});
  return made;
}

std::size_t position(std::int64_t row) {
  return static_cast<std::size_t>(row);
}

}  // namespace

std::vector<ValueId> Objective::outputs() const {
  std::vector<ValueId> ids{loss};
  for (const ValueId id : {predicted, squared_error})
    if (id >= 0) ids.push_back(id);
  for (const Term& term : terms) ids.push_back(term.loss);
  return ids;
}

Objective add_objective(Graph& graph, ValueId output, const TrainingTarget& target, const TrainingParams& params,
                        bool blended) {
  if (target.reconstruction) return reconstruction_objective(graph, output, *target.reconstruction);
  if (!target.classes()) return value_objective(graph, output, params);
  Objective made;
  made.blended = blended;
  const std::int64_t classes = graph.value(output).shape[1];
  const bool hinge = params.class_loss == ClassLoss::hinge;
  if (hinge && blended)
    throw ParamError("The hinge loss cannot learn from blended images (mixup, cutmix); use cross-entropy",
                     "algorithm.params.class_loss", "cross_entropy");
  made.answers = blended ? graph.input("answers", {any_batch, classes}) : graph.labels("labels", {any_batch});
  std::vector<ValueId> inputs{output, made.answers};
  if (params.class_weights == ClassWeights::balanced) {
    made.class_weights = graph.input("class_weights", {classes});
    inputs.push_back(made.class_weights);
  }
  if (hinge) {
    made.loss = graph.add("MultiMarginLoss", inputs);
    made.predicted = output;
    return made;
  }
  Attributes attributes;
  if (params.label_smoothing > 0) attributes["label_smoothing"] = params.label_smoothing;
  const auto both =
      graph.add_all(blended ? "SoftTargetCrossEntropyLoss" : "SoftmaxCrossEntropyLoss", inputs, attributes);
  made.loss = both[0];
  made.predicted = both[1];
  return made;
}

Objective add_judgement(Graph& graph, ValueId output, const TrainingTarget& target, const TrainingParams& params) {
  TrainingParams plain = params;
  plain.label_smoothing = 0;
  plain.class_weights = ClassWeights::none;
  Objective made = add_objective(graph, output, target, plain, false);
  if (target.classes() && made.predicted == output) made.predicted = graph.add("Softmax", {output});
  return made;
}

void load_answers(const Objective& objective, const TrainingTarget& target, std::span<const std::int64_t> rows,
                  std::span<const Blend> blends, Executable& into) {
  if (target.reconstruction) return;
  const auto blend = [&](std::size_t i) { return blends.empty() ? Blend{rows[i], 1} : blends[i]; };
  if (!target.classes()) {
    const auto answers = into.value<float>(objective.answers);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto [partner, share] = blend(i);
      const float own = target.values[position(rows[i])];
      answers[i] = share == 1 ? own : share * own + (1 - share) * target.values[position(partner)];
    }
    return;
  }
  if (!objective.blended) {
    const auto answers = into.value<std::int32_t>(objective.answers);
    for (std::size_t i = 0; i < rows.size(); ++i) answers[i] = target.codes[position(rows[i])];
    return;
  }
  const auto answers = into.value<float>(objective.answers);
  const std::size_t classes = answers.size() / rows.size();
  std::fill(answers.begin(), answers.end(), 0.0F);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto [partner, share] = blend(i);
    answers[i * classes + position(target.codes[position(rows[i])])] += share;
    answers[i * classes + position(target.codes[position(partner)])] += 1 - share;
  }
}

std::int64_t count_right(const Objective& objective, const TrainingTarget& target, std::span<const std::int64_t> rows,
                         std::span<const Blend> blends, const Executable& done) {
  const auto outputs = done.value<float>(objective.predicted);
  const std::size_t columns = outputs.size() / rows.size();
  std::int64_t right = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float* of_row = outputs.data() + i * columns;
    const bool own = blends.empty() || blends[i].share >= 0.5F;
    const std::int64_t row = own ? rows[i] : blends[i].partner;
    right += std::max_element(of_row, of_row + columns) - of_row == target.codes[position(row)];
  }
  return right;
}

std::vector<float> balanced_weights(std::span<const std::int32_t> codes, std::span<const std::int64_t> rows,
                                    std::int64_t classes) {
  std::vector<double> counts(static_cast<std::size_t>(classes));
  for (const auto row : rows) counts[position(codes[position(row)])] += 1;
  const auto present = std::count_if(counts.begin(), counts.end(), [](double count) { return count > 0; });
  std::vector<float> weights;
  for (const double count : counts)
    weights.push_back(
        count > 0 ? static_cast<float>(static_cast<double>(rows.size()) / (static_cast<double>(present) * count)) : 0);
  return weights;
}

}  // namespace gb
