# SPDX-License-Identifier: Apache-2.0
"""Options where they would be ignored: rows of the table in refusals.py, whose FILES they use."""

HEAD = ["--qk", "heads.npz"]
RING = ["ring:w=1", "-n", "8"]
VALUES = [*RING, "--random-v", "2"]
ROLLOUT = ["full;full", "-n", "8", "--rollout", "-q"]
SBM = ["sbm:k=2,in=.5,out=.1", "-n", "8"]


def refused(verb, rows):
    """Rows of one verb; the sentence names the option and what it belongs to, its default is no excuse."""
    return [([verb, *args], 2, f"{option} belongs to {mode}") for args, option, mode in rows]


ROWS = [
    *[row for verb, source in (("info", RING), ("gap", RING), ("diffuse", VALUES), ("propagate", RING))
      for row in refused(verb, [([*source, "--layer", "0"], "--layer", "--qk FILE"),
                                ([*source, "--head", "0"], "--head", "--qk FILE"),
                                ([*source, "--mask", "full"], "--mask", "--qk FILE"),
                                ([*source, "--scale", "0"], "--scale", "--qk FILE")])],
    *refused("gap", [
        ([*RING, "--pi"], "--pi", "--json"),
        ([*RING, "--pi", "--json", "--kind", "bipartite"], "--pi", "walks"),
        ([*RING, "--plot-kind", "mask"], "--plot-kind", "--plot"),
        ([*RING, "--steps", "8", "--kind", "bipartite"], "--steps", "powers"),
        ([*RING, "--sweep-set", "--kind", "directed"], "--sweep-set", "--kind undirected"),
        ([*RING, "--sweep-set", "--kind", "causal"], "--sweep-set", "--kind undirected"),
    ]),
    *refused("compare", [
        (["full", *RING, "--sweep-set"], "--sweep-set", "--json"),
        (["full", *RING, "--spectrum"], "--spectrum", "--json"),
        (["full", *RING, "--steps", "2", "--kind", "bipartite"], "--steps", "powers"),
        (["full", *RING, "--json", "--sweep-set", "--kind", "directed"], "--sweep-set", "--kind undirected"),
    ]),
    *refused("attend", [
        (["qkv.npz", "--layer", "0"], "--layer", "--qk FILE"),
        (["qkv.npz", "--head", "0"], "--head", "--qk FILE"),
        (["--weights-only", *HEAD, "--importance", "none"], "--importance", "outputs"),
        (["--weights-only", *HEAD, "--dtype", "double"], "--dtype", "outputs"),
        (["--weights-only", *HEAD, "--backend", "fused"], "--backend", "outputs"),
        (["--weights-only", *HEAD, "--dropout", "0"], "--dropout", "outputs"),
        (["--weights-only", *HEAD, "--lse"], "--lse", "outputs"),
    ]),
    *refused("diffuse", [
        ([*VALUES, "--normalize"], "--normalize", "a file of weights"),
        ([*VALUES, "--method", "heat", "--time", "2", "--alpha", ".1"], "--alpha", "every method but heat"),
        ([*VALUES, "--tolerance", "1e-3", "--hops", "5"], "--hops", "--method diffuser"),
        ([*VALUES, "--method", "gmres", "--hops", "5"], "--hops", "--method diffuser"),
        ([*VALUES, "--method", "exact", "--hops", "5"], "--hops", "--method diffuser"),
        ([*VALUES, "--max-hops", "10"], "--max-hops", "--tolerance"),
        ([*VALUES, "--method", "exact", "--max-hops", "10"], "--max-hops", "--tolerance"),
        ([*VALUES, "--method", "exact", "--tolerance", "1", "--max-hops", "10"], "--max-hops", "methods that"),
        ([*VALUES, "--strict"], "--strict", "--tolerance"),
        ([*VALUES, "--method", "exact", "--strict"], "--strict", "--tolerance"),
        ([*VALUES, "--time", "1"], "--time", "--method heat"),
        ([*VALUES, "--method", "gmres", "-t", "1"], "--time", "--method heat"),
        ([*VALUES, "--method", "gmres", "--force"], "--force", "--method chebyshev and cg"),
        ([*VALUES, "--method", "cg", "--backend", "graphblas"], "--backend", "--method diffuser"),
        ([*VALUES, "--method", "exact", "--backend", "fused"], "--backend", "--method diffuser"),
    ]),
    *refused("propagate", [
        ([*RING, "--residual", "0.5", "-q"], "--residual", "--rollout"),
        ([*RING, "--layers", "0", "-q"], "--layers", "--rollout"),
        ([*HEAD, "--rollout", "--layers", "0,1", "--layer", "1", "-q"], "--layer", "one head"),
        ([*ROLLOUT, "--scale", "1"], "--scale", "--qk FILE"),
        ([*ROLLOUT, "--hops", "2"], "--hops", "walks"),
        ([*ROLLOUT, "--accumulate"], "--accumulate", "walks"),
        ([*ROLLOUT, "--normalize"], "--normalize", "walks"),
        ([*RING, "--theta", "0,1", "--pairs", "full", "--hops", "2", "-q"], "--hops", "walks"),
        ([*RING, "--theta", "0,1", "--pairs", "full", "--accumulate", "-q"], "--accumulate", "walks"),
        ([*RING, "--cost", "hop", "-q"], "--cost", "--semiring min_plus"),
        ([*RING, "--semiring", "lor_land", "--normalize", "-q"], "--normalize", "semirings that read"),
        ([*RING, "--semiring", "plus_pair", "--normalize", "-q"], "--normalize", "semirings that read"),
        ([*RING, "--semiring", "min_plus", "--normalize", "-q"], "--normalize", "semirings that read"),
    ]),
    *refused("sample", [([*SBM, "--level", "1e-4"], "--level", "--selftest")]),
]
