# SPDX-License-Identifier: Apache-2.0
"""Help: every verb ends with three examples, each of which runs; every number of a report is
explained; counts may be written short; bash completes verbs and options.

usage: help.py ATTNWALK ROOT
"""

import json
import re
import shlex
import shutil
import subprocess

from command import ROOT, TOOL, Tally, run, scratch


def verbs(*above):
    """The verbs, and the claims of a verb that has some."""
    text = run(*above, "--help")[1]
    names = re.findall(r"^  (\w[\w-]*)", text.split("Subcommands:")[1], re.M) if "Subcommands:" in text else []
    return [leaf for name in names for leaf in verbs(*above, name)] or [above]


def examples(tally, folder):
    for verb in verbs():
        text = run(*verb, "--help")[1]
        lines = re.findall(r"^ +attnwalk (.*)$", text.split("Examples:")[-1], re.M)
        tally.check(len(lines) == 3, f"{verb}: {len(lines)} examples at the end of the help, not 3")
        for line in lines:
            tally.check(line.startswith(" ".join(verb)), f"{verb} shows an example of another verb: {line}")
            code, out, err = run(*shlex.split(line), cwd=folder)
            tally.check(code == 0 and out != "", f"attnwalk {line}: exit {code}: {err}")


def explained(tally):
    """The names of stored reports of every kind of walk."""
    names = set()
    for stored in (ROOT / "tests/golden").glob("gap_*.json"):
        report = json.loads(stored.read_text(encoding="utf-8"))
        names |= {*report["gaps"], *report["bounds"]}
    tally.check(len(names) > 40, f"only {len(names)} names in stored reports")
    for name in sorted(names):
        code, out, err = run("explain", name)
        tally.check(code == 0 and "which way" in out, f"explain {name}: exit {code}: {err}")


def counts(tally):
    """Short ways to write a count mean the same number."""
    for text, want in {"1k": 1000, "2Ki": 2048, "1e3": 1000, "1.5k": 1500, "12e2": 1200, "2500e-1": 250,
                       "7": 7, ".5k": None, "1e": None, "k": None}.items():
        code, out, err = run("info", "window:w=1", "-n", text, "--json", "-q")
        if want is None:
            tally.check(code == 2 and "must be an integer" in err, f"-n {text}: exit {code}: {err}")
        else:
            tally.check(code == 0 and json.loads(out)["input"]["queries"] == want, f"-n {text}: exit {code}: {err}")


def completed(*words):
    """What bash offers for the last of these words."""
    script = f"""source <('{TOOL}' completion bash)
COMP_WORDS=({" ".join(map(shlex.quote, words))}); COMP_CWORD={len(words) - 1}; _attnwalk; echo "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).split()


def completion(tally):
    """Bash's own answers; zsh and fish read their scripts, where they are installed."""
    for words, want in [(("attnwalk", "ga"), ["gap"]), (("attnwalk", "gap", "--swe"), ["--sweep-set"]),
                        (("attnwalk", "explain", "keme"), ["kemeny"]), (("attnwalk", "gap", "win"), []),
                        (("attnwalk", "check", "uni"), ["universality"]),
                        (("attnwalk", "check", "universality", "--rot"), ["--rotations"])]:
        tally.check(completed(*words) == want, f"{words} completes to {completed(*words)}, not {want}")
    for shell in ("bash", "zsh", "fish"):
        script = run("completion", shell)[1]
        for verb in verbs():
            tally.check(verb[0] in script, f"the completion for {shell} lacks {verb[0]}")
        if shutil.which(shell):
            read = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False)
            tally.check(read.returncode == 0, f"{shell} cannot read its completion: {read.stderr}")


def main():
    tally = Tally()
    with scratch() as folder:
        (ROOT / folder / "data").symlink_to(ROOT / "data")
        examples(tally, folder)
    explained(tally)
    counts(tally)
    completion(tally)
    tally.done()


if __name__ == "__main__":
    main()
