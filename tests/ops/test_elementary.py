"""Functions of one number against Python's own, at ordinary points and where they stop being numbers."""

import cmath
import math

import numpy as np
import pytest

from refnn.ops import elementary as ops

INF, NAN = math.inf, math.nan
ANY = [0.0, -0.0, 1e-15, 0.3, -0.7, 1.0, -1.0, 2.5, -3.5, INF, -INF, NAN]


def at(function, x):
    """function(x) as C has it: NaN outside the domain, ±∞ at a pole."""
    try:
        return function(x)
    except ValueError:
        if function is math.atanh and abs(x) == 1:
            return math.copysign(INF, x)
        poles = {"log": 0, "log2": 0, "log10": 0, "log1p": -1}
        return -INF if poles.get(function.__name__) == x else NAN
    except (OverflowError, ZeroDivisionError):
        return math.copysign(INF, x)


def rsqrt(x):
    return NAN if x < 0 else 1 / math.sqrt(x)


def to_even(x):
    return float(round(x)) if math.isfinite(x) else x


def cut(whole):
    return lambda x: math.copysign(float(whole(x)), x) if math.isfinite(x) else x


FUNCTIONS = [
    *[(getattr(ops, n), getattr(math, n)) for n in (
        "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan",
        "sinh", "cosh", "asinh", "acosh", "atanh",
    )],
    (ops.rsqrt, rsqrt),
    (ops.reciprocal, lambda x: 1 / x if x else math.copysign(INF, x)),
    (ops.square, lambda x: x * x),
    (ops.abs, abs),
    (ops.neg, lambda x: -x),
    (ops.floor, cut(math.floor)),
    (ops.ceil, cut(math.ceil)),
    (ops.trunc, cut(math.trunc)),
    (ops.round, to_even),
    (ops.sign, lambda x: 0.0 if math.isnan(x) else float((x > 0) - (x < 0))),
    (ops.deg2rad, math.radians),
    (ops.rad2deg, math.degrees),
]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("op, function", FUNCTIONS, ids=[op.name for op, _ in FUNCTIONS])
def test_values(op, function, dtype):
    x = np.array(ANY, dtype)
    with np.errstate(all="ignore"):
        result = op(x)
    assert result.dtype == dtype
    expected = [at(function, v) for v in x.tolist()]
    np.testing.assert_allclose(result, expected, rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh"])
def test_complex_values(name):
    op = getattr(ops, name)
    z = np.array([1 + 2j, -0.5 + 0.25j, -2 - 1j])
    np.testing.assert_allclose(op(z), [getattr(cmath, name)(v) for v in z.tolist()], rtol=1e-14)


def test_log1p_and_expm1_keep_small_numbers():
    x = np.array([1e-20, -1e-12, 3e-9])
    np.testing.assert_allclose(ops.log1p(x), x - x * x / 2, rtol=1e-15)
    np.testing.assert_allclose(ops.expm1(x), x + x * x / 2, rtol=1e-15)


@pytest.mark.parametrize("decimals, x, expected", [(1, 0.25, 0.2), (1, 0.35, 0.4), (-1, 15.0, 20.0), (2, 1.005, 1.0)])
def test_round_to_decimals(decimals, x, expected):
    np.testing.assert_allclose(ops.round(np.array([x]), decimals=decimals), [expected])


@pytest.mark.parametrize("op", [ops.floor, ops.ceil, ops.trunc, ops.round])
def test_integers_are_round(op):
    x = np.array([3, -7])
    result = op(x)
    assert result.dtype == x.dtype
    assert result is not x
    np.testing.assert_array_equal(result, x)
