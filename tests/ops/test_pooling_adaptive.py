"""Pooling to a size and unpooling against naive loops over windows."""

import itertools
import math

import numpy as np
import pytest

from refnn.ops import pooling_adaptive as ops

CASES = {  # shape of x, windows
    "uneven": ((2, 3, 7), (3,)),
    "even": ((2, 6), (3,)),
    "more windows than places": ((1, 2, 3, 2), (5, 4)),
    "one window": ((2, 1, 4, 3), (1, 1)),
    "volumes": ((1, 2, 5, 4, 3), (2, 3, 2)),
    "long": ((1, 1, 300, 2), (7, 1)),
    "longer than a byte counts": ((2, 700), (2,)),
    "even and large": ((2, 3, 16, 8), (1, 2)),
}


def windows(size, count):
    """For each place the positions of its window, row by row."""
    for place in np.ndindex(*count):
        axes = [range(k * s // n, math.ceil((k + 1) * s / n)) for k, s, n in zip(place, size, count, strict=True)]
        yield place, list(itertools.product(*axes))


def naive(x, count, choose):
    lead = x.shape[: -len(count)]
    y = np.empty((*lead, *count))
    for place, positions in windows(x.shape[-len(count) :], count):
        for batch in np.ndindex(*lead):
            y[batch + place] = choose([x[batch + at] for at in positions], positions, x.shape[-len(count) :])
    return y


def largest(window, positions, size):
    best = 0
    for k in range(1, len(window)):
        if window[k] > window[best] or math.isnan(window[k]):
            best = k
    return np.ravel_multi_index(positions[best], size)


@pytest.mark.parametrize("name", CASES)
def test_average(name):
    shape, count = CASES[name]
    x = np.random.default_rng(1).standard_normal(shape)
    expected = naive(x, count, lambda window, *_: np.mean(window))
    np.testing.assert_allclose(ops.adaptive_avg_pool(x, count=count), expected, rtol=1e-12)


@pytest.mark.parametrize("last", [False, True], ids=["channels first", "channels last"])
@pytest.mark.parametrize("fill", ["ties", "NaN", "-inf"])
@pytest.mark.parametrize("name", CASES)
def test_maximum(name, fill, last):
    shape, count = CASES[name]
    x = np.random.default_rng(2).integers(-2, 3, shape).astype(float)
    x[x == 1] = {"ties": 1, "NaN": math.nan, "-inf": -math.inf}[fill]
    x = np.moveaxis(np.moveaxis(x, 1, -1).copy(), -1, 1) if last else x
    y, index = ops.adaptive_max_pool(x, count=count)
    expected = naive(x, count, largest).astype(int)
    np.testing.assert_array_equal(index, expected)
    flat = x.reshape(*x.shape[: -len(count)], -1)
    places = expected.reshape(*expected.shape[: -len(count)], -1)
    np.testing.assert_array_equal(y.reshape(places.shape), np.take_along_axis(flat, places, -1))


def test_an_average_keeps_infinities_to_their_windows():
    x = np.ones((1, 1, 9))
    x[0, 0, 0] = math.inf
    assert ops.adaptive_avg_pool(x, count=(4,)).tolist() == [[[math.inf, 1, 1, 1]]]


def test_fractional_windows_begin_where_the_samples_say():
    x = np.arange(10.0)[None, None]  # α = (10 − 2) / (4 − 1): starts ⌊(l + u) α⌋ − ⌊u α⌋ for u = 0.5, then 8
    y, index = ops.fractional_max_pool(x, np.array([[[0.5]]]), kernel=(2,), count=(4,))
    assert index.tolist() == [[[1, 4, 6, 9]]]
    assert y.tolist() == [[[1.0, 4.0, 6.0, 9.0]]]


def test_of_two_values_for_one_place_the_last_stays():
    y = ops.max_unpool(np.array([[[1.0, 2.0, 3.0]]]), np.array([[[0, 0, 2]]]), size=(4,))
    assert y.tolist() == [[[2.0, 0.0, 3.0, 0.0]]]
