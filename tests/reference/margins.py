"""Writes naive_bayes.json, logistic_regression.json, knn.json, svm.json, linear_svm.json and linear_regression.json:
scikit-learn's predictions and objectives on the bundled data, for the tests in tests/core/algorithms/.

Tables are standardized over all rows and rounded to float32, as Glassbench prepares them; digits are pixels / 255, the
first 2,000 of them for training, all 10,000 to predict. Support vector machines break ties between classes by their
margins (break_ties=True), as Glassbench always does. Usage: margins.py [NAME...]"""

import csv
import gzip
import json
import pathlib
import sys
import warnings

import numpy as np
import sklearn
from sklearn import linear_model, naive_bayes, neighbors, svm
from sklearn.metrics import pairwise

HERE = pathlib.Path(__file__).parent
DATA = HERE.parent.parent / "resources" / "datasets"
TRAINING_DIGITS = 2000


def table(name, target, ignored=(), standardized=True):
    with open(DATA / f"{name}.csv") as file:
        rows = list(csv.DictReader(file))
    columns = [column for column in rows[0] if column != target and column not in ignored]
    values = np.array([[float(row[column]) for column in columns] for row in rows])
    if standardized:
        values = (values - values.mean(0)) / values.std(0)
    names = [row[target] for row in rows]
    return values.astype(np.float32).astype(float), names


def classes(name, standardized=True):
    target = {"iris": "species", "wine": "class", "breast_cancer": "diagnosis"}[name]
    values, names = table(name, target, standardized=standardized)
    order = list(dict.fromkeys(sorted(names)))
    return values, np.array([order.index(label) for label in names])


def regression():
    values, target = table("wine", "alcohol", ignored=("class",))
    return values, np.array([float(text) for text in target]).astype(np.float32).astype(float)


