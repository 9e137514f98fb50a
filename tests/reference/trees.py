"""Writes trees.json: what scikit-learn's trees, forests and boosting make of the bundled tables, which
tests/core/algorithms/test_decision_tree.cpp and its neighbours must reproduce. Even rows (from 0) are learnt, odd ones
are asked. Ties between splits are decided by random_state in scikit-learn: each row has every answer that a hundred
of them give. Run: python trees.py > trees.json"""

import csv
import json
import math
import pathlib

import numpy
import sklearn
from sklearn.ensemble import (ExtraTreesClassifier, ExtraTreesRegressor, HistGradientBoostingClassifier,
                              HistGradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor)
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

DATASETS = pathlib.Path(__file__).resolve().parents[2] / "resources" / "datasets"
SEEDS = range(10)
TREE_SEEDS = range(100)


def table(name):
    """Features, target. "proline" is the regression of that column of wine on its other numbers."""
    with open(DATASETS / f"{'wine' if name == 'proline' else name}.csv") as file:
        rows = list(csv.reader(file))
    header, rows = rows[0], rows[1:]
    if name == "proline":
        x = numpy.array([row[:-2] for row in rows], dtype=numpy.float32)
        return x, numpy.array([float(row[header.index("proline")]) for row in rows])
    return numpy.array([row[:-1] for row in rows], dtype=numpy.float32), numpy.array([row[-1] for row in rows])


def with_holes(x):
    x = x.copy()
    for row in range(x.shape[0]):
        for column in range(x.shape[1]):
            if (row * 7 + column * 3) % 11 == 0:
                x[row, column] = math.nan
    return x


def tree_case(name, params):
    x, y = table(name)
    made = DecisionTreeRegressor if name == "proline" else DecisionTreeClassifier
    answers, leaves, impurities, scores = [set() for _ in y[1::2]], [], [], []
    for seed in TREE_SEEDS:
        model = made(random_state=seed, **params).fit(x[::2], y[::2])
        said = model.predict(x[1::2])
        for row, answer in enumerate(said):
            answers[row].add(round(float(answer), 4) if name == "proline" else str(answer))
        tree = model.tree_
        is_leaf = tree.children_left < 0
        share = tree.weighted_n_node_samples / tree.weighted_n_node_samples[0]
        impurities.append(float((tree.impurity * share)[is_leaf].sum()))
        leaves.append(int(model.get_n_leaves()))
        scores.append(float((r2_score if name == "proline" else accuracy_score)(y[1::2], said)))
    return {"data": name, "params": params, "answers": [sorted(answer) for answer in answers],
            "leaves": [min(leaves), max(leaves)], "impurity": [min(impurities), max(impurities)],
            "score": [min(scores), max(scores)]}


def forest_case(name, kind):
    x, y = table(name)
    made = {("random_forest", False): RandomForestClassifier, ("random_forest", True): RandomForestRegressor,
            ("extra_trees", False): ExtraTreesClassifier, ("extra_trees", True): ExtraTreesRegressor}[
                kind, name == "proline"]
    scores, bags = [], []
    for seed in SEEDS:
        bag = {"oob_score": True} if kind == "random_forest" else {}
        model = made(n_estimators=100, random_state=seed, **bag).fit(x[::2], y[::2])
        scores.append(model.score(x[1::2], y[1::2]))
        if bag:
            bags.append(model.oob_score_)
    return {"data": name, "algorithm": kind, "scores": scores, "oob": bags}


def boosting_case(name, holes, params):
    x, y = table(name)
    if holes:
        x = with_holes(x)
    made = HistGradientBoostingRegressor if name == "proline" else HistGradientBoostingClassifier
    model = made(early_stopping=False, random_state=0, **params).fit(x[::2], y[::2])
    case = {"data": name, "holes": holes, "params": params, "score": model.score(x[1::2], y[1::2])}
    if name != "proline":
        case["train_loss"] = log_loss(y[::2], model.predict_proba(x[::2]), labels=model.classes_)
        case["loss"] = log_loss(y[1::2], model.predict_proba(x[1::2]), labels=model.classes_)
    else:
        case["train_loss"] = float(((model.predict(x[::2]) - y[::2]) ** 2).mean() / 2)
        case["predictions"] = [float(value) for value in model.predict(x[1::2])]
    return case


TREES = [{}, {"criterion": "entropy"}, {"max_depth": 3}, {"min_samples_leaf": 5}, {"max_leaf_nodes": 6},
         {"min_impurity_decrease": 0.02}, {"class_weight": "balanced", "min_samples_split": 12}, {"ccp_alpha": 0.015}]
VALUE_TREES = [{}, {"max_depth": 4}, {"min_samples_leaf": 5}, {"max_leaf_nodes": 10}, {"ccp_alpha": 500.0}]
print(json.dumps({
    "versions": {"scikit-learn": sklearn.__version__, "numpy": numpy.__version__},
    "trees": [tree_case(name, params) for name in ("iris", "wine", "breast_cancer") for params in TREES] +
             [tree_case("proline", params) for params in VALUE_TREES],
    "forests": [forest_case(name, kind) for kind in ("random_forest", "extra_trees")
                for name in ("iris", "wine", "breast_cancer", "proline")],
    "boosting": [boosting_case(name, holes, {"max_iter": 40, **params})
                 for name, holes, params in (("iris", False, {"min_samples_leaf": 5}), ("wine", False, {}),
                                             ("breast_cancer", False, {}),
                                             ("breast_cancer", True, {"l2_regularization": 1.0}),
                                             ("breast_cancer", False, {"max_depth": 2, "max_bins": 32}),
                                             ("proline", False, {}), ("proline", True, {"max_leaf_nodes": 5}))],
}))
