"""Warnings that are given once in a process."""

import warnings

import pytest

import refnn
from refnn.autograd import once


def leaf():
    return refnn.tensor(2.0, requires_grad=True)


def to_real(x):
    refnn.zeros(1).copy_(refnn.tensor([1 + 2j]))


def nothing_recorded(x):
    with refnn.no_grad():
        float(x)


WARNS = {  # what is done with a leaf, and the text
    "float": (float, once.SCALAR),
    "complex": (complex, once.SCALAR),
    "float of a result": (lambda x: float(x * 2), once.SCALAR),
    "backward": (lambda x: (x * x).backward(create_graph=True), once.CREATE_GRAPH),
    "autograd.backward": (lambda x: refnn.autograd.backward(x * x, create_graph=True), once.CREATE_GRAPH),
    "copy_ of complex numbers": (to_real, once.DISCARDS_IMAGINARY),
    "conversion of complex numbers": (lambda x: refnn.tensor([1 + 2j]).to(refnn.float32), once.DISCARDS_IMAGINARY),
}
SILENT = {
    "int": int,
    "item": lambda x: x.item(),
    "bool": bool,
    "text": lambda x: f"{x:.2f}",
    "float without a gradient": lambda x: float(x.detach()),
    "float in no_grad": nothing_recorded,
    "grad": lambda x: refnn.autograd.grad(x * x, x, create_graph=True),
    "the real part": lambda x: refnn.tensor([1 + 2j]).real,
}


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(once, "_given", set())


def caught(action):
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        action(leaf())
    return [(w.category, str(w.message), w.filename == __file__) for w in given]


@pytest.mark.parametrize("name", WARNS)
def test_a_warning_comes_once(name):
    action, text = WARNS[name]
    assert [w[:2] for w in caught(action)] == [(UserWarning, text)]
    assert caught(action) == []


@pytest.mark.parametrize("name", ["float", "backward"])
def test_a_warning_names_the_caller_s_line(name):
    assert caught(lambda x: WARNS[name][0](x) if name == "backward" else float(x))[0][2]


@pytest.mark.parametrize("name", SILENT)
def test_no_warning(name):
    assert caught(SILENT[name]) == []
