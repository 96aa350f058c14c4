# SPDX-License-Identifier: Apache-2.0
import copy
import pickle

import attnwalk as aw
import pytest
import torch
from attnwalk.torch import DiffuserAttention, EncoderLayer, SBMAttention, SparseAttention
from torch import nn

N, WIDTH, HEADS = 12, 16, 4
FULL = aw.pattern("full", N)


def module(kind, **options):
    torch.manual_seed(2)
    more = {SparseAttention: {"pattern": aw.pattern("window:w=2", N)},
            DiffuserAttention: {"pattern": aw.pattern("window:w=2", N), "hops": 3, "alpha": .2},
            SBMAttention: {"clusters": 5, "key": 3, "sparsity_weight": .1}}[kind]
    return kind(WIDTH, HEADS, **{**more, **options})


KINDS = [SparseAttention, DiffuserAttention, SBMAttention]


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("options", [{}, {"bias": False}, {"kdim": 5, "vdim": 7}], ids=str)
def test_full_pattern_is_multihead_attention(options, batch_first):
    torch.manual_seed(1)
    wanted = nn.MultiheadAttention(WIDTH, HEADS, batch_first=batch_first, **options)
    found = SparseAttention(WIDTH, HEADS, pattern=FULL, batch_first=batch_first, **options)
    found.load_state_dict(wanted.state_dict())
    shape = (3, N) if batch_first else (N, 3)
    x, y, z = (torch.randn(*shape, options.get(name, WIDTH)) for name in ("", "kdim", "vdim"))
    pad = torch.zeros(3, N, dtype=torch.bool)
    pad[1, 9:] = True
    for mask in (None, pad):
        out, weights = wanted(x, y, z, key_padding_mask=mask)
        fast, entries = found(x, y, z, key_padding_mask=mask, need_weights=True)
        torch.testing.assert_close(fast, out, atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(entries.reshape(3, N, N), weights, atol=1e-6, rtol=1e-5)
    if not options:  # one sequence without a batch
        alone = x[0] if batch_first else x[:, 0]
        torch.testing.assert_close(found(alone, alone, alone)[0], wanted(alone, alone, alone)[0], atol=1e-6,
                                   rtol=1e-5)


@pytest.mark.parametrize("norm_first", [False, True])
def test_encoder_layer_is_torchs_on_the_full_pattern(norm_first):
    torch.manual_seed(1)
    wanted = nn.TransformerEncoderLayer(WIDTH, HEADS, 32, dropout=0.0, batch_first=True, norm_first=norm_first)
    found = EncoderLayer(SparseAttention(WIDTH, HEADS, batch_first=True, pattern=FULL), 32, dropout=0.0,
                         norm_first=norm_first)
    found.load_state_dict(wanted.state_dict())
    x = torch.randn(3, N, WIDTH)
    pad = torch.zeros(3, N, dtype=torch.bool)
    pad[1, 9:] = True
    for train in (True, False):
        for mask in (None, pad):
            out = wanted.train(train)(x, src_key_padding_mask=mask)
            keep = ~pad if mask is not None else torch.ones_like(pad)
            fast = found.train(train)(x, src_key_padding_mask=mask)
            torch.testing.assert_close(fast[keep], out[keep], atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_training_follows_the_dense_definition(kind):
    """Two layers from equal weights, in double: the losses agree at step 20, and the fast one goes on to
    learn in 300 steps."""
    torch.manual_seed(3)
    x, y = torch.randn(4, N, WIDTH, dtype=torch.float64), torch.randn(4, N, WIDTH, dtype=torch.float64)

    def train(backend, steps):
        layers = nn.Sequential(*[EncoderLayer(module(kind, batch_first=True, backend=backend), 32, dropout=0.0)
                                 for _ in range(2)]).double()
        optimizer = torch.optim.Adam(layers.parameters(), 1e-2)
        losses = []
        for _ in range(steps):
            optimizer.zero_grad()
            loss = (layers(x) - y).square().mean()
            if kind is SBMAttention:
                loss = loss + sum(layer.self_attn.sparsity for layer in layers)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    fast, slow = train("fused", 300), train("dense", 20)
    assert fast[:20] == pytest.approx(slow, rel=1e-4)
    assert fast[-1] < fast[19] / 2


@pytest.mark.parametrize("kind", KINDS)
def test_modules_compile_copy_and_pickle(kind):
    attention = module(kind, batch_first=True)
    layer = EncoderLayer(attention, 32, dropout=0.0).eval()
    x = torch.randn(2, N, WIDTH)
    wanted = layer(x)
    torch.testing.assert_close(torch.compile(layer, fullgraph=True)(x), wanted, atol=1e-6, rtol=1e-5)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert torch.equal(other(x), wanted)


def test_dropout_is_for_training():
    attention = module(SparseAttention, dropout=.5)
    x = torch.randn(N, 2, WIDTH)
    assert not torch.equal(attention(x, x, x)[0], attention(x, x, x)[0])
    attention.eval()
    assert torch.equal(attention(x, x, x)[0], attention(x, x, x)[0])


def test_sbm_draws_anew_unless_a_key_is_given():
    x = torch.randn(N, 2, WIDTH)
    fixed, free = module(SBMAttention), module(SBMAttention, key=None)
    assert torch.equal(fixed(x, x, x)[0], fixed(x, x, x)[0])
    assert not torch.equal(free(x, x, x)[0], free(x, x, x)[0])
    assert 0 < free.sparsity.item() <= .1


def test_mistakes_end_in_a_sentence():
    x = torch.randn(N, 2, WIDTH)
    with pytest.raises(ValueError, match="add_bias_kv"):
        SparseAttention(WIDTH, HEADS, pattern=FULL, add_bias_kv=True)
    with pytest.raises(ValueError, match="the pattern says who attends whom"):
        module(SparseAttention)(x, x, x, attn_mask=torch.ones(N, N, dtype=torch.bool))
    with pytest.raises(ValueError, match="need_weights"):
        module(SBMAttention)(x, x, x, need_weights=True)
    with pytest.raises(TypeError, match="pattern"):
        SparseAttention(WIDTH, HEADS)
