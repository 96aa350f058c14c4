# SPDX-License-Identifier: Apache-2.0
"""The fast operators against their dense definitions, and what torch itself checks."""

import subprocess
import sys

import attnwalk as aw
import pytest
import torch
from attnwalk.torch import dense, diffuser_attention, prepare, sbm_attention, sparse_attention
from torch.library import opcheck

N, WIDTH = 18, 4
SPECS = ["window:w=2+random:d=2", "causal(full)", "none"]
# Sums of at most 18 numbers of size 1, in another order, through a softmax and a product.
TOLERANCE = {torch.float64: 2e-14, torch.float32: 2e-5, torch.float16: 4e-3, torch.bfloat16: 4e-2}


def patterns(kind):
    """One pattern, or one for each of 4 heads, 2 sequences, or both."""
    def draw(count):
        return [aw.pattern("random:d=3", N, rng=seed) for seed in range(count)]

    if kind in SPECS:
        return aw.pattern(kind, N)
    return {"heads": lambda: aw.PatternBatch(draw(4)), "both": lambda: aw.PatternBatch(draw(8), batch=2),
            "sequences": lambda: aw.PatternBatch(draw(2), batch=2, heads=1)}[kind]()


def inputs(dtype=torch.float64, heads=4, key_heads=4, grad=True):
    torch.manual_seed(5)
    return [torch.randn(2, h, N, WIDTH, dtype=dtype, requires_grad=grad) for h in (heads, key_heads, key_heads)]


def padding():
    mask = torch.zeros(2, N, dtype=torch.bool)
    mask[0, 12:] = mask[1, 3] = True
    return mask


def model(dtype=torch.float64):
    torch.manual_seed(6)
    shapes = (4, 5, WIDTH), (6, WIDTH), (6,), (WIDTH, 6), (WIDTH,)
    return [torch.randn(s, dtype=dtype, requires_grad=True) for s in shapes]


def gradients(out, wanted):
    torch.manual_seed(7)
    loss = sum((x * torch.randn_like(x)).sum() for x in out)
    return torch.autograd.grad(loss, wanted, retain_graph=True)


