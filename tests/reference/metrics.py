"""Writes metrics.json: scikit-learn's figures for random predictions, for tests/core/evaluate/test_metrics.cpp."""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn import metrics

random = np.random.default_rng(20240611)


def classification(name, rows, classes, decimals, skip_predicted=None):
    """`decimals` rounds the scores, so that there are ties."""
    truth = random.integers(0, classes, rows)
    truth[:classes] = np.arange(classes)
    scores = random.gamma(0.7, size=(rows, classes)) + 0.02
    scores[np.arange(rows), truth] += random.gamma(0.8, size=rows)
    if skip_predicted is not None:
        scores[:, skip_predicted] = 0.0
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    probabilities = np.round(probabilities, decimals)
    # The first class takes up what rounding lost, so that rows sum to one.
    probabilities[:, 0] += 1 - probabilities.sum(axis=1)
    probabilities = np.clip(probabilities, 0, 1).astype(np.float32)
    predicted = probabilities.argmax(axis=1)
    labels = np.arange(classes)
    score = probabilities[:, 1] if classes == 2 else probabilities
    figures = {
        "accuracy": metrics.accuracy_score(truth, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted),
        "precision_macro": metrics.precision_score(truth, predicted, average="macro", zero_division=0),
        "recall_macro": metrics.recall_score(truth, predicted, average="macro", zero_division=0),
        "f1_macro": metrics.f1_score(truth, predicted, average="macro", zero_division=0),
        "roc_auc": metrics.roc_auc_score(truth, score, multi_class="ovr", average="macro"),
        "average_precision": metrics.average_precision_score(truth, score, average="macro"),
        "log_loss": metrics.log_loss(truth, probabilities, labels=labels),
        "cohen_kappa": metrics.cohen_kappa_score(truth, predicted),
        "matthews_corrcoef": metrics.matthews_corrcoef(truth, predicted),
    }
    return {
        "name": name,
        "classes": classes,
        "truth": truth.tolist(),
        "predicted": predicted.tolist(),
        "probabilities": [[float(p) for p in row] for row in probabilities],
        "confusion": metrics.confusion_matrix(truth, predicted, labels=labels).ravel().tolist(),
        "figures": {key: float(value) for key, value in figures.items()},
    }


def regression(name, truth, predicted):
    truth, predicted = truth.astype(np.float32), predicted.astype(np.float32)
    figures = {
        "r2": metrics.r2_score(truth.astype(float), predicted.astype(float)),
        "rmse": metrics.root_mean_squared_error(truth.astype(float), predicted.astype(float)),
        "mae": metrics.mean_absolute_error(truth.astype(float), predicted.astype(float)),
    }
    return {
        "name": name,
        "truth": [float(v) for v in truth],
        "predicted": [float(v) for v in predicted],
        "figures": {key: float(value) for key, value in figures.items()},
    }


def clustering(name, truth, clusters, features):
    figures = {
        "adjusted_rand": metrics.adjusted_rand_score(truth, clusters),
        "normalized_mutual_info": metrics.normalized_mutual_info_score(truth, clusters),
    }
    if 2 <= len(set(clusters.tolist())) < len(clusters):
        figures["silhouette"] = metrics.silhouette_score(features.astype(float), clusters)
    return {
        "name": name,
        "truth": truth.tolist(),
        "clusters": clusters.tolist(),
        "features": [[float(v) for v in row] for row in features],
        "figures": {key: float(value) for key, value in figures.items()},
    }


def main():
    rows = 40
    wave = random.normal(size=rows)
    groups = random.integers(0, 4, rows)
    places = (random.normal(size=(rows, 3)) + groups[:, None] * 2).astype(np.float32)
    noisy = np.where(random.uniform(size=rows) < 0.25, random.integers(-1, 5, rows), groups)
    alone = groups.copy()
    alone[7] = 9
    cases = {
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "classification": [
            classification("two classes", 50, 2, 6),
            classification("two classes, many ties", 60, 2, 1),
            classification("three classes", 60, 3, 6),
            classification("five classes, ties", 80, 5, 2),
            classification("a class never predicted", 60, 4, 3, skip_predicted=2),
        ],
        "regression": [
            regression("noise", wave, wave + 0.3 * random.normal(size=rows)),
            regression("worse than the mean", wave, -3 * wave + 2),
            regression("exact", wave, wave),
            regression("constant truth", np.full(rows, 2.5), wave),
            regression("constant and exact", np.full(rows, 2.5), np.full(rows, 2.5)),
        ],
        "clustering": [
            clustering("mostly right, some noise", groups, noisy, places),
            clustering("renumbered", groups, (groups + 1) % 4, places),
            clustering("random", groups, random.integers(0, 3, rows), places),
            clustering("one cluster", groups, np.zeros(rows, dtype=int), places),
            clustering("each row alone", groups, np.arange(rows), places),
            clustering("one of one", np.zeros(rows, dtype=int), np.zeros(rows, dtype=int), places),
            clustering("a cluster of one row", groups, alone, places),
        ],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(cases) + "\n")


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    main()
