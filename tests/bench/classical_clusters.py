"""DBSCAN, PCA, NMF and t-SNE: Glassbench against scikit-learn in turn, with two threads each, from the same rows in memory
to the fitted model. Says for each the ratio, how good both are, the peak memory of both processes, and how either grows
with the rows (the exponent over 1/4, 1/2 and 1 of them). Usage: classical_clusters.py BIN_DIR MNIST_DIR [WORKLOAD...]"""

import gzip
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 3
SHARES = [0.25, 0.5, 1]


def pixels(mnist, part):
    import numpy

    with gzip.open(f"{mnist}/{part}-images-idx3-ubyte.gz") as file:
        return numpy.frombuffer(file.read(), numpy.uint8, offset=16).reshape(-1, 784)


def digits(part):
    """Pixels: Glassbench reads the bytes, scikit-learn gets float32 between 0 and 1, as Glassbench scales them."""

    def make(mnist, share, path):
        import numpy

        rows = pixels(mnist, part)
        rows = rows[: int(len(rows) * share)]
        numpy.save(path, rows.astype(numpy.float32) / 255)
        with open(path + ".idx", "wb") as file:
            file.write(bytes([0, 0, 8, 3]) + len(rows).to_bytes(4, "big") + (28).to_bytes(4, "big") * 2 + rows.tobytes())
        return {"source": "idx", "images": path + ".idx"}

    return make


def blobs(mnist, share, path):
    import numpy
    from sklearn.datasets import make_blobs

    rows, _ = make_blobs(int(200000 * share), 2, centers=50, cluster_std=0.4, random_state=0)
    numpy.save(path, rows.astype(numpy.float32))
    return {"source": "table", "path": path}


def components(mnist, share, path):
    import numpy
    from sklearn.decomposition import PCA

    rows = pixels(mnist, "t10k").astype(numpy.float32) / 255
    rows = PCA(50, svd_solver="covariance_eigh").fit_transform(rows)[: int(10000 * share)]
    numpy.save(path, rows.astype(numpy.float32))
    return {"source": "table", "path": path}


# Name: what it is called, target, data, our algorithm and parameters.
WORKLOADS = {
    "dbscan": ("DBSCAN, 200,000 x 2", 3, blobs, "dbscan", {"eps": 0.05, "min_samples": 10}),
    "pca": ("PCA, 50 of 784, 60,000 rows", 1.5, digits("train"), "pca", {"components": 50}),
    "nmf": ("NMF, 16 of 784, 10,000 rows", 1.5, digits("t10k"), "nmf", {"components": 16}),
    "tsne": ("t-SNE, 10,000 rows after PCA 50", 2, components, "tsne", {}),
}


def peer_side(name, path):
    import time
    import warnings

    import numpy
    from sklearn import cluster, decomposition, manifold

    warnings.simplefilter("ignore")
    rows = numpy.load(path)
    begin = time.perf_counter()
    if name == "dbscan":
        model = cluster.DBSCAN(eps=0.05, min_samples=10).fit(rows)
        quality = f"{model.labels_.max() + 1} clusters, {(model.labels_ < 0).sum()} noise"
    elif name == "pca":
        model = decomposition.PCA(50).fit(rows)
        quality = f"{model.explained_variance_ratio_.sum():.6f} explained"
    elif name == "nmf":
        model = decomposition.NMF(16, init="nndsvda", random_state=0).fit(rows)
        quality = f"{model.reconstruction_err_ ** 2 / rows.size:.6f} mse, {model.n_iter_} iterations"
    else:
        model = manifold.TSNE(random_state=0).fit(rows)
        quality = f"{model.kl_divergence_:.3f} divergence"
    print(json.dumps({"seconds": time.perf_counter() - begin, "quality": quality,
                      "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def our_side(binaries, source, algorithm, params, folder):
    experiment = {"glassbench": 1, "seed": 0, "data": source, "algorithm": {"id": algorithm, "params": params}}
    if source["source"] == "table":
        experiment["prepare"] = []
    path = os.path.join(folder, "experiment.json")
    with open(path, "w") as file:
        json.dump(experiment, file)
    done = subprocess.run([f"{binaries}/glassbench-cli", "run", path, "--json", "--threads", "2"], capture_output=True,
                          text=True, check=True, env={**os.environ, "XDG_DATA_HOME": folder})
    last, series, said = None, {}, ""
    for line in done.stdout.splitlines():
        if line.startswith('{"event":"scalar"'):
            scalar = json.loads(line)
            series[scalar["series"]] = scalar["value"]
        elif line.startswith('{"event":"log","view":"this-step"'):
            said = json.loads(line)["message"]
        elif line.startswith('{"event":"finished"'):
            last = json.loads(line)
    quality = {
        "dbscan": lambda: said,
        "pca": lambda: f"{series['train/explained_variance']:.6f} explained",
        "nmf": lambda: f"{series['train/reconstruction_mse']:.6f} mse, {last['steps']} iterations",
        "tsne": lambda: f"{series['train/kl_divergence']:.3f} divergence",
    }[algorithm]()
    return {"seconds": last["seconds"]["fit"], "quality": quality, "memory": last["peak_rss_mb"]}


def exponent(seconds):
    """Slope of log time over log rows."""
    points = [(math.log(share), math.log(max(time, 1e-6))) for share, time in zip(SHARES, seconds)]
    mean_x, mean_y = (statistics.mean(values) for values in zip(*points))
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def main():
    if sys.argv[1] == "--peer":
        return peer_side(*sys.argv[2:4])
    if sys.argv[1] == "--data":
        return print(json.dumps(WORKLOADS[sys.argv[2]][2](sys.argv[3], float(sys.argv[4]), sys.argv[5])))
    binaries, mnist = sys.argv[1:3]
    print(f"Clusters and decompositions, medians of {ROUNDS} rounds   Glassbench  scikit-learn    ratio  target   growth,"
          " ours and theirs   peak memory   ours | theirs", flush=True)
    for name in sys.argv[3:] or WORKLOADS:
        title, target, _, algorithm, params = WORKLOADS[name]
        ours, theirs = {}, {}
        with tempfile.TemporaryDirectory() as folder:
            for share in SHARES:
                path = os.path.join(folder, f"rows-{share}.npy")
                # Of another process, so that what makes the rows is in nobody's peak memory.
                source = json.loads(subprocess.run([sys.executable, __file__, "--data", name, mnist, str(share), path],
                                                   capture_output=True, text=True, check=True).stdout)
                ours[share], theirs[share] = [], []
                for _ in range(ROUNDS if share == 1 else 1):
                    ours[share].append(our_side(binaries, source, algorithm, params, folder))
                    peer = subprocess.run([sys.executable, __file__, "--peer", name, path], capture_output=True, text=True,
                                          check=True)
                    theirs[share].append(json.loads(peer.stdout))
        median = [[statistics.median(run["seconds"] for run in runs[share]) for share in SHARES] for runs in (ours, theirs)]
        ratio = statistics.median(b["seconds"] / a["seconds"] for a, b in zip(ours[1], theirs[1]))
        memory = [max(run["memory"] for run in runs[1]) for runs in (ours, theirs)]
        print(f"  {title:<52}{median[0][-1]:8.2f} s  {median[1][-1]:10.2f} s  {ratio:6.2f}x  {target:5.1f}x   "
              f"n^{exponent(median[0]):.2f}, n^{exponent(median[1]):.2f}   {memory[0]:.0f}, {memory[1]:.0f} MB   "
              f"{ours[1][0]['quality']} | {theirs[1][0]['quality']}", flush=True)


main()
