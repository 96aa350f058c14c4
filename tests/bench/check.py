# SPDX-License-Identifier: Apache-2.0
"""The benchmark's own test: one row a case, every result near loops in double, inputs saved on request.

usage: check.py BENCH
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

CASES = ["-n", "60,1", "--dim", "7", "--heads", "1,2", "--reps", "2", "--dtype", "float,double,bfloat16",
         "--backend", "fused,graphblas", "--operations",
         "scores,softmax,hop,hops,forward,backward,diffuser,multihop,generate", "--json"]
# Sums of 7 products and 13 entries; bfloat16 keeps 8 bits of K and V.
TOLERANCE = {"float": 1e-5, "double": 1e-13, "bfloat16": 0.05}


def run(bench, *args):
    return subprocess.run([bench, *args], capture_output=True, text=True, check=False)


def faults(bench, folder):
    refused = run(bench, "random:d=6", *CASES)
    if refused.returncode == 0 or "random:d=6" not in refused.stderr:
        yield f"a pattern that does not fit one token: {refused}"
    done = run(bench, "window:w=6", *CASES, "--save", folder)
    if done.returncode != 0:
        yield done.stderr
        return
    rows = json.loads(done.stdout)["rows"]
    # a size: generate, multihop; a head count: float and double 13 each, bfloat16 1
    if len(rows) != 2 * (2 + 2 * (2 * 13 + 1)):
        yield f"{len(rows)} rows"
    for row in rows:
        shown = f"{row['operation']}, {row['backend']}, {row['dtype']}, n {row['n']}"
        if len(row["times_ms"]) != 2 or row["median_ms"] <= 0:
            yield f"{shown}: times"
        if row["operation"] not in ("generate", "softmax") and not (
                row["max_error"] is not None and row["max_error"] <= TOLERANCE[row["dtype"]]):
            yield f"{shown}: error {row['max_error']}"
        bound = row["backend"] == "fused" and row["operation"] in ("scores", "hop", "hops", "forward")
        if (row["gather_limit_ms"] is not None) != bound and row["operation"] != "diffuser":
            yield f"{shown}: limit {row['gather_limit_ms']}"
    saved = {path.name for path in Path(folder).glob("window_w_6-*")}
    if saved != {f"window_w_6-{n}-{h}-{t}.npz" for n in (1, 60) for h in (1, 2) for t in ("double", "float")}:
        yield f"saved {sorted(saved)}"


def main(bench):
    with tempfile.TemporaryDirectory() as folder:
        found = list(faults(bench, folder))
    print("\n".join(found) or "the benchmark's rows are right")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
