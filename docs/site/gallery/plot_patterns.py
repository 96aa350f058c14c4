"""
Every pattern of the grammar
============================

One small picture for each term of ``attnwalk pattern --list``: query i from top to bottom, key j from left to right, an entry
where i attends j. The title is the text that names the pattern. Terms marked * are random: another seed gives another picture.
"""

import attnwalk as aw
import matplotlib.pyplot as plt

# The size that shows a term best, where 64 tokens do not suit it.
sizes = {"paley": 61, "lps": 1092, "diffuser": 80}
specs = {
    "window": "window:w=4",
    "ring": "ring:w=4",
    "blockwindow": "blockwindow:w=16",
    "dilated": "dilated:w=3,stride=4",
    "strided": "strided:stride=8",
    "global": "global:g=4,at=spread",
    "random": "random:d=6",
    "regular": "regular:d=6",
    "expander": "expander:d=6",
    "erdos": "erdos:prob=.1",
    "margulis": "margulis",
    "lps": "lps:p=17,q=13",
    "paley": "paley",
    "hypercube": "hypercube",
    "torus": "torus:a=8,b=8",
    "axial": "axial:cols=8",
    "exponential": "exponential",
    "debruijn": "debruijn:b=4",
    "star": "star:g=4",
    "full": "full",
    "none": "none",
    "diffuser": "diffuser:w=8,r=2,g=3,build=80",
    "bigbird": "bigbird:block=4,rblocks=1,gblocks=1",
    "longformer": "longformer:width=8,g=2",
    "sbm": "sbm:k=4,in=.5,out=.03",
    "causal": "causal(window:w=8+random:d=6)",
    "symmetric": "symmetric(random:d=4)",
    "loops": "loops(exponential)",
    "noloops": "noloops(window:w=4)",
}
missing = {name.rstrip("_") for name in aw.generators.__all__} - set(specs)
assert not missing, f"no picture of {missing}"

columns = 4
rows = -(-len(specs) // columns)
figure, axes = plt.subplots(rows, columns, figsize=(9, 2.6 * rows), squeeze=False)
for ax in axes.flat:
    ax.set_axis_off()
for ax, (name, spec) in zip(axes.flat, specs.items(), strict=False):
    n = sizes.get(name, 64)
    pattern = aw.pattern(spec, n=n)
    ax.set_axis_on()
    corner = min(n, 128)
    ax.imshow(pattern.to_dense()[:corner, :corner], cmap="Greys", interpolation="nearest", vmin=0, vmax=1)
    ax.set_title(spec, fontsize=7)
    part = "" if corner == n else f", first {corner} shown"
    ax.set_xlabel(f"n = {n}{part}, {pattern.entries / n:.1f} a row", fontsize=7)
    ax.set_xticks([])
    ax.set_yticks([])
figure.tight_layout()
plt.show()
