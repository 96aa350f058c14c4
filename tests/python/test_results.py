# SPDX-License-Identifier: Apache-2.0
import copy
import json
import pickle
import typing

import attnwalk as aw
import numpy as np
import pytest
from attnwalk import results, sbm


@pytest.fixture(scope="module")
def made():
    """One result of every class."""
    P = aw.pattern("ring:w=2", 24)
    gap = aw.gap(P, whole_spectrum=True, sweep_set=True)
    q = np.random.default_rng(1).normal(size=(24, 4))
    model = sbm.planted_model(24, 24, 2, .5, .1)
    return {
        "Gap": gap["slem"], "GapReport": gap, "Structure": aw.structure(P), "Stationary": gap.stationary,
        "Bound": next(iter(gap.bounds.values())), "Degrees": gap.structure.row_degree,
        "Attended": aw.attend(q, q, q, P), "Diffused": aw.diffuse(P, q),
        "Cost": sbm.predict(model, "bernoulli"), "GoodnessOfFit": sbm.selftest(model, 2),
        "Sample": sbm.sample(model), "ExpectedSpectrum": sbm.expected_spectrum(model),
        "SampledSpectrum": sbm.sampled_spectrum(model), "Detectability": sbm.detectability(model),
        "Concentration": sbm.concentration(model),
        "DiffuserResult": aw.layers.Diffuser(P, 4).forward(q, q, q),
    }


def classes():
    found = {}
    for module in (results, sbm, aw.layers):
        found.update({name: value for name, value in vars(module).items() if isinstance(value, type)
                      and issubclass(value, results.Record) and value is not results.Record})
    return found


def test_every_class_is_made_here(made):
    assert set(classes()) == set(made)


@pytest.mark.parametrize("name", sorted(classes()))
def test_annotations_name_the_fields_of_the_library(made, name):
    hints = {field for field in classes()[name].__annotations__ if not field.startswith("_")}
    assert hints == set(made[name]._values)


@pytest.mark.parametrize("name", sorted(classes()))
def test_values_have_the_annotated_type(made, name):
    for field, hint in typing.get_type_hints(classes()[name]).items():
        if field.startswith("_"):
            continue
        kinds = typing.get_args(hint) if type(hint).__name__ == "UnionType" else (hint,)
        kinds = tuple(typing.get_origin(kind) or kind for kind in kinds)
        assert isinstance(getattr(made[name], field), kinds), field


@pytest.mark.parametrize("name", sorted(classes()))
def test_results_are_frozen_and_travel(made, name):
    result = made[name]
    field = next(iter(result._values))
    with pytest.raises(AttributeError, match="cannot be changed"):
        setattr(result, field, 1)
    with pytest.raises(AttributeError, match="has no field 'nothing'"):
        _ = result.nothing
    for other in (pickle.loads(pickle.dumps(result)), copy.copy(result), copy.deepcopy(result)):
        assert type(other) is type(result)
        assert str(other.to_dict()) == str(result.to_dict())
        assert repr(other) == repr(result)
    assert "<table>" in result._repr_html_()
    if name != "ExpectedSpectrum":  # its eigenvalues are complex, which JSON has not
        json.dumps(result.to_dict())


def test_arrays_of_results_cannot_be_written(made):
    with pytest.raises(ValueError, match="read-only"):
        made["Attended"].Z[0] = 1
