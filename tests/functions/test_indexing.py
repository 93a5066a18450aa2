"""x[key] and x[key] = value: what is a view, what is written, what is refused, with nothing changed."""

import numpy as np
import pytest

import refnn

T = refnn.tensor


def fresh():
    return refnn.arange(24.0).reshape(2, 3, 4)


VIEWS = [0, -1, slice(1, None), (slice(None), 1), (..., 2), None, (0, None, slice(0, 3, 2)), (), ..., (1, 2, 3)]
PAIR = [0, 1]
COPIES = [
    (PAIR, (2, 3, 4)),
    ([[0, 1], [1, 2]], (2, 4)),
    ((0, slice(None), PAIR), (3, 2)),
    ((PAIR, slice(None), PAIR), (2, 3)),
    ((slice(None), PAIR, PAIR), (2, 2)),
    ((T([[0], [1]]), PAIR), (2, 2, 4)),
    (True, (1, 2, 3, 4)),
    (False, (0, 2, 3, 4)),
    (T([True, False]), (1, 3, 4)),
    ((refnn.ones(2, 3) > 0, 1), (6,)),
    (np.array([1, 0, 1]), (3, 3, 4)),
    (T([1, 1], dtype=refnn.int32), (2, 3, 4)),
    (range(2), (2, 3, 4)),
    ([], (0, 3, 4)),
]


@pytest.mark.parametrize("key", VIEWS, ids=str)
def test_views_share_memory(key):
    x = fresh()
    y = x[key]
    np.testing.assert_array_equal(y.numpy(), x.numpy()[key])
    y.fill_(-1.0)
    assert (x.numpy()[key] == -1).all()
    assert (x == -1).sum() == y.numel()


@pytest.mark.parametrize("key, shape", COPIES, ids=str)
def test_copies(key, shape):
    x = fresh()
    y = x[key]
    assert y.shape == shape
    y.fill_(-1.0)
    assert (x >= 0).all()


@pytest.mark.parametrize("key, shape", COPIES, ids=str)
def test_writing_and_reading_again(key, shape):
    x = fresh()
    x[key] = 7
    assert (x[key] == 7).all()
    x[key] = refnn.full(shape, 8.0)
    assert (x[key] == 8).all()


def test_places_met_twice_add_up_in_the_gradient():
    x = fresh().requires_grad_()
    x[[0, 0, 1]].sum().backward()
    assert x.grad[:, 0, 0].tolist() == [2, 1]


def test_writing_through_a_view_is_recorded():
    leaf, value = fresh().requires_grad_(), refnn.ones(2, requires_grad=True)
    x = leaf * 2
    x[1, :, [0, 3]] = value
    x.sum().backward()
    assert leaf.grad[1].tolist() == [[0, 2, 2, 0]] * 3
    assert (leaf.grad[0] == 2).all()
    assert value.grad.tolist() == [3, 3]


def test_a_base_sees_what_is_written_to_a_part_of_its_view():
    x = fresh()
    before = x._version
    x[0][1, [0, 2]] = T([-1.0, -2.0])
    assert x[0, 1].tolist() == [-1, 5, -2, 7]
    assert x._version > before


WRONG = [
    (2, IndexError, "index 2 is out of bounds for dimension 0 with size 2"),
    ((0, 0, 4), IndexError, "index 4 is out of bounds for dimension 2 with size 4"),
    ((0, 0, 0, 0), IndexError, "too many indices for tensor of dimension 3"),
    ([0, 5], IndexError, "index 5 is out of bounds for dimension 0 with size 2"),
    (T([True] * 3), IndexError, r"The shape of the mask \[3\] at index 0 does not match"),
    (([0, 1], [0, 1, 2]), IndexError, "indexing tensors could not be broadcast together"),
    (T([0.5]), IndexError, "tensors used as indices must be long, int, byte or bool tensors"),
    (1.5, IndexError, r"are valid indices \(got float\)"),
    (slice(None, None, -1), ValueError, "step must be greater than zero"),
    (slice(0, 1.5), TypeError, "slice indices must be integers or None"),
]


@pytest.mark.parametrize("key, error, text", WRONG, ids=str)
def test_wrong_keys(key, error, text):
    x = fresh()
    with pytest.raises(error, match=text):
        x[key]
    with pytest.raises(error, match=text):
        x[key] = 1
    assert refnn.equal(x, fresh())


@pytest.mark.parametrize(
    "key, value, error, text",
    [
        (0, refnn.ones(5), RuntimeError, "The expanded size of the tensor"),
        (0, refnn.ones(2, 3, 4), RuntimeError, "the number of sizes provided"),
        (PAIR, refnn.ones(5), RuntimeError, "shape mismatch: value tensor of shape"),
        (PAIR, refnn.ones(4).double(), RuntimeError, "Index put requires the source and destination dtypes match"),
        (0, [1, 2], TypeError, "can't assign a list to a torch.FloatTensor"),
        (0, 1j, RuntimeError, "value cannot be converted to type float without overflow"),
    ],
)
def test_wrong_values(key, value, error, text):
    x = fresh()
    with pytest.raises(error, match=text):
        x[key] = value
    assert refnn.equal(x, fresh())


def test_a_scalar():
    x = T(3.0)
    with pytest.raises(IndexError, match="invalid index of a 0-dim tensor"):
        x[0]
    assert x[None].shape == (1,)
    x[...] = 4
    assert x.item() == 4


def test_masks_of_bytes_warn():
    with pytest.warns(UserWarning, match="indexing with dtype torch.uint8 is now deprecated"):
        assert fresh()[T([1, 0], dtype=refnn.uint8)].shape == (1, 3, 4)


def test_index_put_accumulates():
    x = refnn.zeros(3)
    x.index_put_((T([0, 0, 2]),), T(1.0), accumulate=True)
    assert x.tolist() == [2, 0, 1]
    assert refnn.index_put(x, (T([1]),), T([5.0])).tolist() == [2, 5, 1]
    assert x.tolist() == [2, 0, 1]
