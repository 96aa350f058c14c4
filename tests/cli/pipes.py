# SPDX-License-Identifier: Apache-2.0
"""Pipes, files, trained heads, help, colors, Ctrl-C: the command among other commands.

usage: pipes.py ATTNWALK ROOT
"""

import json
import os
import pty
import re
import signal
import subprocess
import time
import zipfile
from pathlib import Path

import files
from command import TOOL, TRAINED, Tally, run, scratch

VERBS = ["pattern", "info", "gap", "compare", "attend", "diffuse", "propagate", "sample",
         "export"]


def gaps(*args, **how):
    """The gaps of one run, by name."""
    code, out, err = run("gap", *args, "--json", **how)
    assert code == 0, err
    return json.loads(out)


def help_pages(tally):
    code, out, _ = run("--help")
    tally.check(code == 0 and all(verb in out for verb in VERBS), "--help names every verb")
    code, out, _ = run("--help-all")
    tally.check(code == 0 and "--weights-only" in out and "--plot-kind" in out, "--help-all")
    code, out, _ = run("--version")
    tally.check(code == 0 and out.startswith("attnwalk "), "--version")
    for verb in VERBS:
        code, out, err = run(verb, "--help")
        tally.check(code == 0 and "--json" in out and err == "", f"{verb} --help")


def round_trips(tally, folder):
    """A spec, its files and its pipe have one structure and one gap."""
    spec = ["random:d=4+ring:w=1", "-n", "50", "--seed", "5"]
    want = gaps(*spec)
    _, matrix, remarks = run("pattern", *spec, "-o", "-")
    tally.check(matrix.startswith("%%MatrixMarket") and "50 x 50" in remarks, "pattern -o -")
    _, _, silent = run("pattern", *spec, "-o", "-", "-q")
    tally.check(silent == "", "-q keeps remarks back")
    results = {"-": gaps("-", stdin=matrix.encode())}
    for name in ("p.mtx", "p.npz", "p.safetensors"):
        path = Path(folder, name)
        code, out, err = run("pattern", *spec, "-o", path)
        tally.check(code == 0 and str(path) in out, f"pattern -o {name}: {err}")
        results[name] = gaps(path)
        tally.check(results[name]["input"]["spec"] == spec[0], f"{name} carries its spec")
    for name, got in results.items():
        tally.check(got["structure"] == want["structure"], f"{name}: the structure changed")
        for label, gap in want["gaps"].items():
            tally.check(got["gaps"][label]["value"] == gap["value"], f"{name}: {label} changed")
    _, out, _ = run("compare", Path(folder, "p.npz"), "random:d=4+ring:w=1", "--seed", "5", "--json")
    tally.check(json.loads(out)["overlap"]["jaccard"] == 1, "a spec beside a file takes its size")


def stored_words(path, key):
    """JSON that a file carries: beside it, as bytes in an .npz, or in the metadata of .safetensors."""
    if path.suffix == ".npz":
        with zipfile.ZipFile(path) as archive:
            data = archive.read(key + ".npy")
        return json.loads(data[10 + int.from_bytes(data[8:10], "little"):])
    if path.suffix == ".safetensors":
        data = path.read_bytes()
        size = int.from_bytes(data[:8], "little")
        return json.loads(json.loads(data[8:8 + size])["__metadata__"][key])
    return json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))


def certificates(tally, folder):
    """What is proved of an expander travels with it, in each kind of file and through the pipe."""
    spec = ["expander:d=6", "-n", "64", "--seed", "3"]
    _, out, _ = run("pattern", *spec, "--json")
    want = json.loads(out)["input"]
    version = want["versions"]["attnwalk"]
    tally.check(want["certificate"]["lambda_hi"] <= want["certificate"]["lambda_target"], f"{want}")
    _, matrix, _ = run("pattern", *spec, "-o", "-", "-q")
    sources = {"-": {"stdin": matrix.encode()}}
    for name in ("x.mtx", "x.npz", "x.safetensors"):
        path = Path(folder, name)
        run("pattern", *spec, "-o", path)
        sources[path] = {}
        stored = stored_words(path, "certificate")
        tally.check(stored["spec"] == spec[0] and stored["seed"] == 3 and stored["version"] == version
                    and stored["certified"] and stored["draws"] == want["certificate"]["draws"],
                    f"{name} stores {stored}")
    for source, how in sources.items():
        for verb in ("info", "gap"):
            code, out, err = run(verb, source, "--json", **how)
            got = json.loads(out)["input"] if code == 0 else err
            tally.check(code == 0 and got["certificate"] == want["certificate"]
                        and got["spec"] == spec[0], f"{verb} {source}: {got}")
            code, out, _ = run(verb, source, **how)
            tally.check("certificate" in out, f"{verb} {source} says nothing of its certificate")


