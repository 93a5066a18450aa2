"""Special functions against Python's own, and their claimed errors."""

import math

import numpy as np
import pytest

import refnn

RATIO = 1 << 14  # more than one block


def points(low, high, n=4001):
    return np.linspace(low, high, n)


VALUES = [  # function, exact, points, units in the last place: float32, float64
    pytest.param(refnn.erf, math.erf, points(-6.5, 6.5), 0.6, 2, id="erf"),
    pytest.param(refnn.erf, math.erf, 10.0 ** points(-30, 0), 0.6, 2, id="erf-small"),
    pytest.param(refnn.erfc, math.erfc, points(-6.5, 9), 0.6, 5, id="erfc"),
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


CORNERS = [
    (refnn.erf, [math.nan, math.inf, -math.inf, 0.0, -0.0], [math.nan, 1.0, -1.0, 0.0, -0.0]),
    (refnn.erfc, [math.nan, math.inf, -math.inf, 0.0, 30.0], [math.nan, 0.0, 2.0, 1.0, 0.0]),
]


@pytest.mark.parametrize("dtype", [refnn.float16, refnn.float32, refnn.float64], ids=str)
@pytest.mark.parametrize("function, x, expected", CORNERS, ids=lambda v: getattr(v, "__name__", ""))
def test_corners(function, x, expected, dtype):
    y = function(refnn.tensor(x, dtype=dtype))
    assert y.dtype is dtype
    np.testing.assert_array_equal(y.numpy(), np.array(expected, y.numpy().dtype))
    assert np.array_equal(np.signbit(y.numpy()), np.signbit(expected))


@pytest.mark.parametrize("shape", [(), (0,), (3, 4), (2 * RATIO + 5,), (3, RATIO)])
@pytest.mark.parametrize("function, exact", [(refnn.erf, math.erf), (refnn.erfc, math.erfc)])
def test_shapes(function, exact, shape):
    x = np.random.default_rng(0).standard_normal(shape[::-1]).T
    y = function(refnn.from_numpy(np.asarray(x)))
    assert y.shape == shape
    np.testing.assert_allclose(y.numpy(), np.vectorize(exact, otypes=[float])(x), rtol=1e-14)


def test_integers_become_floats():
    assert refnn.erf(refnn.tensor([0, 1])).dtype is refnn.float32
