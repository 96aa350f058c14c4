# SPDX-License-Identifier: Apache-2.0
"""What README and docs show of the command's output is what the command prints.

usage: samples.py ROOT ATTNWALK [--pictures]

A sample is a line `$ attnwalk ...` of a code block and what stands below it: `...` on a line of its own is any number
of lines, at the end of a line the rest of it. Spaces do not count. Numbers agree to 1e-6 or to one unit of the last
digit shown; below 1e-7 they are rounding, which differs between instruction sets.

Samples run in a folder of their own, where `data` is the repository's. A picture that a sample writes, `--plot NAME.svg`,
and that its page shows from docs/pictures must be the one shown; --pictures copies the new ones there.
"""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

NUMBER = re.compile(r"(?<![\w^.])-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")
RELATIVE = 1e-6
ROUNDING = 1e-7


def samples(text):
    """(line number, arguments, lines shown) of every sample of a page."""
    found, inside, shown = [], False, None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            inside, shown = not inside, None
        elif inside and line.startswith("$ attnwalk "):
            shown = []
            found.append((number, shlex.split(line)[2:], shown))
        elif shown is not None:
            shown.append(line)
    return found


def close(shown, printed):
    """Whether two numbers are the same, as texts with digits."""
    a, b = (float(text.replace(",", "")) for text in (shown, printed))
    digits, _, power = shown.partition("e")
    unit = 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))
    return abs(a - b) <= max(RELATIVE * abs(a), 1.001 * unit, ROUNDING if abs(a) < ROUNDING else 0)


def same(shown, printed):
    """Whether a printed line is the one shown."""
    shown, printed = " ".join(shown.split()), " ".join(printed.split())
    words, others = NUMBER.split(shown), NUMBER.split(printed)
    if shown.endswith(" ..."):
        words[-1] = words[-1].removesuffix("...")
        others = others[:len(words)]
        others[-1] = others[-1][:len(words[-1])]
    return words == others and all(map(close, NUMBER.findall(shown), NUMBER.findall(printed)))


def first_difference(shown, printed):
    """The first shown line that the output lacks at its place, or None."""
    place, skip = 0, False
    for line in shown:
        if line == "...":
            skip = True
            continue
        at = next((i for i in range(place, len(printed)) if same(line, printed[i])), None)
        if at is None or (not skip and at != place):
            return line
        place, skip = at + 1, False
    return None if skip or place == len(printed) else "the end"


def pictures(page, folder, renew):
    """A complaint for each picture of the page that its samples draw differently."""
    for name in re.findall(r"\]\(pictures/([\w-]+\.svg)\)", page.read_text(encoding="utf-8")):
        shown, drawn = page.parent / "pictures" / name, folder / name
        if renew and drawn.exists():
            shutil.copy(drawn, shown)
        if not drawn.exists():
            continue  # made by Python, not by a sample
        if not shown.exists():
            yield f"{page.name}: pictures/{name} is missing; samples.py --pictures makes it"
        elif (line := first_difference(shown.read_text().splitlines(), drawn.read_text().splitlines())) is not None:
            yield f"{page.name}: pictures/{name} is not what the command draws: {line[:80]}"


def main(root, tool, renew):
    complaints, count = [], 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").symlink_to(root / "data")

        @cache  # several pages show the same trained heads, which take seconds
        def run(*args):
            return subprocess.run([tool, *args], cwd=folder, capture_output=True, text=True, check=False)

        for page in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
            for number, args, shown in samples(page.read_text(encoding="utf-8")):
                count += 1
                done = run(*args)
                where = f"{page.relative_to(root)}:{number}"
                if done.returncode != 0:
                    complaints.append(f"{where}: exit {done.returncode}: {done.stderr.strip()}")
                elif (line := first_difference(shown, done.stdout.splitlines())) is not None:
                    complaints.append(f"{where}: the command does not print: {line}")
            complaints.extend(pictures(page, folder, renew))
    if count == 0:
        complaints.append("no samples found")
    print("\n".join(complaints) or f"{count} samples: as printed")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), sys.argv[3:] == ["--pictures"]))
