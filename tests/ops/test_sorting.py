"""Order: NaN, ties, places, against Python's sort and counting."""

import math
from collections import Counter

import numpy as np
import pytest

from refnn.ops import sorting as ops

NAN = math.nan
ROWS = [[3.0, 1.0, 2.0, 1.0], [1.0, 1.0, 1.0, 1.0], [2.0, -math.inf, math.inf, 0.0], [5.0, 4.0, 4.0, 5.0]]


@pytest.mark.parametrize("descending", [False, True])
def test_sort_is_stable(descending):
    values, places = ops.sort(np.array(ROWS), dim=1, descending=descending)
    for row, v, p in zip(ROWS, values, places, strict=True):
        expected = sorted(range(4), key=lambda i, row=row: -row[i] if descending else row[i])
        assert p.tolist() == expected
        assert v.tolist() == [row[i] for i in expected]


def test_nan_is_the_largest():
    x = np.array([NAN, 1.0, math.inf, NAN])
    assert ops.sort(x, dim=0, descending=False)[1].tolist() == [1, 2, 0, 3]
    assert ops.sort(x, dim=0, descending=True)[1].tolist() == [0, 3, 2, 1]
    np.testing.assert_array_equal(ops.topk(x, k=3, dim=0, largest=True)[0], [NAN, NAN, math.inf])
    assert ops.topk(x, k=2, dim=0, largest=False)[0].tolist() == [1, math.inf]


@pytest.mark.parametrize(
    "x, position, value, place",
    [
        ([3.0, 1.0, 2.0], 0, 1, 1),
        ([3.0, 1.0, 2.0, 4.0], "median", 2, 2),
        ([3.0, NAN, 2.0, NAN], "median", NAN, 1),
        ([3.0, NAN, 2.0, NAN], "nanmedian", 2, 2),
        ([NAN, NAN], "nanmedian", NAN, 0),
        ([5, 5, 1], "median", 5, 0),
    ],
)
def test_the_value_at_a_place_of_the_order(x, position, value, place):
    found = ops.kth(np.array(x), position=position, dim=0, keepdim=False)
    np.testing.assert_array_equal(found[0], value)
    assert found[1] == place


@pytest.mark.parametrize("row", ROWS)
def test_mode(row):
    value, place = ops.mode(np.array(row), dim=0, keepdim=False)
    counts = Counter(row)
    best = min(v for v in row if counts[v] == max(counts.values()))
    assert value == best
    assert place == max(i for i, v in enumerate(row) if v == best)


@pytest.mark.parametrize("keepdim, shape", [(False, (4,)), (True, (4, 1))])
def test_shapes(keepdim, shape):
    assert ops.mode(np.array(ROWS), dim=1, keepdim=keepdim)[0].shape == shape
    assert ops.kth(np.array(ROWS), position=1, dim=1, keepdim=keepdim)[1].shape == shape
