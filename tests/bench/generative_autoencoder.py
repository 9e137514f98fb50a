"""The convolutional autoencoder and the variational one on MNIST, 28 x 28 pixels in batches of 64: images per second,
peak memory and how well digits come back, Glassbench against PyTorch with two threads each, in turn. Glassbench's
figures are those of whole runs, live views included; PyTorch, in the faster of its memory layouts, shows nothing.
Usage: generative_autoencoder.py BIN_DIR MNIST_DIR [ROWS [EPOCHS]]"""

import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 3
LATENT, BATCH = 16, 64
TARGETS = {"autoencoder": 1.5, "vae": 1.5}


def pixels(path):
    import numpy

    return numpy.fromfile(path, numpy.uint8, offset=16).reshape(-1, 1, 28, 28)


def torch_side(name, path, epochs, layout):
    import resource
    import time

    import torch
    from torch import nn

    torch.set_num_threads(2)
    torch.manual_seed(0)

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.Sequential(nn.Conv2d(1, 32, 3, 2, 1), nn.ReLU(), nn.Conv2d(32, 64, 3, 2, 1), nn.ReLU(), nn.Flatten())
            self.code = nn.Linear(64 * 49, LATENT)
            self.spread = nn.Linear(64 * 49, LATENT) if name == "vae" else None
            self.decoder = nn.Sequential(nn.Linear(LATENT, 64 * 49), nn.ReLU(), nn.Unflatten(1, (64, 7, 7)),
                                         nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(32, 1, 4, 2, 1))

        def forward(self, x):
            hidden = self.encoder(x)
            mean = self.code(hidden)
            if self.spread is None:
                return self.decoder(mean), mean, None
            spread = self.spread(hidden)
            return self.decoder(mean + torch.exp(spread / 2) * torch.randn_like(mean)), mean, spread

    network = Network()
    bytes_ = torch.from_numpy(pixels(path))
    if layout == "last":
        network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)

    def batch_of(rows):
        x = bytes_[rows].float() / 255
        return x.to(memory_format=torch.channels_last) if layout == "last" else x

    rates = []
    for epoch in range(epochs):
        order = torch.randperm(len(bytes_))
        start = time.perf_counter()
        for first in range(0, len(bytes_), BATCH):
            x = batch_of(order[first:first + BATCH])
            optimizer.zero_grad()
            made, mean, spread = network(x)
            if spread is None:
                loss = nn.functional.mse_loss(made, x)
            else:
                divergence = (mean * mean + spread.exp() - 1 - spread).sum(1).mean() / 2
                loss = nn.functional.binary_cross_entropy_with_logits(made, x) + divergence / 784
            loss.backward()
            optimizer.step()
        if epoch:
            rates.append(len(bytes_) / (time.perf_counter() - start))
    network.eval()
    total = 0.0
    with torch.inference_mode():
        for first in range(0, len(bytes_), 512):
            x = batch_of(slice(first, first + 512))
            made = network.decoder(network.code(network.encoder(x)))
            made = torch.sigmoid(made) if name == "vae" else made
            total += ((made - x) ** 2).sum().item()
    print(json.dumps({"images_per_second": statistics.median(rates), "reconstruction_mse": total / bytes_.numel(),
                      "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def measured(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def main():
    if sys.argv[1] == "--torch":
        return torch_side(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else 60000
    epochs = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    program = os.path.join(sys.argv[1], "..", "bench", "glassbench-bench-autoencoder")
    with gzip.open(f"{sys.argv[2]}/train-images-idx3-ubyte.gz") as file:
        whole = file.read()
    print(f"{'workload':<14}{'ours img/s':>12}{'torch img/s':>13}{'ratio':>8}{'target':>8}{'our mse':>10}{'torch mse':>11}{'MB':>7}"
          f"{'of torch':>10}")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "images.idx")
        with open(path, "wb") as file:
            file.write(whole[:4] + rows.to_bytes(4, "big") + whole[8:16 + rows * 784])
        for name, target in TARGETS.items():
            ours, theirs = [], []
            for _ in range(ROUNDS if rows > 10000 else 1):
                ours.append(measured([program, "--images", path, "--algorithm", name, "--epochs", str(epochs)]))
                theirs.append(max((measured([sys.executable, __file__, "--torch", name, path, str(epochs), layout])
                                   for layout in ("first", "last")), key=lambda one: one["images_per_second"]))

            def middle(runs, key):
                return statistics.median(run[key] for run in runs)

            mine, peer = middle(ours, "images_per_second"), middle(theirs, "images_per_second")
            memory, their_memory = middle(ours, "peak_rss_mb"), middle(theirs, "peak_rss_mb")
            print(f"{name:<14}{mine:12.0f}{peer:13.0f}{mine / peer:7.2f}x{target:7.1f}x{middle(ours, 'reconstruction_mse'):10.5f}"
                  f"{middle(theirs, 'reconstruction_mse'):11.5f}{memory:7.0f}{100 * memory / their_memory:9.0f}%", flush=True)


main()
