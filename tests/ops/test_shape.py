"""Views share memory; their transposes put gradients back; windows and diagonals against index arithmetic."""

import numpy as np
import pytest

from refnn.ops import shape as ops

X = np.arange(24.0).reshape(2, 3, 4)
VIEWS = [
    (ops.view, {"shape": (4, 6)}),
    (ops.permute, {"dims": (2, 0, 1)}),
    (ops.transpose, {"dim0": 0, "dim1": 2}),
    (ops.t, {}),
    (ops.expand, {"shape": (5, 2, 3, 4)}),
    (ops.unsqueeze, {"dim": 1}),
    (ops.slice, {"dim": 2, "start": 1, "stop": 4, "step": 2}),
    (ops.select, {"dim": 1, "index": 2}),
    (ops.diagonal, {"offset": -1, "dim1": 2, "dim2": 1}),
    (ops.unfold, {"dim": 2, "size": 2, "step": 2}),
]


@pytest.mark.parametrize("op, meta", VIEWS, ids=lambda v: getattr(v, "name", ""))
def test_views_share_memory(op, meta):
    assert np.shares_memory(op(X, **meta), X)


TRANSPOSED = [
    (ops.slice, ops.slice_backward, {"dim": 2, "start": 1, "stop": 4, "step": 2}),
    (ops.select, ops.select_backward, {"dim": 1, "index": 2}),
    (ops.diagonal, ops.diagonal_backward, {"offset": 1, "dim1": 0, "dim2": 2}),
    (ops.unfold, ops.unfold_backward, {"dim": 2, "size": 3, "step": 1}),
    (ops.unfold, ops.unfold_backward, {"dim": 2, "size": 1, "step": 3}),
]


@pytest.mark.parametrize("op, back, meta", TRANSPOSED)
def test_pairs_are_transposed(op, back, meta):
    """⟨A x, g⟩ = ⟨x, Aᵀ g⟩."""
    y = op(X, **meta)
    g = np.random.default_rng(0).standard_normal(y.shape)
    returned = back(g, shape=X.shape, **meta)
    assert returned.shape == X.shape
    np.testing.assert_allclose(np.sum(y * g), np.sum(X * returned))


@pytest.mark.parametrize("size, step", [(1, 1), (2, 1), (2, 3), (5, 1), (3, 2)])
def test_windows(size, step):
    x = np.arange(10.0).reshape(2, 5)
    y = ops.unfold(x, dim=1, size=size, step=step)
    assert y.shape == (2, (5 - size) // step + 1, size)
    for i in range(y.shape[1]):
        np.testing.assert_array_equal(y[:, i], x[:, i * step : i * step + size])


def test_windows_of_a_scalar():
    assert ops.unfold(np.array(3.0), dim=0, size=1, step=1).tolist() == [3]
    assert ops.unfold(np.array(3.0), dim=0, size=0, step=1).shape == (0,)


def test_a_view_that_would_need_a_copy_is_none():
    assert not ops.can_view(X.T, (24,))
    assert ops.can_view(X[:, :1], (2, 4))
    np.testing.assert_array_equal(ops.reshape(X.T, shape=(24,)), X.T.ravel())


def test_writing_to_a_diagonal_reaches_its_matrix():
    x = np.zeros((3, 3))
    ops.diagonal(x, offset=0, dim1=0, dim2=1)[...] = 1
    np.testing.assert_array_equal(x, np.eye(3))
    y = ops.diagonal_scatter(np.zeros((3, 3)), np.array([1.0, 2.0]), offset=1, dim1=0, dim2=1)
    np.testing.assert_array_equal(y, [[0, 1, 0], [0, 0, 2], [0, 0, 0]])
