"""Softmax against the mathematics in plain Python, derivatives against finite differences."""

import math

import numpy as np
import pytest

import refnn
from refnn.nn import functional as F
from refnn.ops import _threads
from refnn.ops import softmax as ops

INF, NAN = math.inf, math.nan


def naive_softmax(row):
    top = max(row)
    weights = [math.exp(v - top) for v in row]
    return [w / math.fsum(weights) for w in weights]


ROWS = [
    pytest.param([0.0, 0.0, 0.0], id="equal"),
    pytest.param([1000.0, 1000.0, 999.0], id="large"),
    pytest.param([-1000.0, 0.0, 1000.0], id="spread"),
    pytest.param([-INF, 0.0, 1.0], id="minus infinity"),
    pytest.param([5.0], id="one"),
]


@pytest.mark.parametrize("row", ROWS)
def test_softmax_of_a_row(row):
    x = refnn.tensor(row, dtype=refnn.float64)
    expected = naive_softmax(row)
    np.testing.assert_allclose(F.softmax(x, 0).numpy(), expected, rtol=1e-14)
    with np.errstate(divide="ignore"):
        logs = np.array(row) - max(row) - math.log(math.fsum(math.exp(v - max(row)) for v in row))
    np.testing.assert_allclose(F.log_softmax(x, 0).numpy(), logs, rtol=1e-14)


@pytest.mark.parametrize("row", [[INF, 0.0], [-INF, -INF], [NAN, 0.0]])
def test_softmax_of_no_number(row):
    assert refnn.isnan(F.softmax(refnn.tensor(row), 0)).all()
    assert refnn.isnan(F.log_softmax(refnn.tensor(row), 0)).all()


@pytest.mark.parametrize("dim", [0, 1, 2, -1])
@pytest.mark.parametrize("function, inverse", [(F.softmax, lambda y: y), (F.log_softmax, refnn.exp)])
def test_softmax_sums_to_one(function, inverse, dim):
    refnn.manual_seed(1)
    x = refnn.randn(3, 4, 5).transpose(0, 2)
    total = inverse(function(x, dim)).sum(dim)
    np.testing.assert_allclose(total.numpy(), 1, rtol=1e-6)


@pytest.mark.parametrize("shape, dim", [((3,), 0), ((3, 4), 0), ((3, 4), 1), ((2, 3, 2), 1), ((), 0)])
@pytest.mark.parametrize("function", [F.softmax, F.log_softmax, F.softmin])
def test_softmax_derivatives(function, shape, dim):
    refnn.manual_seed(2)
    x = refnn.randn(shape, dtype=refnn.float64, requires_grad=True)
    assert refnn.autograd.gradcheck(lambda t: function(t, dim), (x,))
    assert refnn.autograd.gradgradcheck(lambda t: function(t, dim), (x,))


@pytest.mark.parametrize("name, eps", [("softmax", 2e-6), ("log_softmax", 1e-6)])
def test_float32_keeps_its_accuracy(name, eps):
    refnn.manual_seed(3)
    x = refnn.randn(64, 1000)
    function = getattr(F, name)
    error = (function(x, 1).double() - function(x.double(), 1)).abs()
    assert function(x, 1).dtype is refnn.float32
    assert (error / function(x.double(), 1).abs()).max().item() < eps


def test_softmax_converts_first():
    x = refnn.tensor([1.0, 2.0], dtype=refnn.float16)
    assert F.softmax(x, 0, dtype=refnn.float64).dtype is refnn.float64
    assert F.softmax(refnn.tensor([1, 2]), 0, dtype=refnn.float32).dtype is refnn.float32


def test_empty():
    for shape, dim in (((0, 3), 0), ((0, 3), 1), ((3, 0), 1)):
        x = refnn.zeros(shape, requires_grad=True)
        y = F.softmax(x, dim)
        assert y.shape == shape
        y.sum().backward()
        assert x.grad.shape == shape


@pytest.mark.parametrize("length", [1, 2, 10, 31, 32, 33, 100])
@pytest.mark.parametrize("rows", [1, 7, 300])
@pytest.mark.parametrize("contiguous", [True, False])
def test_softmax_of_short_and_long_rows(rows, length, contiguous):
    x = np.random.default_rng(length).standard_normal((rows, length)) * 5
    x = x if contiguous else np.asfortranarray(x)
    expected = np.array([naive_softmax(row) for row in x.tolist()])
    t = refnn.from_numpy(x)
    np.testing.assert_allclose(F.softmax(t, 1).numpy(), expected, rtol=1e-13)
    np.testing.assert_allclose(F.log_softmax(t, 1).numpy(), np.log(expected), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("largest", [1.0, 59.0, 61.0, 200.0, math.inf, math.nan])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("dim", [0, 1])
def test_softmax_of_many_numbers(largest, sign, dim):
    """Large arrays of moderate numbers are not shifted by their rows' maxima."""
    x = np.random.default_rng(0).standard_normal((160, 128)).astype(np.float32)
    x[3, 5] = sign * largest
    x[:, 7] += sign * largest
    x[9] += sign * largest
    with np.errstate(all="ignore"):
        wide = x.astype(float)
        e = np.exp(wide - wide.max(dim, keepdims=True))
        expected = e / e.sum(dim, keepdims=True)
    found = F.softmax(refnn.tensor(x), dim).numpy()
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-37)  # x − 200 rounds


@pytest.mark.parametrize("n", [1, 32, 33, 200, 1024, 1025])
@pytest.mark.parametrize("shape, dim", [((7,), 1), ((7,), 0), ((2, 3), 2), ((2, 3), 1)])
def test_the_largest(n, shape, dim):
    """NaN is the largest of all; of two zeros either may be taken."""
    x = np.random.default_rng(n).standard_normal((*shape[:dim], n, *shape[dim:]))
    np.moveaxis(x, dim, -1).reshape(-1, n)[:5, n // 2] = [INF, -INF, NAN, 0.0, -0.0]
    x.reshape(-1)[-1] = NAN
    np.testing.assert_array_equal(ops.largest(x, dim), x.max(dim, keepdims=True))
    np.testing.assert_array_equal(ops.largest(x[::-1, ::-1], dim), x[::-1, ::-1].max(dim, keepdims=True))


@pytest.mark.parametrize("shape, dim", [((300, 2000), 1), ((3, 20, 10000), 1), ((2000, 300), 0), ((1, 600000), 1)])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_parts_in_several_threads(name, shape, dim, monkeypatch):
    """What is large is dealt out to threads; each row is the same as by itself, forward and backward."""
    x, dy = np.random.default_rng(0).standard_normal((2, *shape)).astype(np.float32)
    x.reshape(-1)[::777] = NAN
    forward, backward = getattr(ops, name), getattr(ops, f"{name}_backward")
    whole = []
    for threads in (1, 2):
        monkeypatch.setattr(_threads, "count", lambda threads=threads: threads)
        y = forward(x, dim=dim)
        whole.append((y, backward(dy, y, dim=dim)))
    for one, two in zip(*whole, strict=True):
        np.testing.assert_array_equal(one, two)
