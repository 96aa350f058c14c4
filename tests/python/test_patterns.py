# SPDX-License-Identifier: Apache-2.0
import copy
import inspect
import pickle
import subprocess
import sys

import attnwalk as aw
import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sparse
from attnwalk import _core, generators
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

MASKS = arrays.arrays(bool, st.tuples(st.integers(0, 9), st.integers(0, 9)))
GENERATORS = [rule for rule in _core.term_rules() if not rule["filter"]]


def test_import_needs_numpy_alone():
    wanted = "import sys, attnwalk; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", wanted], capture_output=True, text=True, check=True)
    assert not {"scipy", "networkx", "torch", "pandas", "tqdm", "transformers"} & set(loaded.stdout.split())


def test_arrays_are_the_librarys_own_and_cannot_be_written():
    P = aw.pattern("window:w=2", 32)
    for array in (P.indptr, P.indices):
        assert array.dtype == np.int64
        assert not array.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    assert P.indices.ctypes.data == P.indices.ctypes.data
    indices, before = P.indices, P.indices.copy()
    del P
    assert np.array_equal(indices, before)


def test_read_only_arrays_are_adopted_and_others_copied():
    indptr, indices = np.array([0, 1, 3]), np.array([1, 0, 1])
    copied = aw.Pattern.from_csr(indptr, indices)
    assert copied.indices.ctypes.data != indices.ctypes.data
    indptr.flags.writeable = indices.flags.writeable = False
    adopted = aw.Pattern.from_csr(indptr, indices)
    assert adopted.indices.ctypes.data == indices.ctypes.data
    assert adopted == copied


@given(MASKS)
def test_from_dense_and_back(mask):
    P = aw.Pattern.from_dense(mask)
    assert P.shape == mask.shape
    assert np.array_equal(P.to_dense(), mask)
    assert P.entries == mask.sum()
    assert aw.Pattern.from_scipy(P.to_scipy()) == P
    assert aw.Pattern.from_edges(P.rows, np.argwhere(mask), cols=P.cols) == P


@given(st.integers(1, 9).flatmap(lambda n: st.tuples(*[arrays.arrays(bool, (n, n))] * 2)))
def test_operators_are_those_of_sets(masks):
    a, b = masks
    A, B = (aw.Pattern.from_dense(m) for m in masks)
    for found, wanted in ((A | B, a | b), (A & B, a & b), (A - B, a & ~b), (A.T, a.T),
                          (A.symmetrize(), a | a.T), (A.causal(), np.tril(a)),
                          (A.with_loops(), a | np.eye(len(a), dtype=bool)),
                          (A.without_loops(), a & ~np.eye(len(a), dtype=bool))):
        assert np.array_equal(found.to_dense(), wanted)
    assert A.symmetric() == bool((a == a.T).all())
    order = np.arange(len(a))[::-1]
    assert np.array_equal(A.permute(order).to_dense(), a[order][:, order])


@given(st.integers(1, 9).flatmap(lambda n: arrays.arrays(bool, (n, n))))
def test_networkx_and_back(mask):
    P = aw.Pattern.from_dense(mask)
    assert aw.Pattern.from_networkx(P.to_networkx()) == P


def test_networkx_of_an_undirected_graph_goes_both_ways():
    assert aw.Pattern.from_networkx(nx.path_graph(3)) == aw.pattern("noloops(window:w=1)", 3)


def test_graphblas_missing_names_the_extra():
    pytest.importorskip("attnwalk")
    if "graphblas" in sys.modules or _installed("graphblas"):
        pytest.skip("python-graphblas is installed")
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'attnwalk\[graphblas\]'"):
        aw.pattern("full", 2).to_graphblas()


def _installed(module):
    import importlib.util
    return importlib.util.find_spec(module) is not None


def test_scipy_duplicates_count_once():
    twice = sparse.coo_array((np.ones(2), ([0, 0], [1, 1])), shape=(2, 2)).tocsr()
    assert aw.Pattern.from_scipy(twice).entries == 1


