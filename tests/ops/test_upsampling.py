"""Interpolation against formulas written out for each place; matrix and passes; bytes."""

import math

import numpy as np
import pytest

from refnn.ops import _resampling
from refnn.ops._resampling import Axis
from refnn.ops.upsampling import interpolate, interpolate_backward

SIZES = [(3, 7), (7, 3), (1, 4), (5, 5), (4, 8), (9, 1)]


def linear_at(x, at):
    """x read at a position, the ends repeated."""
    at = min(max(at, 0.0), len(x) - 1)
    k = min(math.floor(at), len(x) - 2) if len(x) > 1 else 0
    return x[k] if len(x) == 1 else x[k] * (k + 1 - at) + x[k + 1] * (at - k)


def along(x, *axes):
    return interpolate(x, axes=axes, back=axes)


@pytest.mark.parametrize("size, length", SIZES)
@pytest.mark.parametrize("aligned", [True, False])
def test_linear(size, length, aligned):
    x = np.random.default_rng(0).standard_normal(size)
    step = (size - 1) / max(length - 1, 1) if aligned else size / length
    expected = [linear_at(x, k * step if aligned else (k + 0.5) * step - 0.5) for k in range(length)]
    y = along(x[None, None], Axis("linear", size, length, None, aligned, True))
    np.testing.assert_allclose(y[0, 0], expected, rtol=1e-12)


@pytest.mark.parametrize("size, length", SIZES)
def test_nearest(size, length):
    x = np.arange(size, dtype=float)
    expected = [k * size // length for k in range(length)]
    assert along(x[None, None], Axis("nearest", size, length, double=True))[0, 0].tolist() == expected


def test_a_factor_that_is_not_the_ratio_of_sizes_is_used_as_it_is():
    y = along(np.arange(3.0)[None, None], Axis("linear", 3, 4, 1.6, double=True))
    np.testing.assert_allclose(y[0, 0], [0, 0.4375, 1.0625, 1.6875])


@pytest.mark.parametrize("kind", ["cubic", "smooth linear", "smooth cubic", "smooth lanczos"])
@pytest.mark.parametrize("size, length", SIZES)
def test_weights_sum_to_one(kind, size, length):
    y = along(np.ones((1, 1, size)), Axis(kind, size, length, double=True))
    np.testing.assert_allclose(y, 1, rtol=1e-12)


@pytest.mark.parametrize("kind", ["window", "linear", "cubic", "smooth cubic"])
def test_product_and_passes_agree(kind, monkeypatch):
    axes = Axis(kind, 6, 9, double=True), Axis(kind, 7, 3, double=True)
    x, g = (
        np.random.default_rng(0).standard_normal((2, 3, 6, 7)),
        np.random.default_rng(1).standard_normal((2, 3, 9, 3)),
    )
    by_matrix = _resampling.apply(x, axes), _resampling.apply_back(g, axes)
    monkeypatch.setattr(_resampling, "_DENSE", 0)
    np.testing.assert_allclose(_resampling.apply(x, axes), by_matrix[0], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(_resampling.apply_back(g, axes), by_matrix[1], rtol=1e-12, atol=1e-12)


def test_an_infinity_stays_near_its_place():
    x = np.zeros((1, 1, 8))
    x[0, 0, 0] = math.inf
    axis = Axis("linear", 8, 16, double=True)
    with np.errstate(invalid="ignore"):
        assert np.isfinite(along(x, axis)[0, 0, 3:]).all()
    g = np.zeros((1, 1, 16))
    g[0, 0, 0] = math.inf
    with np.errstate(invalid="ignore"):  # ∞ · 0, as in torch
        assert np.isfinite(interpolate_backward(g, axes=(axis,), back=(axis,))[0, 0, 2:]).all()


def test_bytes_are_rounded_once_for_each_axis():
    x = np.array([[[[0, 255]]]], np.uint8)
    axes = Axis("same", 1, 1), Axis("linear", 2, 4)
    assert along(x, *axes).tolist() == [[[[0, 64, 191, 255]]]]
