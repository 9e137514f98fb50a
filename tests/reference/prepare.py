"""Writes prepare.json: scikit-learn's preparation of columns, for tests/core/data/test_prepare_steps.cpp."""

import json
import pathlib

import numpy as np
import sklearn
from sklearn import datasets, feature_selection, preprocessing

random = np.random.default_rng(29)


def numbers(values):
    return [float(x) for x in values]


def columns():
    iris = datasets.load_iris().data
    breast = datasets.load_breast_cancer().data
    yield "iris sepal length", iris[:, 0]
    yield "iris petal width", iris[:, 3]
    yield "breast cancer area", breast[:200, 3]
    yield "breast cancer concavity", breast[:200, 6]
    yield "lognormal", np.round(random.lognormal(1, 1, 120), 4)
    yield "both signs", np.round(random.normal(0.5, 2, 120) ** 3, 4)
    yield "negative", np.round(-random.lognormal(0, 0.7, 120), 4)
    yield "normal", np.round(random.normal(0, 1, 120), 4)
    yield "constant", np.full(20, 3.25)


def power_case(name, values):
    """Fitted on the rows that every_fifth leaves for training, as the other figures are."""
    training = values[np.arange(len(values)) % 5 != 0].reshape(-1, 1)
    model = preprocessing.PowerTransformer("yeo-johnson", standardize=True).fit(training)
    bent = preprocessing.PowerTransformer("yeo-johnson", standardize=False).fit(training)
    return {
        "name": name,
        "values": numbers(values),
        "lambda": float(model.lambdas_[0]),
        "standardized": numbers(model.transform(values.reshape(-1, 1))[:, 0]),
        "bent": numbers(bent.transform(values.reshape(-1, 1))[:, 0]),
    }


def clip_case(name, values):
    training = values[np.arange(len(values)) % 5 != 0]
    first, third = np.percentile(training, [25, 75])
    return {
        "name": name,
        "values": numbers(values),
        "quantile": numbers(np.clip(values, *np.quantile(training, [0.05, 0.9]))),
        "iqr": numbers(np.clip(values, first - 1.5 * (third - first), third + 1.5 * (third - first))),
    }


def encoding_case():
    """The last ten rows are new to the encoders and hold categories that they do not know."""
    letters = list("aaaaaaaabbbbbbcccccddde") + list("abcdefghaz")
    rows = np.array(letters, dtype=object).reshape(-1, 1)
    training = rows[:-10]
    ordinal = preprocessing.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(training)
    rare = preprocessing.OneHotEncoder(
        min_frequency=5, handle_unknown="infrequent_if_exist", sparse_output=False
    ).fit(training)
    share = preprocessing.OneHotEncoder(
        min_frequency=0.2, handle_unknown="infrequent_if_exist", sparse_output=False
    ).fit(training)
    return {
        "letters": letters,
        "training": len(training),
        "ordinal": numbers(ordinal.transform(rows)[:, 0]),
        "rare_count": rare.transform(rows).tolist(),
        "rare_share": share.transform(rows).tolist(),
    }


def variance_case():
    rows = datasets.load_wine().data[:60]
    rows[:, 2] = 0.1
    training = rows[np.arange(len(rows)) % 5 != 0]
    selected = []
    for threshold in (0.0, 0.01, 0.2, 5.0):
        model = feature_selection.VarianceThreshold(threshold).fit(training)
        selected.append({"threshold": threshold, "columns": [int(i) for i in model.get_support(indices=True)]})
    return {"columns": [numbers(column) for column in rows.T], "selected": selected}


def main():
    cases = list(columns())
    document = {
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "power": [power_case(*each) for each in cases],
        "clip": [clip_case(*each) for each in cases[:-1]],
        "encoding": encoding_case(),
        "variance": variance_case(),
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(document, separators=(",", ":")) + "\n")


main()
