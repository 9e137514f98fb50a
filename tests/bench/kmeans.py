"""k-means on the 60,000 x 784 digits: Glassbench against scikit-learn, from the same number of k-means++ starts to the
same tolerance, in turn, with two threads each. scikit-learn gets float32 pixels between 0 and 1, as Glassbench scales
them; both are timed from data in memory to the fitted model. Usage: kmeans.py BIN_DIR MNIST_DIR"""

import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 3
CASES = [(10, 5), (100, 1)]  # clusters, starts
TARGET = 1.5


def peer_side(mnist, clusters, starts, seed):
    import time

    import numpy
    from sklearn.cluster import KMeans

    with gzip.open(f"{mnist}/train-images-idx3-ubyte.gz") as file:
        pixels = numpy.frombuffer(file.read(), numpy.uint8, offset=16).reshape(-1, 784)
    rows = pixels.astype(numpy.float32) / 255
    begin = time.perf_counter()
    model = KMeans(clusters, n_init=starts, tol=1e-4, max_iter=300, random_state=seed).fit(rows)
    print(json.dumps({"seconds": time.perf_counter() - begin, "inertia": float(model.inertia_)}))


def our_side(binaries, mnist, clusters, starts, seed, folder):
    experiment = {
        "glassbench": 1,
        "seed": seed,
        "data": {"source": "idx", "images": f"{mnist}/train-images-idx3-ubyte.gz"},
        "algorithm": {"id": "kmeans", "params": {"clusters": clusters, "starts": starts, "tolerance": 1e-4,
                                                 "max_iterations": 300}},
    }
    path = os.path.join(folder, "kmeans.json")
    with open(path, "w") as file:
        json.dump(experiment, file)
    done = subprocess.run([f"{binaries}/glassbench-cli", "run", path, "--json", "--threads", "2"], capture_output=True,
                          text=True, check=True, env={**os.environ, "XDG_DATA_HOME": folder})
    last = json.loads(done.stdout.splitlines()[-1])
    return {"seconds": last["seconds"]["fit"], "inertia": last["metrics"]["train"]["inertia"]}


def main():
    if sys.argv[1] == "--peer":
        return peer_side(sys.argv[2], *map(int, sys.argv[3:6]))
    binaries, mnist = sys.argv[1:3]
    print(f"k-means, 60,000 x 784, medians of {ROUNDS} rounds    Glassbench  scikit-learn   ratio  target   inertia, best of all"
          " (ours, theirs)")
    for clusters, starts in CASES:
        ours, theirs = [], []
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(ROUNDS):
                ours.append(our_side(binaries, mnist, clusters, starts, seed, folder))
                peer = subprocess.run([sys.executable, __file__, "--peer", mnist, str(clusters), str(starts), str(seed)],
                                      capture_output=True, text=True, check=True)
                theirs.append(json.loads(peer.stdout))
        seconds = [statistics.median(run["seconds"] for run in runs) for runs in (ours, theirs)]
        inertia = [min(run["inertia"] for run in runs) for runs in (ours, theirs)]
        ratio = statistics.median(b["seconds"] / a["seconds"] for a, b in zip(ours, theirs))
        name = f"k={clusters}, {starts} start{'s' if starts > 1 else ''}"
        print(f"  {name:<46}{seconds[0]:8.2f} s  {seconds[1]:10.2f} s  {ratio:5.2f}x  {TARGET:5.1f}x   "
              f"{inertia[0]:.0f}, {inertia[1]:.0f} ({inertia[0] / inertia[1] - 1:+.3%})", flush=True)


main()
