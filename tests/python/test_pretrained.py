# SPDX-License-Identifier: Apache-2.0
"""What is captured of small random models, and how the models are left."""

import subprocess
import sys

import attnwalk as aw
import numpy as np
import pytest
import torch
import transformers as hf
from attnwalk.torch import SBMAttention, SparseAttention
from conftest import dense_softmax
from tiny_models import HEADS, MODELS, attentions_of, inputs_of, model_of


@pytest.mark.parametrize("padded", [False, True], ids=["plain", "padded"])
@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
@pytest.mark.parametrize("name", MODELS)
def test_captured_heads_form_the_attention_of_the_model(name, implementation, padded):
    if name == "gemma2":  # PyTorch's own attention caps no scores
        implementation = "eager"
    model, given = model_of(name, implementation), inputs_of(name, padded)
    with torch.no_grad():
        plain = model(**given)[0]
        with aw.capture(model) as heads:
            heard = model(**given)[0]
    assert torch.equal(plain, heard)
    assert model.config._attn_implementation == implementation
    truth = attentions_of(model, given)
    assert list(heads.layers) == list(range(len(truth)))
    for at, matrices in enumerate(truth):
        for b in range(2):
            rows, cols = heads.layers[at].tokens(b)
            assert len(cols) == (8 if padded and b == 1 and matrices.shape[3] == 12 else matrices.shape[3])
            for h in range(HEADS):
                found = heads.weights(at, h, batch=b).to_dense()
                # The model computes in float; its softmax is right to a few units of 6e-8.
                np.testing.assert_allclose(found, matrices[b, h].numpy()[np.ix_(rows, cols)], atol=1e-6)


def test_keys_of_grouped_queries_are_not_repeated():
    with torch.no_grad(), aw.capture(model := model_of("llama"), layers=[1], values=True) as heads:
        model(**inputs_of("llama", False))
    assert heads.q[1].shape == (2, 4, 12, 8)
    assert heads.k[1].shape == heads.v[1].shape == (2, 2, 12, 8)
    assert list(heads.layers) == [1]


@pytest.mark.parametrize("enter", [aw.capture, lambda m: aw.use(m, "window:w=2")], ids=["capture", "use"])
def test_a_model_is_left_as_found_after_an_exception(enter):
    model = model_of("t5", "eager")
    model.decoder.config._attn_implementation_internal = "sdpa"
    with pytest.raises(ZeroDivisionError), enter(model):
        _ = 1 / len(model.config._attn_implementation.removeprefix("attnwalk"))
    assert model.config._attn_implementation == "eager"
    assert model.encoder.config._attn_implementation == "eager"
    assert model.decoder.config._attn_implementation == "sdpa"
    assert not model._forward_pre_hooks


def test_a_call_with_keys_of_earlier_calls_is_refused_by_name():
    model, given = model_of("gpt2"), inputs_of("gpt2", False)
    cache = hf.DynamicCache()
    with torch.no_grad(), aw.capture(model) as heads:
        model(**given, cache=cache)
        model(given["input_ids"][:, :1], cache=cache)
    found = aw.gaps(heads, batch=0, only=["slem"])[1, 3]["slem"]
    assert found.value is None
    assert "1 queries attend 13 keys, some of them of earlier calls" in found.reason


@pytest.mark.parametrize("mask", ["none", "causal", "padding", "per head"])
def test_multihead_attention_is_heard(mask):
    layer = torch.nn.TransformerEncoderLayer(16, HEADS, 8, batch_first=True).eval()
    x = torch.randn(2, 6, 16)
    given = {}
    if mask == "causal":
        given["src_mask"] = torch.nn.Transformer.generate_square_subsequent_mask(6)
    elif mask == "padding":
        given["src_key_padding_mask"] = torch.arange(6).expand(2, 6) >= 4
    elif mask == "per head":
        given["src_mask"] = (torch.rand(2 * HEADS, 6, 6) < 0.3) & ~torch.eye(6, dtype=torch.bool)
    with torch.no_grad(), aw.capture(layer) as heads:
        layer(x, **given)
        _, truth = layer.self_attn(x, x, x, attn_mask=given.get("src_mask"), average_attn_weights=False,
                                   key_padding_mask=given.get("src_key_padding_mask"))
    for b in range(2):
        rows, cols = heads.layers[0].tokens(b)
        for h in range(HEADS):
            np.testing.assert_allclose(heads.weights(0, h, batch=b).to_dense(),
                                       truth[b, h].numpy()[np.ix_(rows, cols)], atol=1e-6)
    assert not layer.self_attn._forward_pre_hooks


@pytest.mark.parametrize("own", ["one", "per head"])
def test_layers_on_patterns_are_heard(own):
    P = [aw.pattern(f"ring:w={w}", 8) for w in ((1,) if own == "one" else (1, 2, 3, 1))]
    layer = SparseAttention(16, HEADS, pattern=P[0] if own == "one" else aw.PatternBatch(P), scale=0.4)
    x = torch.randn(8, 2, 16)
    padding = torch.arange(8).expand(2, 8) >= 6
    with torch.no_grad(), aw.capture(layer) as heads:
        layer(x, x, x, key_padding_mask=padding)
        q, k, _ = layer._projected(*(x.transpose(0, 1),) * 3)
    kept = [p.to_dense()[:6, :6] for p in P * (HEADS // len(P))]
    for h, mask in enumerate(kept):
        found = heads.weights(0, h, batch=1)
        assert found.pattern == aw.Pattern.from_dense(mask)
        weights = dense_softmax(0.4 * (q[1, h, :6] @ k[1, h, :6].T).numpy(), mask)
        np.testing.assert_allclose(found.to_dense(), weights, atol=1e-6)
    drawn = SBMAttention(16, HEADS, clusters=3)
    with torch.no_grad(), aw.capture(drawn) as heads:
        drawn(x, x, x)
    assert "SBMAttention has a way of its own" in aw.gaps(heads, batch=0)[0, 0]["slem"].reason


def test_own_attention_is_added_by_hand(rng):
    q, k = rng.normal(size=(4, 9, 5)), rng.normal(size=(2, 9, 5))
    bias = rng.normal(size=(4, 9, 9))
    heads = aw.Heads()
    heads.add(torch.tensor(q), k, mask="causal(full)", scale=0.7, bias=bias)
    for h in range(4):
        truth = dense_softmax(0.7 * q[h] @ k[h // 2].T + bias[h], np.tri(9, dtype=bool))
        np.testing.assert_allclose(heads.weights(0, h).to_dense(), truth, atol=1e-14)
    with pytest.raises(ValueError, match=r"q has shape .* a multiple of k's"):
        heads.add(q, k[:, :, :3])
    with pytest.raises(IndexError, match="there is no head 4; layer 0 has 4"):
        heads.weights(0, 4)


def test_a_module_that_cannot_be_heard_is_refused():
    with pytest.raises(ValueError, match=r"holds neither .* attnwalk.Heads\(\).add"), \
            aw.capture(torch.nn.Linear(2, 2)):
        pass


def test_the_package_needs_numpy_alone():
    code = "import sys, attnwalk; print({'torch', 'transformers', 'scipy', 'pandas'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
