"""Neighbours, margins and probabilities on the digits: Glassbench against scikit-learn, in turn, with two threads each.
scikit-learn gets float32 pixels between 0 and 1, as Glassbench scales them; both are timed from data in memory to the
fitted model and to the labels of the test rows. Usage: classical_margins.py BIN_DIR MNIST_DIR"""

import gzip
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import time

ROUNDS = 3
# name, algorithm, rows, queries, our parameters, target; what counts is fit, predict or both
CASES = [
    ("KNN k=5, 10,000 queries", "knn", 60000, 10000, {}, 2.0, ("predict",)),
    ("SVM RBF C=5 gamma=0.02", "svm", 10000, 10000, {"c": 5, "gamma": 0.02}, 8.0, ("fit", "predict")),
    ("linear SVM, C=0.01", "linear_svm", 60000, 10000, {"c": 0.01}, 2.0, ("fit",)),
    ("logistic regression, 100 iterations", "logistic_regression", 60000, 10000, {"max_iterations": 100}, 2.0, ("fit",)),
    ("Gaussian naive Bayes", "naive_bayes", 60000, 10000, {}, 3.0, ("fit", "predict")),
]


def peer_model(algorithm):
    from sklearn import linear_model, naive_bayes, neighbors, svm

    return {
        "knn": lambda: neighbors.KNeighborsClassifier(5, n_jobs=2),
        "svm": lambda: svm.SVC(C=5, gamma=0.02),
        "linear_svm": lambda: svm.LinearSVC(C=0.01),
        "logistic_regression": lambda: linear_model.LogisticRegression(max_iter=100),
        "naive_bayes": lambda: naive_bayes.GaussianNB(),
    }[algorithm]()


def peer_side(mnist, algorithm, rows, queries):
    import warnings

    import numpy

    def read(name, offset):
        with gzip.open(f"{mnist}/{name}.gz") as file:
            return numpy.frombuffer(file.read(), numpy.uint8, offset=offset)

    warnings.simplefilter("ignore")
    train = read("train-images-idx3-ubyte", 16).reshape(-1, 784)[:rows].astype(numpy.float32) / 255
    test = read("t10k-images-idx3-ubyte", 16).reshape(-1, 784)[:queries].astype(numpy.float32) / 255
    labels, truth = read("train-labels-idx1-ubyte", 8)[:rows], read("t10k-labels-idx1-ubyte", 8)[:queries]
    model = peer_model(algorithm)
    begin = time.perf_counter()
    model.fit(train, labels)
    fitted = time.perf_counter()
    predicted = model.predict(test)
    end = time.perf_counter()
    print(json.dumps({"fit": fitted - begin, "predict": end - fitted, "accuracy": float((predicted == truth).mean()),
                      "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


def our_side(binaries, mnist, algorithm, rows, queries, params):
    done = subprocess.run([f"{binaries}/../bench/glassbench-bench-margins", mnist, algorithm, str(rows), str(queries),
                           json.dumps(params)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    if sys.argv[1] == "--peer":
        return peer_side(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    binaries, mnist = sys.argv[1:3]
    print(f"Digits, medians of {ROUNDS} rounds          Glassbench  scikit-learn   ratio  target   accuracy (ours, theirs)"
          "   peak MB   growth with the rows")
    for name, algorithm, rows, queries, params, target, parts in CASES:
        seconds = lambda run: sum(run[part] for part in parts)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(our_side(binaries, mnist, algorithm, rows, queries, params))
            peer = subprocess.run([sys.executable, __file__, "--peer", mnist, algorithm, str(rows), str(queries)],
                                  capture_output=True, text=True, check=True)
            theirs.append(json.loads(peer.stdout))
        ratio = statistics.median(seconds(b) / seconds(a) for a, b in zip(ours, theirs))
        quarter = seconds(our_side(binaries, mnist, algorithm, rows // 4, queries, params))
        half = seconds(our_side(binaries, mnist, algorithm, rows // 2, queries, params))
        whole = statistics.median(map(seconds, ours))
        # Least squares through the logarithms of three equally spaced sizes.
        growth = (math.log(whole) - math.log(quarter)) / math.log(4)
        middle = [statistics.median(map(seconds, runs)) for runs in (ours, theirs)]
        print(f"  {name:<38}{middle[0]:8.2f} s  {middle[1]:10.2f} s  {ratio:5.2f}x  {target:5.1f}x   "
              f"{ours[0]['accuracy']:.4f}, {theirs[0]['accuracy']:.4f}          {ours[0]['peak_mb']}, "
              f"{theirs[0]['peak_mb']}   {growth:.2f} (half: {half:.2f} s)", flush=True)
        if algorithm == "knn":
            products = 2 * rows * queries * 784 / middle[0] / 1e9
            print(f"    {products:.0f} GFLOP/s of distance products")


main()
