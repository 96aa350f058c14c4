# SPDX-License-Identifier: Apache-2.0
"""Attention, diffusion, multi-hop weights and generation beside their peers in Python and Eigen, on the inputs
that `bench --save` wrote in the same run; prints one JSON line a case and a table of ratios
(docs/bench.md).

usage: peers.py BENCH ATTNWALK [CASE ...]       cases: attention diffusion multihop generate expander; all without
       PEERS_SIZES=4096,16384 sets the sizes of all but multihop, PEERS_PATTERNS the patterns of attention and
       diffusion; Eigen takes part once `ninja tests/bench/eigen_bench` has built it beside BENCH
"""

import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rows as table

BENCH, TOOL = sys.argv[1:3]
CASES = sys.argv[3:] or ["attention", "diffusion", "multihop", "generate", "expander"]
SIZES = [int(n) for n in os.environ["PEERS_SIZES"].split(",")] if "PEERS_SIZES" in os.environ else None
EIGEN = Path(BENCH).resolve().parent / "eigen_bench"
PATTERNS = os.environ.get("PEERS_PATTERNS", "random:d=256").split()
THREADS = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count()))
SCALE = 1 / 8  # 1 / sqrt(64)
ALPHA, HOPS = 0.1, 5
DENSE_BELOW = 8192


def peer(name):
    """The module, or None with a remark: a missing peer is reported, never an error."""
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"peer {name} is not installed")
        return None


numpy, torch = peer("numpy"), peer("torch")
sparse, linalg = peer("scipy.sparse"), peer("scipy.sparse.linalg")
networkx, igraph = peer("networkx"), peer("igraph")
if numpy is None:
    sys.exit(77)
if torch is not None:
    torch.set_num_threads(THREADS)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")

TABLE = []
WHAT = {"hops": f"{HOPS} hops", "backward": "forward + backward", "multihop": "masked two-hop weights",
        "generate": "building a pattern"}


def ours(*args):
    """The rows of one run of the benchmark."""
    done = subprocess.run([BENCH, *map(str, args), "--json"], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    rows = json.loads(done.stdout)["rows"]
    print(*map(json.dumps, rows), sep="\n", flush=True)
    return rows


def timed(call):
    """Seven times after a warm-up; fewer, but three, where they would take longer than ten seconds."""
    call()
    times = []
    while len(times) < 7 and (len(times) < 3 or sum(times) < 10000):
        start = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - start))
    return times


def beside(row, name, call, error=None):
    """Times a peer of one of our rows, whose result must agree first."""
    report(row, name, timed(call), error)


def report(row, name, times, error=None, tolerance=1e-4):
    assert error is None or error < tolerance, f"{name} differs by {error}"
    median = statistics.median(times)
    print(json.dumps({"peer": name, "operation": row["operation"], "pattern": row["pattern"], "n": row["n"],
                      "entries": row["entries"], "times_ms": times, "median_ms": median,
                      "max_difference": error}), flush=True)
    TABLE.append((row, name, median))


def difference(found, wanted):
    return float(numpy.abs(numpy.asarray(found) - wanted).max())


def graphblas(rows, operation):
    """Our own other back end as a peer."""
    for row in rows:
        if row["operation"] == operation and row["backend"] == "graphblas":
            fused = next(r for r in rows if r["operation"] == operation and r["backend"] == "fused")
            TABLE.append((fused, "GraphBLAS", row["median_ms"]))


def saved(folder, pattern, n):
    """The arrays of one case; one head."""
    name = "".join(c if c.isalnum() else "_" for c in pattern) + f"-{n}-1-float.npz"
    return numpy.load(Path(folder, name))


class Scatter:
    """Attention on edges in torch: gather, softmax by scattering, scatter."""

    def __init__(self, data):
        self.n = data["indptr"].size - 1
        self.rows = torch.from_numpy(numpy.repeat(numpy.arange(self.n), numpy.diff(data["indptr"])))
        self.columns = torch.from_numpy(data["indices"].astype(numpy.int64))
        self.q, self.k, self.v, self.g = (torch.from_numpy(data[x][0]) for x in "qkvg")

    def forward(self, q, k, v):
        score = (q[self.rows] * k[self.columns]).sum(-1) * SCALE
        top = torch.full((self.n,), -torch.inf).scatter_reduce(0, self.rows, score.detach(), "amax")
        power = (score - top[self.rows]).exp()
        total = torch.zeros(self.n).index_add(0, self.rows, power)
        weight = power / total[self.rows]
        return torch.zeros(self.n, v.shape[1]).index_add(0, self.rows, weight[:, None] * v[self.columns])

    def attend(self):
        with torch.no_grad():
            return self.forward(self.q, self.k, self.v)

    def both(self):
        leaves = [x.clone().requires_grad_() for x in (self.q, self.k, self.v)]
        self.forward(*leaves).backward(self.g)
        return [x.grad for x in leaves]

    def dense(self):
        mask = torch.zeros(self.n, self.n, dtype=torch.bool)
        mask[self.rows, self.columns] = True

        def run():
            with torch.no_grad():
                score = (self.q @ self.k.T * SCALE).masked_fill(~mask, -torch.inf)
                return torch.softmax(score, -1) @ self.v
        return run


