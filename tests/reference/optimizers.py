"""Writes optimizers.json: weights after each of several steps of PyTorch's optimizers over given gradients, and the
rates of its schedules, which tests/core/train/test_optimizer.cpp and test_schedule.cpp must reproduce.
Run: python optimizers.py > optimizers.json"""

import json

import torch

STEPS, WEIGHTS, BIASES = 8, 37, 5
torch.manual_seed(7)
torch.set_num_threads(1)
initial = torch.randn(WEIGHTS + BIASES)
gradients = [torch.randn(WEIGHTS + BIASES) * (0.1 + step) for step in range(STEPS)]
gradients[3][:4] = 0.0


def case(kind, settings, l1=0.0, l2=0.0):
    """The first WEIGHTS numbers decay, the BIASES do not."""
    weights = torch.nn.Parameter(initial[:WEIGHTS].clone())
    biases = torch.nn.Parameter(initial[WEIGHTS:].clone())
    decay = settings.get("weight_decay", 0.0) if kind == "adamw" else l2
    groups = [{"params": [weights], "weight_decay": decay}, {"params": [biases], "weight_decay": 0.0}]
    rate, eps = settings["learning_rate"], settings.get("epsilon", 1e-8)
    betas = (settings.get("beta1", 0.9), settings.get("beta2", 0.999))
    made = {
        "sgd": lambda: torch.optim.SGD(groups, lr=rate),
        "momentum": lambda: torch.optim.SGD(groups, lr=rate, momentum=settings["momentum"]),
        "nesterov": lambda: torch.optim.SGD(groups, lr=rate, momentum=settings["momentum"], nesterov=True),
        "rmsprop": lambda: torch.optim.RMSprop(groups, lr=rate, alpha=settings.get("rho", 0.99), eps=eps,
                                               centered=settings.get("centered", False)),
        "adagrad": lambda: torch.optim.Adagrad(groups, lr=rate, eps=eps,
                                               initial_accumulator_value=settings.get("initial_accumulator", 0.0)),
        "adam": lambda: torch.optim.Adam(groups, lr=rate, betas=betas, eps=eps, amsgrad=settings.get("amsgrad", False)),
        "adamw": lambda: torch.optim.AdamW(groups, lr=rate, betas=betas, eps=eps, amsgrad=settings.get("amsgrad", False)),
    }[kind]()
    after = []
    for gradient in gradients:
        weights.grad = gradient[:WEIGHTS].clone() + l1 * torch.sign(weights.detach())
        biases.grad = gradient[WEIGHTS:].clone()
        made.step()
        after.append(torch.cat([weights.detach(), biases.detach()]).tolist())
    return {"kind": kind, "settings": settings, "l1": l1, "l2": l2, "after": after}


cases = [
    case("sgd", {"learning_rate": 0.1}),
    case("sgd", {"learning_rate": 0.1}, l1=0.05, l2=0.02),
    case("momentum", {"learning_rate": 0.05, "momentum": 0.9}),
    case("momentum", {"learning_rate": 0.05, "momentum": 0.8}, l2=0.1),
    case("nesterov", {"learning_rate": 0.05, "momentum": 0.9}, l2=0.01),
    case("rmsprop", {"learning_rate": 0.01}),
    case("rmsprop", {"learning_rate": 0.01, "rho": 0.9, "epsilon": 1e-3, "centered": True}, l2=0.05),
    case("adagrad", {"learning_rate": 0.1, "epsilon": 1e-10}),
    case("adagrad", {"learning_rate": 0.1, "initial_accumulator": 0.5}, l1=0.01),
    case("adam", {"learning_rate": 0.01}, l2=0.1),
    case("adam", {"learning_rate": 0.01, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-4, "amsgrad": True}, l1=0.3),
    case("adamw", {"learning_rate": 0.01, "weight_decay": 0.2}),
    case("adamw", {"learning_rate": 0.01, "weight_decay": 0.05, "beta1": 0.7, "amsgrad": True}),
]


def rates(kind, settings, steps, make):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = make(optimizer)
    factors = []
    for _ in range(steps):
        factors.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return {"kind": kind, "settings": settings, "factors": factors}


lr = torch.optim.lr_scheduler
# One step is one epoch here.
schedules = [
    rates("step", {"decay_every": 3, "decay_factor": 0.5}, 20, lambda o: lr.StepLR(o, 3, 0.5)),
    rates("exponential", {"decay_every": 1, "decay_factor": 0.9}, 20, lambda o: lr.ExponentialLR(o, 0.9)),
    rates("polynomial", {"polynomial_power": 2}, 20, lambda o: lr.PolynomialLR(o, 20, 2.0)),
    rates("cosine", {}, 20, lambda o: lr.CosineAnnealingLR(o, 20)),
    rates("cosine", {"restart_epochs": 5, "restart_factor": 2, "final_share": 0.1}, 40,
          lambda o: lr.CosineAnnealingWarmRestarts(o, 5, 2, 0.1)),
    rates("cosine", {"restart_epochs": 4, "restart_factor": 1}, 21, lambda o: lr.CosineAnnealingWarmRestarts(o, 4, 1)),
    rates("one_cycle", {"cycle_rise": 0.25, "cycle_start": 0.04, "final_share": 0.0004}, 21,
          lambda o: lr.OneCycleLR(o, 1.0, total_steps=21, pct_start=0.25, div_factor=25, final_div_factor=100)),
]
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
plateau = lr.ReduceLROnPlateau(optimizer, factor=0.5, patience=2, threshold=1e-3)
losses = [5, 4, 3, 3, 2.9999, 3.1, 3, 2.5, 2.5, 2.6, 2.4999, 2.4999, 2.499, 2.499, 2.499, 2.499, 2.499, 2.499, 2.499]
factors = []
for loss in losses:
    plateau.step(loss)
    factors.append(optimizer.param_groups[0]["lr"])
print(json.dumps({"made_with": {"torch": torch.__version__}, "weights": WEIGHTS, "biases": BIASES,
                  "initial": initial.tolist(), "gradients": [g.tolist() for g in gradients], "cases": cases,
                  "schedules": schedules,
                  "plateau": {"decay_factor": 0.5, "patience": 2, "threshold": 1e-3, "losses": losses,
                              "factors": factors}}))
