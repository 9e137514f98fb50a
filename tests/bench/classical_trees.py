"""Trees against scikit-learn on MNIST, two threads each, one after the other: a random forest of 100 trees, and
gradient boosting of 100 rounds (ten trees each) against HistGradientBoosting. Tells the seconds of the fit, the accuracy
on the test images, the peak memory of both, and how the time grows from a quarter over half to all of the rows.

classical_trees.py BIN_DIR MNIST_DIR [FOREST_TREES BOOSTING_ROUNDS]"""

import gzip
import json
import math
import os
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROUNDS = 3
TARGET = 1.5
ROWS = 60000


def images(folder, name):
    import numpy
    with gzip.open(f"{folder}/{name}-images-idx3-ubyte.gz") as file:
        return numpy.frombuffer(file.read(), numpy.uint8, offset=16).reshape(-1, 784)


def labels(folder, name):
    import numpy
    with gzip.open(f"{folder}/{name}-labels-idx1-ubyte.gz") as file:
        return numpy.frombuffer(file.read(), numpy.uint8, offset=8)


def peer_side(mnist, case, size, rows, seed):
    import numpy
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    x = images(mnist, "train")[:rows].astype(numpy.float32) / 255
    y = labels(mnist, "train")[:rows]
    if case == "forest":
        model = RandomForestClassifier(size, n_jobs=2, random_state=seed)
    else:
        model = HistGradientBoostingClassifier(max_iter=size, early_stopping=False, random_state=seed)
    begin = time.perf_counter()
    model.fit(x, y)
    seconds = time.perf_counter() - begin
    # Before predicting: that is measured elsewhere.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    accuracy = model.score(images(mnist, "t10k").astype(numpy.float32) / 255, labels(mnist, "t10k"))
    print(json.dumps({"seconds": seconds, "accuracy": float(accuracy), "peak": peak}))


def cut(mnist, folder, rows):
    """The first rows of the training set as IDX files of their own."""
    paths = []
    for kind, header, size in (("images-idx3", 16, 784), ("labels-idx1", 8, 1)):
        with gzip.open(f"{mnist}/train-{kind}-ubyte.gz") as file:
            content = file.read()
        path = os.path.join(folder, f"train-{kind}-{rows}")
        with open(path, "wb") as file:
            file.write(content[:4] + struct.pack(">I", rows) + content[8:header] +
                       content[header:header + rows * size])
        paths.append(path)
    return paths


def our_side(binaries, mnist, case, size, rows, seed, folder):
    train_images, train_labels = cut(mnist, folder, rows)
    algorithm = ({"id": "random_forest", "params": {"estimators": size, "oob_score": False, "permutation_repeats": 0}}
                 if case == "forest" else
                 {"id": "gradient_boosting", "params": {"max_iterations": size, "early_stopping": False}})
    experiment = {
        "glassbench": 1,
        "seed": seed,
        "data": {"source": "idx", "images": train_images, "labels": train_labels,
                 "test_images": f"{mnist}/t10k-images-idx3-ubyte.gz",
                 "test_labels": f"{mnist}/t10k-labels-idx1-ubyte.gz"},
        "split": {"validation": 0},
        "algorithm": algorithm,
    }
    path = os.path.join(folder, "trees.json")
    with open(path, "w") as file:
        json.dump(experiment, file)
    done = subprocess.run([f"{binaries}/glassbench-cli", "run", path, "--json", "--threads", "2"], capture_output=True,
                          text=True, env={**os.environ, "XDG_DATA_HOME": folder})
    if done.returncode != 0:
        sys.exit(done.stderr + done.stdout[-2000:])
    last = json.loads(done.stdout.splitlines()[-1])
    return {"seconds": last["seconds"]["fit"], "accuracy": last["metrics"]["test"]["accuracy"],
            "peak": last["peak_rss_mb"]}


def exponent(points):
    """Of the power law through (rows, seconds), by least squares on logarithms."""
    xs, ys = [math.log(rows) for rows, _ in points], [math.log(seconds) for _, seconds in points]
    x, y = statistics.mean(xs), statistics.mean(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)


def main():
    if sys.argv[1] == "--peer":
        return peer_side(sys.argv[2], sys.argv[3], *map(int, sys.argv[4:7]))
    binaries, mnist = sys.argv[1:3]
    sizes = list(map(int, sys.argv[3:5])) or [100, 100]
    for case, size in zip(("forest", "boosting"), sizes):
        # Boosting takes scikit-learn minutes: once is enough to tell.
        rounds = ROUNDS if case == "forest" else 1
        ours, theirs = [], []
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(rounds):
                ours.append(our_side(binaries, mnist, case, size, ROWS, seed, folder))
                peer = subprocess.run([sys.executable, __file__, "--peer", mnist, case, str(size), str(ROWS), str(seed)],
                                      capture_output=True, text=True, check=True)
                theirs.append(json.loads(peer.stdout))
            growth = [(rows, our_side(binaries, mnist, case, size, rows, 0, folder)["seconds"])
                      for rows in (ROWS // 4, ROWS // 2)]
        seconds = [statistics.median(run["seconds"] for run in runs) for runs in (ours, theirs)]
        accuracy = [statistics.mean(run["accuracy"] for run in runs) for runs in (ours, theirs)]
        peak = [max(run["peak"] for run in runs) for runs in (ours, theirs)]
        ratio = statistics.median(b["seconds"] / a["seconds"] for a, b in zip(ours, theirs))
        name = f"random forest, {size} trees" if case == "forest" else f"gradient boosting, {size} rounds"
        print(f"{name}, 60,000 x 784: Glassbench {seconds[0]:.2f} s, scikit-learn {seconds[1]:.2f} s, {ratio:.2f}x "
              f"(target {TARGET}x); accuracy {accuracy[0]:.4f}, {accuracy[1]:.4f}; peak memory {peak[0]:.0f} MB, "
              f"{peak[1]:.0f} MB; time grows with rows^{exponent(growth + [(ROWS, seconds[0])]):.2f}", flush=True)


main()
