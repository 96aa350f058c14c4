# SPDX-License-Identifier: Apache-2.0
"""Diffusion, propagation, block models, layers and files."""

import pickle

import attnwalk as aw
import numpy as np
import pytest
import scipy.sparse as sparse
from attnwalk import sbm
from conftest import dense_softmax

EPS = np.finfo(float).eps


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_diffuse_is_its_recurrence(rng, dtype):
    P = aw.pattern("window:w=2+random:d=2", 40)
    v = rng.normal(size=(40, 3)).astype(dtype)
    A = P.to_dense() / P.to_dense().sum(1, keepdims=True)
    Z = v
    for _ in range(4):
        Z = .8 * A @ Z + .2 * v
    found = aw.diffuse(P, v, alpha=.2, hops=4)
    assert found.Z.dtype == dtype
    assert np.abs(found.Z - Z).max() < 40 * np.finfo(dtype).eps
    assert found.hops == 4
    W = aw.Weights.from_dense(A)
    assert np.abs(aw.diffuse(W, v, alpha=.2, hops=4).Z - Z).max() < 40 * np.finfo(dtype).eps


def test_diffuse_to_the_limit(rng):
    P = aw.pattern("window:w=2+random:d=2", 40)
    v = rng.normal(size=(40, 3))
    A = P.to_dense() / P.to_dense().sum(1, keepdims=True)
    limit = .2 * np.linalg.solve(np.eye(40) - .8 * A, v)
    found = aw.diffuse(P, v, alpha=.2, method="gmres", tolerance=1e-9)
    assert found.converged
    assert np.abs(found.Z - limit).max() <= found.bound + 1e-12
    with pytest.raises(ValueError, match="method = slow must be one of diffuser"):
        aw.diffuse(P, v, method="slow")
    with pytest.raises(ValueError, match=r"alpha = 2"):
        aw.diffuse(P, v, alpha=2.0)


def test_propagate_counts_walks_and_distances():
    P = aw.pattern("noloops(window:w=1)", 6)
    A = P.to_dense().astype(int)
    assert np.array_equal(aw.propagate(P, hops=3).to_dense(), np.linalg.matrix_power(A, 3))
    distances = aw.propagate(P, semiring="min_plus", hops=5, accumulate=True).to_dense()
    i = np.arange(6)
    assert np.array_equal(distances, abs(i[:, None] - i))
    start = aw.Pattern.from_edges(6, [(5, 0)], cols=1)
    assert np.array_equal(aw.propagate(P, start, hops=2).to_dense()[:, 0],
                          np.linalg.matrix_power(A, 2)[:, 5])
    only = aw.propagate(P, hops=2, mask=aw.pattern("window:w=0", 6))
    assert np.array_equal(only.to_dense(), np.diag(np.diag(A @ A)))


def test_multihop_weights_are_entries_of_the_polynomial(rng):
    P = aw.pattern("random:d=3", 15)
    pairs = aw.pattern("window:w=1", 15)
    A = P.to_dense().astype(float)
    wanted = .5 * np.eye(15) + .25 * A + .125 * A @ A
    found = aw.multihop_weights(P, pairs, [.5, .25, .125])
    assert np.abs(found.to_dense() - np.where(pairs.to_dense(), wanted, 0)).max() < 16 * EPS


def test_block_model_rates_and_samples(rng):
    Y, Z = rng.random((12, 3)), rng.random((9, 2))
    S = rng.random((3, 2)) / 6
    model = sbm.mixed(Y, S, Z, delta=.05)
    rates = Y @ S @ Z.T + .05
    assert model.rate(3, 4) == pytest.approx(rates[3, 4], abs=4 * EPS)
    assert rates.max() <= model.rate_bound()
    drawn = sbm.sample(model, probabilities=True, rng=3)
    assert np.abs(drawn.probability - rates[drawn.pattern.to_dense()]).max() < 8 * EPS
    assert drawn.pattern == sbm.sample(model, rng=3).pattern
    assert drawn.copies is None
    assert sbm.sample(model, method="poisson").copies.min() >= 1
    again = pickle.loads(pickle.dumps(model))
    assert sbm.sample(again, rng=3).pattern == drawn.pattern
    with pytest.raises(ValueError, match="query 12 and key 0"):
        model.rate(12, 0)


def test_expected_spectrum_is_that_of_the_dense_expectation(rng):
    Y, S = rng.random((20, 3)), rng.random((3, 3)) / 9
    model = sbm.mixed(Y, S, Y)
    P = Y @ S @ Y.T
    found = sbm.expected_spectrum(model)
    assert np.abs(found.singular[:3] - np.linalg.svd(P)[1][:3]).max() < 1e-13
    walk = np.linalg.eigvals(P / P.sum(1, keepdims=True))
    assert found.slem == pytest.approx(np.sort(abs(walk))[-2], abs=1e-12)


