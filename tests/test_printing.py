"""The text of tensors: what torch 2.13 printed for these."""

import math

import pytest

import refnn
from refnn import printing

inf, nan = math.inf, math.nan

ROWS = [
    (lambda t: t.tensor([1.0, 2.0]), "tensor([1., 2.])"),
    (lambda t: t.tensor([1.5, 20.25]), "tensor([ 1.5000, 20.2500])"),
    (lambda t: t.tensor([-1.0, 100.0]), "tensor([ -1., 100.])"),
    (lambda t: t.tensor([1e-5, 1.0]), "tensor([1.0000e-05, 1.0000e+00])"),
    (lambda t: t.tensor([0.001, 1.0]), "tensor([0.0010, 1.0000])"),
    (lambda t: t.tensor([0.00099, 1.0]), "tensor([9.9000e-04, 1.0000e+00])"),
    (lambda t: t.tensor([1e8, 1.0]), "tensor([1.0000e+08, 1.0000e+00])"),
    (lambda t: t.tensor([1000.0, 1.0]), "tensor([1000.,    1.])"),
    (lambda t: t.tensor([1001.0, 1.0]), "tensor([1.0010e+03, 1.0000e+00])"),
    (lambda t: t.tensor([nan, inf, -inf, 0.0]), "tensor([nan, inf, -inf, 0.])"),
    (lambda t: t.tensor([nan, 1.0]), "tensor([nan, 1.])"),
    (lambda t: t.tensor([nan, 1.5]), "tensor([   nan, 1.5000])"),
    (lambda t: t.tensor([-0.0, 0.0]), "tensor([-0., 0.])"),
    (lambda t: t.tensor([1, -20]), "tensor([  1, -20])"),
    (lambda t: t.tensor([True, False]), "tensor([ True, False])"),
    (lambda t: t.tensor([1 + 2j, 3.5 - 1j]), "tensor([1.0000+2.j, 3.5000-1.j])"),
    (lambda t: t.tensor(2.5), "tensor(2.5000)"),
    (lambda t: t.tensor(3), "tensor(3)"),
    (lambda t: t.tensor([1], dtype=t.int32), "tensor([1], dtype=torch.int32)"),
    (lambda t: t.tensor([1.0], dtype=t.float64), "tensor([1.], dtype=torch.float64)"),
    (lambda t: t.zeros(0), "tensor([])"),
    (lambda t: t.zeros(0, 3), "tensor([], size=(0, 3))"),
    (lambda t: t.zeros(2, 0, dtype=t.int64), "tensor([], size=(2, 0), dtype=torch.int64)"),
    (lambda t: t.ones(2, 2), "tensor([[1., 1.],\n        [1., 1.]])"),
    (lambda t: t.ones(2, 1, 1), "tensor([[[1.]],\n\n        [[1.]]])"),
    (lambda t: t.arange(2000), "tensor([   0,    1,    2,  ..., 1997, 1998, 1999])"),
    (
        lambda t: t.arange(14.0),
        "tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.])",
    ),
    (
        lambda t: t.arange(15.0),
        "tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.,\n        14.])",
    ),
    (
        lambda t: t.zeros(30, 40).int(),
        "tensor([[0, 0, 0,  ..., 0, 0, 0],\n        [0, 0, 0,  ..., 0, 0, 0],\n        [0, 0, 0,  ..., 0, 0, 0],\n"
        "        ...,\n        [0, 0, 0,  ..., 0, 0, 0],\n        [0, 0, 0,  ..., 0, 0, 0],\n"
        "        [0, 0, 0,  ..., 0, 0, 0]], dtype=torch.int32)",
    ),
    (lambda t: t.ones(1, requires_grad=True), "tensor([1.], requires_grad=True)"),
    (lambda t: t.ones(1, requires_grad=True) + 1, "tensor([2.], grad_fn=<AddBackward0>)"),
    (
        lambda t: t.linspace(0, 1, 7, dtype=t.float64, requires_grad=True),
        "tensor([0.0000, 0.1667, 0.3333, 0.5000, 0.6667, 0.8333, 1.0000],\n"
        "       dtype=torch.float64, requires_grad=True)",
    ),
    (lambda t: t.nn.Parameter(t.ones(1)), "Parameter containing:\ntensor([1.], requires_grad=True)"),
]


@pytest.mark.parametrize("make, text", ROWS, ids=[repr(text) for _, text in ROWS])
def test_text(make, text):
    assert repr(make(refnn)) == str(make(refnn)) == text


@pytest.fixture
def options():
    yield refnn.set_printoptions
    refnn.set_printoptions(profile="default")


OPTIONS = [
    ({"precision": 1}, [0.25, 1.0], "tensor([0.2, 1.0])"),
    ({"sci_mode": True}, [0.25, 1.0], "tensor([2.5000e-01, 1.0000e+00])"),
    ({"sci_mode": False}, [1e-6, 1.0], "tensor([0.0000, 1.0000])"),
    ({"linewidth": 12}, [1.0, 2.0], "tensor([1.,\n        2.])"),
    ({"threshold": 3}, [1.0] * 7, "tensor([1., 1., 1.,  ..., 1., 1., 1.])"),
    ({"threshold": 3, "edgeitems": 1}, [1.0] * 7, "tensor([1.,  ..., 1.])"),
    ({"threshold": 3, "edgeitems": 0}, [1.0] * 7, "tensor([...], size=(7,))"),
    ({"profile": "short"}, [0.123, 1.0], "tensor([0.12, 1.00])"),
]


@pytest.mark.parametrize("given, values, text", OPTIONS, ids=[str(row[0]) for row in OPTIONS])
def test_options(given, values, text, options):
    options(**given)
    assert repr(refnn.tensor(values)) == text


def test_options_return_to_the_profile(options):
    options(profile="full", precision=2)
    assert printing.get_printoptions()["threshold"] == inf
    options(sci_mode=True)
    assert printing.get_printoptions()["precision"] == 2
    options(profile="default")
    assert printing.get_printoptions() == {
        "precision": 4,
        "threshold": 1000,
        "edgeitems": 3,
        "linewidth": 80,
        "sci_mode": None,
    }


def test_printing_reads_only():
    x = refnn.arange(6.0).reshape(2, 3)
    before = x.clone()
    repr(x.t())
    assert x.equal(before)
    assert x._version == 0
