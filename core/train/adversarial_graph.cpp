#include <cassert>

#include "core/graph/passes.hpp"
#include "core/train/adversarial_trainer.hpp"

namespace gb {

ValueId AdversarialTrainer::add_loss(ValueId score, ValueId answer) {
  switch (params_.loss) {
    case AdversarialLoss::non_saturating:
      return graph_.add("BinaryCrossEntropyLoss", {score, answer});
    case AdversarialLoss::least_squares:
      return graph_.add("MeanSquaredError", {score, answer});
    case AdversarialLoss::hinge:
      return graph_.add("HingeLoss", {score, answer});
    case AdversarialLoss::wasserstein:
      break;
  }
  return graph_.add("MeanProduct", {score, answer});
}

ValueId AdversarialTrainer::score(ValueId pictures, ValueId chosen) {
  const ValueId outputs =
      append_network(graph_, networks_.discriminator, pictures, discriminator_.kept, "discriminator.");
  if (networks_.classes == 0) return outputs;
  return graph_.add("MatMul", {graph_.add("Mul", {outputs, chosen}), class_ones_});
}

void AdversarialTrainer::add_discriminator_losses(ValueId real, ValueId generated) {
  real_score_ = score(real, real_class_);
  generated_score_ = score(generated, generated_class_);
  discriminator_losses_ = {add_loss(real_score_, real_answer_), add_loss(generated_score_, generated_answer_)};
  if (params_.loss == AdversarialLoss::wasserstein && params_.gradient_penalty > 0) add_penalty(real, generated);
}

/// At random points between a real and a generated picture: mix * real + rest * generated.
void AdversarialTrainer::add_penalty(ValueId real, ValueId generated) {
  mix_ = graph_.input("mix", {any_batch, 1, 1, 1});
  rest_ = graph_.input("rest", {any_batch, 1, 1, 1});
  const ValueId between = graph_.add("Add", {graph_.add("Mul", {real, mix_}), graph_.add("Mul", {generated, rest_})});
  const ValueId of_between = score(between, real_class_);
  const ValueId slope = differentiate(graph_, std::vector<Start>{{of_between, ones_}}, {between}).front();
  discriminator_losses_.push_back(graph_.add("GradientPenaltyLoss", {slope}, {{"weight", params_.gradient_penalty}}));
}

void AdversarialTrainer::build() {
  const std::int64_t codes = networks_.latent + networks_.classes;
  const Shape picture{any_batch, static_cast<std::int64_t>(problem_.channels),
                      static_cast<std::int64_t>(problem_.height), static_cast<std::int64_t>(problem_.width)};
  latent_ = graph_.input("latent", {any_batch, codes});
  real_ = graph_.input("real", picture);
  const auto constant = [&](ValueId& id, const char* name, const Shape& shape, float value) {
    id = graph_.input(name, shape);
    Shape whole = shape;
    if (whole.front() == any_batch) whole.front() = batch_size_;
    constants_[id].assign(static_cast<std::size_t>(volume(whole)), value);
    bound_[id] = constants_[id].data();
  };
  const bool signs = params_.loss == AdversarialLoss::hinge;
  const bool critic = params_.loss == AdversarialLoss::wasserstein;
  const auto smooth = static_cast<float>(1 - params_.label_smoothing);
  const Shape each{any_batch, 1};
  constant(real_answer_, "real_answer", each, critic ? -1 : signs ? 1 : smooth);
  constant(generated_answer_, "generated_answer", each, critic ? 1 : signs ? -1 : 0);
  constant(wanted_answer_, "wanted_answer", each, critic || signs ? -1 : 1);
  constant(ones_, "ones", each, 1);
  if (networks_.classes > 0) {
    real_class_ = graph_.input("real_class", {any_batch, 1 + networks_.classes});
    generated_class_ = graph_.input("generated_class", {any_batch, 1 + networks_.classes});
    constant(class_ones_, "class_ones", {1 + networks_.classes, 1}, 1);
  }

  const ValueId generated = append_network(graph_, networks_.generator, latent_, generator_.kept, "generator.");
  const auto weights_of = [](const Player& player) {
    std::vector<ValueId> ids;
    for (const ValueId id : player.network.graph.parameters()) ids.push_back(player.kept.at(id));
    return ids;
  };
  try {
    add_discriminator_losses(real_, generated);
    std::vector<Start> starts(discriminator_losses_.begin(), discriminator_losses_.end());
    discriminator_.made = differentiate(graph_, starts, weights_of(discriminator_));
  } catch (const GraphError& error) {
    throw ParamError(std::string("The gradient penalty needs the slope of the discriminator's slope, which not all of "
                                 "its layers have: ") +
                         error.what() + ". Use convolutions, Dense layers, ReLU, leaky ReLU and average pooling",
                     "algorithm.params.loss", "another loss, or another discriminator");
  }

  judged_score_ = score(generated, generated_class_);
  generator_loss_ = params_.loss == AdversarialLoss::hinge ? graph_.add("MeanProduct", {judged_score_, wanted_answer_})
                                                           : add_loss(judged_score_, wanted_answer_);
  generator_.made = differentiate(graph_, generator_loss_, weights_of(generator_));

  bind(generator_);
  bind(discriminator_);
  bind_statistics(graph_, bound_);
  if (const auto keys = graph_.of_kind(Value::Kind::key); !keys.empty()) key_ = keys.front();
  std::vector<ValueId> read = discriminator_.made;
  read.insert(read.end(), generator_.made.begin(), generator_.made.end());
  read.insert(read.end(), {real_score_, generated_score_, judged_score_});
  fuse_activations(graph_, read);
}

void AdversarialTrainer::bind(Player& player) {
  for (const auto& [own, common] : player.kept) bound_[common] = player.weights.data(own);
  const auto parameters = player.network.graph.parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    assert(player.gradients.offset(parameters[i]) == player.weights.offset(parameters[i]));
    bound_[player.made[i]] = player.gradients.data(parameters[i]);
  }
}

}  // namespace gb
