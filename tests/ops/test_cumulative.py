"""Running sums, extremes and log-sum-exps against loops."""

import math

import numpy as np
import pytest

from refnn.ops import cumulative as ops
from refnn.ops.products import cumprod

X = np.random.default_rng(0).integers(-2, 3, (4, 5)).astype(float)
NAN = math.nan


@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.parametrize("op, fold", [(ops.cumsum, sum), (cumprod, math.prod)])
def test_sums_and_products(op, fold, dim):
    y = op(X, dim=dim)
    for i in range(X.shape[dim]):
        before = np.take(X, range(i + 1), dim)
        expected = [fold(row.tolist()) for row in np.moveaxis(before, dim, -1)]
        np.testing.assert_array_equal(np.take(y, i, dim), expected)


@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.parametrize("op, better", [(ops.cummax, np.max), (ops.cummin, np.min)])
def test_extremes_keep_the_last_place(op, better, dim):
    values, places = op(X, dim=dim)
    for row, v, p in zip(*(np.moveaxis(a, dim, -1) for a in (X, values, places)), strict=True):
        for i in range(len(row)):
            assert v[i] == better(row[: i + 1])
            assert p[i] == max(j for j in range(i + 1) if row[j] == v[i])


def test_a_nan_once_met_stays():
    values, places = ops.cummax(np.array([1.0, NAN, 3.0, NAN, 0.0]), dim=0)
    np.testing.assert_array_equal(values, [1, NAN, NAN, NAN, NAN])
    assert places.tolist() == [0, 1, 1, 3, 3]


def test_logcumsumexp():
    x = np.array([-math.inf, 1000.0, 1000.0, -1000.0])
    np.testing.assert_allclose(ops.logcumsumexp(x, dim=0)[1:], 1000 + np.log([1.0, 2.0, 2.0]))
    assert ops.logcumsumexp(x, dim=0)[0] == -math.inf


@pytest.mark.parametrize("op", [ops.cumsum, cumprod, ops.logcumsumexp])
def test_a_scalar_is_its_own_sum(op):
    x = np.array(2.5)
    assert op(x, dim=0) == 2.5
    assert not np.shares_memory(op(x, dim=0), x)


@pytest.mark.parametrize("op", [ops.cumsum, cumprod])
def test_half_precision_is_kept_in_float32_between(op):
    x = np.full(3000, 1.0 if op is ops.cumsum else 1.001, np.float16)
    wide = (np.cumsum if op is ops.cumsum else np.cumprod)(x.astype(np.float64))
    np.testing.assert_allclose(op(x, dim=0), wide.astype(np.float16), rtol=1e-3)
