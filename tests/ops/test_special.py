"""Special functions against Python's own or closed forms, and their claimed errors."""

import math

import numpy as np
import pytest

import refnn

INF, NAN = math.inf, math.nan
BLOCK = 1 << 14  # the error functions work a block at a time
EULER = 0.57721566490153286


def points(low, high, n=4001):
    return np.linspace(low, high, n)


def series_i0(x):
    return math.fsum((x / 2) ** (2 * k) / math.factorial(k) ** 2 for k in range(80))


VALUES = [  # function, exact, points, units in the last place: float32, float64
    pytest.param(refnn.erf, math.erf, points(-6.5, 6.5), 0.6, 2, id="erf"),
    pytest.param(refnn.erf, math.erf, 10.0 ** points(-30, 0), 0.6, 2, id="erf-small"),
    pytest.param(refnn.erfc, math.erfc, points(-6.5, 9), 0.6, 5, id="erfc"),
    pytest.param(refnn.i0, series_i0, points(-20, 20, 401), 0.6, 8, id="i0"),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function, exact, x, units32, units64", VALUES)
def test_error(function, exact, x, units32, units64, dtype):
    x = x.astype(dtype)
    y = function(refnn.from_numpy(x)).numpy()
    assert y.dtype == dtype
    wanted = np.array([exact(v) for v in x.tolist()])
    unit = np.spacing(np.abs(wanted.astype(dtype)))
    error = np.abs(y.astype(np.float64) - wanted) / unit
    assert error.max() <= (units32 if dtype == np.float32 else units64)


@pytest.mark.parametrize(
    "x", [points(0.001, 40), 10.0 ** points(-8, 5), points(-6.9, -0.1)], ids=["low", "wide", "negative"]
)
def test_lgamma(x):
    x = x[np.abs(x - np.round(x)) > 1e-3]
    wanted = np.array([math.lgamma(v) for v in x.tolist()])
    error = np.abs(refnn.lgamma(refnn.from_numpy(x)).numpy() - wanted) / np.maximum(np.abs(wanted), 1)
    assert error.max() < 4e-15


@pytest.mark.parametrize("d", [1e-3, 1e-6, 1e-9, -1e-9, -1e-6])
def test_lgamma_near_its_roots(d):
    """ln Γ(1 + d) = −γ d + ζ(2) d²/2 − ζ(3) d³/3 + …, and Γ(2 + d) = (1 + d) Γ(1 + d)."""
    x = refnn.tensor([1 + d, 2 + d], dtype=refnn.float64)
    d = (x - refnn.tensor([1.0, 2.0], dtype=refnn.float64)).numpy()  # 1 + d was rounded
    one = -EULER * d + math.pi**2 / 12 * d**2 - 1.2020569031595942 / 3 * d**3
    expected = one + np.array([0.0, 1.0]) * np.log1p(d)
    np.testing.assert_allclose(refnn.lgamma(x).numpy(), expected, rtol=1e-9)


INVERSES = [
    pytest.param(refnn.erfinv, refnn.erf, points(-0.999, 0.999), id="erfinv"),
    pytest.param(refnn.erfinv, refnn.erf, 10.0 ** points(-20, -1), id="erfinv-small"),
    pytest.param(refnn.logit, refnn.sigmoid, points(0.001, 0.999), id="logit"),
]


@pytest.mark.parametrize("function, inverse, x", INVERSES)
def test_inverses(function, inverse, x):
    y = inverse(function(refnn.from_numpy(x))).numpy()
    np.testing.assert_allclose(y, x, rtol=2e-15)


def test_erfinv_near_one():
    rest = 10.0 ** -points(1, 15, 100)
    x = 1 - rest
    y = refnn.erfinv(refnn.from_numpy(x))
    np.testing.assert_allclose(refnn.erfc(y).numpy(), 1 - x, rtol=1e-13)


CLOSED = [  # function, x, exact value
    (refnn.digamma, 1.0, -EULER),
    (refnn.digamma, 0.5, -EULER - 2 * math.log(2)),
    (refnn.digamma, -0.5, 2 - EULER - 2 * math.log(2)),
    (refnn.digamma, 20.0, math.fsum(1 / k for k in range(1, 20)) - EULER),
    (lambda x: refnn.polygamma(1, x), 1.0, math.pi**2 / 6),
    (lambda x: refnn.polygamma(1, x), 0.5, math.pi**2 / 2),
    (lambda x: refnn.polygamma(1, x), -0.5, math.pi**2 / 2 + 4),
    (lambda x: refnn.polygamma(3, x), 1.0, math.pi**4 / 15),
    (lambda x: refnn.polygamma(3, x), 0.5, math.pi**4),
    (lambda x: refnn.polygamma(2, x), 0.5, -14 * 1.2020569031595942),
    (refnn.sinc, 0.5, 2 / math.pi),
    (refnn.lgamma, -0.5, math.log(2 * math.sqrt(math.pi))),
]


@pytest.mark.parametrize("function, x, expected", CLOSED)
def test_closed_forms(function, x, expected):
    np.testing.assert_allclose(function(refnn.tensor(x, dtype=refnn.float64)).item(), expected, rtol=4e-15)


CORNERS = [
    (refnn.erf, [NAN, INF, -INF, 0.0, -0.0], [NAN, 1.0, -1.0, 0.0, -0.0]),
    (refnn.erfc, [NAN, INF, -INF, 0.0, 30.0], [NAN, 0.0, 2.0, 1.0, 0.0]),
    (refnn.erfinv, [NAN, 1.0, -1.0, 0.0, -0.0, 1.5], [NAN, INF, -INF, 0.0, -0.0, NAN]),
    (refnn.lgamma, [NAN, INF, -INF, 0.0, -2.0, 1.0, 2.0], [NAN, INF, INF, INF, INF, 0.0, 0.0]),
    (refnn.digamma, [NAN, INF, 0.0, -0.0, -2.0], [NAN, INF, -INF, INF, NAN]),
    (refnn.logit, [NAN, 0.0, 1.0, 1.5, -0.5], [NAN, -INF, INF, NAN, NAN]),
    (lambda x: refnn.logit(x, 0.5), [NAN, 0.0, 1.5], [NAN, 0.0, 0.0]),
    (refnn.sinc, [NAN, 0.0, -0.0], [NAN, 1.0, 1.0]),
    (refnn.i0, [NAN, INF, 0.0], [NAN, NAN, 1.0]),
]


@pytest.mark.parametrize("dtype", [refnn.float16, refnn.float32, refnn.float64], ids=str)
@pytest.mark.parametrize("function, x, expected", CORNERS, ids=lambda v: getattr(v, "__name__", ""))
def test_corners(function, x, expected, dtype):
    y = function(refnn.tensor(x, dtype=dtype))
    assert y.dtype is dtype
    expected = np.array(expected, y.numpy().dtype)
    np.testing.assert_array_equal(y.numpy(), expected)
    known = ~np.isnan(expected)
    assert np.array_equal(np.signbit(y.numpy())[known], np.signbit(expected)[known])


@pytest.mark.parametrize("shape", [(), (0,), (3, 4), (2 * BLOCK + 5,), (3, BLOCK)])
@pytest.mark.parametrize("function, exact", [(refnn.erf, math.erf), (refnn.erfc, math.erfc)])
def test_shapes(function, exact, shape):
    x = np.random.default_rng(0).standard_normal(shape[::-1]).T
    y = function(refnn.from_numpy(np.asarray(x)))
    assert y.shape == shape
    np.testing.assert_allclose(y.numpy(), np.vectorize(exact, otypes=[float])(x), rtol=1e-14)


@pytest.mark.parametrize("name", ["erf", "erfc", "erfinv", "lgamma", "digamma", "logit", "sinc", "i0"])
def test_forms(name):
    x = refnn.tensor([0.25, 0.5])
    expected = getattr(refnn, name)(x)
    assert refnn.equal(getattr(x, name)(), expected)
    y = x.clone()
    assert getattr(y, f"{name}_")() is y
    assert refnn.equal(y, expected)
    assert getattr(refnn, name)(refnn.tensor([0, 1])).dtype is refnn.float32
    assert refnn.equal(getattr(refnn, name)(x, out=refnn.empty(2)), expected)


def test_polygamma_forms():
    x = refnn.tensor([0.25, 0.5])
    expected = refnn.polygamma(1, x)
    assert refnn.equal(x.polygamma(1), expected)
    assert refnn.equal(x.clone().polygamma_(1), expected)
    with pytest.raises(RuntimeError, match="does not support negative n"):
        refnn.polygamma(-1, x)
