# SPDX-License-Identifier: Apache-2.0
"""Reports on the heads of models, and models on sparse patterns."""

import time

import attnwalk as aw
import numpy as np
import pytest
import torch
from tiny_models import HEADS, attentions_of, inputs_of, model_of


def test_a_report_has_the_gaps_of_each_head():
    model, given = model_of("bert"), inputs_of("bert", True)
    model.train()
    model.encoder.layer[0].eval()
    modes = [m.training for m in model.modules()]
    report = aw.report(model, given, batch=1)
    assert [m.training for m in model.modules()] == modes
    truth = attentions_of(model.eval(), given)
    assert list(report) == [(at, h) for at in range(2) for h in range(HEADS)]
    for (at, h), found in report.items():
        # float attention of the model against that of float queries in double: 1e-6
        walk = truth[at][1, h].double().numpy()[:8, :8]
        assert found["slem"].value == pytest.approx(np.sort(np.abs(np.linalg.eigvals(walk)))[-2], abs=1e-6)
    alone = aw.report(model, given, batch=1, layers=[1], heads=[2], threads=1)
    assert report[1, 2]["slem"] == alone[1, 2]["slem"]
    with pytest.raises(ValueError, match="there are 2 sequences; name one with `batch`"):
        aw.report(model, given)
    with pytest.raises(KeyError, match=r"there is no report of layer, head = \(2, 0\); .* layers 0-1"):
        report[2, 0]


def test_a_report_is_a_table_and_a_picture(tmp_path):
    report = aw.report(model_of("t5"), inputs_of("t5", False), batch=0, only=["slem", "sigma_2"])
    table = report.to_dataframe()
    assert set(table.columns) == {"layer", "head", "module", "quantity", "value", "lo", "hi", "gap", "gap_lo",
                                  "gap_hi", "status", "method", "reason", "tokens"}
    cross = table[table["module"] == "decoder.block.1.layer.1.EncDecAttention"]
    assert set(cross["quantity"]) == {"slem", "sigma_2"}
    assert cross[cross["quantity"] == "slem"]["reason"].str.len().min() > 0  # queries and keys differ: refused
    picture = report.heatmap("sigma_2")
    picture.save(tmp_path / "heads.svg")
    assert (tmp_path / "heads.svg").read_text(encoding="utf-8").count("<rect") == 1 + len(report) + 8
    assert picture.values[1, 3] == report[1, 3]["sigma_2"].gap
    assert "refused" in report._repr_html_()
    with pytest.raises(ValueError, match='what = gaps must be "gap" or one of sigma_2, slem'):
        report.heatmap("gaps")
    with pytest.raises(ValueError, match="only = slam must be one of lambda_2"):
        aw.report(model_of("bert"), inputs_of("bert", False), batch=0, only=["slam"])


def test_an_exception_stops_the_heads_that_still_run(rng):
    heads = aw.Heads()
    heads.add(*rng.normal(size=(2, 1, 8, 2)))
    heads.add(*rng.normal(size=(2, 1, 1500, 2)), mask="random:d=9")  # minutes, if nobody stopped it

    def stop(what, fraction):
        assert (what, fraction) == ("heads", 0.5)
        raise ZeroDivisionError

    began = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        aw.gaps(heads, threads=2, progress=stop)
    assert time.monotonic() - began < 20


def cache_of(heads, at, **more):
    """As TransformerLens keeps it: batch x tokens x heads x width."""
    moved = {x: torch.tensor(getattr(heads, x)[at]).transpose(1, 2) for x in "qk"}
    return {f"blocks.{at}.attn.hook_{x}": array for x, array in moved.items()} | more


