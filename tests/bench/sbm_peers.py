# SPDX-License-Identifier: Apache-2.0
"""Block models with 10 blocks: attnwalk beside igraph's SBM and its conversion to CSR, one core.

usage: sbm_peers.py SBM_BENCH
"""

import json
import subprocess
import sys
import time

import rows as table


def attnwalk(bench):
    out = subprocess.run([bench, "speed"], check=True, capture_output=True, text=True).stdout
    rows = [json.loads(line) for line in out.splitlines()]
    return next(r for r in rows if r["case"] == "planted" and r["n"] == 500000)


def peer(n, degree, k):
    import igraph
    import numpy
    import scipy.sparse
    inside = degree / 2 * k / n
    outside = degree / 2 / (n - n / k)
    P = [[inside if u == v else outside for v in range(k)] for u in range(k)]
    start = time.perf_counter()
    if igraph.__version__.startswith("0."):
        graph = igraph.Graph.SBM(n, P, [n // k] * k, directed=True, loops=True)
    else:
        graph = igraph.Graph.SBM(P, [n // k] * k, directed=True, allowed_edge_types="loops")
    drawn = time.perf_counter()
    edges = numpy.asarray(graph.get_edgelist(), dtype=numpy.int64)
    ones = numpy.ones(len(edges), dtype=bool)
    A = scipy.sparse.csr_matrix((ones, (edges[:, 0], edges[:, 1])), shape=(n, n))
    A.sort_indices()
    return drawn - start, time.perf_counter() - drawn, A.nnz


def main():
    ours = attnwalk(sys.argv[1])
    try:
        draw, convert, entries = peer(500000, 10, 10)
    except ImportError as missing:
        print(f"no peer: {missing}")
        return 77
    total = draw + convert
    print(f"igraph: {entries} entries, {draw:.2f} s + {convert:.2f} s to CSR")
    print(f"attnwalk: {ours['entries']:.0f} entries, {ours['seconds']:.3f} s")
    table.add("drawing a block model", f"10 blocks, n = 500,000, {entries:,} entries, 1 thread",
              1e3 * ours["seconds"] * entries / ours["entries"], "igraph SBM to CSR", 1e3 * total)
    print(f"ratio {total / entries / (ours['seconds'] / ours['entries']):.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
