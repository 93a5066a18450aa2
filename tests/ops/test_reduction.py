"""Sums and extremes: exactness, zeros, ties, NaN, empty arrays, half precision."""

import math

import numpy as np
import pytest

import refnn
from refnn.ops import reduction as ops

NAN, INF = math.nan, math.inf


def gradient(op, x, **meta):
    leaf = refnn.tensor(x, dtype=refnn.float64, requires_grad=True)
    y = op(leaf, **meta)
    (y[0] if isinstance(y, tuple) else y).sum().backward()
    return leaf.grad.numpy()


def test_a_long_sum_is_exact_to_a_few_places():
    x = np.random.default_rng(0).standard_normal(100_000).astype(np.float32)
    exact = math.fsum(map(float, x))
    assert abs(float(ops.sum(x, dim=(0,), keepdim=False)) - exact) < 1e-3
    assert abs(float(ops.mean(x, dim=(0,), keepdim=False)) - exact / 100_000) < 1e-8


def test_half_precision_is_summed_in_float32():
    x = np.full(4096, 0.1, np.float16)
    assert ops.sum(x, dim=None, keepdim=False) == np.float16(4096 * float(np.float16(0.1)))
    assert ops.mean(x, dim=(0,), keepdim=False) == x[0]


@pytest.mark.parametrize(
    "op, meta, x, expected",
    [
        (ops.amax, {"dim": (0,), "keepdim": False}, [3, 1, 3, 3], [1 / 3, 0, 1 / 3, 1 / 3]),
        (ops.amin, {"dim": (0,), "keepdim": False}, [1, 1, 3], [0.5, 0.5, 0]),
        (ops.amax, {"dim": (0,), "keepdim": False}, [NAN, 1], [NAN, NAN]),
        (ops.max_all, {}, [3, 1, 3], [0.5, 0, 0.5]),
        (ops.max_all, {}, [NAN, 1, NAN], [0.5, 0, 0.5]),
        (ops.min_all, {}, [INF, INF], [0.5, 0.5]),
        (ops.max_dim, {"dim": 0, "keepdim": False}, [3, 1, 3], [1, 0, 0]),
        (ops.max_dim, {"dim": 0, "keepdim": False}, [1, NAN, NAN], [0, 1, 0]),
        (ops.min_dim, {"dim": 0, "keepdim": True}, [3, 1, 1], [0, 1, 0]),
        (ops.median_all, {"name": "median"}, [1, 1, 2, 1], [1 / 3, 1 / 3, 0, 1 / 3]),
        (ops.median_all, {"name": "nanmedian"}, [NAN, 1, 2, 3], [0, 0, 1, 0]),
        (ops.median_all, {"name": "median"}, [NAN, 1, 2], [1, 0, 0]),
    ],
)
def test_who_gets_the_gradient(op, meta, x, expected):
    np.testing.assert_allclose(gradient(op, [float(v) for v in x], **meta), expected)


def test_extremes_of_a_scalar():
    value, place = ops.max_dim(np.array(4.0), dim=0, keepdim=False)
    assert value == 4
    assert place == 0
    assert place.dtype == np.int64


def test_nothing():
    assert ops.sum(np.zeros((0, 2)), dim=(0,), keepdim=False).tolist() == [0, 0]
    with np.errstate(invalid="ignore"):
        assert np.isnan(ops.mean(np.zeros((0, 2)), dim=(0,), keepdim=False)).all()
    assert not ops.any(np.zeros(0), dim=(0,), keepdim=False)
    assert ops.all(np.zeros(0), dim=(0,), keepdim=False)


@pytest.mark.parametrize("kind", [np.int32, np.bool_, np.uint8])
def test_kernels_keep_integers(kind):
    """Functions widen them first; asked for this dtype, the kernel stays in it."""
    x = np.array([1, 0, 1], kind)
    assert ops.sum(x, dim=(0,), keepdim=False).dtype == kind
