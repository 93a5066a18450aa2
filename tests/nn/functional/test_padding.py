"""pad: what it returns, and what it refuses."""

import numpy as np
import pytest

import refnn
from refnn.nn import functional as F

ROW = [[[0.0, 1.0, 2.0]]]


@pytest.mark.parametrize(
    "pad, mode, value, expected",
    [
        ((1, 2), "constant", None, [0, 0, 1, 2, 0, 0]),
        ((1, 2), "constant", 5, [5, 0, 1, 2, 5, 5]),
        ([1, -1], "constant", float("nan"), [float("nan"), 0, 1]),
        ((-1, -1), "constant", 5, [1]),
        ((2, 1), "reflect", None, [2, 1, 0, 1, 2, 1]),
        ((2, 1), "reflect", 0, [2, 1, 0, 1, 2, 1]),
        ((-1, 2), "reflect", None, [1, 2, 1, 0]),
        ((2, 1), "replicate", None, [0, 0, 0, 1, 2, 2]),
        ((3, 3), "circular", None, [0, 1, 2, 0, 1, 2, 0, 1, 2]),
        ((-1, 3), "circular", None, [1, 2, 1, 2, 1]),
        ((0, 0), "circular", None, [0, 1, 2]),
    ],
)
def test_values(pad, mode, value, expected):
    y = F.pad(refnn.tensor(ROW), pad, mode, value)
    np.testing.assert_array_equal(y.numpy(), [[expected]])


def test_pads_come_last_dimension_first():
    y = F.pad(refnn.ones(2, 3), (1, 0, 0, 2))
    assert y.shape == (4, 4)
    np.testing.assert_array_equal(y.numpy(), np.pad(np.ones((2, 3)), ((0, 2), (1, 0))))


def test_integers_and_bools_take_the_value_in_their_dtype():
    assert F.pad(refnn.tensor([1]), (0, 1), value=2.7).tolist() == [1, 2]
    assert F.pad(refnn.tensor([False]), (0, 1), value=2.7).tolist() == [False, True]


@pytest.mark.parametrize(
    "shape, pad, mode, value, error, text",
    [
        ((3,), (1,), "constant", None, RuntimeError, "Padding length must be divisible by 2"),
        ((3,), (1, 1, 1, 1), "constant", None, RuntimeError, "padding length 4 and input of dimension 1"),
        ((3,), (-2, -2), "constant", None, RuntimeError, r"narrow\(\): length must be non-negative."),
        ((2, 3), (1, 1), "edge", None, NotImplementedError, "Unrecognised padding mode edge"),
        ((2, 3), (1, 1), "reflect", 1, RuntimeError, 'Padding mode "reflect" doesn\'t take in value argument'),
        ((3,), (1, 1), "reflect", None, NotImplementedError, "Padding size 2 is not supported for 1D input tensor"),
        ((1, 2, 3), (3, 1), "reflect", None, RuntimeError, r"Argument #4: .* padding \(3, 1\) at dimension 2 of"),
        ((1, 1, 2, 3), (1, 1, 2, 0), "reflect", None, RuntimeError, r"Argument #6: .* padding \(2, 0\) at dimension 2"),
        ((1, 2, 3), (-1, -2), "replicate", None, RuntimeError, r"input \(W: 3\) is too small. Calculated output W: 0"),
        ((1, 0, 3), (1, 1), "replicate", None, RuntimeError, "Expected 2D or 3D .* but got: .1, 0, 3."),
        ((1, 2, 3), (4, 1), "circular", None, RuntimeError, "wrapping around more than once"),
        ((1, 2, 3), (-3, -1), "circular", None, RuntimeError, "resulting in an empty dimension"),
        ((3,), 1, "constant", None, TypeError, r"argument 'pad' \(position 2\) must be tuple of ints, not int"),
        ((3,), (1, 1.5), "constant", None, TypeError, "failed to unpack the object at pos 2"),
        ((3,), (1, 1), 1, None, TypeError, r"argument 'mode' \(position 3\) must be str, not int"),
        ((3,), (1, 1), "constant", "a", TypeError, r"argument 'value' \(position 4\) must be float, not str"),
    ],
)
def test_refusals(shape, pad, mode, value, error, text):
    with pytest.raises(error, match=text):
        F.pad(refnn.ones(*shape), pad, mode, value)


@pytest.mark.parametrize("dtype, value", [("uint8", -1), ("int32", 2**40), ("float16", 1e6), ("int64", float("nan"))])
def test_a_value_must_fit(dtype, value):
    with pytest.raises(RuntimeError, match=r"value cannot be converted to type .* without overflow"):
        F.pad(refnn.ones(2, dtype=getattr(refnn, dtype)), (1, 1), value=value)


def test_not_a_tensor():
    with pytest.raises(TypeError, match=r"pad\(\): argument 'input' \(position 1\) must be Tensor, not int"):
        F.pad(1, (1, 1))
