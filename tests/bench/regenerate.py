#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every benchmark beside its peers and writes the table of docs/bench.md anew.

usage: regenerate.py BUILD

BUILD is a release build, whose benchmark programs are built first. Use an idle machine; it takes about half an hour.
Peers that are not installed leave no row. Their own output goes to standard output.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "docs" / "bench.md"
BEGIN, END = "<!-- written by tests/bench/regenerate.py -->\n", "<!-- up to here -->\n"


def programs(build):
    """The commands whose rows make the table, in its order."""
    bench, tool, here = build / "tests/bench", build / "tools/attnwalk", HERE
    return [
        [here / "peers.py", bench / "bench", tool],
        [here / "gap_peers.py", tool, "--spectra", bench / "spectra_peer"],
        [here / "sbm_peers.py", bench / "sbm_bench"],
        [here / "sbm_layer_peers.py", bench / "sbm_bench"],
        [here / "io_peers.py", bench / "io_bench"],
    ]


def digits(x):
    """Three significant digits, without an exponent."""
    return f"{x:,.0f}" if x >= 100 else f"{x:.3g}"


def table(rows):
    out = ["| what | case | attnwalk ms | of limit | peer | peer ms | ratio |", "|---|---|--:|--:|---|--:|--:|"]
    for row in rows:
        limit = "" if row["of_limit"] is None else f"{row['of_limit']:.2f}"
        theirs, ratio = "not reached", ""
        if row["peer_ms"] is not None:
            theirs, ratio = digits(row["peer_ms"]), digits(row["peer_ms"] / row["ours_ms"])
        out.append(f"| {row['what']} | {row['case']} | {digits(row['ours_ms'])} | {limit} | {row['peer']} | {theirs} "
                   f"| {ratio} |")
    return "\n".join(out) + "\n"


def machine(build):
    """The processor, its threads, the system and the version that were measured."""
    models = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
              if line.startswith("model name")]
    version = subprocess.run([build / "tools/attnwalk", "--version"], check=True, capture_output=True,
                             text=True).stdout.strip()
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{version}, {models[0] if models else platform.machine()}, {os.cpu_count()} threads, {system}."


def main(build):
    subprocess.run(["ninja", "-C", build, "tools/attnwalk", *(f"tests/bench/{name}" for name in (
        "bench", "eigen_bench", "spectra_peer", "sbm_bench", "io_bench"))], check=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "rows")
        file.touch()
        for command in programs(build):
            done = subprocess.run([sys.executable, *command], env={**os.environ, "BENCH_ROWS": str(file)}, check=False)
            if done.returncode not in (0, 77):
                return done.returncode
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    head, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    tail = rest.split(END)[1]
    PAGE.write_text(f"{head}{BEGIN}\n{machine(build)}\n\n{table(rows)}\n{END}{tail}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
