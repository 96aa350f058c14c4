# SPDX-License-Identifier: Apache-2.0
"""C8: gaps of an expander and of a window graph, `attnwalk gap` against SciPy's eigsh on the same file.

usage: gap_peers.py ATTNWALK [N [REPETITIONS]]

Both sides use the same number of threads in their products (OMP_NUM_THREADS is set to 1 here: SciPy's sparse product has
one thread). The tolerance of eigsh is the loosest of 1e-2, 1e-3, ... that meets 1e-8 of the gap, against our value.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import numpy
    import scipy
    import scipy.sparse
    from scipy.sparse.linalg import eigsh
except ImportError:
    print("NumPy and SciPy are not installed: skipped")
    sys.exit(77)

ACCURACY = 1e-8


def ours(tool, file):
    env = dict(os.environ, OMP_NUM_THREADS="1")
    start = time.perf_counter()
    text = subprocess.run([tool, "gap", file, "--json"], env=env, check=True, capture_output=True, text=True).stdout
    return json.loads(text), time.perf_counter() - start


def normalised(file):
    with numpy.load(file) as arrays:
        indptr, indices = arrays["indptr"], arrays["indices"]
    n = len(indptr) - 1
    scale = 1 / numpy.sqrt(numpy.diff(indptr))
    rows = numpy.repeat(scale, numpy.diff(indptr))
    return scipy.sparse.csr_matrix((rows * scale[indices], indices.astype(numpy.int32), indptr.astype(numpy.int32)), (n, n))


def peer(N, method, tolerance, seed):
    start = numpy.random.default_rng(seed).standard_normal(N.shape[0])
    more = {"sigma": 1 + 1e-7} if method == "shift-invert" else {}
    if more:
        N = N.tocsc()
    began = time.perf_counter()
    which = "LM" if more else "LA"
    values = eigsh(N, k=2, which=which, tol=tolerance, v0=start, **more, return_eigenvectors=False)
    return 1 - min(values), time.perf_counter() - began


def main():
    tool = sys.argv[1]
    n = sys.argv[2] if len(sys.argv) > 2 else "65536"
    repetitions = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    print(f"SciPy {scipy.__version__}, NumPy {numpy.__version__}, n = {n}, 1 thread, {repetitions} repetitions")
    with tempfile.TemporaryDirectory() as folder:
        for spec, method in (("regular:d=64", "LA"), ("window:w=8", "shift-invert")):
            file = os.path.join(folder, "x.npz")
            subprocess.run([tool, "pattern", spec, "-n", n, "-o", file], check=True, capture_output=True)
            report, _ = ours(tool, file)  # warm-up
            gap = report["gaps"]["lambda_2"]["gap"]
            N = normalised(file)
            for exponent in range(2, 15):
                tolerance = 10.0**-exponent
                found, _ = peer(N, method, tolerance, 0)
                if abs(found - gap) <= ACCURACY * gap:
                    break
            mine, whole, theirs = [], [], []
            for repetition in range(repetitions):
                report, seconds = ours(tool, file)
                mine.append(report["timings"]["eigenvalues"])
                whole.append(seconds)
                theirs.append(peer(N, method, tolerance, repetition)[1])
            a, b, c = statistics.median(mine), statistics.median(theirs), statistics.median(whole)
            print(f"{spec}: gap {gap:.17g}, eigsh {method} tol {tolerance:g} off by {abs(found - gap) / gap:.1e} of it")
            print(f"  both ends with certificate {a:.3f} s, eigsh {b:.3f} s, ratio {b / a:.2f}; whole report {c:.3f} s")
            print(f"  all: {mine} {theirs} {whole}")


main()