def attention(folder):
    for pattern in PATTERNS:
        for n in SIZES or [4096]:
            rows = ours(pattern, "-n", n, "--operations", "scores,forward,backward", "--save", folder,
                        "--backend", "fused,graphblas" if n <= 16384 else "fused")
            data = saved(folder, pattern.replace("{n}", str(n)), n)
            graphblas(rows, "scores")
            graphblas(rows, "forward")
            if torch is None:
                continue
            forward, backward = (next(r for r in rows if r["operation"] == name and r["backend"] == "fused")
                                 for name in ("forward", "backward"))
            peer_of = Scatter(data)
            beside(forward, "torch gather/scatter", peer_of.attend, difference(peer_of.attend(), data["z"][0]))
            beside(backward, "torch autograd", peer_of.both)
            if n <= DENSE_BELOW:
                run = peer_of.dense()
                beside(forward, "torch dense, mask", run, difference(run(), data["z"][0]))


def diffusion(folder):
    for pattern in PATTERNS:
        for n in SIZES or [4096]:
            rows = ours(pattern, "-n", n, "--operations", "hop,hops", "--backend", "fused,graphblas", "--save",
                        folder)
            data = saved(folder, pattern.replace("{n}", str(n)), n)
            graphblas(rows, "hop")
            graphblas(rows, "hops")
            hop, hops = (next(r for r in rows if r["operation"] == name and r["backend"] == "fused")
                         for name in ("hop", "hops"))
            v = data["v"][0]
            eigen(folder, data, hop, hops)

            def walk(product):
                z = v_of(product)
                start = z
                for _ in range(HOPS):
                    z = (1 - ALPHA) * product(z) + ALPHA * start
                return z

            if sparse is not None:
                A = sparse.csr_matrix((data["weights"].ravel(), data["indices"], data["indptr"]), (n, n))
                product = A.__matmul__
                v_of = lambda _: v
                beside(hop, "scipy csr @ dense", lambda: A @ v)
                beside(hops, "scipy csr @ dense", lambda: walk(product), difference(walk(product),
                                                                                   data["diffused"][0]))
            if torch is not None:
                B = torch.sparse_csr_tensor(torch.from_numpy(data["indptr"].astype(numpy.int64)),
                                            torch.from_numpy(data["indices"].astype(numpy.int64)),
                                            torch.from_numpy(data["weights"].ravel()), (n, n))
                C = B.to_sparse_coo() if hasattr(B, "to_sparse_coo") else B.to_sparse()
                x = torch.from_numpy(v)
                for name, matrix in (("torch.sparse.mm csr", B), ("torch.sparse.mm coo", C.coalesce())):
                    product = lambda z, m=matrix: torch.sparse.mm(m, z)
                    v_of = lambda _: x
                    beside(hop, name, lambda: product(x))
                    beside(hops, name, lambda: walk(product), difference(walk(product), data["diffused"][0]))


def eigen(folder, data, hop, hops):
    """Eigen's sparse times dense product, by a program of its own on raw arrays."""
    if not EIGEN.exists():
        print(f"peer {EIGEN} is not built")
        return
    raw = Path(folder, "raw")
    raw.mkdir(exist_ok=True)
    for name, kind in (("indptr", "int32"), ("indices", "int32"), ("weights", "float32"), ("v", "float32")):
        data[name].astype(kind).tofile(raw / name)
    done = subprocess.run([EIGEN, raw, str(hop["n"]), str(hop["head_dim"]), str(HOPS), str(ALPHA)], check=True,
                          capture_output=True, text=True)
    times = json.loads(done.stdout)
    found = numpy.fromfile(raw / "eigen", "float32").reshape(data["diffused"][0].shape)
    report(hop, "Eigen", times["hop"])
    report(hops, "Eigen", times["hops"], difference(found, data["diffused"][0]))


def multihop(folder):
    for pattern, n in (("random:d=16", 16384), ("random:d=64", 16384), ("random:d=16", 262144)):
        row = ours(pattern, "-n", n, "--operations", "multihop", "--reps", 7)[0]
        mask = Path(folder, "mask.npz")
        subprocess.run([TOOL, "pattern", pattern, "-n", str(n), "-o", mask], check=True, stdout=subprocess.DEVNULL)
        if sparse is None:
            continue
        M = sparse.load_npz(mask).astype(numpy.float64)
        A = sparse.diags(1 / numpy.diff(M.indptr)) @ M
        beside(row, "scipy (A@A).multiply(M)", lambda: (A @ A).multiply(M))


