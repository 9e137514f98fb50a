"""Writes mlp.json: losses and weights of small networks trained by PyTorch, which tests/core/train/test_training.cpp
must reproduce. Full batches, so that no shuffling is involved. Run: python mlp.py > mlp.json"""

import json

import torch

ROWS, FEATURES, HIDDEN, CLASSES, STEPS = 20, 4, 5, 3, 12


def case(optimizer, activation, task, l2):
    torch.manual_seed(11)
    torch.set_num_threads(1)
    x = torch.randn(ROWS, FEATURES)
    labels = torch.randint(0, CLASSES, (ROWS,))
    values = torch.randn(ROWS, 1)
    outputs = CLASSES if task == "classification" else 1
    layers = [torch.nn.Linear(FEATURES, HIDDEN), torch.nn.Linear(HIDDEN, outputs)]
    nonlinearity = {"Relu": torch.nn.ReLU(), "Tanh": torch.nn.Tanh(), "Elu": torch.nn.ELU()}[activation]
    network = torch.nn.Sequential(layers[0], nonlinearity, layers[1])
    weights = [p.detach().clone() for layer in layers for p in (layer.weight.T, layer.bias)]
    groups = [
        {"params": [layer.weight for layer in layers], "weight_decay": l2},
        {"params": [layer.bias for layer in layers], "weight_decay": 0.0},
    ]
    made = {
        "adam": lambda: torch.optim.Adam(groups, lr=0.01),
        "momentum": lambda: torch.optim.SGD(groups, lr=0.05, momentum=0.9),
        "sgd": lambda: torch.optim.SGD(groups, lr=0.1),
    }[optimizer]()
    losses = []
    for _ in range(STEPS):
        made.zero_grad()
        out = network(x)
        loss = torch.nn.functional.cross_entropy(out, labels) if task == "classification" else torch.nn.functional.mse_loss(out, values)
        loss.backward()
        made.step()
        losses.append(loss.item())
    final = [p.detach() for layer in layers for p in (layer.weight.T, layer.bias)]
    flat = lambda tensors: [t.contiguous().flatten().tolist() for t in tensors]
    return {
        "optimizer": optimizer, "activation": activation, "task": task, "l2": l2,
        "learning_rate": {"adam": 0.01, "momentum": 0.05, "sgd": 0.1}[optimizer],
        "x": x.flatten().tolist(), "labels": labels.tolist(), "values": values.flatten().tolist(),
        "initial": flat(weights), "losses": losses, "final": flat(final),
    }


cases = [
    case("adam", "Relu", "classification", 0.0),
    case("adam", "Tanh", "regression", 0.01),
    case("momentum", "Elu", "classification", 0.001),
    case("sgd", "Relu", "regression", 0.0),
    case("sgd", "Tanh", "classification", 0.1),
]
print(json.dumps({"made_with": {"torch": torch.__version__}, "rows": ROWS, "features": FEATURES, "hidden": HIDDEN,
                  "classes": CLASSES, "cases": cases}))
