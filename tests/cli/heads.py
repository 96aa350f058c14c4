# SPDX-License-Identifier: Apache-2.0
"""Several heads of one file in one command: table, JSON, CSV, picture, remarks.

usage: heads.py ATTNWALK ROOT
"""

import csv
import io
import json
import math
import xml.dom.minidom
from pathlib import Path

import files
from command import ROOT, TRAINED, Tally, run, scratch

N = 6


def softmax_rows(seed):
    """An n x n attention matrix, rows summing to 1."""
    scores = [[math.sin(seed + 1.3 * i * i + 2.1 * j) for j in range(N)] for i in range(N)]
    return [math.exp(s) / sum(map(math.exp, row)) for row in scores for s in row]


def main():
    tally = Tally()
    with scratch() as folder:
        matrices = [x for head in range(6) for x in softmax_rows(head)]
        Path(folder, "a.npy").write_bytes(files.npy([2, 3, N, N], matrices, "<f4"))
        batched = [x for layer in range(2) for copy in range(2) for x in matrices[layer * 3 * N * N:][:3 * N * N]]
        Path(folder, "b.npz").write_bytes(files.npz(w=files.npy([2, 2, 3, N, N], batched), x=files.npy([1], [0])))
        every = ["--layer", "all", "--head", "all"]
        code, out, err = run("gap", "--attention", "a.npy", *every, "--csv", "t.csv", "--plot", "h.svg", cwd=folder)
        tally.check(code == 0 and err == "", f"all heads: exit {code}: {err}")
        rows = [line for line in out.splitlines() if line.split()[:1] in (["0"], ["1"])]
        tally.check(len(rows) == 6, f"a row a head: {out}")
        tally.check(max(map(len, out.splitlines())) <= 100, "the table of heads fits 100 columns")
        xml.dom.minidom.parse(str(Path(folder, "h.svg")))
        table = list(csv.DictReader(Path(folder, "t.csv").open(encoding="utf-8")))
        tally.check([(row["layer"], row["head"]) for row in table] == [(str(l), str(h)) for l in "01" for h in "012"],
                    "CSV: layers and heads in order")
        code, out, err = run("gap", "--attention", "a.npy", "--layer", "1", "--head", "0-1,2", "--json", cwd=folder)
        heads = json.loads(out)
        tally.check(heads["schema"] == "attnwalk.heads/1" and len(heads["heads"]) == 3, "JSON of one layer's heads")
        for head, row in zip(heads["heads"], table[3:]):
            one = json.loads(run("gap", "--attention", "a.npy", "--layer", head["layer"], "--head", head["head"],
                                 "--json", cwd=folder)[1])
            tally.check(one["gaps"] == head["gaps"], f"head {head['head']} alone has the same gaps")
            tally.check(float(row["slem_gap"]) == head["gaps"]["slem"]["gap"], "CSV and JSON agree in all digits")
        named = ["gap", "--attention", "b.npz", "--names", "attention=w", *every]
        code, out, err = run(*named, "--batch", "1", "--csv", "-", cwd=folder)
        again = list(csv.DictReader(io.StringIO(out)))
        tally.check(all(math.isclose(float(a["slem_gap"]), float(b["slem_gap"]), rel_tol=1e-4) # stored as float32
                        for a, b in zip(table, again)) and len(again) == 6, f"a batch, another name: {err}")
        for args, words in ((named, "2 sequences"),
                            ([*named, "--batch", "2"], "no sequence 2"),
                            (["gap", "--attention", "b.npz", *every], "which of its 2 arrays"),
                            (["gap", "--attention", "a.npy", "--head", "0-3"], "no head 3"),
                            (["gap", "--attention", "a.npy", "--head", "2-1"], "numbers and ranges"),
                            (["gap", "ring:w=1", "-n", "9", "--head", "all"], "--head belongs to"),
                            (["gap", "--attention", "a.npy", "--head", "all", "--plot", "x.svg", "--plot-kind", "mask"],
                             "--plot-kind belongs to one head"),
                            (["gap", "--attention", "a.npy", "--mask", "full"], "--mask belongs to --qk FILE"),
                            (["gap", "--attention", "a.npy", "--names", "z=w"], "--names = z=w"),
                            (["gap", "--attention", "a.npy", "full"], "two inputs")):
            code, _, err = run(*args, cwd=folder)
            tally.check(code in (1, 2) and words in err, f"{args}: exit {code}: {err}")
    for args, words in ((["gap", TRAINED / "diffuser.npz", "--kind", "bipartite", "--dense-below", "0"], "also stores q and k"),
                        (["info", "--qk", TRAINED / "sbm.npz"], "stores block models"),
                        (["info", "--qk", TRAINED / "causal.npz"], "stores no mask")):
        code, out, err = run(*args, cwd=ROOT)
        tally.check(code == 0 and words in err and err.count("\n") == 1, f"{args}: one remark: {err}")
        tally.check(run(*args, "-q", cwd=ROOT)[2] == "", f"{args}: -q silences it")
    tally.done()


if __name__ == "__main__":
    main()
