"""Copies in another arrangement, by index arithmetic."""

import itertools

import numpy as np
import pytest

from refnn.ops import rearranging as ops

X = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("times", [(1, 1), (2, 3), (2, 1, 2), (0, 1), (3, 0, 1)])
def test_repeat(times):
    y = ops.repeat(X, times=times)
    assert y.shape == tuple(t * n for t, n in zip(times, (1,) * (len(times) - 2) + X.shape, strict=True))
    for place in itertools.product(*map(range, y.shape)):
        assert y[place] == X[place[-2] % 2, place[-1] % 3]


@pytest.mark.parametrize("shifts, dims", [((1,), (0,)), ((-1, 2), (0, 1)), ((5,), (1,)), ((1, 1), (1, 1))])
def test_roll(shifts, dims):
    y = ops.roll(X, shifts=shifts, dims=dims)
    total = [sum(s for s, d in zip(shifts, dims, strict=True) if d == axis) for axis in (0, 1)]
    for i, j in itertools.product(range(2), range(3)):
        assert y[(i + total[0]) % 2, (j + total[1]) % 3] == X[i, j]


def test_quarter_turns():
    """The first axis turns towards the second: a row becomes a column, its last element first."""
    np.testing.assert_array_equal(ops.rot90(X, k=1, dims=(0, 1)), [[2, 5], [1, 4], [0, 3]])
    np.testing.assert_array_equal(ops.rot90(ops.rot90(X, k=1, dims=(0, 1)), k=3, dims=(0, 1)), X)
    np.testing.assert_array_equal(ops.rot90(X, k=2, dims=(0, 1)), ops.flip(X, dims=(0, 1)))


@pytest.mark.parametrize("diagonal", [-2, -1, 0, 1, 3])
def test_triangles(diagonal):
    below = np.array([[j - i <= diagonal for j in range(3)] for i in range(2)])
    x = np.where(X == 4, np.nan, X)
    np.testing.assert_array_equal(ops.tril(x, diagonal=diagonal), np.where(below, x, 0))
    above = np.array([[j - i >= diagonal for j in range(3)] for i in range(2)])
    np.testing.assert_array_equal(ops.triu(x, diagonal=diagonal), np.where(above, x, 0))


@pytest.mark.parametrize("op, meta", [(ops.flip, {"dims": ()}), (ops.rot90, {"k": 0, "dims": (0, 1)})])
def test_results_are_copies(op, meta):
    assert not np.shares_memory(op(X, **meta), X)
