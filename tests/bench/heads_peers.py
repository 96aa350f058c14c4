# SPDX-License-Identifier: Apache-2.0
"""The gaps of trained heads and of directed random walks, `attnwalk gap` beside NumPy and SciPy on the same walks.

usage: heads_peers.py ATTNWALK [--data FOLDER] [--threads T] [--repetitions R] [--quick]

Prints the table of docs/bench.md, "Gaps of heads". Ours is the processor time of the whole command, reading included, with T threads;
for the 48 heads of three files the time that passes. A peer computes the same numbers without intervals from a finished
matrix: SLEM by numpy.linalg.eigvals, sigma_2 by the singular values of D, additive by eigvalsh of (D + D')/2, and with "all gaps"
chatterjee, consensus and the norms of D^2 .. D^8 by singular values. D = Pi^1/2 A Pi^-1/2 - q q' is not timed. Above 1,024 tokens these
take minutes, and SciPy's ARPACK takes their place: eigs and svds for SLEM, sigma_2, additive. Every number has to lie within our interval
up to the peer's own rounding, else the case is marked. --quick leaves the peers out.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rows as table

parser = argparse.ArgumentParser()
parser.add_argument("tool")
parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "data/trained")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--repetitions", type=int, default=3)
parser.add_argument("--quick", action="store_true")
how = parser.parse_args()
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # read when NumPy is loaded
    os.environ[name] = str(how.threads)
try:
    import numpy
    import scipy
    import scipy.sparse
    from scipy.sparse.linalg import LinearOperator, eigs, eigsh, svds
except ImportError:
    print("NumPy and SciPy are not installed: skipped")
    sys.exit(77)

FEW = "slem,sigma_2,additive"


def ours(*args, threads=None):
    """The report and the least of a few times in seconds: of the processor, and passed."""
    best = (float("inf"), float("inf"))
    report = None
    for _ in range(how.repetitions):
        before, began = os.times(), time.perf_counter()
        run = subprocess.run([how.tool, "gap", *args, "--json", "--quiet", "--threads", str(threads or how.threads)],
                             check=True, capture_output=True, text=True)
        passed, after = time.perf_counter() - began, os.times()
        used = after.children_user - before.children_user + after.children_system - before.children_system
        best = (min(best[0], used), min(best[1], passed))
        report = json.loads(run.stdout)
    return report, best


def head(file, layer, index):
    """Attention weights of a stored head, as `attnwalk gap --qk` forms them."""
    with numpy.load(file) as arrays:
        q, k = (arrays[name][layer, index].astype(float) for name in "qk")
        scores = q @ k.T / numpy.sqrt(q.shape[1])
        if "indptr" in arrays:
            shape, indices, indptr = scores.shape, arrays["indices"], arrays["indptr"]
            mask = scipy.sparse.csr_matrix((numpy.ones(len(indices)), indices, indptr), shape).toarray() > 0
            scores[~mask] = -numpy.inf
    weights = numpy.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def stationary(A):
    n = A.shape[0]
    if scipy.sparse.issparse(A):
        pi = numpy.full(n, 1 / n)
        for _ in range(200):
            pi = A.T @ pi
        return pi / pi.sum()
    pi = numpy.linalg.solve((numpy.eye(n) - A + 1 / n).T, numpy.full(n, 1 / n))
    return numpy.abs(pi) / numpy.abs(pi).sum()


def dense_peer(A):
    """Numbers by NumPy's full decompositions, and the processor's seconds for the first three and for all."""
    q = numpy.sqrt(stationary(A))
    D = q[:, None] * A / q - numpy.outer(q, q)
    began = time.process_time()
    numbers = {"slem": numpy.abs(numpy.linalg.eigvals(D)).max(),
               "sigma_2": numpy.linalg.norm(D, 2),
               "additive": numpy.linalg.eigvalsh((D + D.T) / 2 - 2 * numpy.outer(q, q))[-1]}
    few = time.process_time() - began
    numbers["chatterjee"] = numpy.linalg.svd(numpy.eye(len(A)) - D - numpy.outer(q, q), compute_uv=False)[-2]
    numbers["consensus"] = numpy.linalg.norm(A - A.mean(axis=0), 2)
    power, best = D, 1 - numbers["sigma_2"] ** 2
    for k in range(2, 9):
        power = power @ D
        norm = numpy.linalg.norm(power, 2)
        best = max(best, (1 - norm**2) / k)
    numbers["k_step"], numbers["pseudo_gap"] = norm ** (1 / 8), best
    return numbers, few, time.process_time() - began


def sparse_peer(A):
    """The same three by ARPACK; eigs of a disc of eigenvalues converges slowly, if at all."""
    q = numpy.sqrt(stationary(A))
    M = scipy.sparse.diags(q) @ A @ scipy.sparse.diags(1 / q)
    n = A.shape[0]
    T = M.T.tocsr()

    def forward(x):
        return M @ x.ravel() - q * (q @ x.ravel())

    def backward(x):
        return T @ x.ravel() - q * (q @ x.ravel())

    D = LinearOperator((n, n), matvec=forward, rmatvec=backward, dtype=float)
    S = LinearOperator((n, n), matvec=lambda x: (forward(x) + backward(x)) / 2 - 2 * q * (q @ x.ravel()), dtype=float)
    start = numpy.random.default_rng(0).standard_normal(n)
    began = time.process_time()
    numbers = {"sigma_2": svds(D, k=1, v0=start, return_singular_vectors=False)[0],
               "additive": eigsh(S, k=1, which="LA", v0=start, return_eigenvectors=False)[0]}
    try:
        numbers["slem"] = numpy.abs(eigs(D, k=2, v0=start, ncv=80, maxiter=100, tol=1e-6, return_eigenvectors=False)).max()
    except scipy.sparse.linalg.ArpackNoConvergence:
        pass
    return numbers, time.process_time() - began


def outside(report, numbers):
    """Names whose number is not in our interval, up to 1e-7."""
    found = []
    for name, value in numbers.items():
        gap = report["gaps"].get(name, {})
        if gap.get("lo") is not None and not gap["lo"] - 1e-7 <= value <= gap["hi"] + 1e-7:
            found.append(name)
    return found


def line(case, seconds, peer=None, theirs=None, note=""):
    ratio = f"{theirs / seconds:.1f}" if theirs is not None else ""
    theirs_text = f"{theirs:.2f}" if theirs is not None else ""
    print(f"| {case} | {seconds:.2f} | {peer or ''} | {theirs_text} | {ratio} | {note} |", flush=True)
    if theirs is not None:
        table.add("gaps of a walk", case, 1e3 * seconds, peer, 1e3 * theirs)


def widths(report):
    """Status of the SLEM and the width of its interval as a part of the gap."""
    slem = report["gaps"]["slem"]
    if slem.get("gap_hi") is None:
        return slem["status"]
    return f"{slem['status']}, {(slem['gap_hi'] - slem['gap_lo']) / slem['gap']:.0e}"


def heads():
    file = how.data / "diffuser.npz"
    for layer, index in ((0, 1), (3, 3)):
        where = ["--qk", str(file), "--layer", str(layer), "--head", str(index)]
        peer = None if how.quick else dense_peer(head(file, layer, index))
        for what, more in ((FEW, ["--only", FEW]), ("all gaps", [])):
            report, (used, _) = ours(*where, *more)
            case = f"diffuser.npz, layer {layer}, head {index}: {what}"
            if how.quick:
                line(case, used, note=widths(report))
                continue
            numbers, few, whole = peer
            missed = outside(report, numbers)
            line(case, used, "NumPy", few if more else whole, widths(report) + (f"; NumPy's {', '.join(missed)} outside" if missed else ""))


def all_heads():
    passed = 0.0
    for name, mask in (("diffuser", []), ("sbm", []), ("causal", ["--mask", "causal(full)"])):
        began = time.perf_counter()
        subprocess.run([how.tool, "gap", "--qk", str(how.data / f"{name}.npz"), "--layer", "all", "--head", "all", "--json", "--quiet",
                        "--threads", "2", *mask], check=True, capture_output=True)
        passed += time.perf_counter() - began
    line("48 heads of three files, 2 threads, seconds passed", passed)


def random_walks():
    with tempfile.TemporaryDirectory() as folder:
        for n in (1024, 2048, 2049, 4096):
            report, (_, passed) = ours("random:d=16", "-n", str(n), threads=2)
            case = f"random:d=16, n = {n:,}, 2 threads, seconds passed"
            if how.quick:
                line(case, passed, note=widths(report))
                continue
            pattern = str(Path(folder) / "x.npz")
            subprocess.run([how.tool, "pattern", "random:d=16", "-n", str(n), "-o", pattern], check=True, capture_output=True)
            with numpy.load(pattern) as arrays:
                indptr, indices = arrays["indptr"], arrays["indices"]
            A = scipy.sparse.csr_matrix((numpy.full(len(indices), 1 / 16), indices, indptr), (n, n))
            if n <= 1024:
                numbers, _, theirs = dense_peer(A.toarray())
                peer = "NumPy, all gaps"
            else:
                numbers, theirs = sparse_peer(A)
                peer = "ARPACK, " + ", ".join(sorted(numbers))
            missed = outside(report, numbers)
            line(case, passed, peer, theirs, widths(report) + (f"; {', '.join(missed)} outside" if missed else ""))


def main():
    print(f"NumPy {numpy.__version__}, SciPy {scipy.__version__}, {how.threads} thread(s), least of {how.repetitions}\n")
    print("| walk | attnwalk s | peer | peer s | ratio | SLEM: status, width of its interval / gap |")
    print("|---|--:|---|--:|--:|---|")
    heads()
    random_walks()
    all_heads()


main()
