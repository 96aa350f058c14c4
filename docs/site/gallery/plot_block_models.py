"""
Masks drawn from block models
=============================

The SBM-Transformer draws each head's mask from a stochastic block model. Four planted blocks with more and more edges
between them: the drawn mask, and the second eigenvalue that the model promises beside the one that the mask has.
"""

import attnwalk as aw
import matplotlib.pyplot as plt

n = 512
figure, axes = plt.subplots(1, 3, figsize=(9, 3.4))
for ax, across in zip(axes, [0.002, 0.01, 0.04], strict=True):
    model = aw.sbm.planted_model(n, n, 4, 0.12, across)
    drawn = aw.sbm.sample(model, rng=1).pattern
    ax.imshow(drawn.to_dense(), cmap="Greys", interpolation="nearest")
    ax.set_title(f"{across:g} across: expected {aw.sbm.expected_spectrum(model).slem:.2f}, "
                 f"drawn {aw.gap(drawn)['slem'].value:.2f}", fontsize=8)
    ax.set_xticks([])
    ax.set_yticks([])
figure.suptitle("0.12 within four blocks: second largest |eigenvalue|")
plt.show()
