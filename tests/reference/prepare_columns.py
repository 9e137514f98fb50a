"""Writes prepare_columns.json: scikit-learn's quantiles, products, target encoding, selection and words, for
tests/core/data/test_prepare_columns.cpp, test_prepare_target.cpp and test_prepare_text.cpp."""

import json
import pathlib

import numpy as np
import sklearn
from sklearn import datasets, feature_selection, linear_model, preprocessing
from sklearn.feature_extraction import text

random = np.random.default_rng(31)


def numbers(values):
    return [round(float(x), 9) for x in values]


def quantile_cases():
    breast = datasets.load_breast_cancer().data
    columns = {
        "iris petal width": datasets.load_iris().data[:, 3],
        "breast cancer area": breast[:250, 3],
        "lognormal": np.round(random.lognormal(1, 1, 200), 4),
        "many zeros": np.maximum(0, np.round(random.normal(-0.3, 1, 200), 4)),
        "constant": np.full(20, 3.25),
    }
    for name, values in columns.items():
        training = values[np.arange(len(values)) % 5 != 0].reshape(-1, 1)
        # Values beyond both ends, and between what was trained on.
        rows = np.concatenate([values, [values.min() - 1, values.max() + 1, np.median(values) + 1e-3]])
        case = {"name": name, "values": numbers(rows), "rows": len(values)}
        for count in (7, 1000):
            for output in ("uniform", "normal"):
                model = preprocessing.QuantileTransformer(
                    n_quantiles=min(count, len(training)), output_distribution=output
                ).fit(training)
                case[f"{output} {count}"] = numbers(model.transform(rows.reshape(-1, 1))[:, 0])
        yield case


def polynomial_cases():
    rows = np.round(random.normal(0, 2, (6, 3)), 3)
    for degree in (2, 3):
        for interaction_only in (False, True):
            model = preprocessing.PolynomialFeatures(degree, interaction_only=interaction_only, include_bias=False)
            values = model.fit_transform(rows)
            yield {
                "degree": degree,
                "interaction_only": interaction_only,
                "columns": [numbers(column) for column in rows.T],
                "names": [name.replace(" ", "*") for name in model.get_feature_names_out(["a", "b", "c"])],
                "values": [numbers(column) for column in values.T],
            }


def target_cases():
    letters = np.array(list("aaaaaaaaaabbbbbbbccccddde") * 4 + ["f"])
    random.shuffle(letters)
    base = np.array(["abcdef".index(letter) for letter in letters])
    answers = {
        "regression": np.round(base + random.normal(0, 2, len(letters)), 3),
        "two classes": np.where(base + random.normal(0, 2, len(letters)) > 1.5, "yes", "no"),
        "three classes": np.array(["x", "y", "z"])[(base + random.integers(0, 2, len(letters))) % 3],
    }
    seen = np.array(list("abcdefz")).reshape(-1, 1)
    for name, answer in answers.items():
        case = {"name": name, "letters": letters.tolist(), "answers": answer.tolist()}
        for label, smooth in (("auto", "auto"), ("smooth", 12.5), ("bare", 0.0)):
            model = preprocessing.TargetEncoder(smooth=smooth).fit(letters.reshape(-1, 1), answer)
            case[label] = [numbers(row) for row in model.transform(seen)]
        yield case


def information_cases():
    iris, wine = datasets.load_iris(), datasets.load_wine()
    yield case_of_information("iris", iris.data, iris.target, True)
    yield case_of_information("wine", wine.data[:, :8], wine.target, True)
    yield case_of_information("petal width from the others", iris.data[:, :3], iris.data[:, 3], False)


def case_of_information(name, rows, answers, classes):
    compute = feature_selection.mutual_info_classif if classes else feature_selection.mutual_info_regression
    return {
        "name": name,
        "columns": [numbers(column) for column in rows.T],
        "answers": numbers(answers),
        "scores": numbers(np.mean([compute(rows, answers, random_state=seed) for seed in range(10)], axis=0)),
    }


def selection_cases():
    wine = datasets.load_wine()
    chi2 = feature_selection.chi2(wine.data, wine.target)[0]
    scaled = preprocessing.StandardScaler().fit_transform(wine.data)
    classes = feature_selection.RFE(linear_model.RidgeClassifier(alpha=1), n_features_to_select=1).fit(
        scaled, wine.target
    )
    alcohol = feature_selection.RFE(linear_model.Ridge(alpha=1), n_features_to_select=1).fit(
        scaled[:, 1:], wine.data[:, 0]
    )
    return {
        "columns": [numbers(column) for column in wine.data.T],
        "classes": [int(x) for x in wine.target],
        "chi2": numbers(chi2),
        "ranking": [int(x) for x in classes.ranking_],
        "ranking_of_alcohol": [int(x) for x in alcohol.ranking_],
    }


TEXTS = [
    "The quick brown fox jumps over the lazy dog",
    "A quick-witted fox; a LAZY cat, a lazy lazy dog!",
    "Dogs and cats: 2 dogs, 33 cats, don't ask_why",
    "\u00c4rger \u00fcber \u00d6l: na\u00efve caf\u00e9s, \u0421\u043b\u043e\u0432\u043e \u0441\u043b\u043e\u0432\u043e",
    "fox fox fox",
    "quick dog",
]
NEW_TEXTS = ["a lazy quick fox and an unknown word", "", "\u0421\u041b\u041e\u0412\u041e caf\u00e9s"]


def text_cases():
    for name, model in {
        "tfidf": text.TfidfVectorizer(),
        "sublinear": text.TfidfVectorizer(sublinear_tf=True),
        "rare left out": text.TfidfVectorizer(min_df=2),
        "count": text.CountVectorizer(),
    }.items():
        model.fit(TEXTS)
        yield {
            "name": name,
            "terms": model.get_feature_names_out().tolist(),
            "values": [numbers(row) for row in model.transform(TEXTS + NEW_TEXTS).toarray()],
        }


def dates_case():
    days = [-800000, -141428, -1, 0, 59, 11015, 11016, 19782, 19783, 20454, 20453, 47540, 300000]
    stamps = np.array(days, dtype="datetime64[D]")
    years = stamps.astype("datetime64[Y]")
    months = stamps.astype("datetime64[M]")
    return {
        "days": days,
        "year": (years.astype(int) + 1970).tolist(),
        "month": (months.astype(int) % 12 + 1).tolist(),
        "day": ((stamps - months).astype(int) + 1).tolist(),
        "weekday": ((stamps.astype(int) + 3) % 7).tolist(),
        "day of year": ((stamps - years).astype(int) + 1).tolist(),
    }


def main():
    document = {
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "quantile": list(quantile_cases()),
        "polynomial": list(polynomial_cases()),
        "target": list(target_cases()),
        "information": list(information_cases()),
        "selection": selection_cases(),
        "texts": TEXTS + NEW_TEXTS,
        "training_texts": len(TEXTS),
        "text": list(text_cases()),
        "dates": dates_case(),
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(document, separators=(",", ":")) + "\n")


main()
