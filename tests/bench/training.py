"""A step of training, one picture's latency and peak memory of the presets: Glassbench against PyTorch.

Both train the same network with Adam on random pictures that lie in memory, two threads each, in turn; PyTorch in the
faster of its memory layouts. Usage: training.py BIN_DIR MNIST_DIR"""

import json
import os
import statistics
import subprocess
import sys

ROUNDS = 3
TARGETS = {"mlp": 2.0, "small_cnn": 2.0, "lenet5": 2.0, "small_vgg": 1.2, "small_resnet": 1.2}
CLASSES = 10


def torch_network(name):
    from torch import nn

    def normalized(inputs, filters, stride=1, relu=True):
        parts = [nn.Conv2d(inputs, filters, 3, stride, 1, bias=False), nn.BatchNorm2d(filters)]
        return parts + [nn.ReLU()] if relu else parts

    class Residual(nn.Module):
        def __init__(self, inputs, filters, stride):
            super().__init__()
            self.branch = nn.Sequential(*normalized(inputs, filters, stride), *normalized(filters, filters, relu=False))
            self.way = nn.Identity() if inputs == filters and stride == 1 else nn.Sequential(
                nn.Conv2d(inputs, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

        def forward(self, x):
            return nn.functional.relu(self.branch(x) + self.way(x))

    if name == "mlp":
        return (784,), 64, nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, CLASSES))
    if name == "small_cnn":
        return (1, 28, 28), 32, nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(5408, 64),
                                              nn.ReLU(), nn.Linear(64, CLASSES))
    if name == "lenet5":
        return (1, 28, 28), 64, nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5),
                                              nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.Tanh(),
                                              nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, CLASSES))
    if name == "small_vgg":
        parts, inputs = [], 3
        for i, filters in enumerate((32, 64, 128)):
            parts += normalized(inputs, filters) + normalized(filters, filters) + [nn.MaxPool2d(2), nn.Dropout(0.2 + 0.1 * i)]
            inputs = filters
        parts += [nn.Flatten(), nn.Linear(2048, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, CLASSES)]
        return (3, 32, 32), 64, nn.Sequential(*parts)
    return (3, 32, 32), 64, nn.Sequential(*normalized(3, 16), Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2),
                                          nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, CLASSES))


def torch_side(name, layout):
    import resource
    import time

    import torch

    torch.set_num_threads(2)
    torch.manual_seed(0)
    shape, batch, network = torch_network(name)
    rows = 30 * batch
    x, y = torch.rand(rows, *shape), torch.randint(0, CLASSES, (rows,))
    if layout == "last" and len(shape) == 3:
        network, x = network.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    loss_of = torch.nn.CrossEntropyLoss()
    times = []
    for epoch in range(8):
        order = torch.randperm(rows)
        start = time.perf_counter()
        for first in range(0, rows, batch):
            chosen = order[first:first + batch]
            optimizer.zero_grad()
            loss_of(network(x[chosen]), y[chosen]).backward()
            optimizer.step()
        if epoch:
            times.append((time.perf_counter() - start) / 30)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    network.eval()
    latencies = []
    with torch.inference_mode():
        one = x[:1]
        for _ in range(300):
            start = time.perf_counter()
            network(one)
            latencies.append(time.perf_counter() - start)
    print(json.dumps({"step_ms": statistics.median(times) * 1e3, "latency_ms": statistics.median(latencies) * 1e3,
                      "peak_rss_mb": memory}))


def measured(command):
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    if sys.argv[1] == "--torch":
        return torch_side(*sys.argv[2:4])
    program = os.path.join(sys.argv[1], "..", "bench", "glassbench-bench-training")
    print(f"{'workload':<14}{'ours ms':>9}{'torch ms':>10}{'ratio':>7}{'target':>8}{'floor ms':>10}{'/ floor':>9}{'of peak':>9}"
          f"{'bf16 ms':>9}{'gain':>6}{'latency':>9}{'ratio':>7}{'MB':>6}{'of torch':>10}")
    for name, target in TARGETS.items():
        ours, half, theirs = [], [], []
        for _ in range(ROUNDS):
            ours.append(measured([program, "--workload", name]))
            half.append(measured([program, "--workload", name, "--bfloat16"]))
            theirs.append(min((measured([sys.executable, __file__, "--torch", name, layout]) for layout in ("first", "last")),
                              key=lambda one: one["step_ms"]))

        def middle(runs, key):
            return statistics.median(run[key] for run in runs)

        step, peer, floor = middle(ours, "step_ms"), middle(theirs, "step_ms"), middle(ours, "floor_ms")
        rounded = middle(half, "step_ms")
        print(f"{name:<14}{step:9.3f}{peer:10.3f}{peer / step:6.2f}x{target:7.1f}x{floor:10.3f}{step / floor:8.2f}x"
              f"{100 * middle(ours, 'share_of_peak'):8.0f}%{rounded:9.3f}{step / rounded:5.2f}x"
              f"{middle(ours, 'latency_ms'):9.3f}{middle(theirs, 'latency_ms') / middle(ours, 'latency_ms'):6.1f}x"
              f"{middle(ours, 'peak_rss_mb'):6.0f}{100 * middle(ours, 'peak_rss_mb') / middle(theirs, 'peak_rss_mb'):9.0f}%", flush=True)


main()
