"""Arithmetic against Python's integers and floats, one pair at a time."""

import itertools
import math

import numpy as np
import pytest

from refnn.ops import pointwise as ops

WHOLE = [-7, -3, -1, 0, 1, 2, 5]
FLOATS = [-2.5, -1.0, -0.0, 0.0, 0.5, 3.0, math.inf, math.nan]


def int_pow(x, y):
    return x**y if y >= 0 else 0 if x == 0 else math.trunc(1 / x**-y)


INTEGERS = [  # op, Python's, divisor may be 0
    (ops.add, lambda x, y: x + y, True),
    (ops.sub, lambda x, y: x - y, True),
    (ops.mul, lambda x, y: x * y, True),
    (ops.div_floor, lambda x, y: x // y, False),
    (ops.div_trunc, lambda x, y: math.trunc(x / y), False),
    (ops.remainder, lambda x, y: x % y, False),
    (ops.fmod, lambda x, y: int(math.fmod(x, y)), False),
    (ops.maximum, max, True),
    (ops.minimum, min, True),
]


@pytest.mark.parametrize("dtype", [np.int16, np.int64])
@pytest.mark.parametrize("op, exact, zero", INTEGERS, ids=[op.name for op, _, _ in INTEGERS])
def test_integers(op, exact, zero, dtype):
    pairs = [(x, y) for x, y in itertools.product(WHOLE, WHOLE) if y or zero]
    x, y = np.array(pairs, dtype).T
    result = op(x, y)
    assert result.dtype == dtype
    assert result.tolist() == [exact(a, b) for a, b in pairs]
    if not zero:
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            op(x, np.zeros_like(y))


def test_integer_powers():
    pairs = [(x, y) for x, y in itertools.product(WHOLE, WHOLE) if x or y >= 0]
    x, y = np.array(pairs).T
    assert ops.pow(x, y).tolist() == [int_pow(a, b) for a, b in pairs]


def python_pow(x, y):
    try:
        return math.pow(x, y)
    except ValueError:
        return math.inf if x == 0 else math.nan
    except OverflowError:
        return math.inf


@pytest.mark.parametrize("y", [-2, -1, 0, 0.5, 1, 2, 3, 4, 2.5])
@pytest.mark.parametrize("form", [float, np.asarray, lambda y: np.full(len(FLOATS), float(y))])
def test_powers(y, form):
    x = np.array(FLOATS)
    with np.errstate(all="ignore"):
        result = ops.pow(x, form(y))
    expected = [python_pow(v, y) for v in FLOATS]
    np.testing.assert_allclose(np.abs(result), np.abs(expected), rtol=1e-15)  # torch's √ of −0 is −0, C's power 0


SELECTIONS = [  # op, x, y, expected
    (ops.maximum, math.nan, 1.0, math.nan),
    (ops.minimum, 1.0, math.nan, math.nan),
    (ops.fmax, math.nan, 1.0, 1.0),
    (ops.fmin, 1.0, math.nan, 1.0),
    (ops.fmax, math.nan, math.nan, math.nan),
    (ops.maximum, -math.inf, 2.0, 2.0),
]


@pytest.mark.parametrize("op, x, y, expected", SELECTIONS)
def test_extremes(op, x, y, expected):
    np.testing.assert_array_equal(op(np.array([x]), np.array([y])), [expected])


def test_remainders_of_floats():
    pairs = [(x, y) for x, y in itertools.product((-5.5, -2.0, 0.0, 3.25, 7.0), (-2.0, -0.5, 1.5, 4.0))]
    x, y = np.array(pairs).T
    np.testing.assert_allclose(ops.remainder(x, y), [a % b for a, b in pairs])
    np.testing.assert_allclose(ops.fmod(x, y), [math.fmod(a, b) for a, b in pairs])
    np.testing.assert_array_equal(ops.div_floor(x, y), [a // b for a, b in pairs])
    np.testing.assert_array_equal(ops.div_trunc(x, y), [math.trunc(a / b) for a, b in pairs])


def test_lerp_hits_both_ends():
    x, y = np.array([1e16, 0.1], np.float64), np.array([1.0, 0.7])
    np.testing.assert_array_equal(ops.lerp(x, y, np.zeros(2)), x)
    np.testing.assert_array_equal(ops.lerp(x, y, np.ones(2)), y)
