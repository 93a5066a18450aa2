"""Poisson numbers against the algorithms written as loops, and against the distribution."""

import math

import numpy as np
import pytest

from refnn.ops import poisson as ops
from refnn.ops._mersenne import MersenneTwister
from refnn.ops.random import unit_doubles


def one(rate, stream):
    """One number, each uniform drawn by itself."""
    u = lambda: float(unit_doubles(1, stream)[0])  # noqa: E731
    if rate == 0:
        return 0
    if rate < 10:
        k, product = -1, 1.0
        while True:
            k, product = k + 1, product * u()
            if product <= math.exp(-rate):
                return k
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    while True:
        x, v = u() - 0.5, u()
        s = 0.5 - abs(x)
        k = math.floor((2 * a / s + b) * x + rate + 0.43)
        if s >= 0.07 and v <= 0.9277 - 3.6224 / (b - 2):
            return k
        if k < 0 or (s < 0.013 and v > s):
            continue
        height = math.log(v * (1.1239 + 1.1328 / (b - 3.4)) / (a / (s * s) + b))
        if height <= k * math.log(rate) - rate - math.lgamma(k + 1):
            return k


@pytest.mark.parametrize(
    "rates",
    [[3.0] * 500, [20.0] * 500, [12.5] * 20_000, [1e4] * 501, [0.0] * 5, list(np.linspace(0, 40, 600)), []],
    ids=len,
)
def test_numbers_are_those_of_the_loops(rates):
    stream, twin = MersenneTwister(1), MersenneTwister(1)
    got = ops.poisson(np.array(rates), stream)
    assert got.tolist() == [one(rate, twin) for rate in rates]
    assert stream.word() == twin.word()


@pytest.mark.parametrize("rate", [0.3, 4.0, 9.99, 10.0, 80.0, 1e4])
def test_mean_and_variance(rate):
    n = 20_000
    got = ops.poisson(np.full(n, rate), MersenneTwister(2))
    assert abs(got.mean() - rate) < 5 * math.sqrt(rate / n)
    assert abs(got.var() / rate - 1) < 0.1


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_the_dtype_and_the_shape_of_the_rates(dtype):
    got = ops.poisson(np.full((3, 4), 5, dtype).T, MersenneTwister(0))
    assert got.dtype == dtype
    assert got.shape == (4, 3)


def test_rates_beyond_64_bits_overflow():
    assert ops.poisson(np.array([1e19, math.inf]), MersenneTwister(0)).tolist() == [-(2.0**63)] * 2
