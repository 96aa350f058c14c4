# SPDX-License-Identifier: Apache-2.0
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import attnwalk as aw
import numpy as np
import pytest
import scipy.sparse as sparse


def second_modulus(weights):
    """The second largest modulus of the walk's eigenvalues, by a dense eigensolver."""
    walk = weights / weights.sum(axis=1, keepdims=True)
    return np.sort(np.abs(np.linalg.eigvals(walk)))[-2]


@pytest.mark.parametrize("form", ["pattern", "weights", "scipy", "array", "q and k"])
def test_gap_takes_every_kind_of_walk(rng, form):
    q, k = rng.normal(size=(2, 20, 3))
    scores = q @ k.T / np.sqrt(3)
    weights = np.exp(scores)
    walk = {"pattern": aw.pattern("ring:w=3", 20), "weights": aw.Weights.from_dense(weights),
            "scipy": sparse.coo_array(weights), "array": weights, "q and k": (q, k)}[form]
    dense = aw.pattern("ring:w=3", 20).to_dense().astype(float) if form == "pattern" else weights
    report = aw.gap(walk)
    slem = report["slem"]
    # The dense eigensolver's own error on such small, well-conditioned walks is below 1e-12.
    assert slem.value == pytest.approx(second_modulus(dense), abs=1e-12)
    assert slem.lo - 1e-12 <= second_modulus(dense) <= slem.hi + 1e-12
    assert slem.gap == pytest.approx(1 - slem.value, abs=1e-12)


def test_gap_of_a_masked_head_is_that_of_its_weights(rng):
    q, k = rng.normal(size=(2, 20, 3)).astype(np.float32)
    mask = aw.pattern("window:w=3", 20)
    assert aw.gap((q, k), mask=mask)["slem"] == aw.gap(aw.weights(q, k, mask))["slem"]
    with pytest.raises(ValueError, match=r"mask belongs to \(q, k\)"):
        aw.gap(mask, mask=mask)


def test_gap_of_a_cycle_in_closed_form():
    n = 31
    report = aw.gap(aw.pattern("ring:w=1", n))
    assert report["lambda_2"].value == pytest.approx((1 + 2 * np.cos(2 * np.pi / n)) / 3, abs=1e-12)
    assert report.kind == "undirected"
    assert report.structure == aw.structure(aw.pattern("ring:w=1", n))
    assert report.stationary.pi == pytest.approx(np.full(n, 1 / n))


def test_refusals_are_results():
    report = aw.gap(aw.pattern("causal(full)", 8))
    refused = [gap for gap in report.gaps.values() if gap.status == "refused"]
    assert refused
    assert all(gap.value is None and gap.reason for gap in refused)
    with pytest.raises(KeyError, match="'nothing' is none of lambda_2"):
        report["nothing"]


def test_structure_counts():
    found = aw.structure(aw.pattern("window:w=1", 5))
    assert (found.rows, found.entries, found.components, found.diameter_at_most) == (5, 13, 1, 4)
    assert found.row_degree.min == 2
    assert found.row_degree.max == 3


@pytest.mark.parametrize(("call", "sentence"), [
    (lambda: aw.gap(-np.eye(3)), "negative|-1"),
    (lambda: aw.gap(np.full((3, 3), np.nan)), "nan"),
    (lambda: aw.gap(aw.pattern("full", 3), kind="round"), "kind = round must be one of automatic"),
    (lambda: aw.gap(aw.pattern("full", 3), tolerance=-1.0), "tolerance"),
    (lambda: aw.gap((np.ones((2, 2, 2)), np.ones((2, 2)))), "q has 3"),
    (lambda: aw.structure(aw.pattern("full", 3), confidence=2.0), "confidence = 2"),
])
def test_mistakes_end_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_progress_is_heard_and_its_exceptions_stop_the_work():
    heard = []
    aw.gap(aw.pattern("random:d=8", 600), progress=lambda what, fraction: heard.append(what))
    assert heard

    def stop(what, fraction):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        aw.gap(aw.pattern("random:d=8", 600), progress=stop)


def test_control_c_stops_the_work_within_a_second():
    """A gap that takes minutes in a process of its own. Its processor time counts, since machines stall."""
    program = ("import attnwalk as aw\nP = aw.pattern('regular:d=16', 60000)\nprint('go', flush=True)\n"
               "aw.gap(P, tolerance=1e-15, max_products=10**7)\naw.gap(aw.pattern('window:w=2', 400000))")
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        assert process.stdout.readline() == "go\n"
        time.sleep(1)
        fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        used = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process.send_signal(signal.SIGINT)
        process.wait(60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime - used < 2
        assert "KeyboardInterrupt" in process.stderr.read()


def test_only_the_numbers_asked_for_are_found():
    walk = aw.pattern("ring:w=2", 24)
    found = aw.gap(walk, only=["slem", "sigma_2"])
    assert list(found.gaps) == ["slem", "sigma_2"]
    assert found["slem"] == aw.gap(walk)["slem"]
    with pytest.raises(ValueError, match="only = slam must be one of lambda_2"):
        aw.gap(walk, only=["slam"])
