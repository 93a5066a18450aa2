"""The suite against itself: every planted fault has to be reported."""

import functools

import pytest

from conformance.harness import faults


@functools.cache
def healthy(module):
    """The samples that agree with torch while nothing is planted."""
    return {sample for sample, texts in faults.verdicts(module).items() if not texts}


@pytest.mark.parametrize("fault", faults.FAULTS, ids=str)
def test_a_planted_fault_is_reported(fault, monkeypatch):
    samples = healthy(fault.module)
    assert samples, f"no sample of {fault.module} passes even without a fault"
    faults.plant(fault, monkeypatch)
    found = faults.verdicts(fault.module)
    reported = [text for sample in samples for text in found[sample] if not text.startswith("refnn raises")]
    assert reported, "the fault went unnoticed"


@pytest.mark.parametrize(
    "module",
    [
        "nn.Embedding",
        "nn.MultiheadAttention",
        "nn.Linear",
        "nn.Conv2d",
        "nn.MaxPool2d",
        "nn.Flatten",
        "nn.RNN",
        "nn.Dropout",
        "nn.BCELoss",
    ],
)
def test_each_layer_has_faults(module):
    assert sum(fault.module == module for fault in faults.FAULTS) >= 2