def test_planted_models_and_their_corrections():
    model = sbm.planted_model(12, 12, 3, .5, .1)
    block = np.arange(12) // 4
    rates = np.where(block[:, None] == block, .5, .1)
    for other in (model, sbm.blocks(block, np.where(np.eye(3), .5, .1), block)):
        assert np.array_equal([[other.rate(i, j) for j in range(12)] for i in range(12)], rates)
    theta = np.linspace(.5, 1, 12)
    assert model.degree_corrected(theta, theta).rate(1, 5) == pytest.approx(theta[1] * .1 * theta[5])
    assert model.with_degree(2.0).rate(0, 0) == pytest.approx(.5 * 2 / rates[0].sum())
    assert model.with_density(.1).rate(0, 0) == pytest.approx(.5 * 1.2 / rates[0].sum())
    assert sbm.erdos_renyi(4, 5, .25).rate(3, 4) == .25
    assert sbm.detectability(model).row_degree == pytest.approx(rates[0].sum())
    assert sbm.concentration(model).sharp > 0
    assert 0 < sbm.sampled_spectrum(model).slem < 1
    assert sbm.predict(model, "bernoulli").entries == pytest.approx(rates.sum())


def test_samples_fit_their_model_and_not_another():
    model, other = sbm.planted_model(60, 60, 3, .5, .1), sbm.planted_model(60, 60, 3, .1, .5)
    assert sbm.selftest(model, 20, rng=1).accepted()
    masks = [sbm.sample(model, rng=seed).pattern for seed in range(20)]
    assert sbm.goodness_of_fit(model, masks).accepted()
    assert not sbm.goodness_of_fit(other, masks).accepted()


def test_diffuser_layer_and_its_gradients(rng):
    q, k, v, g = rng.normal(size=(4, 2, 3, 14, 5))
    P = aw.pattern("window:w=2", 14)
    layer = aw.layers.Diffuser(P, 5)
    options = {"alpha": .2, "hops": 3}
    result = layer.forward(q, k, v, **options)
    A = dense_softmax(q @ np.swapaxes(k, -1, -2) / np.sqrt(5), P.to_dense())
    Z = v
    for _ in range(3):
        Z = .8 * A @ Z + .2 * v
    assert np.abs(result.Z - Z).max() < 64 * EPS
    gradients = layer.backward(q, k, v, result, g, **options)
    h = 1e-6  # central differences of a smooth function: errors of h^2 and eps / h, both below 1e-8
    for gradient, which in zip(gradients, range(3), strict=True):
        moved = [[q, k, v], [q, k, v]]
        for side, sign in ((0, 1), (1, -1)):
            moved[side][which] = moved[side][which].copy()
            moved[side][which][1, 2, 7, 3] += sign * h
        slope = sum(sign * (g * layer.forward(*m, **options).Z).sum() for m, sign in
                    zip(moved, (1, -1), strict=True)) / (2 * h)
        assert gradient[1, 2, 7, 3] == pytest.approx(slope, abs=1e-7)
    again = layer.backward(q, k, v, result, g, memory="recompute", **options)
    assert all(np.array_equal(a, b) for a, b in zip(gradients, again, strict=True))


@pytest.mark.parametrize("ending", ["mtx", "npz", "safetensors"])
def test_files_come_back(tmp_path, rng, ending):
    P = aw.pattern("random:d=3", 20, rng=5)
    aw.io.write(tmp_path / f"p.{ending}", P)
    again = aw.io.read(tmp_path / f"p.{ending}")
    assert again == P
    assert again.certificate.spec == "random:d=3"
    assert again.certificate.seed == 5
    W = aw.Weights(P, rng.random(P.entries))
    aw.io.write(tmp_path / f"w.{ending}", W)
    assert aw.io.read(tmp_path / f"w.{ending}") == W


def test_files_are_scipys_and_masks_are_numpys(tmp_path):
    P = aw.pattern("window:w=2", 20)
    aw.io.write(tmp_path / "p.npz", P)
    assert aw.Pattern.from_scipy(sparse.load_npz(tmp_path / "p.npz")) == P
    np.save(tmp_path / "mask.npy", np.where(P.to_dense(), 0, -np.inf))
    assert aw.io.read_mask(tmp_path / "mask.npy") == P


def test_files_that_are_wrong_are_os_errors(tmp_path):
    with pytest.raises(OSError, match=r"nothing\.npz"):
        aw.io.read(tmp_path / "nothing.npz")
    (tmp_path / "lies.mtx").write_text("%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 1\n")
    with pytest.raises(OSError, match=r"lies\.mtx"):
        aw.io.read(tmp_path / "lies.mtx")
    with pytest.raises(OSError, match="txt"):
        aw.io.write(tmp_path / "p.txt", aw.pattern("full", 2))
