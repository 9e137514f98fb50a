"""Epochs a second of the MLP 784-256-128-10 on the full MNIST (batch 64, Adam): Glassbench against PyTorch.

Both get the data in memory, two threads, and are run in turn; PyTorch in its faster way (fused Adam or not). Also
checks the memory target. Usage: mlp.py BIN_DIR MNIST_DIR"""

import json
import os
import statistics
import subprocess
import sys
import tempfile

ROUNDS, EPOCHS = 3, 3


def torch_side():
    import time

    import torch

    torch.set_num_threads(2)
    torch.manual_seed(0)
    x, y = torch.rand(60000, 784), torch.randint(0, 10, (60000,))
    best = None
    for fused in (False, True):
        network = torch.nn.Sequential(torch.nn.Linear(784, 256), torch.nn.ReLU(), torch.nn.Linear(256, 128), torch.nn.ReLU(),
                                      torch.nn.Linear(128, 10))
        optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=fused)
        loss_of = torch.nn.CrossEntropyLoss()
        start = time.perf_counter()
        for _ in range(EPOCHS):
            order = torch.randperm(60000)
            for first in range(0, 60000, 64):
                rows = order[first:first + 64]
                optimizer.zero_grad()
                loss_of(network(x[rows]), y[rows]).backward()
                optimizer.step()
        seconds = (time.perf_counter() - start) / EPOCHS
        best = seconds if best is None else min(best, seconds)
    print(json.dumps(best))


def our_side(binaries, mnist, folder):
    experiment = {
        "glassbench": 1, "seed": 1,
        "data": {"source": "idx", "images": f"{mnist}/train-images-idx3-ubyte.gz", "labels": f"{mnist}/train-labels-idx1-ubyte.gz"},
        "split": {"validation": 0, "test": 0},
        "algorithm": {"id": "mlp", "params": {"epochs": EPOCHS, "batch_size": 64, "hidden_layers": [256, 128],
                                              "learning_rate": 0.001, "optimizer": "adam"}},
    }
    path = os.path.join(folder, "mlp.json")
    with open(path, "w") as file:
        json.dump(experiment, file)
    done = subprocess.run([f"{binaries}/glassbench-cli", "run", path, "--json", "--threads", "2"], capture_output=True, text=True,
                          check=True, env={**os.environ, "XDG_DATA_HOME": folder})
    last = json.loads(done.stdout.splitlines()[-1])
    return last["seconds"]["fit"] / EPOCHS, last["peak_rss_mb"]


def main():
    if sys.argv[1] == "--torch":
        return torch_side()
    binaries, mnist = sys.argv[1:3]
    ours, theirs, memory = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            seconds, peak = our_side(binaries, mnist, folder)
            ours.append(seconds)
            memory.append(peak)
            peer = subprocess.run([sys.executable, __file__, "--torch"], capture_output=True, text=True, check=True)
            theirs.append(json.loads(peer.stdout))
    ratio = statistics.median(b / a for a, b in zip(ours, theirs))
    print(f"MLP 784-256-128-10, batch 64, Adam, 60,000 rows: Glassbench {statistics.median(ours):.3f} s an epoch, "
          f"PyTorch {statistics.median(theirs):.3f} s: {ratio:.2f}x (target 2x)")
    print(f"  peak memory {max(memory):.0f} MB (target under 600 MB)")


main()
