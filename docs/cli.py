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


def page(tool):
    """The page: a heading per verb, its help as it is printed."""
    text = subprocess.run([tool, "--help-all"], capture_output=True, check=True, text=True).stdout
    verbs = re.findall(r"^(\w[\w-]*)$", text.split("Subcommands:")[1], re.M)
    out = [HEAD, "```\n", subprocess.run([tool, "--help"], capture_output=True, check=True,
                                         text=True).stdout.strip("\n"), "\n```\n"]
    for verb in verbs:
        help_text = subprocess.run([tool, verb, "--help"], capture_output=True, check=True,
                                   text=True).stdout.strip("\n")
        out += [f"\n## `attnwalk {verb}`\n\n```\n", help_text, "\n```\n"]
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
