"""Writes losses.json: values and gradients of PyTorch's losses, which
tests/core/backend/reference/test_losses.cpp must reproduce. Run: python losses.py > losses.json"""

import json

import torch
from torch.nn import functional

ROWS, CLASSES = 6, 4
torch.manual_seed(5)
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

scores = torch.randn(ROWS, CLASSES) * 3
scores[0, 0] = 200.0  # far from zero: exponentials must not overflow
scores[1] -= 300.0
labels = torch.randint(0, CLASSES, (ROWS,))
weights = torch.tensor([0.5, 2.0, 1.25, 0.0])
soft = torch.softmax(torch.randn(ROWS, CLASSES), 1)
soft[2] = torch.tensor([0.0, 1.0, 0.0, 0.0])
numbers = torch.randn(ROWS, CLASSES) * 2
binary = torch.randint(0, 2, (ROWS, CLASSES)).double()
signs = binary * 2 - 1


def hinge(x, target):
    return torch.clamp(1 - x * target, min=0).mean()


def case(op, loss, answers, attributes=None, class_weights=None):
    x = scores.clone().requires_grad_(True)
    value = loss(x)
    value.backward()
    return {
        "op": op, "attributes": attributes or {}, "answers": answers.flatten().tolist(),
        "weights": class_weights.tolist() if class_weights is not None else [],
        "loss": value.item(), "gradient": x.grad.flatten().tolist(),
    }


cases = []
for smoothing in (0.0, 0.1):
    for w in (None, weights):
        cases.append(case("SoftmaxCrossEntropyLoss",
                          lambda x: functional.cross_entropy(x, labels, weight=w, label_smoothing=smoothing),
                          labels, {"label_smoothing": smoothing}, w))
        cases.append(case("SoftTargetCrossEntropyLoss",
                          lambda x: functional.cross_entropy(x, soft, weight=w, label_smoothing=smoothing),
                          soft, {"label_smoothing": smoothing}, w))
for w in (None, weights):
    cases.append(case("MultiMarginLoss", lambda x: functional.multi_margin_loss(x, labels, weight=w), labels, {}, w))
cases.append(case("MultiMarginLoss", lambda x: functional.multi_margin_loss(x, labels, margin=0.5), labels,
                  {"margin": 0.5}))
cases.append(case("KLDivergenceLoss",
                  lambda x: functional.kl_div(torch.log_softmax(x, 1), soft, reduction="batchmean"), soft))
cases.append(case("BinaryCrossEntropyLoss", lambda x: functional.binary_cross_entropy_with_logits(x, binary), binary))
cases.append(case("MeanSquaredError", lambda x: functional.mse_loss(x, numbers), numbers))
cases.append(case("MeanAbsoluteError", lambda x: functional.l1_loss(x, numbers), numbers))
cases.append(case("HuberLoss", lambda x: functional.huber_loss(x, numbers), numbers))
cases.append(case("HuberLoss", lambda x: functional.huber_loss(x, numbers, delta=2.5), numbers, {"delta": 2.5}))
cases.append(case("HingeLoss", lambda x: hinge(x, signs), signs))
print(json.dumps({"made_with": {"torch": torch.__version__}, "rows": ROWS, "classes": CLASSES,
                  "scores": scores.flatten().tolist(), "cases": cases}))
