"""
The gap as the text grows
=========================

Four patterns with about 32 keys a row. A window's walk needs more and more hops as the text grows, since its gap falls as
(w/n)^2; random keys keep theirs. One global token repairs a window as far as its weight allows.
"""

import attnwalk as aw
import matplotlib.pyplot as plt

sizes = [128, 256, 512, 1024, 2048, 4096]
patterns = {
    "window:w=16": "two windows of 16",
    "window:w=15+global:g=1": "window and one global token",
    "window:w=8+regular:d=16": "half window, half random",
    "regular:d=32": "random regular",
}
figure, axes = plt.subplots(figsize=(6, 4))
for spec, name in patterns.items():
    gaps = [aw.gap(aw.pattern(spec, n=n), dense_below=64)["slem"].gap for n in sizes]
    axes.loglog(sizes, gaps, marker="o", label=f"{name} ({spec})")
axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
axes.minorticks_off()
axes.set_ylim(1e-6, 2)
axes.set_xlabel("tokens n")
axes.set_ylabel("gap: 1 - second largest |eigenvalue|")
axes.legend(frameon=False, fontsize=8)
axes.set_title("A larger gap forgets faster")
plt.show()
