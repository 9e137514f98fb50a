"""DCGANs of 28 x 28 grey and 64 x 64 coloured pixels: pictures learnt from a second and peak memory, Glassbench against
PyTorch with two threads each, in turn, the same networks and batches. Glassbench shows its samples meanwhile and keeps a
running mean of the generator; PyTorch, in the faster of its memory layouts, does neither. "shown" is what showing takes of the
trainer's time, against rounds in which nobody looks: at most 3 % is wanted.
Usage: generative_gan.py BIN_DIR MNIST_DIR [CYCLES]"""

import json
import os
import statistics
import subprocess
import sys

ROUNDS = 3
# name, size, channels, batch, cycles, target
CASES = [("DCGAN 28x28", 28, 1, 64, 200, 1.5), ("DCGAN 64x64 RGB", 64, 3, 32, 120, 1.2)]


def torch_side(size, channels, batch, cycles, layout):
    import resource
    import time

    import torch
    from torch import nn

    torch.set_num_threads(2)
    torch.manual_seed(0)
    start, widest, narrowest = (7, 128, 64) if size == 28 else (4, 256, 32)
    layers, filters, side = [nn.Linear(100, widest * start * start, bias=False), nn.BatchNorm1d(widest * start * start), nn.ReLU(),
                             nn.Unflatten(1, (widest, start, start))], widest, start
    while side < size:
        last = 2 * side == size
        out = channels if last else filters // 2
        layers.append(nn.ConvTranspose2d(filters, out, 4, 2, 1, bias=last))
        layers += [nn.Tanh()] if last else [nn.BatchNorm2d(out), nn.ReLU()]
        filters, side = out, 2 * side
    generator = nn.Sequential(*layers)
    layers, filters, side = [], channels, size
    while side > start:
        out = narrowest if filters == channels else 2 * filters
        layers.append(nn.Conv2d(filters, out, 4, 2, 1, bias=filters == channels))
        if filters != channels:
            layers.append(nn.BatchNorm2d(out))
        layers.append(nn.LeakyReLU(0.2))
        filters, side = out, side // 2
    discriminator = nn.Sequential(*layers, nn.Flatten(), nn.Linear(filters * side * side, 1))
    data = torch.randint(0, 256, (20 * batch, channels, size, size), dtype=torch.uint8)
    if layout == "last":
        generator, discriminator = (net.to(memory_format=torch.channels_last) for net in (generator, discriminator))
    move_g, move_d = (torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True)
                      for net in (generator, discriminator))
    loss = nn.functional.binary_cross_entropy_with_logits
    real_answer, fake_answer, wanted = torch.full((batch, 1), 0.9), torch.zeros(batch, 1), torch.ones(batch, 1)
    begin = None
    for cycle in range(cycles):
        if cycle == 20:
            begin = time.perf_counter()
        first = cycle % 20 * batch
        real = data[first:first + batch].float() / 127.5 - 1
        if layout == "last":
            real = real.to(memory_format=torch.channels_last)
        fake = generator(torch.randn(batch, 100))
        move_d.zero_grad()
        (loss(discriminator(real), real_answer) + loss(discriminator(fake.detach()), fake_answer)).backward()
        move_d.step()
        move_g.zero_grad()
        loss(discriminator(fake), wanted).backward()
        move_g.step()
    print(json.dumps({"images_per_second": (cycles - 20) * batch / (time.perf_counter() - begin),
                      "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def measured(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def main():
    if sys.argv[1] == "--torch":
        return torch_side(*map(int, sys.argv[2:6]), sys.argv[6])
    program = os.path.join(sys.argv[1], "..", "bench", "glassbench-bench-gan")
    print(f"{'workload':<18}{'ours img/s':>12}{'torch img/s':>13}{'ratio':>8}{'target':>8}{'MB':>7}{'of torch':>10}{'shown':>8}")
    for name, size, channels, batch, cycles, target in CASES:
        cycles = int(sys.argv[3]) if len(sys.argv) > 3 else cycles
        ours, alone, theirs = [], [], []
        command = [program, "--size", str(size), "--channels", str(channels), "--batch", str(batch), "--cycles", str(cycles)]
        for _ in range(ROUNDS):
            ours.append(measured(command))
            alone.append(measured(command + ["--watched", "0"]))
            theirs.append(max((measured([sys.executable, __file__, "--torch", str(size), str(channels), str(batch), str(cycles),
                                         layout]) for layout in ("first", "last")), key=lambda one: one["images_per_second"]))

        def middle(runs, key):
            return statistics.median(run[key] for run in runs)

        mine, peer = middle(ours, "images_per_second"), middle(theirs, "images_per_second")
        memory = middle(ours, "peak_rss_mb")
        print(f"{name:<18}{mine:12.0f}{peer:13.0f}{mine / peer:7.2f}x{target:7.1f}x{memory:7.0f}"
              f"{100 * memory / middle(theirs, 'peak_rss_mb'):9.0f}%{100 * (1 - mine / middle(alone, 'images_per_second')):7.1f}%",
              flush=True)


main()
