"""Writes evaluate.json: scikit-learn's silhouettes row by row, for tests/core/evaluate/test_silhouette.cpp."""

import json
import pathlib

import numpy as np
import sklearn
from sklearn import datasets, metrics

random = np.random.default_rng(31)


def silhouettes(name, rows, clusters):
    rows = rows.astype(np.float32)
    values = metrics.silhouette_samples(rows.astype(float), clusters)
    return {
        "name": name,
        "rows": [[float(x) for x in row] for row in rows],
        "clusters": [int(c) for c in clusters],
        "values": [float(v) for v in values],
    }


def main():
    blobs, labels = datasets.make_blobs(90, 3, centers=4, cluster_std=2.0, random_state=5)
    uniform = random.uniform(size=(60, 2))
    alone = np.where(np.arange(60) == 17, 2, (uniform[:, 0] > 0.4).astype(int))
    noise = np.where(np.abs(blobs[:, 0]) > 7, -1, labels)
    same = np.repeat(uniform[:5], 4, axis=0)
    cases = {
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "silhouettes": [
            silhouettes("blobs", blobs, labels),
            silhouettes("a cluster of one row", uniform, alone),
            silhouettes("with noise", blobs, noise),
            silhouettes("equal rows", same, np.repeat([0, 1, 2, 0, 1], 4)),
        ],
    }
    path = pathlib.Path(__file__).with_name("evaluate.json")
    path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
