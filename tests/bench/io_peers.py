# SPDX-License-Identifier: Apache-2.0
"""io_peers.py BENCH [ENTRIES [FORMAT]]: times reading and writing beside SciPy, on the same files in the same run,
and prints one JSON line a case and a table of ratios (docs/bench.md). FORMAT: mtx, npz_stored, npz_deflated, or a part."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rows as table

try:
    import scipy
    import scipy.io
    import scipy.sparse as sparse
except ImportError:
    sys.exit(77)

BENCH, ENTRIES, FORMAT = (sys.argv[1:] + ["10000000", ""][len(sys.argv) - 2:])[:3]


def ours(folder, threads):
    environment = dict(os.environ, **({"OMP_NUM_THREADS": str(threads)} if threads else {}))
    done = subprocess.run([BENCH, folder, ENTRIES, FORMAT], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def scipys(folder):
    """The same cases by SciPy; what takes long is repeated less."""
    stored = [sparse.load_npz(file) for file in folder.glob("*.npz")]
    stored += [scipy.io.mmread(file).tocsr() for file in folder.glob("*.mtx")]
    A = stored[0]
    for B in stored[1:]:
        assert (A.indptr == B.indptr).all() and (A.indices == B.indices).all()
        assert (A.data == B.data).all(), "all formats hold the same numbers"
    cases = {
        "read_mtx": lambda: scipy.io.mmread(folder / "bench.mtx"),
        "read_npz_stored": lambda: sparse.load_npz(folder / "stored.npz"),
        "read_npz_deflated": lambda: sparse.load_npz(folder / "deflated.npz"),
        "write_mtx": lambda: scipy.io.mmwrite(folder / "scipy.mtx", A, precision=17),
        "write_npz_stored": lambda: sparse.save_npz(folder / "scipy.npz", A, compressed=False),
    }
    for name, call in cases.items():
        if FORMAT not in name:
            continue
        times = []
        while len(times) < 5 or (len(times) < 7 and sum(times) < 30000):
            start = time.perf_counter()
            call()
            times.append(1000 * (time.perf_counter() - start))
        yield {"name": name, "backend": f"scipy {scipy.__version__}", "threads": 1,
               "times_ms": times, "median_ms": statistics.median(times), "min_ms": min(times),
               "repetitions": len(times)}


def main(folder):
    rows = ours(folder, 1) + ours(folder, None)
    peers = {row["name"]: row for row in scipys(folder)}
    print(*(json.dumps(row) for row in [*rows, *peers.values()]), sep="\n")
    print(f"{'case':<20}{'threads':>8}{'attnwalk ms':>13}{'scipy ms':>11}{'ratio':>8}")
    for row in rows:
        peer = peers[row["name"]]["median_ms"]
        print(f"{row['name']:<20}{row['threads']:>8}{row['median_ms']:>13.0f}{peer:>11.0f}"
              f"{peer / row['median_ms']:>8.1f}")
        verb, what = row["name"].split("_", 1)
        table.add(f"{verb} {int(ENTRIES):,} entries", f"{what.replace('_', ', ')}, {row['threads']} thread"
                  f"{'s' * (row['threads'] > 1)}", row["median_ms"], f"SciPy {scipy.__version__}", peer)


with tempfile.TemporaryDirectory() as place:
    main(Path(place))
