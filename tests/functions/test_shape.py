"""Shapes, joining, splitting, gathering, masks: what functions add to their ops."""

import math

import numpy as np
import pytest

import refnn

T = refnn.tensor
X = refnn.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize(
    "call, shape",
    [
        (lambda: X.view(-1, 6), (4, 6)),
        (lambda: X.view(size=(24,)), (24,)),
        (lambda: X.reshape(shape=(4, -1)), (4, 6)),
        (lambda: X.permute(2, 0, 1), (4, 2, 3)),
        (lambda: X.permute(dims=(2, 0, 1)), (4, 2, 3)),
        (lambda: X.movedim((0, 1), (-1, 0)), (3, 4, 2)),
        (lambda: X.expand(5, -1, 3, 4), (5, 2, 3, 4)),
        (lambda: X.flatten(1), (2, 12)),
        (lambda: X.unflatten(2, (2, -1)), (2, 3, 2, 2)),
        (lambda: T(1.0).unsqueeze(-1), (1,)),
        (lambda: refnn.atleast_3d(refnn.ones(4)), (1, 4, 1)),
        (lambda: refnn.atleast_2d(T(1.0), X)[0], (1, 1)),
        (lambda: X.sum_to_size(3, 1), (3, 1)),
        (lambda: refnn.column_stack([refnn.ones(2), refnn.ones(2, 3)]), (2, 4)),
        (lambda: refnn.dstack([refnn.ones(2), refnn.ones(2)]), (1, 2, 2)),
        (lambda: refnn.hstack([T(1.0), T(2.0)]), (2,)),
        (lambda: refnn.vstack([refnn.ones(3), refnn.ones(2, 3)]), (3, 3)),
        (lambda: refnn.cat([refnn.ones(0), X], 1), (2, 3, 4)),
        (lambda: refnn.tile(X, (2, 1)), (2, 6, 4)),
        (lambda: X.repeat(2, 1, 1, 1), (2, 2, 3, 4)),
        (lambda: refnn.block_diag(refnn.ones(2), T(1.0)), (2, 3)),
        (lambda: refnn.combinations(refnn.ones(4), 3), (4, 3)),
        (lambda: refnn.cartesian_prod(refnn.ones(2), refnn.ones(3)), (6, 2)),
        (lambda: refnn.diag_embed(X, 1, 0, 2), (5, 2, 5, 3)),
        (lambda: refnn.argwhere(T(1.0)), (1, 0)),
    ],
)
def test_shapes(call, shape):
    assert call().shape == shape


@pytest.mark.parametrize(
    "pieces, sizes",
    [
        (X.split(3, 2), [3, 1]),
        (X.split([1, 3], 2), [1, 3]),
        (X.chunk(3, 2), [2, 2]),
        (X.tensor_split(3, 2), [2, 1, 1]),
        (X.tensor_split((1, -1), 2), [1, 2, 1]),
        (X.dsplit(2), [2, 2]),
    ],
)
def test_pieces(pieces, sizes):
    assert [p.shape[2] for p in pieces] == sizes
    assert all(p._is_view() for p in pieces)
    assert refnn.equal(refnn.cat(pieces, 2), X)


def test_picking_and_placing():
    x = refnn.zeros(3, 2)
    assert x.index_add(0, T([2, 2]), refnn.ones(2, 2), alpha=3).tolist() == [[0, 0], [0, 0], [6, 6]]
    assert x.index_copy(1, T([0]), refnn.ones(3, 1))[:, 0].tolist() == [1, 1, 1]
    assert x.index_fill(0, T([-1]), 5)[2].tolist() == [5, 5]
    assert x.put(T([-1]), T([9.0]))[2, 1] == 9
    assert x.take(T([[0], [5]])).shape == (2, 1)
    assert x.masked_fill(T([True, False]), math.inf)[:, 0].isinf().all()
    assert x.masked_scatter(T([[True], [False], [True]]), refnn.arange(1.0, 5.0))[2].tolist() == [3, 4]
    assert refnn.take_along_dim(T([[1.0, 2.0, 3.0]]), T([[-1]]), 1).item() == 3
    assert x.eq(0).all()


