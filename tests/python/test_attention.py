# SPDX-License-Identifier: Apache-2.0
import attnwalk as aw
import numpy as np
import pytest
from conftest import dense_attend, dense_softmax

# A row of d products summed in another order: d unit roundoffs of sums of size ~1, with room for exp.
TOLERANCE = {np.float32: 2e-6, np.float64: 4e-15}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_attend_is_its_definition(rng, dtype):
    q, k, v = rng.normal(size=(3, 2, 4, 30, 8)).astype(dtype)
    P = aw.pattern("window:w=3+random:d=2", 30)
    found = aw.attend(q, k, v, P)
    assert found.Z.dtype == dtype
    assert found.Z.shape == v.shape
    assert np.abs(found.Z - dense_attend(q, k, v, P.to_dense())).max() < TOLERANCE[dtype]
    scores = np.where(P.to_dense(), q @ np.swapaxes(k, -1, -2) / np.sqrt(8), -np.inf)
    assert np.abs(found.lse - np.log(np.exp(scores).sum(-1))).max() < 4 * TOLERANCE[dtype]


def test_attend_reads_any_strides(rng):
    tokens_first = rng.normal(size=(30, 3, 4, 8))
    q, k, v = (tokens_first[:, i].transpose(1, 0, 2) for i in range(3))
    P = aw.pattern("window:w=3", 30)
    wanted = aw.attend(*(np.ascontiguousarray(x) for x in (q, k, v)), P).Z
    assert np.array_equal(aw.attend(q, k, v, P).Z, wanted)
    assert np.array_equal(aw.attend(*(x[..., ::-1] for x in (q, k)), v, P).Z,
                          aw.attend(*(x[..., ::-1].copy() for x in (q, k)), v, P).Z)


def test_grouped_heads_and_patterns_per_head(rng):
    q = rng.normal(size=(2, 4, 20, 8))
    k, v = rng.normal(size=(2, 2, 2, 20, 8))
    patterns = [aw.pattern("random:d=3", 20, rng=h) for h in range(4)]
    found = aw.attend(q, k, v, aw.PatternBatch(patterns)).Z
    for b in range(2):
        for h in range(4):
            wanted = dense_attend(q[b, h], k[b, h // 2], v[b, h // 2], patterns[h].to_dense())
            assert np.abs(found[b, h] - wanted).max() < TOLERANCE[np.float64]


def test_bias_is_added_to_scores(rng):
    q, k, v = rng.normal(size=(3, 20, 8))
    P = aw.pattern("window:w=3", 20)
    bias = rng.normal(size=P.entries)
    full = aw.Weights(P, bias).to_dense()
    wanted = dense_softmax(q @ k.T / np.sqrt(8) + full, P.to_dense()) @ v
    assert np.abs(aw.attend(q, k, v, P, bias=bias).Z - wanted).max() < TOLERANCE[np.float64]


def test_backends_agree_and_threads_do_not_matter(rng):
    q, k, v = rng.normal(size=(3, 300, 16))
    P = aw.pattern("window:w=9+global:g=2", 300)
    fused = aw.attend(q, k, v, P, threads=1).Z
    assert np.array_equal(fused, aw.attend(q, k, v, P, threads=3).Z)
    assert np.abs(fused - aw.attend(q, k, v, P, backend="graphblas").Z).max() < 1e-13
    rounded = aw.attend(*(x.astype(np.float32) for x in (q, k, v)), P, storage="bfloat16").Z
    assert 1e-5 < np.abs(fused - rounded).max() < 0.05  # 8 bits of the significand


def test_dropout_depends_on_the_seed_alone(rng):
    q, k, v = rng.normal(size=(3, 20, 8))
    P = aw.pattern("full", 20)
    one = aw.attend(q, k, v, P, dropout=0.5, rng=3).Z
    assert np.array_equal(one, aw.attend(q, k, v, P, dropout=0.5, rng=3).Z)
    assert not np.array_equal(one, aw.attend(q, k, v, P, dropout=0.5, rng=4).Z)


def test_queries_without_keys_are_zero_or_refused(rng):
    q, k, v = rng.normal(size=(3, 3, 2))
    P = aw.Pattern.from_edges(3, [(0, 1), (2, 0)])
    found = aw.attend(q, k, v, P)
    assert (found.Z[1] == 0).all()
    assert found.lse[1] == -np.inf
    with pytest.raises(ValueError, match=r"(query|row) 1"):
        aw.attend(q, k, v, P, empty_rows="error")


def test_weights_are_the_softmax_of_scores(rng):
    q, k = rng.normal(size=(2, 20, 5))
    P = aw.pattern("window:w=4", 20)
    S = aw.scores(q, k, P, scale=.7)
    assert np.abs(S.to_dense() - np.where(P.to_dense(), .7 * q @ k.T, 0)).max() < 1e-14
    A = aw.weights(q, k, P, scale=.7)
    assert np.abs(A.to_dense() - dense_softmax(.7 * q @ k.T, P.to_dense())).max() < 1e-14
    assert aw.row_softmax(S) == A
    assert aw.weights(q, k).pattern == aw.pattern("full", 20)


def test_arrays_of_other_libraries_come_by_dlpack(rng):
    class Foreign:
        def __init__(self, array):
            self.array = array

        def __dlpack__(self, **options):
            return self.array.__dlpack__(**options)

        def __dlpack_device__(self):
            return self.array.__dlpack_device__()

    q, k, v = rng.normal(size=(3, 20, 5))
    P = aw.pattern("window:w=4", 20)
    assert np.array_equal(aw.attend(*map(Foreign, (q, k, v)), P).Z, aw.attend(q, k, v, P).Z)


@pytest.mark.parametrize(("change", "sentence"), [
    ({"q": np.ones((5, 3))}, "K is 1 x 1 x 4 x 2|K is 1x1x4x2|width"),
    ({"k": np.ones((4, 2), dtype=complex)}, "k holds complex128; real numbers"),
    ({"v": np.full((4, 2), np.nan)}, "V"),
    ({"dropout": 1.5}, "dropout = 1.5"),
    ({"scale": 0}, "scale = 0 would make all scores equal"),
    ({"bias": np.ones(3)}, "3 edge biases given for 10 entries"),
    ({"backend": "slow"}, "backend = slow must be one of fused"),
    ({"q": np.ones((1, 1, 1, 4, 2))}, "q has 5 dimensions"),
])
def test_mistakes_end_in_a_sentence(change, sentence):
    arguments = {"q": np.ones((4, 2)), "k": np.ones((4, 2)), "v": np.ones((4, 2)),
                 "pattern": aw.pattern("window:w=1", 4), **change}
    with pytest.raises(ValueError, match=sentence):
        aw.attend(**arguments)
