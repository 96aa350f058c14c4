# SPDX-License-Identifier: Apache-2.0
"""The training of docs/examples: with 5 hops a layer, or with masks drawn from block models, token 0 finds the mark; with
1 hop on the same pattern it cannot.

usage: check.py FIND_TOKEN

On window:w=4+random:d=2 two hops, one a layer, reach about 30 % of 128 tokens from token 0, and a guess is right once in
8: at most .4 is right. Weights and sequences come from one seed, so a run repeats itself on a machine.
"""

import os
import subprocess
import sys

STEPS = 600
PATTERN = "window:w=4+random:d=2"


def last_share(program, attention, hops):
    """The share of right answers in the last hundred steps."""
    done = subprocess.run([program, attention, str(hops), str(STEPS)], check=True, text=True,
                          stdout=subprocess.PIPE, env={**os.environ, "OMP_WAIT_POLICY": "passive"})
    return float(done.stdout.split()[-1])


def main(program):
    near, far = last_share(program, PATTERN, 1), last_share(program, PATTERN, 5)
    drawn = last_share(program, "sbm", 1)
    print(f"1 hop: {near:.3f} right, 5 hops: {far:.3f}, block models: {drawn:.3f}, after {STEPS} steps")
    return 0 if near < 0.4 and far >= 0.95 and drawn >= 0.95 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
