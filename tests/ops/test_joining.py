"""Joining undoes splitting; empty vectors are passed over."""

import numpy as np
import pytest

from refnn.ops import joining as ops

X = np.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize("dim, sizes", [(0, (1, 1)), (1, (0, 2, 1)), (2, (4,)), (2, (1, 0, 3))])
def test_cat_undoes_split(dim, sizes):
    pieces = ops.split(X, sizes=sizes, dim=dim)
    assert [p.shape[dim] for p in pieces] == list(sizes)
    assert all(np.shares_memory(p, X) for p in pieces if p.size)
    np.testing.assert_array_equal(ops.cat(*pieces, dim=dim), X)


@pytest.mark.parametrize("dim", [0, 1, 2])
def test_stack_undoes_unbind(dim):
    pieces = ops.unbind(X, dim=dim)
    assert all(np.shares_memory(p, X) for p in pieces)
    np.testing.assert_array_equal(ops.stack(*pieces, dim=dim), X)


def test_empty_vectors_fit_everything():
    none = np.zeros(0)
    np.testing.assert_array_equal(ops.cat(none, X, none, dim=1), X)
    assert ops.cat(none, none, dim=0).shape == (0,)


def test_block_diag():
    y = ops.block_diag(np.ones((1, 2)), np.full((2, 1), 2.0), np.zeros((0, 1)))
    np.testing.assert_array_equal(y, [[1, 1, 0, 0], [0, 0, 2, 0], [0, 0, 2, 0]])
