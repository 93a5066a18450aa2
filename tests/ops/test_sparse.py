"""one_hot: against a loop, and what it refuses."""

import numpy as np
import pytest

import refnn
from refnn.nn import functional as F


@pytest.mark.parametrize("shape", [(), (5,), (2, 3), (2, 0)])
@pytest.mark.parametrize("n", [4, 6])
def test_values(shape, n):
    x = np.random.default_rng(0).integers(0, 4, shape)
    y = F.one_hot(refnn.tensor(x), n)
    assert y.dtype is refnn.int64
    assert y.shape == (*shape, n)
    for place in np.ndindex(shape):
        assert y[place].tolist() == [int(k == x[place]) for k in range(n)]


def test_classes_are_inferred():
    assert F.one_hot(refnn.tensor([0, 2])).tolist() == [[1, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    "x, n, text",
    [
        ([1.0], 2, "one_hot is only applicable to index tensor of type LongTensor."),
        ([0, -1], -1, "Class values must be non-negative."),
        ([0, 2], 2, "Class values must be smaller than num_classes."),
        ([0], -2, "Class values must be smaller than num_classes."),
    ],
)
def test_wrong_calls(x, n, text):
    with pytest.raises(RuntimeError, match=text):
        F.one_hot(refnn.tensor(x), n)


def test_no_classes_of_an_empty_tensor():
    with pytest.raises(RuntimeError, match="Can not infer total number of classes"):
        F.one_hot(refnn.tensor([], dtype=refnn.int64))
