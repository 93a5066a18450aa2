"""Activations: values against the mathematics in plain Python, derivatives against finite differences."""

import math

import numpy as np
import pytest

import refnn
from refnn.nn import functional as F

INF, NAN = math.inf, math.nan
POINTS = [0.0, -0.0, 1e-30, 0.5, -0.5, 3.0, -3.0, 20.0, -20.0, 90.0, -90.0, INF, -INF, NAN]


def sigmoid(x):
    return 0.0 if x < -700 else 1 / (1 + math.exp(-x))


def relu(x):
    return x if x > 0 or math.isnan(x) else 0.0


def leaky(slope):
    return lambda x: x if x > 0 else x * slope


ELEMENTWISE = [
    pytest.param(refnn.tanh, math.tanh, id="tanh"),
    pytest.param(refnn.sigmoid, sigmoid, id="sigmoid"),
    pytest.param(F.relu, relu, id="relu"),
    pytest.param(F.leaky_relu, leaky(0.01), id="leaky_relu"),
    pytest.param(lambda x: F.leaky_relu(x, 0.0), leaky(0.0), id="leaky_relu-0"),
    pytest.param(lambda x: F.leaky_relu(x, -0.5), leaky(-0.5), id="leaky_relu-negative"),
    pytest.param(lambda x: F.leaky_relu(x, 3.0), leaky(3.0), id="leaky_relu-steep"),
]


@pytest.mark.parametrize("repeat", [1, 500], ids=["short", "long"])
@pytest.mark.parametrize("dtype", [refnn.float32, refnn.float64], ids=str)
@pytest.mark.parametrize("function, scalar", ELEMENTWISE)
def test_values(function, scalar, dtype, repeat):
    x = refnn.tensor(POINTS * repeat, dtype=dtype)
    found = function(x)
    assert found.dtype is dtype
    expected = [scalar(v) for v in x[: len(POINTS)].tolist()] * repeat
    rtol = 4 * np.finfo(dtype.numpy).eps
    np.testing.assert_allclose(found.numpy(), expected, rtol=rtol, atol=1e-37)


@pytest.mark.parametrize("function", [p.values[0] for p in ELEMENTWISE], ids=[p.id for p in ELEMENTWISE])
@pytest.mark.parametrize("shape", [(), (0,), (3, 4), (50, 60)], ids=str)
def test_derivatives(function, shape):
    refnn.manual_seed(0)
    x = refnn.randn(shape, dtype=refnn.float64)
    x = (x + 0.1 * x.sign()).requires_grad_()  # away from the kink
    y = function(x)
    (g,) = refnn.autograd.grad(y, x, refnn.ones_like(y))
    h = 1e-6
    slope = (function(x.detach() + h) - function(x.detach() - h)) / (2 * h)
    np.testing.assert_allclose(g.numpy(), slope.numpy(), atol=1e-8)
    if 0 < x.numel() < 20:
        assert refnn.autograd.gradcheck(function, (x,))
        assert refnn.autograd.gradgradcheck(function, (x,))


KINKS = [  # function, point, gradient given, gradient expected
    ("relu", 0.0, 1.0, 0.0),
    ("relu", -0.0, 1.0, 0.0),
    ("relu", NAN, 2.0, 2.0),
    ("relu", -1.0, NAN, 0.0),
    ("relu", -1.0, INF, 0.0),
    ("relu", 1.0, INF, INF),
    ("leaky_relu", 0.0, 1.0, 0.01),
    ("leaky_relu", NAN, 1.0, 0.01),
    ("sigmoid", INF, 1.0, 0.0),
    ("tanh", -INF, 1.0, 0.0),
]


@pytest.mark.parametrize("size", [1, 5000], ids=["short", "long"])
@pytest.mark.parametrize("name, point, given, expected", KINKS)
def test_kinks(name, point, given, expected, size):
    x = refnn.full((size,), point, requires_grad=True)
    getattr(F, name)(x).backward(refnn.full((size,), given))
    np.testing.assert_array_equal(x.grad.numpy(), np.full(size, expected, "f"))


@pytest.mark.parametrize("name", ["relu_", "leaky_relu_"])
def test_in_place(name):
    x = refnn.tensor([-1.0, 0.0, 2.0], requires_grad=True)
    y = x * 1
    z = getattr(F, name)(y)
    assert z is y
    z.sum().backward()
    x2 = refnn.tensor([-1.0, 0.0, 2.0], requires_grad=True)
    expected = getattr(F, name[:-1])(x2)
    expected.sum().backward()
    assert refnn.equal(z, expected)
    assert refnn.equal(x.grad, x2.grad)


def test_leaky_relu_in_place_with_a_negative_slope():
    y = F.leaky_relu_(refnn.ones(1, requires_grad=True) * 1, -0.1)
    with pytest.raises(RuntimeError, match="negative slope"):
        y.backward()


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