def close(fast, slow, dtype=torch.float64):
    for a, b in zip(fast, slow, strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        scale = max(1.0, b.abs().max().item() if b.numel() else 0)
        assert (a - b).abs().max().item() <= TOLERANCE[dtype] * scale if a.numel() else True


KINDS = [*SPECS, "heads", "both", "sequences"]


@pytest.mark.parametrize("key_heads", [4, 2, 1])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_sparse_attention_is_its_definition(kind, padded, key_heads):
    P = patterns(kind)
    given = inputs(key_heads=key_heads)
    entries = prepare(P).indices.numel()
    bias = torch.randn(entries, dtype=torch.float64, requires_grad=True)
    for extra in ([], [bias]):
        options = {"bias": extra[0] if extra else None, "key_padding_mask": padding() if padded else None}
        fast, slow = (sparse_attention(*given, P, backend=b, **options) for b in ("fused", "dense"))
        close([fast], [slow])
        close(gradients([fast], given + extra), gradients([slow], given + extra))


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("kind", [*SPECS, "heads"])
def test_lse_and_weights(kind, padded):
    P, (q, k, v) = patterns(kind), inputs()
    options = {"key_padding_mask": padding() if padded else None, "return_lse": True, "return_weights": True}
    z, lse, weights = sparse_attention(q, k, v, P, **options)
    _, slow_lse, slow_weights = sparse_attention(q, k, v, P, backend="dense", **options)
    finite = torch.isfinite(slow_lse)
    assert torch.equal(torch.isfinite(lse), finite)
    close([lse[finite], weights], [slow_lse[finite], slow_weights])
    assert not lse.requires_grad
    # The weights, put where their entries are, attend.
    whole = torch.zeros(2, 4, N, N, dtype=torch.float64)
    made = prepare(P)
    rows = torch.repeat_interleave(torch.arange(len(made.indptr) - 1), made.indptr.diff())
    for b in range(2):
        for h in range(4):
            own = (rows // N == h) if made.layout[1] > 1 else torch.ones_like(rows, dtype=torch.bool)
            whole[b, h, rows[own] % N, made.indices[own]] = weights[b, h]
    close([whole @ v], [z])


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_diffuser_attention_is_its_definition(kind, padded):
    P, given = patterns(kind), inputs(key_heads=2)
    options = {"alpha": .2, "hops": 3, "key_padding_mask": padding() if padded else None}
    slow = diffuser_attention(*given, P, backend="dense", **options)
    for recompute in (False, True):
        fast = diffuser_attention(*given, P, recompute=recompute, **options)
        close([fast], [slow])
        close(gradients([fast], given), gradients([slow], given))


@pytest.mark.parametrize("options", [
    {}, {"key_padding_mask": padding()}, {"sparsity_weight": .5}, {"rule": "score"}, {"loops": True},
    {"sparsity_weight": .5, "sparsity": "expected"}, {"clip": .01, "sparsity_weight": .5},
    {"block_scale": 3.0, "delta": .1}], ids=lambda o: ",".join(o) or "plain")
def test_sbm_attention_is_its_definition(options):
    """Masks are those of the sampler; gradients of the straight-through estimator, through all of the model."""
    given = inputs(key_heads=2) + model()
    if options.get("loops"):  # the mask holds edges that no probability drew; they pass nothing on
        fast, slow = (sbm_attention(*given, key=3, backend=b, **options)[0] for b in ("fused", "dense"))
        close([fast], [slow])
        return
    fast, slow = (sbm_attention(*given, key=3, backend=b, **options) for b in ("fused", "dense"))
    close(fast, slow)
    close(gradients(fast, given), gradients(slow, given))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_lower_precision_is_computed_in_float(dtype):
    P = patterns(SPECS[0])
    given = [x.detach().to(dtype).requires_grad_() for x in inputs()]
    wide = [x.detach().float().requires_grad_() for x in given]
    close([sparse_attention(*given, P)], [sparse_attention(*wide, P).to(dtype)], dtype)
    narrow_g = gradients([sparse_attention(*given, P).float()], given)
    wide_g = gradients([sparse_attention(*wide, P)], wide)
    close([g.float() for g in narrow_g], [g.to(dtype).float() for g in wide_g], dtype)
    assert diffuser_attention(*given, P).dtype == dtype
    assert sbm_attention(*given, *model(torch.float32), key=1)[0].dtype == dtype


def test_any_strides_and_fewer_dimensions():
    P = patterns(SPECS[0])
    packed = torch.randn(2, N, 4, 3 * WIDTH, dtype=torch.float64)
    q, k, v = packed.transpose(1, 2).chunk(3, -1)
    wanted = sparse_attention(q.contiguous(), k.contiguous(), v.contiguous(), P)
    assert torch.equal(sparse_attention(q, k, v, P), wanted)
    assert torch.equal(sparse_attention(q[1], k[1], v[1], P), wanted[1])
    assert torch.equal(sparse_attention(q[1, 2], k[1, 2], v[1, 2], P), wanted[1, 2])
    turned = [x.mT.contiguous().mT for x in (q, k, v)]
    assert torch.equal(sparse_attention(*turned, P), wanted)


# --- torch's own checks


@pytest.mark.parametrize("options", [
    {}, {"key_padding_mask": padding()}, {"dropout_p": .3, "key": 4}, {"key_heads": 2}, {"kind": "both"}],
    ids=lambda o: ",".join(o) or "plain")
def test_gradcheck(options):
    options = dict(options)
    P = patterns(options.pop("kind", SPECS[0]))
    given = inputs(key_heads=options.pop("key_heads", 4))
    bias = torch.randn(prepare(P).indices.numel(), dtype=torch.float64, requires_grad=True)
    # Every output is a smooth function of the inputs: the key fixes what is dropped.
    assert torch.autograd.gradcheck(
        lambda q, k, v, b: sparse_attention(q, k, v, P, bias=b, **options), (*given, bias), fast_mode=True)
    for recompute in (False, True):
        more = {"hop_dropout": .2} if "key" in options else {}
        assert torch.autograd.gradcheck(
            lambda q, k, v: diffuser_attention(q, k, v, P, hops=3, recompute=recompute, **options, **more),  # noqa: B023
            given, fast_mode=True)


def test_gradcheck_of_sbm_values():
    """The masks do not depend on v, so the gradient of v is no estimate."""
    q, k, v = inputs()
    parameters = model()
    assert torch.autograd.gradcheck(
        lambda v: sbm_attention(q.detach(), k.detach(), v, *[p.detach() for p in parameters], key=3,
                                dropout_p=.2)[0], (v,), fast_mode=True)


@pytest.mark.parametrize("rule", ["logit", "score"])
def test_sbm_gradients_are_difference_quotients(rule):
    """Straight-through gradients are those of a smooth function: the mask stays as drawn, and the rise of each
    drawn edge's probability above today's is added to its score (logit) or multiplies it (score). Its central
    difference in one random direction through q, k, v, C and f, hence Y, S and Z, has an error of step^2 and
    rounding / step, both 1e-10 here."""
    tensors, key, weight, step = inputs() + model(), torch.tensor(3), .5, 1e-5
    settings = (1.0, .01, False, .5, 0.0, "automatic", weight, False, rule == "score", 1e9)
    mask, _ = dense._drawn_masks(tensors, None, key, settings)

    def rates(q, k, _, C, W1, b1, W2, b2):
        def member(x):
            return torch.sigmoid((torch.relu(x @ W1.T + b1) @ W2.T + b2) @ C.mT)

        S = torch.softmax((C @ C.mT).flatten(1), 1).reshape(-1, C.shape[1], C.shape[1])
        return member(q) @ S @ member(k).mT + .01

    today = rates(*tensors).detach()
    assert today.max() < 1  # so that no probability is cut off at 1
    torch.manual_seed(8)
    g = torch.randn_like(tensors[2])

    def smooth(shift, direction):
        moved = [t.detach() + shift * d for t, d in zip(tensors, direction, strict=True)]
        rise = rates(*moved) - today
        scores = .5 * moved[0] @ moved[1].mT
        scores = scores * (1 + rise) if rule == "score" else scores + rise
        z = torch.softmax(scores.masked_fill(~mask, -torch.inf), -1).nan_to_num() @ moved[2]
        return ((z * g).sum() + weight * (mask * (1 + rise)).mean()).item()

    z, sparsity = sbm_attention(*tensors, scale=.5, key=key, sparsity_weight=weight, rule=rule,
                                clip=1e9)
    found = torch.autograd.grad((z * g).sum() + sparsity, tensors)
    for at in range(len(tensors)):
        direction = [torch.randn_like(t) if i == at else torch.zeros_like(t) for i, t in enumerate(tensors)]
        quotient = (smooth(step, direction) - smooth(-step, direction)) / (2 * step)
        assert (found[at] * direction[at]).sum().item() == pytest.approx(quotient, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_opcheck(dtype):
    made = prepare(patterns("heads"))
    q, k, v = inputs(dtype, grad=False)
    key, bias = torch.tensor(3), torch.randn(made.indices.numel(), dtype=dtype)
    arrays = made.indptr, made.indices, made.layout
    ops = torch.ops.attnwalk
    for pad in (None, padding()):
        sparse = (q, k, v, *arrays, bias, pad, key, .5, .1)
        opcheck(ops.sparse_fwd, (*sparse, True))
        z, lse = ops.sparse_fwd(*sparse, True)
        opcheck(ops.sparse_bwd, (z, q, k, v, *arrays, z, lse, *sparse[6:]))
        diffuser = (q, k, v, *arrays, pad, key, .5, .1, 3, .1, .1)
        opcheck(ops.diffuser_fwd, diffuser)
        z, weights = ops.diffuser_fwd(*diffuser)
        opcheck(ops.diffuser_bwd, (z, q, k, v, *arrays, weights, *diffuser[6:], False))
        settings = (1.0, .01, False, .5, 0.0, "automatic", .5, False, False, 1.0)
        sbm = (q, k, v, *[p.detach() for p in model(dtype)], pad, key)
        opcheck(ops.sbm_fwd, (*sbm, *settings))
        opcheck(ops.sbm_bwd, (z, torch.tensor(1.0, dtype=dtype), *sbm, *settings))


@pytest.mark.parametrize("dynamic", [False, True])
def test_compile_fullgraph_equals_eager(dynamic):
    P = patterns(SPECS[0])
    given, parameters = inputs(), model()

    def step(q, k, v):
        out = sparse_attention(q * 2, k, v, P, key_padding_mask=padding(), dropout_p=.2, key=3)
        out = out + diffuser_attention(q, k, out, P, hops=2)
        attended, sparsity = sbm_attention(q, k, out, *parameters, key=3, sparsity_weight=.5)
        return attended.sin().sum() + sparsity

    compiled = torch.compile(step, fullgraph=True, dynamic=dynamic)
    wanted = torch.autograd.grad(step(*given), [*given, *parameters])
    found = torch.autograd.grad(compiled(*given), [*given, *parameters])
    close([compiled(*given)], [step(*given)])
    close(found, wanted)


def test_vmap_maps_any_of_the_inputs():
    P = patterns("both")
    q, k, v = inputs(grad=False)
    many = torch.stack([q, q + 1, q - 1], 2)
    found = torch.func.vmap(lambda q: sparse_attention(q, k, v, P), in_dims=2)(many)
    assert torch.equal(found, torch.stack([sparse_attention(x, k, v, P) for x in many.unbind(2)]))

    def loss(q, v):
        return diffuser_attention(q, k, v, P).square().sum()

    both = torch.stack([v, 2 * v])
    found = torch.func.vmap(torch.func.grad(loss, argnums=1), in_dims=(None, 0))(q, both)
    wanted = torch.stack([torch.func.grad(loss, argnums=1)(q, x) for x in both])
    close([found], [wanted])


def test_autocast_computes_in_float():
    P = patterns(SPECS[0])
    q, k, v = inputs(torch.float32, grad=False)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        lowered = (q @ torch.eye(WIDTH), k @ torch.eye(WIDTH), v @ torch.eye(WIDTH))
        found = sparse_attention(*lowered, P)
    assert found.dtype == torch.bfloat16
    assert torch.equal(found, sparse_attention(*(x.float() for x in lowered), P).bfloat16())


def test_deterministic_mode_and_threads():
    P = patterns(SPECS[0])
    given = inputs()
    torch.use_deterministic_algorithms(True)
    try:
        first, second = (gradients([sparse_attention(*given, P)], given) for _ in range(2))
    finally:
        torch.use_deterministic_algorithms(False)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_dropout_draws_from_torch_unless_a_key_is_given():
    P, given = patterns(SPECS[1]), inputs(grad=False)

    def draw(**key):
        return sparse_attention(*given, P, dropout_p=.5, **key)

    torch.manual_seed(1)
    first = draw()
    assert not torch.equal(first, draw())
    torch.manual_seed(1)
    assert torch.equal(first, draw())
    assert torch.equal(draw(key=5), draw(key=torch.tensor(5)))


def test_patterns_may_go_and_their_tensors_may_be_copied():
    """A pattern of the arrays alone, as after torch.export or a copy, gives the same."""
    q, k, v = inputs(grad=False)
    P = patterns("heads")
    wanted = sparse_attention(q, k, v, P)
    made = prepare(P)
    found, _ = torch.ops.attnwalk.sparse_fwd(q, k, v, made.indptr.clone(), made.indices.clone(), made.layout,
                                             None, None, torch.tensor(0), WIDTH**-.5, 0.0, False)
    assert torch.equal(found, wanted)


def test_no_quadratic_memory():
    """n = 32768: a boolean mask alone would take 1 GiB; forward and backward stay below a tenth of that."""
    program = """if True:
        import resource, torch, attnwalk as aw
        from attnwalk.torch import sparse_attention
        def used(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        warm = aw.pattern("window:w=8", 64)
        x = torch.randn(64, 32, requires_grad=True)
        sparse_attention(x, x, x, warm).sum().backward()
        P = aw.pattern("window:w=8", 32768)
        q, k, v = (torch.randn(32768, 32, requires_grad=True) for _ in range(3))
        before = used()
        sparse_attention(q, k, v, P, return_weights=True)[0].sum().backward()
        print(used() - before)"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 2**30 / 10


@pytest.mark.parametrize(("change", "error", "sentence"), [
    ({"q": torch.ones(N, 3)}, ValueError, "k has width 4 where q has 3"),
    ({"k": torch.ones(5, WIDTH), "v": torch.ones(5, WIDTH)}, ValueError, "18 keys where q has 18 and k 5"),
    ({"v": torch.ones(1, N, WIDTH)}, ValueError, "v has 3 dimensions and q 2"),
    ({"q": torch.ones(N, WIDTH, dtype=torch.long)}, ValueError, r"q holds torch\.int64"),
    ({"pattern": "full"}, TypeError, "pattern is a str"),
    ({"pattern": aw.PatternBatch([aw.pattern("full", N)] * 3)}, ValueError, "1 x 3 patterns for 1 sequences"),
    ({"bias": torch.ones(3)}, ValueError, r"bias has shape \(3,\); the pattern has 324 entries"),
    ({"dropout_p": 1.0}, ValueError, r"dropout_p = 1.0 must be in \[0, 1\)"),
    ({"key_padding_mask": torch.zeros(1, 3, dtype=torch.bool)}, ValueError, r"key_padding_mask is torch\.bool"),
    ({"backend": "slow"}, ValueError, "backend = slow must be one of fused, dense"),
    ({"q": torch.full((N, WIDTH), torch.nan)}, ValueError, "Q"),
    ({"v": torch.ones(N, WIDTH, device="meta")}, ValueError, 'v is on meta.*backend="dense"'),
])
def test_mistakes_end_in_a_sentence(change, error, sentence):
    one = torch.ones(N, WIDTH)
    arguments = {"q": one, "k": one, "v": one, "pattern": aw.pattern("full", N), **change}
    with pytest.raises(error, match=sentence):
        sparse_attention(**arguments)
