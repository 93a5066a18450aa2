"""Indexing kernels against loops, and that they leave their input alone."""

import numpy as np
import pytest

from refnn.ops import indexing as ops

X = np.arange(12.0).reshape(3, 4)
ROWS = np.array([2, 0, 2])
POINTS = (np.array([[0, 1], [2, 2]]), np.array([1, 3]))


def test_index():
    np.testing.assert_array_equal(ops.index(X, key=(ROWS,)), [X[2], X[0], X[2]])
    np.testing.assert_array_equal(ops.index(X, key=POINTS), [[X[0, 1], X[1, 3]], [X[2, 1], X[2, 3]]])
    np.testing.assert_array_equal(ops.index(np.array(5.0), key=(np.array([0, 0]),)), [5, 5])


def test_repeated_places():
    values = np.array([[1.0], [2.0], [4.0]])
    added = ops.index_put(X, values, key=(ROWS,), accumulate=True)
    np.testing.assert_array_equal(added - X, [[2] * 4, [0] * 4, [5] * 4])
    np.testing.assert_array_equal(ops.index_put(X, values, key=(ROWS,), accumulate=False)[2], [4] * 4)
    np.testing.assert_array_equal(X, np.arange(12.0).reshape(3, 4))


@pytest.mark.parametrize("key", [(ROWS,), POINTS, (slice(None), np.array([3, 3])), (X > 4,)])
def test_adding_back_is_the_transpose(key):
    y = ops.index(X, key=key)
    g = np.random.default_rng(0).standard_normal(y.shape)
    np.testing.assert_allclose(np.sum(y * g), np.sum(X * ops.index_add_to(g, shape=X.shape, key=key)))


@pytest.mark.parametrize("key", [(1,), (slice(None), 2), (None, slice(0, 3, 2)), (), (-1, None, slice(1, None))])
def test_basic_keys_are_views(key):
    y = ops.basic(X, key=key)
    assert np.shares_memory(y, X)
    g = np.random.default_rng(0).standard_normal(y.shape)
    back = ops.basic_backward(g, shape=X.shape, key=key)
    np.testing.assert_allclose(np.sum(y * g), np.sum(X * back))
    np.testing.assert_array_equal(ops.basic(ops.basic_put(X, g, key=key), key=key), g)
    np.testing.assert_array_equal(ops.basic_cleared(X, key=key) + ops.basic_put(X * 0, y, key=key), X)
