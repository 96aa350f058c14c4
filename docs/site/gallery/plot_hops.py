"""
What a hop is worth
===================

Diffusion walks several hops: Z = sum alpha (1 - alpha)^k P^k V. One token carries a mark, and after each hop the share of
tokens that have heard of it is counted. With as many entries a row, a window passes the mark on step by step; with random
keys a few hops reach everyone.
"""

import attnwalk as aw
import matplotlib.pyplot as plt
import numpy as np

n = 2048
mark = np.zeros((n, 1))
mark[n // 2] = 1
figure, axes = plt.subplots(figsize=(6, 4))
for spec in ["window:w=8", "window:w=4+random:d=8", "regular:d=16"]:
    pattern = aw.pattern(spec, n=n).with_loops()
    heard = []
    for hops in range(1, 13):
        Z = aw.diffuse(pattern, mark, alpha=0.1, hops=hops).Z
        heard.append(np.count_nonzero(Z) / n)
    axes.plot(range(1, 13), heard, marker="o", label=f"{spec}: gap {aw.gap(pattern)['slem'].gap:.2g}")
axes.set_xlabel("hops")
axes.set_ylabel("share of tokens that the mark has reached")
axes.legend(frameon=False)
axes.set_title(f"One marked token of {n:,}")
plt.show()
