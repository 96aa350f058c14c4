# SPDX-License-Identifier: Apache-2.0
"""Writes docs/cli.md from the command's own help, or checks that a stored page still says the same.

usage: cli.py ATTNWALK OUTPUT            writes the page
       cli.py ATTNWALK PAGE --check      exits 1 if PAGE differs
"""

import re
import subprocess
import sys
from pathlib import Path

HEAD = """# The command: `attnwalk <verb>`

Written from `attnwalk --help-all` by the build; change the help texts in `tools/`, then `ninja -C build docs/cli.md` and
copy the page here. Inputs, exit codes, tables, JSON and pictures: [report](report.md).

"""


def help_of(tool, *verb):
    """The help of a verb, of a claim of a verb, or of the command, as it is printed."""
    return subprocess.run([tool, *verb, "--help"], capture_output=True, check=True,
                          text=True).stdout.strip("\n")


def below(text):
    """The subcommands that a help lists."""
    listed = text.split("Subcommands:")
    return re.findall(r"^  (\w[\w-]*)", listed[1], re.M) if len(listed) > 1 else []


def page(tool):
    """The page: a heading per verb, its help as it is printed."""
    top = help_of(tool)
    out = [HEAD, "```\n", top, "\n```\n"]
    verbs = [[verb] for verb in below(top)]
    while verbs:
        verb = verbs.pop(0)
        text = help_of(tool, *verb)
        out += [f"\n## `attnwalk {' '.join(verb)}`\n\n```\n", text, "\n```\n"]
        verbs[:0] = [verb + [claim] for claim in below(text)]
    return "".join(out)


def main():
    tool, path = sys.argv[1], Path(sys.argv[2])
    text = page(tool)
    if "--check" not in sys.argv:
        path.write_text(text, encoding="utf-8")
        return 0
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return 0
    print(f"{path} differs from the command's help: run docs/cli.py {tool} {path}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