def origins(tally, folder):
    """Results say what they were made of: the input with its seed and version."""
    walk = ["ring:w=2", "-n", "12", "--seed", "7"]
    for name in ("z.npy", "z.npz", "z.safetensors"):
        path = Path(folder, name)
        code, _, err = run("diffuse", *walk, "--random-v", "3", "-o", path)
        tally.check(code == 0, f"diffuse -o {name}: {err}")
        got = stored_words(path, "provenance")
        tally.check(got["schema"] == "attnwalk.provenance/1" and got["input"]["spec"] == "ring:w=2"
                    and got["input"]["seed"] == 7 and got["input"]["versions"]["attnwalk"]
                    and got["diffused"]["method"] == "diffuser" and got["diffused"]["alpha"] == 0.1
                    and got["diffused"]["hops"] == 5 and "timings" not in got,
                    f"{name} stores {got}")
    path = Path(folder, "reach.npz")
    code, _, err = run("propagate", *walk, "--semiring", "lor_land", "--hops", "2", "-o", path)
    got = stored_words(path, "certificate") if code == 0 else {"spec": err}
    tally.check(got["spec"].startswith("ring:w=2: ") and got["seed"] == 7 and not got["certified"],
                f"propagate stores {got}")


def heads(tally, folder):
    causal = ["--qk", TRAINED / "causal.npz", "--layer", "2", "--head", "1", "--mask", "causal(full)"]
    got = gaps(*causal)
    tally.check(got["kind"] == "causal" and got["input"]["entries"] == 1024 * 1025 // 2, "causal head")
    for label in ("lambda_2", "lambda_n", "slem"):
        gap = got["gaps"][label]
        # Rounding of a row's sum and quotient: a few eps = 2.2e-16, times the value.
        tally.check(gap["method"] == "diagonal" and gap["lo"] <= gap["value"] <= gap["hi"]
                    and gap["hi"] - gap["lo"] <= 1e-14 * gap["value"],
                    f"{label} of a causal head is on the diagonal: {gap}")
    for label in ("sigma_2", "additive", "chatterjee", "k_step", "pseudo_gap"):
        tally.check(got["gaps"][label]["status"] == "refused", f"{label} of a causal head")
    steps = [f"{name}({k})" for name in ("tv_max", "tv_mean") for k in range(1, 9)]
    missing = [name for name in ("absorption_mean", "absorption_max", "hops_to_sink", "sink_mass",
                                 "mixing_time", "transient_radius", "norm_2", *steps)
               if got["bounds"].get(name, {}).get("value") is None]
    tally.check(not missing, f"the causal path reports {missing}")
    path = Path(folder, "weights.npz")
    code, out, err = run("attend", "--weights-only", *causal, "-o", path, "--json")
    tally.check(code == 0, f"attend: {err}")
    weights = json.loads(out)["attention"]["weights"]
    tally.check(weights["row_sum_error"] < 1e-12, "rows of attention weights sum to 1")
    again = gaps(path)
    for label in ("slem", "doeblin"):
        tally.check(again["gaps"][label]["value"] == got["gaps"][label]["value"],
                    f"{label} of written weights")
    got = gaps("--qk", TRAINED / "diffuser.npz", "--layer", "2", "--head", "1")
    tally.check(got["kind"] == "directed" and got["input"]["mask"] == "stored", "diffuser head")
    tally.check(got["input"]["entries"] == 140135, "the stored mask is used")
    missing = [name for name in ("slem", "sigma_2", "additive", "chatterjee", "k_step", "pseudo_gap",
                                 "doeblin", "dobrushin", "consensus") if name not in got["gaps"]]
    tally.check(not missing, f"the directed path reports {missing}")
    value = {label: gap["value"] for label, gap in got["gaps"].items()}
    for label in ("slem", "sigma_2", "additive", "chatterjee", "k_step", "pseudo_gap"):
        gap = got["gaps"][label]
        tally.check(gap["status"] == "certified" and gap["lo"] <= gap["value"] <= gap["hi"]
                    and gap["gap_lo"] <= gap["gap"] <= gap["gap_hi"], f"{label} of a head: {gap}")
    tally.check(value["slem"] <= value["k_step"] <= value["sigma_2"] and value["chatterjee"]
                >= 1 - value["additive"] >= 1 - value["sigma_2"], f"the order of gaps: {value}")
    code, out, _ = run("info", "--qk", TRAINED / "sbm.npz", "--mask", "window:w=2", "--json")
    tally.check(json.loads(out)["input"]["mask"] == "window:w=2", "--mask makes the mask")


def entries_of(path):
    """The entries of a Matrix Market file, sizes first."""
    return [line.split()[:2] for line in path.read_text(encoding="utf-8").splitlines() if line[0] != "%"]


def block_models(tally, folder):
    """pattern and sample draw one mask; --test and --selftest tell models and laws apart."""
    term = "sbm:k=3,in=.4,out=.05"
    one, other = Path(folder, "one.mtx"), Path(folder, "other.mtx")
    for model, options in ((term, ["-n", "90", "--seed", "4"]), (term + ",seed=4", ["-n", "90"]),
                           (f"sbm:file={TRAINED / 'sbm.npz'},layer=3,head=1", ["--seed", "4"])):
        for verb, path in (("pattern", one), ("sample", other)):
            code, _, err = run(verb, model, *options, "-o", path)
            tally.check(code == 0, f"{verb} {model}: {err}")
        tally.check(entries_of(one) == entries_of(other), f"{model}: sample draws another mask")
    run("pattern", "sbm:k=3,in=.3,out=.1", "-n", "90", "-o", one)
    copies = Path(folder, "copies.npz")
    run("sample", term, "-n", "90", "--method", "poisson", "-o", copies)
    npz = Path(folder, "model.npz")
    npz.write_bytes(files.npz(
        query_block=files.npy([90], [i // 30 for i in range(90)], "<i8"),
        key_block=files.npy([90], [j // 30 for j in range(90)], "<i8"),
        S=files.npy([3, 3], [.4 if u == v else .05 for u in range(3) for v in range(3)])))
    for args, want in (([term, "-n", "90", "--test", one], 1),
                       ([term, "-n", "90", "--method", "poisson", "--test", copies], 0),
                       ([npz, "--method", "poisson", "--test", copies], 0),
                       (["sbm:k=3,in=.3,out=.1", "-n", "90", "--method", "poisson", "--test", copies], 1),
                       (["--blocks", ".4,.05,.05;.05,.4,.05;.05,.05,.4", "-n", "90", "--method", "poisson",
                         "--test", copies], 0),
                       ([npz, "--selftest", "40"], 0),
                       ([npz, "--selftest", "40", "--method", "poisson_distinct", "--loops"], 0)):
        code, out, err = run("sample", *args)
        tally.check(code == want, f"sample {args}: exit {code} where {want} is right: {err}")
        tally.check(("REJECTED" in out) == (want == 1), f"sample {args}: {out}")


def strictness(tally):
    code, out, _ = run("gap", "causal(window:w=2)", "-n", "60", "--json")
    refused = [g for g in json.loads(out)["gaps"].values() if g["status"] == "refused"]
    tally.check(code == 0 and refused and all(g["value"] is None and g["reason"] for g in refused),
                "refusals are part of the result")
    code, out, _ = run("gap", "causal(window:w=2)", "-n", "60", "--strict")
    tally.check(code == 1 and "not given: sigma_2" in out, "--strict exits 1 and still prints")


def instruction_sets(tally):
    """ATTNWALK_ISA chooses the kernels; results agree, an unknown name is refused."""
    head = ["attend", "--qk", TRAINED / "causal.npz", "--mask", "causal(window:w=9)", "--json"]
    norms = {}
    for isa in ("", "baseline"):
        code, out, err = run(*head, env={"ATTNWALK_ISA": isa} if isa else {})
        tally.check(code == 0, f"ATTNWALK_ISA={isa}: {err}")
        norms[isa] = json.loads(out)["attended"]["z"]["frobenius"]
    tally.check(abs(norms[""] / norms["baseline"] - 1) < 1e-5, f"instruction sets differ: {norms}")
    code, out, err = run(*head, env={"ATTNWALK_ISA": "mmx"})
    tally.check(code == 2 and out == "" and "mmx" in err and err.count("\n") == 1, f"mmx: {err}")


def broken_pipe(tally):
    """A reader that closes early is no failure; a full disk is."""
    done = subprocess.run(f"'{TOOL}' pattern full -n 1500 -o - -q | head -n 1; echo ${{PIPESTATUS[0]}}",
                          shell=True, capture_output=True, executable="/bin/bash", check=False)
    tally.check(done.stderr == b"" and done.stdout.split()[-1] == b"0", f"| head: {done}")
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([TOOL, "info", "full", "-n", "4"], stdout=full, stderr=subprocess.PIPE,
                              check=False)
    tally.check(done.returncode == 1 and b"standard output" in done.stderr, f"/dev/full: {done}")


def on_terminal(args, env):
    """What a run writes to a terminal that is its stdout and stderr."""
    master, slave = pty.openpty()
    done = subprocess.Popen([TOOL, *map(str, args)], stdout=slave, stderr=slave,
                            env={**os.environ, "TERM": "xterm", **env})
    os.close(slave)
    text = b""
    try:
        while chunk := os.read(master, 4096):
            text += chunk
    except OSError:  # the other side has closed
        pass
    os.close(master)
    return done.wait(), text


def terminals(tally):
    plain = {"NO_COLOR": ""}
    code, text = on_terminal(["gap", "ring:w=1", "-n", "16"], plain)
    tally.check(code == 0 and b"\x1b[32mcertified" in text, "colors on a terminal")
    _, text = on_terminal(["gap", "ring:w=1", "-n", "16"], {"NO_COLOR": "1"})
    tally.check(b"\x1b" not in text, "NO_COLOR")
    tally.check(progress(), "a bar on a terminal")


def progress():
    """Whether work of more than a second draws a bar on a terminal, until Ctrl-C takes it away."""
    master, slave = pty.openpty()
    process = subprocess.Popen([TOOL, "gap", "regular:d=8", "-n", "200000", "--tolerance", "1e-14"],
                               stdout=subprocess.DEVNULL, stderr=slave)
    os.close(slave)
    text = b""
    try:
        while chunk := os.read(master, 4096):
            if b" %" in chunk and b" %" not in text:  # once: a second Ctrl-C kills
                process.send_signal(signal.SIGINT)
            text += chunk
    except OSError:  # the other side has closed
        pass
    os.close(master)
    bar = re.search(rb"\r\x1b\[K[^\r]+ \[#*\.*\] \d+ %", text)
    return process.wait() == 130 and bar is not None and b"\r\x1b[Kattnwalk: cancelled" in text


def interruption(tally, folder):
    """Ctrl-C ends long work with 130 and leaves no file."""
    path = Path(folder, "never.svg")
    process = subprocess.Popen([TOOL, "gap", "regular:d=8", "-n", "200000", "--tolerance", "1e-14",
                                "--plot", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    tally.check(process.returncode == 130 and out == b"", f"Ctrl-C: exit {process.returncode}")
    tally.check(err.startswith(b"attnwalk: cancelled") and err.count(b"\n") == 1, f"Ctrl-C: {err}")
    tally.check(not list(Path(folder).glob("never*")), "Ctrl-C left a file")


def main():
    tally = Tally()
    help_pages(tally)
    strictness(tally)
    instruction_sets(tally)
    broken_pipe(tally)
    terminals(tally)
    with scratch() as folder:
        round_trips(tally, folder)
        certificates(tally, folder)
        origins(tally, folder)
        heads(tally, folder)
        block_models(tally, folder)
        interruption(tally, folder)
    tally.done()


if __name__ == "__main__":
    main()