def test_the_gradient_of_a_fill_value_counts_each_place_once():
    value = T(1.0, requires_grad=True)
    refnn.zeros(3, 2).index_fill(0, T([0, -3, 1]), value).sum().backward()
    assert value.grad == 4


def test_parts_replaced():
    x = refnn.zeros(3, 3)
    assert x.select_scatter(refnn.ones(3), 0, -1)[2].tolist() == [1, 1, 1]
    assert x.slice_scatter(refnn.ones(3, 2), 1, 0, None, 2)[0].tolist() == [1, 0, 1]
    assert x.diagonal_scatter(refnn.ones(2), 1).sum() == 2


def test_repeating_each_element():
    x = T([[1.0, 2.0], [3.0, 4.0]])
    assert x.repeat_interleave(2).tolist() == [1, 1, 2, 2, 3, 3, 4, 4]
    assert x.repeat_interleave(T([2, 0]), 0).tolist() == [[1, 2], [1, 2]]
    assert refnn.repeat_interleave(T([0, 2, 1])).tolist() == [1, 1, 2]


ONES = refnn.ones(2, 2)
WRONG = [
    (lambda: ONES.view(3), RuntimeError, r"shape '\[3\]' is invalid for input of size 4"),
    (lambda: X.transpose(0, 2).view(24), RuntimeError, "view size is not compatible"),
    (lambda: ONES.expand(3, 2), RuntimeError, "must match the existing size"),
    (lambda: refnn.cat([ONES, refnn.ones(3, 3)]), RuntimeError, "Sizes of tensors must match except in dimension 0"),
    (lambda: refnn.cat([]), ValueError, "expected a non-empty list of Tensors"),
    (lambda: refnn.stack([ONES, T(1.0)]), RuntimeError, "stack expects each tensor to be equal size"),
    (lambda: ONES.gather(0, T([[2]])), RuntimeError, "index 2 is out of bounds for dimension 0 with size 2"),
    (lambda: ONES.scatter(0, T([0]), 1.0), RuntimeError, "same number of dimensions as self tensor"),
    (lambda: ONES.index_select(0, T([2])), IndexError, "index out of range in self"),
    (lambda: ONES.index_add(0, T([0]), ONES), RuntimeError, "Number of indices"),
    (lambda: ONES.masked_fill(ONES, 1), RuntimeError, "only supports boolean masks"),
    (lambda: ONES.narrow(0, 1, 2), RuntimeError, "exceeds dimension size"),
    (lambda: ONES.roll((1, 2)), RuntimeError, "shifts and dimensions must align"),
    (lambda: ONES.hsplit(3), RuntimeError, "is not divisible by the split_size 3"),
    (lambda: refnn.flip(ONES, 0), TypeError, "must be tuple of ints, not int"),
]


@pytest.mark.parametrize("call, error, text", WRONG)
def test_wrong_calls(call, error, text):
    with pytest.raises(error, match=text):
        call()
    assert (ONES == 1).all()


def test_out():
    out = refnn.empty(0)
    assert refnn.cat([ONES, ONES], out=out) is out
    assert out.shape == (4, 2)
    with pytest.raises(RuntimeError, match="Expected out tensor to have dtype float, but got double instead"):
        refnn.gather(ONES, 0, T([[0]]), out=refnn.empty(0).double())
    with pytest.raises(RuntimeError, match="refer to a single memory location"):
        refnn.take(ONES, T([0, 1, 2, 3]), out=ONES.view(-1))
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
        refnn.take(ONES, T([0, 1]), out=refnn.empty(1).expand(2))


@pytest.mark.parametrize("name, args", [("tril_", ()), ("triu_", (1,)), ("index_fill_", (0, T([0]), 2.0))])
def test_in_place_is_out_of_place_written_back(name, args):
    x = X.clone() if name.startswith("tri") else ONES.clone()
    expected = getattr(x, name[:-1])(*args)
    assert getattr(x, name)(*args) is x
    np.testing.assert_array_equal(x.numpy(), expected.numpy())
