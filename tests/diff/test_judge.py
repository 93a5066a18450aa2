"""One verdict: elementwise, and with nothing overlooked."""

import math

import numpy as np
import pytest

from refnn.diff.judge import Bound, judge
from refnn.diff.record import Entry, Key
from refnn.testing.ulp import ulp_distance

NAN, INF = float("nan"), float("inf")
KEY = Key(0, "output", "layer", 0, "")


def verdict(a, b, bound=None, dtype=np.float32):
    def entry(value):
        if isinstance(value, (list, float, int)):
            value = np.array(value, dtype)
        return Entry(KEY, value, "Layer")

    pair = tuple(None if isinstance(x, str) else entry(x) for x in (a, b))
    return judge([pair], Bound() if bound is None else bound, ("torch", "refnn"))[0]


@pytest.mark.parametrize(
    "a, b, ok, reason",
    [
        ([1.0, 2.0], [1.0, 2.0], True, ""),
        ([1.0, 2.0], [1.0, 2.00001], True, ""),
        ([1.0, 2.0], [1.0, 2.00002], False, "1 of 2 outside the bound"),
        ([0.0], [-0.0], True, ""),
        ([NAN, 1.0], [NAN, 1.0], True, ""),
        ([NAN, 1.0], [1.0, 1.0], False, "1 of 2 outside the bound, NaN in torch only"),
        ([1.0, 1.0], [1.0, NAN], False, "1 of 2 outside the bound, NaN in refnn only"),
        ([NAN, 1.0], [1.0, NAN], False, "2 of 2 outside the bound, NaN in torch only, NaN in refnn only"),
        ([INF], [INF], True, ""),
        ([INF], [-INF], False, "1 of 1 outside the bound"),
        ([INF], [1.0], False, "1 of 1 outside the bound"),
        ([1.0], [INF], False, "1 of 1 outside the bound"),
        ([], [], True, ""),
        (None, None, True, ""),
        (None, [1.0], False, "None in torch"),
        ([1.0], None, False, "None in refnn"),
        ([1.0], "absent", False, "only torch has it"),
        ("absent", [1.0], False, "only refnn has it"),
        ([1.0], [1.0, 1.0], False, "shape 1 in torch, 2 in refnn"),
        (1.0, [1.0], False, "shape 0-dim in torch, 1 in refnn"),
        ([1.0], np.array([1.0]), False, "float32 in torch, float64 in refnn"),
        (np.array([1, 2]), np.array([1, 3]), False, "1 of 2 outside the bound"),
        (np.array([1, 2]), np.array([1, 2]), True, ""),
        (np.array([True]), np.array([False]), False, "1 of 1 outside the bound"),
        (np.array("sum"), np.array("sum"), True, ""),
        (np.array("sum"), np.array("mean"), False, "sum in torch, mean in refnn"),
        (np.array([1 + 1j]), np.array([1 + 1j]), True, ""),
        (np.array([1 + 1j]), np.array([1 - 1j]), False, "1 of 1 outside the bound"),
    ],
)
def test_verdict(a, b, ok, reason):
    row = verdict(a, b)
    assert (row.ok, row.reason) == (ok, reason)


def test_one_bad_element_among_many_is_found():
    a = np.ones((100, 1000), np.float32)
    b = a.copy()
    b[37, 512] += 1e-3
    row = verdict(a, b)
    assert not row.ok
    assert row.index == (37, 512)
    assert (row.expected, row.actual) == (1.0, pytest.approx(1.001))


@pytest.mark.parametrize(
    "bound, by, ok",
    [
        (Bound(), 2e-5, False),
        (Bound(rtol=0.0, atol=1e-4), 2e-5, True),
        (Bound(rtol=1e-4, atol=0.0), 2e-5, True),
        (Bound(rtol=0.0, atol=0.0), 0.0, True),
        (Bound(rtol=0.0, atol=0.0), 2e-7, False),
    ],
)
def test_bound(bound, by, ok):
    assert verdict([1.0], [1.0 + by], bound).ok is ok


def test_a_bound_for_floats_does_not_loosen_integers():
    assert not verdict(np.array([1]), np.array([2]), Bound(rtol=10.0, atol=10.0)).ok


@pytest.mark.parametrize(
    "given, message",
    [
        ({"rtol": 1.0}, "together"),
        ({"atol": 1.0}, "together"),
        ({"kinks": -0.1}, "share"),
        ({"kinks": 2}, "share"),
        ({"rtol": -1.0, "atol": 0.0}, "negative"),
    ],
)
def test_bounds_that_are_none(given, message):
    with pytest.raises(ValueError, match=message):
        Bound(**given)


@pytest.mark.parametrize(
    "kind, wrong, kinks, ok",
    [
        ("output gradient", [9.0], 0.1, True),
        ("output gradient", [9.0], 0.09, False),
        ("output gradient", [9.0, 9.0], 0.1, False),
        ("output gradient", [9.0], 0.0, False),
        ("output gradient", [NAN], 0.1, False),
        ("output gradient", [INF], 0.1, False),
        ("gradient", [9.0], 0.1, False),
        ("output", [9.0], 0.1, False),
        ("parameter", [9.0], 0.1, False),
    ],
)
def test_kinks_excuse_few_elements_of_an_output_gradient(kind, wrong, kinks, ok):
    a = np.ones(10, np.float32)
    b = a.copy()
    b[: len(wrong)] = wrong
    key = KEY._replace(kind=kind)
    row = judge([(Entry(key, a), Entry(key, b))], Bound(kinks=kinks), ("torch", "refnn"))[0]
    assert row.ok is ok
    assert row.outside == len(wrong)


def test_figures():
    row = verdict([1.0, -4.0, 0.0], [1.0, -4.5, 0.25], Bound(rtol=0.1, atol=0.1))
    assert row.max_abs == 0.5
    assert row.max_rel == INF  # 0.25 where 0 was expected
    assert row.of_bound == pytest.approx(2.5)  # 0.25 / 0.1
    assert row.max_ulp == float(np.float32(0.25).view(np.uint32))
    assert verdict([1.0], [NAN]).max_abs != verdict([1.0], [NAN]).max_abs
    assert verdict([NAN, INF], [NAN, INF]).max_abs == 0
    assert math.isnan(verdict([1.0], "absent").max_abs)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("start", [1.0, -1.0, 0.0, 1000.0, -1e-7, 6e-5])
@pytest.mark.parametrize("steps", [0, 1, 5])
def test_ulp_counts_steps_of_nextafter(dtype, start, steps):
    a = b = np.array(start, dtype)
    for _ in range(steps):
        b = np.nextafter(b, dtype(INF))
    assert ulp_distance(a, b) == steps == ulp_distance(b, a)


@pytest.mark.parametrize(
    "a, b, distance",
    [
        (0.0, -0.0, 0),
        (5e-324, -5e-324, 2),
        (NAN, NAN, 0),
        (NAN, 1.0, INF),
        (INF, INF, 0),
        (np.finfo(float).max, INF, 1),
        (1 + 1j, 1 + np.nextafter(1, 2) * 1j, 1),
        (3, 7, 4),
        (np.uint8(3), np.uint8(250), 247),
        (True, False, 1),
    ],
)
def test_ulp_special(a, b, distance):
    assert ulp_distance(np.asarray(a), np.asarray(b)) == distance


def test_ulp_of_strided_arrays():
    a = np.arange(12, dtype=np.float32).reshape(3, 4).T
    assert ulp_distance(a, np.nextafter(a, np.float32(INF))).tolist() == np.ones((4, 3)).tolist()
