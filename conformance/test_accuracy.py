"""Precision in float32: how much larger refnn's error is than torch's own."""

import json

import pytest

from conformance.harness.scoreboard import PROPERTY
from refnn.testing.conformance import accuracy

BOUND = 4.0  # the errors are the maxima of few roundings: two correct programs differ by a factor


@pytest.mark.parametrize("name", accuracy.modules())
def test_error_is_no_larger_than_torchs(name, record_property):
    ratio = accuracy.measure(name)
    if ratio is None:
        pytest.skip(f"missing: {name}")
    assert ratio.tensors, "no tensor was compared"
    record_property(PROPERTY, json.dumps({"name": name, "ratio": ratio.value}))
    assert ratio.value <= BOUND, f"{name}: {ratio.refnn:.3g} spacings, torch {ratio.torch:.3g}"
