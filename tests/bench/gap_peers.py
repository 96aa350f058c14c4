# SPDX-License-Identifier: Apache-2.0
"""The gap of expanders and of a window graph, `attnwalk gap` against its peers on the same file.

usage: gap_peers.py ATTNWALK [--spectra PROGRAM] [--large] [--repetitions R] [--threads T] [--scaling]

Peers: SciPy's eigsh (ARPACK) from above and with shift-invert (SuperLU), SLEPc's Krylov-Schur, plain Spectra (PROGRAM is
tests/bench/spectra_peer), and networkx.algebraic_connectivity once at n = 4096. All are given T threads, one unless told; SciPy's,
SLEPc's and Spectra's products use one of them. Everyone is asked for the gap to 1e-8 of itself: the peers with the loosest
tolerance of 1e-2, 1e-3, ... that attains it against our certified or converged value, ours with --tolerance 1e-8, which bounds the
error of the value. Ours is the time of both ends of the spectrum with their intervals, theirs that of lambda_2 alone from a finished
matrix; the whole command is printed beside it. --large adds n = 262144; --scaling prints our time per entry and product from
n = 4096 to 262144, and nothing else.
"""

import argparse
import glob
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import rows as table

parser = argparse.ArgumentParser()
parser.add_argument("tool")
parser.add_argument("--spectra")
parser.add_argument("--scaling", action="store_true")
parser.add_argument("--large", action="store_true")
parser.add_argument("--repetitions", type=int, default=7)
parser.add_argument("--threads", type=int, default=1)
how = parser.parse_args()
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # read when NumPy is loaded
    os.environ[name] = str(how.threads)
try:
    import numpy
    import scipy
    import scipy.sparse
    from scipy.sparse.linalg import eigsh
except ImportError:
    print("NumPy and SciPy are not installed: skipped")
    sys.exit(77)

# Debian keeps both beside PETSc's own files, outside the path.
for package in ("petsc", "slepc"):
    sys.path += sorted(glob.glob(f"/usr/lib/{package}dir/*/*/lib/python3/dist-packages"))

ACCURACY = 1e-8


def ours(tool, file):
    start = time.perf_counter()
    text = subprocess.run([tool, "gap", file, "--json", "--tolerance", str(ACCURACY)], check=True, capture_output=True, text=True).stdout
    return json.loads(text), time.perf_counter() - start


def normalized(file):
    with numpy.load(file) as arrays:
        indptr, indices = arrays["indptr"], arrays["indices"]
    n = len(indptr) - 1
    scale = 1 / numpy.sqrt(numpy.diff(indptr))
    rows = numpy.repeat(scale, numpy.diff(indptr))
    return scipy.sparse.csr_matrix((rows * scale[indices], indices.astype(numpy.int32), indptr.astype(numpy.int32)), (n, n))


def scipy_gap(N, method, tolerance, seed):
    start = numpy.random.default_rng(seed).standard_normal(N.shape[0])
    if method == "eigsh LA":
        began = time.perf_counter()
        values = eigsh(N, k=2, which="LA", tol=tolerance, v0=start, maxiter=200, return_eigenvectors=False)
        return 1 - min(values), time.perf_counter() - began
    N = N.tocsc()
    began = time.perf_counter()
    values = eigsh(N, k=2, which="LM", sigma=1 + 1e-7, tol=tolerance, v0=start, return_eigenvectors=False)
    return 1 - min(values), time.perf_counter() - began


def slepc_gap(N, tolerance):
    from petsc4py import PETSc
    from slepc4py import SLEPc

    A = PETSc.Mat().createAIJ(size=N.shape, csr=(N.indptr, N.indices, N.data))
    solver = SLEPc.EPS().create()
    solver.setOperators(A)
    solver.setProblemType(SLEPc.EPS.ProblemType.HEP)
    solver.setWhichEigenpairs(SLEPc.EPS.Which.LARGEST_REAL)
    solver.setDimensions(2)
    solver.setTolerances(tolerance, 10000)
    began = time.perf_counter()
    solver.solve()
    seconds = time.perf_counter() - began
    return 1 - solver.getEigenvalue(1).real, seconds


def spectra_gap(file, tolerance):
    text = subprocess.run([how.spectra, file, str(tolerance)], check=True, capture_output=True, text=True).stdout
    return tuple(float(word) for word in text.split())


def networkx_gap(N):
    import networkx

    graph = networkx.from_scipy_sparse_array(N)
    began = time.perf_counter()
    value = networkx.algebraic_connectivity(graph, weight="weight", normalized=False, tol=1e-8, method="lanczos")
    return value, time.perf_counter() - began


