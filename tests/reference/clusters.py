"""Writes clusters.json: scikit-learn's clusterings and decompositions, for tests/core/algorithms/test_{pca,dbscan,gaussian_mixture,nmf,minibatch_kmeans,hierarchical,tsne}.cpp."""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn import cluster, datasets, decomposition, manifold, mixture, preprocessing

random = np.random.default_rng(11)


def short(values, digits=7):
    return [[float(f"{x:.{digits}g}") for x in row] for row in np.atleast_2d(values)]


def rounded(rows):
    """Numbers that float32 and the JSON text hold exactly alike."""
    return np.round(np.asarray(rows, float), 3).astype(np.float32).astype(float)


def pca_case(data, rows, **options):
    model = decomposition.PCA(svd_solver="full", **options).fit(rows)
    embedding = model.transform(rows)
    return {
        "data": data,
        "components": model.n_components_,
        "whiten": bool(model.whiten),
        "axes": short(model.components_),
        "variances": [float(x) for x in model.explained_variance_],
        "shares": [float(x) for x in model.explained_variance_ratio_],
        "embedding": short(embedding[:20]),
        "mse": float(np.mean((rows - model.inverse_transform(embedding)) ** 2)),
    }


def dbscan_case(data, rows, eps, min_samples):
    model = cluster.DBSCAN(eps=eps, min_samples=min_samples).fit(rows)
    return {
        "data": data,
        "eps": eps,
        "min_samples": min_samples,
        "labels": model.labels_.tolist(),
        "cores": model.core_sample_indices_.tolist(),
    }


def mixture_case(data, rows, components, covariance):
    model = mixture.GaussianMixture(components, covariance_type=covariance, n_init=10, random_state=0, tol=1e-7,
                                    max_iter=1000).fit(rows)
    return {
        "data": data,
        "components": components,
        "covariance": covariance,
        "log_likelihood": float(model.lower_bound_),
        "bic": float(model.bic(rows)),
        "labels": model.predict(rows).tolist(),
    }


def nmf_case(data, rows, components, solver, loss, init, iterations, tol=1e-4):
    model = decomposition.NMF(components, solver=solver, beta_loss=loss.replace("_", "-"), init=init, tol=tol,
                              max_iter=iterations, random_state=0)
    weights = model.fit_transform(rows)
    new = model.transform(rows)
    return {
        "data": data,
        "components": components,
        "solver": solver,
        "loss": loss,
        "init": init,
        "max_iterations": iterations,
        "tolerance": tol,
        "error": float(model.reconstruction_err_),
        "iterations": int(model.n_iter_),
        "parts": short(model.components_, 6),
        "mse": float(np.mean((rows - weights @ model.components_) ** 2)),
        "mse_of_transform": float(np.mean((rows - new @ model.components_) ** 2)),
    }


def minibatch_case(data, rows, clusters, batch):
    inertias = [float(cluster.MiniBatchKMeans(clusters, batch_size=batch, random_state=seed, n_init=1).fit(rows).inertia_)
                for seed in range(10)]
    return {"data": data, "clusters": clusters, "batch_size": batch, "inertias": inertias}


def hierarchical_case(data, rows, clusters, linkage):
    model = cluster.AgglomerativeClustering(clusters, linkage=linkage, compute_distances=True).fit(rows)
    return {
        "data": data,
        "clusters": clusters,
        "linkage": linkage,
        "labels": model.labels_.tolist(),
        "heights": [float(f"{x:.7g}") for x in model.distances_],
    }


def tsne_case(data, rows, perplexity):
    divergences = [float(manifold.TSNE(perplexity=perplexity, random_state=seed, init=init).fit(rows).kl_divergence_)
                   for seed, init in enumerate(["pca"] + 9 * ["random"])]
    return {
        "data": data,
        "perplexity": perplexity,
        "divergences": divergences,
        "trustworthiness": float(manifold.trustworthiness(
            rows, manifold.TSNE(perplexity=perplexity, random_state=0, init="pca").fit_transform(rows))),
    }


