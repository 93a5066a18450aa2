"""x Φ(x) and its slope: against math.erfc on both sides, in any order of memory, in one block or several."""

import math

import numpy as np
import pytest

from refnn.ops import _normal, _special


def expected(x):
    """x Φ(x) and Φ(x) + x φ(x)."""
    cdf = 0.5 * math.erfc(-x / math.sqrt(2))
    return x * cdf, cdf + x * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize("dtype, eps", [("f4", 3e-7), ("f8", 1e-15)])
def test_accuracy(dtype, eps):
    x = np.concatenate([np.linspace(-8, 8, 20001), np.logspace(-30, 0, 500), -np.logspace(-30, 0, 500)]).astype(dtype)
    values, slopes = np.array([expected(v) for v in x.tolist()]).T
    np.testing.assert_allclose(_normal.gelu(x), values, rtol=eps, atol=eps)
    np.testing.assert_allclose(_normal.gelu_slope(x), slopes, rtol=eps, atol=eps)


def test_float32_does_not_cancel_on_the_left():
    x = np.linspace(-8, 0, 10001, dtype="f4")
    np.testing.assert_allclose(_normal.gelu(x), [expected(v)[0] for v in x.tolist()], rtol=1e-5)


def test_infinities():
    x = np.array([np.inf, -np.inf, np.nan])
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(_normal.gelu(x.astype("f4")), [np.nan] * 3)
        np.testing.assert_array_equal(_normal.gelu(x), [np.inf, np.nan, np.nan])


LAYOUTS = [
    lambda x: x,
    lambda x: x.T,
    lambda x: x.transpose(1, 0, 2),
    lambda x: x[::2, :, ::-1],
    lambda x: x[:, ::-1].T,
    lambda x: np.broadcast_to(x[:1], x.shape),
    lambda x: x[:0],
    lambda x: x[1, 2, 3].reshape(()),
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("function", [_normal.gelu, _normal.gelu_slope])
def test_layouts(function, layout, monkeypatch):
    monkeypatch.setattr(_special, "_BLOCK", 7)
    x = layout(np.random.default_rng(0).standard_normal((3, 4, 5)).astype("f4"))
    found = function(x)
    assert found.shape == x.shape
    np.testing.assert_array_equal(found, function(np.ascontiguousarray(x)).reshape(x.shape))
