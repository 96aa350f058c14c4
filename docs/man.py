# SPDX-License-Identifier: Apache-2.0
"""Writes the man page attnwalk.1 from the command's own help.

usage: man.py ATTNWALK OUTPUT
"""

import sys
from pathlib import Path

from cli import below, help_of

ENDING = r""".SH EXIT STATUS
0: the result was printed; what was refused or did not converge is part of it. 1: a file, memory or the machine failed, or
.B \-\-strict
met such a part. 2: the call was wrong; one sentence says how. 130: cancelled.
.SH ENVIRONMENT
.B OMP_NUM_THREADS
is the number of threads where
.B \-\-threads
is not given;
.B NO_COLOR
turns colors off.
"""


def escaped(text):
    """Text as roff prints it unchanged."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    return "\n".join("\\&" + line if line.startswith(".") else line for line in text.split("\n"))


def section(title, text):
    return f".SH {title}\n.nf\n{escaped(text)}\n.fi\n"


def page(tool):
    """A section per verb, its help as it is printed."""
    top = help_of(tool)
    out = [".TH ATTNWALK 1\n.SH NAME\nattnwalk \\- attention as message passing on sparse graphs\n",
           ".SH SYNOPSIS\n.B attnwalk\n.I verb\n[options]\n", section("DESCRIPTION", top)]
    verbs = [[verb] for verb in below(top)]
    while verbs:
        verb = verbs.pop(0)
        text = help_of(tool, *verb)
        out.append(section("ATTNWALK " + " ".join(verb).upper(), text))
        verbs[:0] = [verb + [claim] for claim in below(text)]
    return "".join(out) + ENDING


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(page(sys.argv[1]), encoding="utf-8")