def main():
    iris, wine, digits = datasets.load_iris(), datasets.load_wine(), datasets.load_digits()
    blobs, _ = datasets.make_blobs(400, 2, centers=6, cluster_std=0.7, random_state=5)
    moons, _ = datasets.make_moons(300, noise=0.06, random_state=2)
    grid = np.array([(x, y) for x in range(12) for y in range(9) if (x * y) % 5 != 3], float)
    many = rounded(random.normal(size=(120, 20)) + 4 * random.integers(0, 3, size=(120, 1)))
    wide = rounded(random.normal(size=(15, 40)) * np.linspace(3, 0.5, 40))
    # Five kinds of rows, each with columns of its own: most numbers are zero.
    own = np.arange(120)[:, None] % 5 == np.arange(25)[None, :] % 5
    counts = np.where(own | (random.random((120, 25)) < 0.05), random.integers(1, 30, size=(120, 25)), 0).astype(float)
    counts *= 1 + np.arange(120)[:, None] % 5
    data = {
        "iris": rounded(iris.data),
        "wine": rounded(preprocessing.StandardScaler().fit_transform(wine.data)),
        "digits": digits.data[:300].astype(float),
        "blobs": rounded(blobs),
        "moons": rounded(moons),
        "grid": grid,
        "many": many,
        "wide": wide,
        "counts": counts,
    }
    cases = {
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "data": {name: [[int(x) if x == int(x) else round(x, 3) for x in row] for row in rows.tolist()]
                 for name, rows in data.items()},
        "iris_classes": iris.target.tolist(),
        "pca": [
            pca_case("iris", data["iris"], n_components=4),
            pca_case("iris", data["iris"], n_components=2, whiten=True),
            pca_case("wine", data["wine"], n_components=5),
            pca_case("digits", data["digits"], n_components=6),
            pca_case("wide", data["wide"], n_components=8),
        ],
        "dbscan": [
            dbscan_case("iris", data["iris"], 0.5, 5),
            dbscan_case("blobs", data["blobs"], 0.45, 6),
            dbscan_case("moons", data["moons"], 0.12, 5),
            dbscan_case("grid", data["grid"], 1.0, 4),
            dbscan_case("many", data["many"], 6.0, 4),
            dbscan_case("wine", data["wine"], 2.2, 6),
            dbscan_case("blobs", data["blobs"], 0.01, 5),
        ],
        "gaussian_mixture": [mixture_case(name, data[name], k, covariance)
                             for name, k in (("iris", 3), ("blobs", 4))
                             for covariance in ("full", "tied", "diag", "spherical")],
        "nmf": [
            nmf_case("iris", data["iris"], 2, "cd", "frobenius", "nndsvda", 200),
            nmf_case("digits", data["digits"], 8, "cd", "frobenius", "nndsvda", 60, 0),
            nmf_case("counts", data["counts"], 5, "cd", "frobenius", "nndsvda", 40, 0),
            nmf_case("counts", data["counts"], 5, "mu", "frobenius", "nndsvda", 40, 0),
            nmf_case("digits", data["digits"], 8, "cd", "frobenius", "nndsvd", 200),
            nmf_case("digits", data["digits"], 8, "mu", "frobenius", "nndsvda", 200),
            nmf_case("digits", data["digits"], 8, "mu", "kullback_leibler", "nndsvda", 100, 0),
        ],
        "minibatch_kmeans": [
            minibatch_case("digits", data["digits"], 10, 100),
            minibatch_case("blobs", data["blobs"], 6, 64),
        ],
        "hierarchical": [hierarchical_case(name, data[name], k, linkage)
                         for name, k in (("iris", 3), ("wine", 4), ("blobs", 6))
                         for linkage in ("ward", "complete", "average", "single")],
        "tsne": [tsne_case("digits", data["digits"], 30), tsne_case("iris", data["iris"], 20)],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    main()