def loosest(gap, solve):
    """The loosest tolerance that attains the accuracy, or nothing."""
    for exponent in range(2, 15):
        tolerance = 10.0**-exponent
        try:
            found, _ = solve(tolerance)
        except Exception:  # ArpackNoConvergence
            return None
        if abs(found - gap) <= ACCURACY * gap:
            return tolerance
    return None


def compare(tool, folder, spec, n, methods, repetitions):
    file = os.path.join(folder, "x.npz")
    subprocess.run([tool, "pattern", spec, "-n", str(n), "-o", file], check=True, capture_output=True)
    report, _ = ours(tool, file)  # warm-up
    case = f"`{spec}`, n = {n:,}, {how.threads} thread{'s' * (how.threads > 1)}"
    entry = report["gaps"]["lambda_2"]
    N = normalized(file)
    reports = [ours(tool, file) for _ in range(repetitions)]
    mine = statistics.median(r["timings"]["eigenvalues"] for r, _ in reports)
    whole = statistics.median(seconds for _, seconds in reports)
    open_part = (entry["gap"] - entry["gap_lo"]) / entry["gap"]
    print(f"{spec} n={n}: gap {entry['gap']:.12g}, {entry['status']}, {open_part:.0e} of it left open", flush=True)
    print(f"  attnwalk, both ends and intervals  {mine:8.3f} s   whole command {whole:.3f} s", flush=True)
    for method in methods:
        if method == "slepc4py":
            try:
                import slepc4py  # noqa: F401
            except ImportError:
                print("  slepc4py: cannot be imported")
                continue
            solve = lambda tolerance, seed=0: slepc_gap(N, tolerance)
        elif method == "Spectra":
            if how.spectra is None:
                print("  plain Spectra: no program given")
                continue
            solve = lambda tolerance, seed=0: spectra_gap(file, tolerance)
        elif method == "networkx":
            try:
                value, seconds = networkx_gap(N)
                print(f"  networkx.algebraic_connectivity    {seconds:8.3f} s   ratio {seconds / mine:6.1f}   off by {abs(value - entry['gap']) / entry['gap']:.0e}")
                table.add("second eigenvalue", case, 1e3 * mine, "networkx.algebraic_connectivity", 1e3 * seconds)
            except ImportError:
                print("  networkx: not installed")
            continue
        else:
            solve = lambda tolerance, seed=0, method=method: scipy_gap(N, method, tolerance, seed)
        tolerance = loosest(entry["gap"], solve)
        if tolerance is None:
            print(f"  {method}: does not attain {ACCURACY:g} of the gap in 200 restarts")
            table.add("second eigenvalue", case, 1e3 * mine, method, None)
            continue
        theirs = statistics.median(solve(tolerance, repetition)[1] for repetition in range(repetitions))
        print(f"  {method:32}   {theirs:8.3f} s   ratio {theirs / mine:6.1f}   tol {tolerance:g}", flush=True)
        table.add("second eigenvalue", case, 1e3 * mine, f"{method}, tol {tolerance:g}", 1e3 * theirs)


def scaling(tool, folder, n):
    """Our time per entry and product, which should not depend on n."""
    file = os.path.join(folder, "x.npz")
    subprocess.run([tool, "pattern", "regular:d=64", "-n", str(n), "-o", file], check=True, capture_output=True)
    reports = [ours(tool, file)[0] for _ in range(how.repetitions)]
    seconds = statistics.median(r["timings"]["eigenvalues"] for r in reports)
    steps = int(re.search(r"of (\d+) steps", reports[0]["gaps"]["lambda_2"]["method"])[1])
    whole = statistics.median(sum(r["timings"][part] for part in ("prepare", "structure", "undirected", "coefficients")) for r in reports)
    print(f"{n:8} {64 * n:10} entries  {steps:4} steps {seconds:8.3f} s  {1e9 * seconds / (64 * n * steps):6.2f} ns   all but reading {whole:7.3f} s  {1e9 * whole / (64 * n):7.1f} ns", flush=True)


def main():
    print(f"SciPy {scipy.__version__}, NumPy {numpy.__version__}, threads {how.threads}, {how.repetitions} repetitions")
    with tempfile.TemporaryDirectory() as folder:
        if how.scaling:
            for n in (4096, 16384, 65536, 262144):
                scaling(how.tool, folder, n)
            return
        peers = ["eigsh LA", "slepc4py", "Spectra"]
        compare(how.tool, folder, "regular:d=64", 4096, peers + ["networkx"], how.repetitions)
        for n in [65536] + ([262144] if how.large else []):
            compare(how.tool, folder, "regular:d=64", n, peers, how.repetitions)
        compare(how.tool, folder, "window:w=8", 65536, ["eigsh LA", "eigsh shift-invert"], how.repetitions)


main()
