# SPDX-License-Identifier: Apache-2.0
"""Rows of the table in docs/bench.md: each peer program adds its own, tests/bench/regenerate.py writes them down."""

import json
import os


def add(what, case, ours_ms, peer, peer_ms, of_limit=None):
    """One line of the file that BENCH_ROWS names; nothing where it names none.

    peer_ms is None where the peer did not finish."""
    if "BENCH_ROWS" not in os.environ:
        return
    with open(os.environ["BENCH_ROWS"], "a", encoding="utf-8") as file:
        json.dump({"what": what, "case": case, "ours_ms": ours_ms, "of_limit": of_limit, "peer": peer,
                   "peer_ms": peer_ms}, file)
        file.write("\n")
