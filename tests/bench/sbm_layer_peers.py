# SPDX-License-Identifier: Apache-2.0
"""The SBM-Transformer's attention layer as it starts, 2 heads of width 32 with 128 clusters: attnwalk beside PyTorch
through n x n arrays as the layer is defined, float, forward and backward, medians of 5.

usage: sbm_layer_peers.py SBM_BENCH
"""

import json
import statistics
import subprocess
import sys
import time

import rows as table

HEADS, WIDTH, CLUSTERS, DELTA, WEIGHT = 2, 32, 128, 0.01, 1e-4


def peer(n):
    """Seconds of a forward and of a backward pass, the density of the last mask."""
    import torch

    class Straight(torch.autograd.Function):
        @staticmethod
        def forward(ctx, probability):
            mask = torch.bernoulli((probability + DELTA).clamp(0, 1))
            ctx.save_for_backward(mask)
            return mask

        @staticmethod
        def backward(ctx, gradient):
            return torch.nn.functional.hardtanh(ctx.saved_tensors[0] * gradient)

    torch.manual_seed(0)
    q, k, v, g = (torch.randn(1, HEADS, n, WIDTH) for _ in range(4))
    c = torch.randn(HEADS, CLUSTERS, WIDTH) * (2 / (CLUSTERS * WIDTH)) ** 0.5
    f = torch.nn.Sequential(torch.nn.Linear(WIDTH, WIDTH), torch.nn.ReLU(), torch.nn.Linear(WIDTH, WIDTH))
    for leaf in (q, k, v, c):
        leaf.requires_grad_()
    forward, backward = [], []
    for _ in range(6):
        start = time.perf_counter()
        blocks = torch.softmax((c @ c.transpose(-1, -2)).flatten(1), -1).view(HEADS, CLUSTERS, CLUSTERS)
        queries, keys = (torch.sigmoid(f(x) @ c.transpose(-1, -2)) for x in (q, k))
        mask = Straight.apply(queries @ blocks @ keys.transpose(-1, -2))
        weights = torch.softmax(q @ k.transpose(-1, -2) / WIDTH**0.5, -1) * mask
        out = torch.nn.functional.normalize(weights, p=1, dim=-1) @ v
        middle = time.perf_counter()
        ((out * g).sum() + WEIGHT * mask.mean()).backward()
        forward.append(middle - start)
        backward.append(time.perf_counter() - middle)
    return statistics.median(forward[1:]), statistics.median(backward[1:]), mask.mean().item()


def main():
    out = subprocess.run([sys.argv[1], "passes"], check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        ours = json.loads(line)
        total = ours["forward_ms"] + ours["backward_ms"]
        print(f"n = {ours['n']}, {ours['threads']} threads: attnwalk {ours['forward_ms']:.1f} + "
              f"{ours['backward_ms']:.1f} ms at density {ours['density']:.3f}")
        try:
            forward, backward, density = peer(ours["n"])
        except ImportError as missing:
            print(f"no peer: {missing}")
            return 77
        print(f"    torch {1e3 * forward:.1f} + {1e3 * backward:.1f} ms at density {density:.3f}, "
              f"{1e3 * (forward + backward) / total:.2f} times as long")
        table.add("SBM-Transformer layer", f"2 heads, n = {ours['n']:,}, forward + backward", total, "torch, dense masks",
                  1e3 * (forward + backward))
    return 0


if __name__ == "__main__":
    sys.exit(main())
