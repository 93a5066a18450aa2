"""Padding, packing, and back again; what is refused."""

import pickle

import numpy as np
import pytest

import refnn
from refnn.nn.utils.rnn import (
    PackedSequence,
    invert_permutation,
    pack_padded_sequence,
    pack_sequence,
    pad_packed_sequence,
    pad_sequence,
    unpack_sequence,
    unpad_sequence,
)

SORTED, UNSORTED = (4, 3, 1), (1, 4, 3)


def sequences(lengths, *rest):
    """Sequence b holds 100 b + t at time t."""
    return [
        refnn.from_numpy((100.0 * b + np.arange(n)).reshape(n, *[1] * len(rest)) * np.ones((n, *rest)))
        for b, n in enumerate(lengths)
    ]


@pytest.mark.parametrize("lengths", [SORTED, UNSORTED, (2,), (1, 1)])
@pytest.mark.parametrize("rest", [(), (2,), (2, 3)])
def test_pack_then_unpack(lengths, rest):
    given = sequences(lengths, *rest)
    packed = pack_sequence(given, enforce_sorted=False)
    for sequence, back in zip(given, unpack_sequence(packed), strict=True):
        np.testing.assert_array_equal(back.numpy(), sequence.numpy())


def test_packed_rows_stand_step_by_step_longest_first():
    packed = pack_sequence(sequences(UNSORTED), enforce_sorted=False)
    assert packed.data.tolist() == [100, 200, 0, 101, 201, 102, 202, 103]
    assert packed.batch_sizes.tolist() == [3, 2, 2, 1]
    assert packed.sorted_indices.tolist() == [1, 2, 0]
    assert packed.unsorted_indices.tolist() == [2, 0, 1]


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("total_length", [None, 4, 6])
def test_padding_a_packed_sequence(batch_first, total_length):
    packed = pack_sequence(sequences(UNSORTED), enforce_sorted=False)
    padded, lengths = pad_packed_sequence(packed, batch_first, -1.0, total_length)
    expected = np.full((3, total_length or 4), -1.0)
    for b, n in enumerate(UNSORTED):
        expected[b, :n] = 100 * b + np.arange(n)
    np.testing.assert_array_equal(padded.numpy(), expected if batch_first else expected.T)
    assert lengths.tolist() == list(UNSORTED)


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("side", ["left", "right"])
def test_pad_sequence(batch_first, side):
    padded = pad_sequence(sequences((2, 3)), batch_first, 9, side)
    expected = np.array([[9, 0, 1] if side == "left" else [0, 1, 9], [100, 101, 102]])
    np.testing.assert_array_equal(padded.numpy(), expected if batch_first else expected.T)


def test_pad_sequence_takes_the_first_dtype_and_gradients_come_back():
    first = refnn.ones(2, 2, requires_grad=True)
    second = refnn.ones(1, 2, dtype=refnn.float64, requires_grad=True)
    padded = pad_sequence([first, second])
    assert padded.dtype == refnn.float32
    padded.sum().backward()
    assert first.grad.tolist() == [[1, 1], [1, 1]]
    assert second.grad.dtype == refnn.float64


def test_unpad_sequence_transposes_its_argument_in_place():
    padded = refnn.arange(12.0).reshape(4, 3)
    parts = unpad_sequence(padded, refnn.tensor([4, 2, 1]))
    assert [part.tolist() for part in parts] == [[0, 3, 6, 9], [1, 4], [2]]
    assert padded.shape == (3, 4)


@pytest.mark.parametrize("order", [[0], [2, 0, 1], [3, 1, 0, 2]])
def test_invert_permutation(order):
    inverse = invert_permutation(refnn.tensor(order))
    assert [order[k] for k in inverse.tolist()] == list(range(len(order)))
    assert invert_permutation(None) is None


def test_gradients_flow_through_packing():
    x = refnn.ones(4, 3, 2, requires_grad=True)
    packed = pack_padded_sequence(x, [4, 2, 1])
    padded, _ = pad_packed_sequence(packed)
    (padded * 2).sum().backward()
    expected = np.zeros((4, 3, 2))
    for b, n in enumerate((4, 2, 1)):
        expected[:n, b] = 2
    np.testing.assert_array_equal(x.grad.numpy(), expected)


def test_packed_sequence_converts_its_data_only():
    packed = pack_sequence(sequences(SORTED))
    assert packed.to(refnn.float64) is packed
    assert packed.cpu() is packed
    assert not packed.is_cuda
    half = packed.half()
    assert half.data.dtype == refnn.float16
    assert half.batch_sizes is packed.batch_sizes
    assert [getattr(packed, name)().data.dtype for name in ("float", "long", "int", "short", "char", "byte")] == [
        refnn.float32,
        refnn.int64,
        refnn.int32,
        refnn.int16,
        refnn.int8,
        refnn.uint8,
    ]
    again = pickle.loads(pickle.dumps(packed))
    assert isinstance(again, PackedSequence)
    assert again.data.tolist() == packed.data.tolist()


X = refnn.ones(4, 3, 2)
SORTING = "must be sorted in decreasing order"
POSITIVE = "Length of all samples has to be greater than 0"


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda: pack_padded_sequence(X, [2, 3, 4]), RuntimeError, SORTING),
        (lambda: pack_padded_sequence(X, [2, 1, 0]), RuntimeError, POSITIVE),
        (lambda: pack_padded_sequence(X, [2, -1, 1], enforce_sorted=False), RuntimeError, POSITIVE),
        (lambda: pack_padded_sequence(X, [3, 1]), RuntimeError, r"but got 2 \(batch_size=3\)"),
        (lambda: pack_padded_sequence(X, refnn.tensor([[3, 1, 1]])), RuntimeError, "got 2D cpu Long tensor"),
        (lambda: pack_padded_sequence(refnn.ones(3), [1, 1, 1]), IndexError, "Dimension out of range"),
        (lambda: pack_padded_sequence(refnn.ones(0, 2, 1), [0, 0]), RuntimeError, "Cannot pack empty tensors"),
        (lambda: pack_padded_sequence([1], refnn.tensor([1])), TypeError, "must be Tensor, not list"),
        (
            lambda: pad_packed_sequence(pack_padded_sequence(X, [4, 2, 1]), total_length=3),
            ValueError,
            "got total_length=3 and max sequence length being 4",
        ),
        (lambda: pad_sequence([]), RuntimeError, "received an empty list of sequences"),
        (lambda: pad_sequence(3), RuntimeError, "Expected iterable for input sequences"),
        (lambda: pad_sequence([X, 3]), TypeError, "expected Tensor as element 1 in argument 0, but got int"),
        (lambda: pad_sequence([X, refnn.ones(1, 3, 4)]), RuntimeError, r"\(2\) must match .* \(4\)"),
        (lambda: pad_sequence([X], padding_side="top"), RuntimeError, "one of left or right, but got top"),
        (lambda: unpad_sequence(refnn.ones(4, 3), refnn.tensor([4, 2])), ValueError, "zip"),
        (lambda: PackedSequence(X), AssertionError, "list or tuple of length 2"),
        (lambda: pack_sequence(sequences(SORTED)).cuda(), AssertionError, "CUDA|cuda"),
    ],
)
def test_errors(call, error, text):
    with pytest.raises(error, match=text):
        call()