def digits():
    folder = DATA / "mnist-10k"
    with gzip.open(folder / "t10k-images-idx3-ubyte.gz") as file:
        pixels = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)
    with gzip.open(folder / "t10k-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8).astype(int)
    return (pixels.astype(np.float32) / np.float32(255)).astype(float), labels


def text(labels):
    return "".join(map(str, labels))


def case(data, params, **figures):
    return {"data": data, "params": params, **figures}


TABLES = ["iris", "wine", "breast_cancer"]


def of_naive_bayes():
    cases = []
    for name in TABLES:
        rows, labels = classes(name)
        model = naive_bayes.GaussianNB().fit(rows, labels)
        cases.append(case(name, {}, labels=text(model.predict(rows)),
                          probabilities=model.predict_proba(rows[:40]).round(9).tolist()))
    rows, labels = digits()
    train = slice(0, TRAINING_DIGITS)
    for variant, model, params in [
        ("gaussian", naive_bayes.GaussianNB(), {}),
        ("gaussian", naive_bayes.GaussianNB(var_smoothing=0.01), {"var_smoothing": 0.01}),
        ("multinomial", naive_bayes.MultinomialNB(), {}),
        ("multinomial", naive_bayes.MultinomialNB(alpha=0.1, fit_prior=False), {"alpha": 0.1, "fit_prior": False}),
        ("bernoulli", naive_bayes.BernoulliNB(binarize=0.5), {"binarize": 0.5}),
        ("complement", naive_bayes.ComplementNB(), {}),
        ("complement", naive_bayes.ComplementNB(norm=True), {"norm": True}),
    ]:
        model.fit(rows[train], labels[train])
        cases.append(case("digits", {"variant": variant, **params}, labels=text(model.predict(rows)),
                          probabilities=model.predict_proba(rows[:20]).round(9).tolist()))
    return cases


def logistic_objective(model, rows, labels, c, l1, weights):
    scores = model.decision_function(rows)
    if scores.ndim == 1:
        scores = np.stack([np.zeros(len(rows)), scores], 1)
    largest = scores.max(1)
    losses = np.log(np.exp(scores - largest[:, None]).sum(1)) + largest - scores[np.arange(len(rows)), labels]
    w = model.coef_
    penalty = (1 - l1) / 2 * (w**2).sum() + l1 * np.abs(w).sum()
    return float(((weights * losses).sum() + penalty / c) / weights.sum())


def of_logistic_regression():
    cases = []
    settings = [
        ({}, dict(tol=1e-9)),
        ({"c": 0.05}, dict(C=0.05, tol=1e-9)),
        ({"class_weight": "balanced"}, dict(class_weight="balanced", tol=1e-9)),
        ({"penalty": "l1", "c": 0.3}, dict(l1_ratio=1, C=0.3, solver="saga", tol=1e-10)),
        ({"penalty": "elastic_net", "l1_ratio": 0.4, "c": 0.3}, dict(l1_ratio=0.4, C=0.3, solver="saga", tol=1e-10)),
    ]
    for name in TABLES:
        rows, labels = classes(name)
        for params, options in settings:
            model = linear_model.LogisticRegression(max_iter=200000, **options).fit(rows, labels)
            weights = np.ones(len(rows))
            if "class_weight" in options:
                weights = (len(rows) / (len(np.bincount(labels)) * np.bincount(labels)))[labels]
            l1 = options.get("l1_ratio", 0)
            cases.append(case(name, params, labels=text(model.predict(rows)),
                              objective=logistic_objective(model, rows, labels, options.get("C", 1), l1, weights),
                              zeros=int((model.coef_ == 0).sum()),
                              probabilities=model.predict_proba(rows[:40]).round(9).tolist()))
    rows, labels = digits()
    train = slice(0, TRAINING_DIGITS)
    model = linear_model.LogisticRegression(C=0.1, tol=1e-8, max_iter=20000).fit(rows[train], labels[train])
    cases.append(case("digits", {"c": 0.1}, labels=text(model.predict(rows)),
                      objective=logistic_objective(model, rows[train], labels[train], 0.1, 0,
                                                   np.ones(TRAINING_DIGITS)),
                      probabilities=model.predict_proba(rows[:20]).round(9).tolist()))
    return cases


def of_knn():
    cases = []
    settings = [
        ({}, {}),
        ({"neighbors": 1}, dict(n_neighbors=1)),
        ({"neighbors": 9, "weights": "distance"}, dict(n_neighbors=9, weights="distance")),
        ({"metric": "manhattan"}, dict(metric="manhattan")),
        ({"metric": "cosine"}, dict(metric="cosine")),
        ({"metric": "minkowski", "p": 3}, dict(metric="minkowski", p=3)),
    ]
    for name in TABLES:
        rows, labels = classes(name)
        for params, options in settings:
            model = neighbors.KNeighborsClassifier(**options).fit(rows, labels)
            cases.append(case(name, params, labels=text(model.predict(rows)),
                              probabilities=model.predict_proba(rows).round(6).tolist() if name == "iris" else []))
    rows, labels = digits()
    for params, options in settings[:3]:
        model = neighbors.KNeighborsClassifier(**options).fit(rows[:TRAINING_DIGITS], labels[:TRAINING_DIGITS])
        cases.append(case("digits", params, labels=text(model.predict(rows))))
    rows, target = regression()
    for params, options in settings[:4]:
        model = neighbors.KNeighborsRegressor(**options).fit(rows, target)
        cases.append(case("alcohol", params, values=model.predict(rows).tolist()))
    return cases


def kernel_matrix(rows, params, gamma):
    name = params.get("kernel", "rbf")
    if name == "linear":
        return rows @ rows.T
    if name == "rbf":
        return pairwise.rbf_kernel(rows, gamma=gamma)
    if name == "poly":
        return pairwise.polynomial_kernel(rows, degree=params.get("degree", 3), gamma=gamma,
                                          coef0=params.get("coef0", 0))
    return pairwise.sigmoid_kernel(rows, gamma=gamma, coef0=params.get("coef0", 0))


def dual_objective(model, rows, params):
    gamma = model._gamma
    alphas = model.dual_coef_[0]
    kernel = kernel_matrix(rows[model.support_], params, gamma)
    return float(0.5 * alphas @ kernel @ alphas - np.abs(alphas).sum())


def of_svm():
    cases = []
    settings = [
        ({}, {}),
        ({"kernel": "linear", "c": 0.5}, dict(kernel="linear", C=0.5)),
        ({"kernel": "poly", "degree": 2, "coef0": 1.0}, dict(kernel="poly", degree=2, coef0=1.0)),
        ({"kernel": "sigmoid", "gamma_rule": "auto"}, dict(kernel="sigmoid", gamma="auto")),
        ({"c": 20, "gamma": 0.05}, dict(C=20, gamma=0.05)),
        ({"class_weight": "balanced", "c": 0.2}, dict(class_weight="balanced", C=0.2)),
    ]
    for name in TABLES:
        rows, labels = classes(name)
        for params, options in settings:
            model = svm.SVC(tol=1e-8, break_ties=True, **options).fit(rows, labels)
            figures = {"labels": text(model.predict(rows)), "support": int(model.n_support_.sum())}
            if name == "breast_cancer":
                figures["objective"] = dual_objective(model, rows, params)
            cases.append(case(name, params, **figures))
    rows, labels = digits()
    model = svm.SVC(C=5, gamma=0.02, tol=1e-8, break_ties=True).fit(rows[:TRAINING_DIGITS], labels[:TRAINING_DIGITS])
    cases.append(case("digits", {"c": 5, "gamma": 0.02}, labels=text(model.predict(rows)),
                      support=int(model.n_support_.sum())))
    rows, target = regression()
    for params, options in [
        ({}, {}),
        ({"kernel": "linear", "c": 0.3, "epsilon": 0.05}, dict(kernel="linear", C=0.3, epsilon=0.05)),
        ({"c": 10, "epsilon": 0.2}, dict(C=10, epsilon=0.2)),
    ]:
        model = svm.SVR(tol=1e-6, **options).fit(rows, target)
        alphas = model.dual_coef_[0]
        kernel = kernel_matrix(rows[model.support_], params, model._gamma)
        objective = (0.5 * alphas @ kernel @ alphas - alphas @ target[model.support_]
                     + options.get("epsilon", 0.1) * np.abs(alphas).sum())
        cases.append(case("alcohol", params, values=model.predict(rows).tolist(), objective=float(objective),
                          support=len(alphas)))
    return cases


def of_linear_svm():
    cases = []
    for name in TABLES:
        rows, labels = classes(name)
        for params, options in [
            ({}, {}),
            ({"c": 0.05}, dict(C=0.05)),
            ({"loss": "hinge", "c": 0.1}, dict(loss="hinge", C=0.1, dual=True)),
            ({"class_weight": "balanced", "c": 0.1}, dict(class_weight="balanced", C=0.1)),
        ]:
            model = svm.LinearSVC(tol=1e-9, max_iter=5000000, **options).fit(rows, labels)
            scores = model.decision_function(rows)
            if scores.ndim == 1:
                scores = np.stack([-scores, scores], 1)[:, 1:]
            objective = 0.0
            for k in range(scores.shape[1]):
                positive = labels == (k if scores.shape[1] > 1 else 1)
                weights = np.ones(len(rows))
                if "class_weight" in options:
                    own = len(rows) / (len(np.bincount(labels)) * np.bincount(labels))
                    # Of one class against all others liblinear weighs the one alone.
                    weights = np.where(positive, own[k], 1.0) if scores.shape[1] > 1 else own[labels]
                margins = np.maximum(0, 1 - np.where(positive, 1, -1) * scores[:, k])
                losses = margins if params.get("loss") == "hinge" else margins**2
                objective += 0.5 * (model.coef_[k] @ model.coef_[k] + model.intercept_[k] ** 2)
                objective += options.get("C", 1) * float(weights @ losses)
            cases.append(case(name, params, labels=text(model.predict(rows)), objective=objective))
    rows, labels = digits()
    model = svm.LinearSVC(C=0.01, tol=1e-6).fit(rows[:TRAINING_DIGITS], labels[:TRAINING_DIGITS])
    cases.append(case("digits", {"c": 0.01}, labels=text(model.predict(rows))))
    return cases


def of_linear_regression():
    rows, target = regression()
    doubled = np.concatenate([rows, rows[:, :3], np.ones((len(rows), 1))], 1)
    cases = []
    for params, model in [
        ({}, linear_model.LinearRegression()),
        ({"penalty": "ridge", "alpha": 3.0}, linear_model.Ridge(alpha=3.0)),
        ({"penalty": "lasso", "alpha": 0.05}, linear_model.Lasso(alpha=0.05, tol=1e-12, max_iter=1000000)),
        ({"penalty": "elastic_net", "alpha": 0.1, "l1_ratio": 0.3},
         linear_model.ElasticNet(alpha=0.1, l1_ratio=0.3, tol=1e-12, max_iter=1000000)),
    ]:
        for data, values in [("alcohol", rows), ("alcohol doubled", doubled), ("alcohol wide", rows[:9])]:
            y = target[: len(values)]
            model.fit(values, y)
            cases.append(case(data, params, values=model.predict(values).tolist(),
                              weights=np.atleast_1d(model.coef_).tolist(), intercept=float(model.intercept_)))
    return cases


def main():
    makers = {name[3:]: make for name, make in globals().items() if name.startswith("of_")}
    for name in sys.argv[1:] or makers:
        document = {"versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
                    "cases": makers[name]()}
        (HERE / f"{name}.json").write_text(json.dumps(document) + "\n")


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    main()