def test_gaps_takes_what_others_captured():
    model, given = model_of("gpt2"), inputs_of("gpt2", False)
    given["input_ids"] = given["input_ids"][:1]
    with torch.no_grad(), aw.capture(model) as heads:
        model(**given)
    matrices = attentions_of(model, given)
    truth = aw.gaps(heads)
    scale = 8**-0.5  # of layer 0
    pattern = {"blocks.0.attn.hook_pattern": matrices[0]}
    for source, more in [
            (matrices, {}), (np.stack([x[0] for x in matrices]), {}), (cache_of(heads, 0, **pattern), {}),
            (cache_of(heads, 0), {"mask": "causal(full)"}),
            (None, {"q": heads.q[0][0], "k": heads.k[0][0], "mask": "causal(full)", "scale": scale})]:
        found = aw.gaps(source, **more)
        for h in range(HEADS):
            assert found[0, h]["slem"].value == pytest.approx(truth[0, h]["slem"].value, abs=1e-6)
    with pytest.raises(ValueError, match='name mask="causal\\(full\\)" or mask="full"'):
        aw.gaps(cache_of(heads, 0))
    with pytest.raises(ValueError, match=r"attentions\[0\] is None"):
        aw.gaps((None, None))


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama"])
def test_the_command_reads_saved_heads(name, tmp_path):
    model, given = model_of(name), inputs_of(name, True)
    with torch.no_grad(), aw.capture(model, values=True) as heads:
        model(**given)
    file = tmp_path / "heads.npz"
    if name == "gpt2":  # of which each layer has a scale of its own
        heads.layers[1].scale *= 3
    heads.save(file, batch=1)
    stored = np.load(file)
    n = stored["q"].shape[2]
    mask = np.ones((n, n), dtype=bool)
    if "indptr" in stored:
        mask = aw.Pattern.from_csr(stored["indptr"], stored["indices"]).to_dense()
    assert stored["v"].shape == stored["k"].shape
    for at in range(2):
        for h in range(HEADS):
            q, k = stored["q"][at, h], stored["k"][at, h * stored["k"].shape[1] // HEADS]
            found = aw.weights(q, k, aw.Pattern.from_dense(mask)).to_dense()
            np.testing.assert_allclose(found, heads.weights(at, h, batch=1).to_dense(), atol=1e-13)
    heads.save(file, batch=1, attention=True)
    np.testing.assert_array_equal(np.load(file)["attentions"][1, 2], heads.weights(1, 2, batch=1).to_dense())


def test_what_one_file_cannot_hold_is_refused(tmp_path):
    model, given = model_of("gemma2", "eager"), inputs_of("gemma2", False)
    with torch.no_grad(), aw.capture(model) as heads:
        model(**given)
    with pytest.raises(ValueError, match=r"more than q, k and a mask.*attention=True saves"):
        heads.save(tmp_path / "heads.npz", batch=0)
    for layer in heads.layers.values():
        layer.softcap = None
    with pytest.raises(ValueError, match="there are 2 different masks"):  # a window in every other layer
        heads.save(tmp_path / "heads.npz", batch=0)
    heads.save(tmp_path / "heads.npz", batch=0, layers=[0])
    assert [file.name for file in tmp_path.iterdir()] == ["heads.npz"]


@pytest.mark.parametrize("padded", [False, True], ids=["plain", "padded"])
@pytest.mark.parametrize("name", ["bert", "gpt2", "llama", "t5"])
def test_every_pair_is_the_model_itself(name, padded):
    model, given = model_of(name), inputs_of(name, padded)
    kept = given.get("attention_mask", torch.ones(2, 12)).bool() if name != "t5" else slice(None)
    with torch.no_grad():
        plain = model(**given)[0]
        with aw.use(model, "full"):
            full = model(**given)[0]
        with aw.use(model, "window:w=1", layers=[1]):
            partly = model(**given)[0]
        again = model(**given)[0]
    # Float attention in another order of sums; T5's outputs are ten times as large.
    torch.testing.assert_close(full[kept], plain[kept], atol=2e-6, rtol=1e-5)
    assert not torch.allclose(partly[kept], plain[kept], atol=1e-4)
    assert torch.equal(again, plain)


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama"])
def test_a_pattern_is_a_mask_within_the_models_own(name):
    model, given = model_of(name), inputs_of(name, False)
    P = aw.pattern("window:w=2+global:g=1", 12)
    mask = torch.tensor((P if name == "bert" else P.causal()).to_dense())
    with torch.no_grad():
        truth = model(given["input_ids"], attention_mask=mask[None, None])[0]
        for what in (P, "window:w=2+global:g=1", lambda n: aw.pattern("window:w=2+global:g=1", n)):
            with aw.use(model, what):
                torch.testing.assert_close(model(**given)[0], truth, atol=1e-6, rtol=1e-5)
    with pytest.raises(ValueError, match="the pattern is 8 x 8 where there are 12 tokens"), \
            aw.use(model, aw.pattern("ring:w=1", 8)):
        model(**given)


def test_generation_and_training_work_on_a_pattern():
    model, ids = model_of("llama"), inputs_of("llama", False)["input_ids"]
    how = {"max_new_tokens": 4, "do_sample": False, "attention_mask": torch.ones_like(ids), "pad_token_id": 0}
    truth = model.generate(ids, **how)
    with aw.use(model, "full"):
        assert torch.equal(model.generate(ids, **how), truth)
    with aw.use(model, "window:w=2"):
        optimizer = torch.optim.Adam(model.parameters(), 1e-2)
        losses = []
        for _ in range(8):
            optimizer.zero_grad()
            loss = model(ids, labels=ids).loss
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.5


def test_diffusion_and_block_models_run_in_place():
    model, given = model_of("bert"), inputs_of("bert", True)
    kept = given["attention_mask"].bool()
    with torch.no_grad():
        plain = model(**given)[0]
        for what, how in (("diffuser", {"alpha": 0, "hops": 1}), ("sbm", {"delta": 1.0})):
            with aw.use(model, what, **how):  # one hop without a return, and every edge drawn: attention
                torch.testing.assert_close(model(**given)[0][kept], plain[kept], atol=2e-6, rtol=1e-5)
        torch.manual_seed(0)
        with aw.use(model, "sbm", clusters=3):
            assert not torch.allclose(model(**given)[0][kept], plain[kept], atol=1e-4)
        with pytest.raises(ValueError, match=r'a mask of its own.*"sbm" is for models'), \
                aw.use(gpt := model_of("gpt2"), "sbm"):
            gpt(**inputs_of("gpt2", True))
    with pytest.raises(ValueError, match="uses softcap"), aw.use(gemma := model_of("gemma2", "eager"), "full"):
        gemma(**inputs_of("gemma2", False))
