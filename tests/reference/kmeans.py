"""Writes kmeans.json: scikit-learn's k-means from given first centres, for tests/core/train/test_lloyd.cpp and tests/core/algorithms/test_kmeans.cpp."""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn import cluster, datasets, metrics, preprocessing

random = np.random.default_rng(7)


def from_given_centers(name, rows, first, **options):
    """Lloyd's iteration from the rows `first`, so that every number can be compared."""
    rows = rows.astype(np.float32).astype(float)
    model = cluster.KMeans(len(first), init=rows[first], n_init=1, **options).fit(rows)
    return {
        "name": name,
        "rows": rows.tolist(),
        "first": [int(i) for i in first],
        "max_iterations": options.get("max_iter", 300),
        "tolerance": options.get("tol", 1e-4),
        "centers": model.cluster_centers_.tolist(),
        "labels": model.labels_.tolist(),
        "inertia": float(model.inertia_),
        "iterations": int(model.n_iter_),
    }


def best_of_starts(name, rows, classes, clusters):
    model = cluster.KMeans(clusters, n_init=10, random_state=0).fit(rows)
    return {
        "name": name,
        "rows": rows.tolist(),
        "classes": classes.tolist(),
        "clusters": clusters,
        "inertia": float(model.inertia_),
        "adjusted_rand": float(metrics.adjusted_rand_score(classes, model.labels_)),
    }


def main():
    blobs, _ = datasets.make_blobs(120, 2, centers=5, cluster_std=1.5, random_state=3)
    wide = random.normal(size=(90, 12)) * np.linspace(0.2, 3, 12) + 100
    uniform = random.uniform(size=(150, 3))
    iris = datasets.load_iris()
    standardized = preprocessing.StandardScaler().fit_transform(iris.data)
    cases = {
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "given": [
            from_given_centers("blobs", blobs, [0, 1, 2, 3, 4]),
            from_given_centers("blobs to the end", blobs, [5, 6, 7], tol=0),
            from_given_centers("far from zero", wide, [10, 20, 30, 40], tol=0),
            from_given_centers("uniform, loose tolerance", uniform, list(range(8)), tol=0.01),
            from_given_centers("three iterations", uniform, list(range(6)), max_iter=3, tol=0),
            from_given_centers("one cluster", uniform, [3]),
            from_given_centers("many clusters", uniform, list(range(0, 150, 4)), tol=0),
        ],
        "best": [best_of_starts("standardized iris", standardized, iris.target, 3)],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(cases) + "\n")


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    main()
