# SPDX-License-Identifier: Apache-2.0
"""Trained models that come inside packages: what is captured of them is what they say themselves."""

import importlib.util
from pathlib import Path

import attnwalk as aw
import numpy as np
import pytest
import torch

SCRIPT = Path(__file__).resolve().parents[2] / "docs/examples/pretrained_heads.py"
spec = importlib.util.spec_from_file_location("pretrained_heads", SCRIPT)
example = importlib.util.module_from_spec(spec)
spec.loader.exec_module(example)


@pytest.mark.parametrize(("name", "layers", "heads"),
                         [("minilm", 6, 12), ("antiberty", 8, 8), ("rxnmapper", 12, 8)])
def test_captured_heads_are_those_of_the_model(name, layers, heads):
    try:
        model, inputs = example.MODELS[name]()
    except ModuleNotFoundError as missing:
        pytest.skip(str(missing))
    with torch.no_grad(), aw.capture(model.eval()) as stored:
        model(**inputs)
    model.set_attn_implementation("eager")
    with torch.no_grad():
        truth = model(**inputs, output_attentions=True).attentions
    # Queries of trained heads are large: float scores of 20 are right to 1e-6, and so are the weights.
    for at, matrices in enumerate(truth):
        for h in range(heads):
            np.testing.assert_allclose(stored.weights(at, h).to_dense(), matrices[0, h].numpy(), atol=1e-5)
    report = aw.gaps(stored, only=["slem"])
    assert list(report) == [(at, h) for at in range(layers) for h in range(heads)]
    assert {found["slem"].status for found in report.values()} == {"certified"}
    from_matrices = aw.gaps(truth, only=["slem"], layers=[0])
    for h in range(heads):
        # Eigenvalues of these walks move by a few times the error of the weights.
        assert report[0, h]["slem"].gap == pytest.approx(from_matrices[0, h]["slem"].gap, abs=1e-4)
