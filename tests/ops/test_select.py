"""Selection by bits against np.where, on every itemsize and on both sides of the switch."""

import numpy as np
import pytest

from refnn.ops import _select

SIZES = [0, 1, 7, _select._FEW - 1, _select._FEW, 3 * _select._FEW + 5]
DTYPES = ["float16", "float32", "float64", "complex64", "complex128", "int8", "int32", "int64", "bool"]


def values_of(dtype, size, seed):
    rng = np.random.default_rng(seed)
    x = (rng.standard_normal(size) * 3).astype(dtype)
    if x.dtype.kind == "f" and size > 6:
        x[:6] = [np.nan, np.inf, -np.inf, -0.0, 0.0, np.finfo(dtype).tiny]
    return x


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_like_where(dtype, size):
    x, y = values_of(dtype, size, 0), values_of(dtype, size, 1)
    mask = np.random.default_rng(2).random(size) < 0.5
    for found, expected in (
        (_select.drop(mask, x), np.where(mask, np.zeros((), dtype), x)),
        (_select.choose(mask, x, y), np.where(mask, x, y)),
    ):
        assert found.dtype == expected.dtype
        assert found.tobytes() == expected.tobytes()


def test_not_contiguous():
    x = np.random.default_rng(0).standard_normal((90, 60)).astype("f").T[:, ::2]
    mask = x > 0
    np.testing.assert_array_equal(_select.drop(mask, x), np.where(mask, 0, x))
    np.testing.assert_array_equal(_select.choose(mask, x, -x), np.abs(x))


@pytest.mark.parametrize("size", [3, 5000])
def test_choose_between_two_numbers(size):
    mask = np.arange(size) % 3 == 0
    found = _select.choose(mask, np.asarray(1.5, "f"), np.asarray(np.nan, "f"))
    np.testing.assert_array_equal(found, np.where(mask, 1.5, np.nan))
