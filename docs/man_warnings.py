# SPDX-License-Identifier: Apache-2.0
"""Fails where groff warns of the man page or prints less than its help. usage: man_warnings.py GROFF PAGE"""

import re
import subprocess
import sys

done = subprocess.run([sys.argv[1], "-man", "-Tutf8", "-ww", "-P-c", "-rLL=120n", sys.argv[2]], capture_output=True,
                      text=True, check=True)
printed = re.sub(".\x08", "", done.stdout)  # bold is overstruck
missing = [word for word in ("ATTNWALK GAP", "--tolerance", "attnwalk explain slem", "EXIT STATUS")
           if word not in printed]
if done.stderr or missing:
    sys.exit(f"{done.stderr}missing: {missing}")