@pytest.mark.parametrize("rule", GENERATORS, ids=lambda rule: rule["name"])
def test_generator_is_its_term(rule):
    """Each generator, called with the arguments of its example, builds what the example builds."""
    name, _, text = rule["example"].partition(":")
    f = generators.__dict__[generators._name(name)]
    values = dict(pair.split("=") for pair in text.split(",")) if text else {}
    types = {"integer": int, "real": float, "boolean": "true".__eq__}
    kinds = {key["name"]: types.get(key["kind"], str) for key in rule["keys"]}
    arguments = {generators._name(key): kinds[key](value.strip('"')) for key, value in values.items()}
    for n in (None, 16, 64, 36, 13, 120, 8, 2448):  # the first size that the term takes
        try:
            wanted = aw.pattern(rule["example"], n)
            break
        except (ValueError, OSError) as error:
            refused = error
    else:
        with pytest.raises(type(refused)):
            f(n, **arguments)
        pytest.fail(f"no size fits {rule['example']}: {refused}") if "file" not in rule["example"] else None
        return
    assert f(n, **arguments) == wanted
    assert inspect.signature(f).parameters["n"].default is None


def test_random_generators_take_a_seed_or_a_generator():
    draw = generators.random
    assert draw(64, d=3, rng=5) == draw(64, d=3, rng=5)
    assert draw(64, d=3, rng=5) != draw(64, d=3, rng=6)
    one, two = np.random.default_rng(3), np.random.default_rng(3)
    first, second = draw(64, d=3, rng=one), draw(64, d=3, rng=one)
    assert first == draw(64, d=3, rng=two)
    assert first != second
    with pytest.raises(TypeError, match="rng is a float"):
        draw(64, d=3, rng=1.5)
    with pytest.raises(ValueError, match=r"rng = -1 must be in \[0, 2\*\*64\)"):
        draw(64, d=3, rng=-1)


def test_pickle_and_copy_keep_pattern_and_certificate():
    P = aw.pattern("random:d=3", 64, rng=7)
    for other in (pickle.loads(pickle.dumps(P)), copy.copy(P), copy.deepcopy(P)):
        assert other == P
        assert hash(other) == hash(P)
        assert other.certificate.spec == "random:d=3"
        assert other.certificate.seed == 7
    batch = aw.PatternBatch([P, P.T], heads=2)
    assert pickle.loads(pickle.dumps(batch)).at(0, 1) == P.T
    W = aw.Weights(P, np.arange(P.entries))
    assert pickle.loads(pickle.dumps(W)) == W


def test_pattern_cannot_be_changed_and_shows_itself():
    P = aw.pattern("window:w=1", 4)
    with pytest.raises(AttributeError, match="cannot be changed"):
        P.certificate = None
    assert repr(P) == "Pattern(4 x 4, 10 entries, 'window:w=1')"
    assert P._repr_html_().startswith("<svg")
    assert (0, 1) in P
    assert (0, 2) not in P
    assert (0, -1) not in P
    assert P.row(1).tolist() == [0, 1, 2]
    with pytest.raises(IndexError, match=r"row 4 is not in \[0, 4\)"):
        P.row(4)


@pytest.mark.parametrize(("call", "error", "sentence"), [
    (lambda: aw.pattern("windw:w=1", 4), ValueError, "did you mean 'window'"),
    (lambda: aw.pattern("full", 10**9), MemoryError, "bytes|TB|EiB|EB|GiB"),
    (lambda: aw.Pattern.from_csr([0, 2], [0], cols=3), ValueError, "indptr ends with 2"),
    (lambda: aw.Pattern.from_csr([0, 1], [3], cols=3), ValueError, "column 3"),
    (lambda: aw.Pattern.from_csr([0, 1], [.5], cols=3), ValueError, "indices is an array of float64"),
    (lambda: aw.Pattern.from_edges(2, [(0, 5)]), ValueError, r"edge 0 has key 5; it must be in \[0, 2\)"),
    (lambda: aw.pattern("full", 3) | aw.pattern("full", 4), ValueError, "3"),
    (lambda: aw.pattern("full", 3) | 1, TypeError, "a Pattern is needed, not a int"),
    (lambda: aw.Weights(aw.pattern("full", 2), [1.0]), ValueError, "the pattern has 4 entries"),
])
def test_mistakes_end_in_a_sentence(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()
