# SPDX-License-Identifier: Apache-2.0
"""What a sparse pattern costs a trained model: AntiBERTy fills in amino acids that were masked, on several patterns.

    python docs/examples/pretrained_on_patterns.py

prints the density of each pattern, the gap of its walk, the loss and how many of the amino acids are right."""

import attnwalk as aw
import torch
from pretrained_heads import ANTIBODY, folder, words
from transformers import BertForMaskedLM

PATTERNS = ["full", "window:w=8", "window:w=8+global:g=4", "window:w=8+random:d=16", "random:d=32"]
STEP = 8  # every eighth amino acid is masked, in eight runs that together mask each once


def main():
    where = folder("antiberty", "trained_models")
    model = BertForMaskedLM.from_pretrained(where / "AntiBERTy_md_smooth")
    ids = words(where / "vocab.txt", ANTIBODY)["input_ids"]
    mask = (where / "vocab.txt").read_text(encoding="utf-8").split("\n").index("[MASK]")
    batch, labels = ids.repeat(STEP, 1), torch.full((STEP, ids.shape[1]), -100)
    for start in range(STEP):
        at = torch.arange(1 + start, ids.shape[1] - 1, STEP)
        batch[start, at], labels[start, at] = mask, ids[0, at]
    for spec in PATTERNS:
        pattern = aw.pattern(spec, ids.shape[1])
        with torch.no_grad(), aw.use(model, pattern):
            out = model(batch, labels=labels)
        hidden = labels >= 0
        right = (out.logits.argmax(-1) == labels)[hidden].float().mean().item()
        density = pattern.entries / ids.shape[1] ** 2
        gap = aw.gap(pattern, only=["slem"])["slem"].gap
        print(f"{spec:24} density {density:.2f}  gap {gap:.3f}  loss {out.loss.item():.3f}  right {right:.0%}")


if __name__ == "__main__":
    main()