def recipe(n):
    """The published recipe on a dense mask: local blocks, random pairs, global rows and columns."""
    numpy.random.seed(0)
    mask = numpy.zeros((n, n), dtype=bool)
    for start in range(0, n, 32):
        mask[start:start + 64, start:start + 64] = True
    chosen = numpy.random.choice(range(n * n), n * 64, replace=False)
    mask[chosen // n, chosen % n] = True
    tokens = numpy.random.choice(range(64, n), 64, replace=False)
    mask[tokens, :] = True
    mask[:, tokens] = True
    return mask


def by_scipy(n):
    """The same law in O(entries): block, random and global pairs, made distinct by a sparse matrix."""
    draw = numpy.random.default_rng(0)
    i = numpy.arange(n)
    starts = [i // 32 * 32 - 32 + shift for shift in range(0, 96)]
    rows = numpy.concatenate([i] * len(starts))
    columns = numpy.concatenate(starts)
    inside = (columns >= 0) & (columns < n)
    tokens = draw.choice(numpy.arange(64, n), 64, replace=False)
    pairs = draw.integers(0, n * n, n * 64)
    rows = numpy.concatenate([rows[inside], pairs // n, numpy.repeat(tokens, n), numpy.tile(i, 64)])
    columns = numpy.concatenate([columns[inside], pairs % n, numpy.tile(i, 64), numpy.repeat(tokens, n)])
    mask = sparse.coo_matrix((numpy.ones(rows.size, bool), (rows, columns)), (n, n)).tocsr()
    mask.sort_indices()
    return mask


def once(row, name, call):
    """A peer that takes long enough to be timed once, without a warm-up."""
    start = time.perf_counter()
    call()
    report(row, name + ", once", [1000 * (time.perf_counter() - start)])


def generate(_):
    for n in SIZES or (4096, 16384, 65536, 1048576):
        row = ours("diffuser:w=64,r=64,g=64,build={n}", "-n", n, "--operations", "generate",
                   "--reps", 7 if n < 1000000 else 3)[0]
        if sparse is not None and n <= 65536:  # beyond, coordinates before they are distinct fill 10 GB
            beside(row, "scipy.sparse", lambda n=n: by_scipy(n))
        if n <= 4096:
            beside(row, "NumPy recipe, dense", lambda: recipe(n))
        elif n <= 16384:  # one call takes half a minute and 5 GB
            once(row, "NumPy recipe, dense", lambda n=n: recipe(n))


def certified(n, edges):
    """The second eigenvalue of a 64-regular graph given by its edges: what makes it an expander."""
    a, b = numpy.asarray(edges).T
    A = sparse.coo_matrix((numpy.full(2 * a.size, 1 / 64), (numpy.r_[a, b], numpy.r_[b, a])), (n, n)).tocsr()
    return numpy.sort(linalg.eigsh(A, 2, which="LA", tol=1e-4, return_eigenvectors=False))[0]


def expander(_):
    """A certified random 64-regular graph: ours accepts a draw once its second eigenvalue is bounded."""
    for n in SIZES or (4096, 16384, 65536, 262144):
        row = ours("expander:d=64", "-n", n, "--operations", "generate", "--reps", 3)[0]
        time_of = beside if n <= 16384 else once
        if igraph is not None and linalg is not None:
            time_of(row, "igraph K_Regular + eigsh",
                    lambda n=n: certified(n, igraph.Graph.K_Regular(n, 64).get_edgelist()))
        if networkx is not None and linalg is not None and n <= 16384:
            once(row, "networkx + eigsh",
                 lambda n=n: certified(n, list(networkx.random_regular_graph(64, n, seed=1).edges)))


def main():
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            {"attention": attention, "diffusion": diffusion, "multihop": multihop,
             "generate": generate, "expander": expander}[case](folder)
    print(f"\n{'pattern':<40}{'n':>8}  {'operation':<10}{'ms':>9}{'of limit':>9}  {'peer':<26}{'ms':>10}{'ratio':>8}")
    for row, name, median in TABLE:
        limit = f"{row['of_limit']:.2f}" if row["of_limit"] else ""
        print(f"{row['pattern']:<40}{row['n']:>8}  {row['operation']:<10}{row['median_ms']:>9.2f}{limit:>9}"
              f"  {name:<26}{median:>10.2f}{median / row['median_ms']:>8.1f}")
        table.add(WHAT.get(row["operation"], row["operation"]), f"`{row['pattern']}`, n = {row['n']:,}",
                  row["median_ms"], name, median, row["of_limit"])


if __name__ == "__main__":
    main()
