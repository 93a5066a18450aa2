"""Sampling by a grid against a loop over pixels, and affine grids against their equation."""

import math

import numpy as np
import pytest

from refnn.ops.vision import Sampling, affine_grid, grid_sample


def pixel(image, i, j, padding):
    """A pixel, also outside."""
    h, w = image.shape
    if padding == "zeros":
        return image[i, j] if 0 <= i < h and 0 <= j < w else 0.0
    return image[min(max(i, 0), h - 1), min(max(j, 0), w - 1)]


def bilinear(image, x, y, padding, aligned):
    h, w = image.shape
    at = [(c + 1) / 2 * (n - 1) if aligned else ((c + 1) * n - 1) / 2 for c, n in ((y, h), (x, w))]
    if padding == "border":
        at = [min(max(a, 0), n - 1) for a, n in zip(at, (h, w), strict=True)]
    i, j = (math.floor(a) for a in at)
    u, v = at[0] - i, at[1] - j
    corners = [((1 - u) * (1 - v), i, j), ((1 - u) * v, i, j + 1), (u * (1 - v), i + 1, j), (u * v, i + 1, j + 1)]
    return sum(weight * pixel(image, k, m, padding) for weight, k, m in corners)


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("padding", ["zeros", "border"])
def test_bilinear(padding, aligned):
    rng = np.random.default_rng(0)
    image, points = rng.standard_normal((3, 5)), rng.uniform(-1.4, 1.4, (40, 2))
    y = grid_sample(image[None, None], points[None, None], how=Sampling("linear", padding, aligned), orders=(0, 0))
    expected = [bilinear(image, *point, padding, aligned) for point in points]
    np.testing.assert_allclose(y[0, 0, 0], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("aligned", [True, False])
def test_the_regular_grid_gives_the_image_back(mode, aligned):
    image = np.random.default_rng(0).standard_normal((2, 3, 4, 5))
    grid = affine_grid(np.tile([[1.0, 0, 0], [0, 1, 0]], (2, 1, 1)), size=(4, 5), align_corners=aligned)
    y = grid_sample(image, grid, how=Sampling(mode, "reflection", aligned), orders=(0, 0))
    np.testing.assert_allclose(y, image, rtol=1e-12, atol=1e-12)


def test_reflection():
    row = np.arange(4.0)[None, None, None]
    for aligned, line in ((True, [2, 1, 0, 1, 2, 3, 2, 1]), (False, [1, 0, 0, 1, 2, 3, 3, 2])):
        at = np.arange(-2, 6)
        points = at / 1.5 - 1 if aligned else (at + 0.5) / 2 - 1
        grid = np.stack([points, 0 * points], -1)[None, None]
        y = grid_sample(row, grid, how=Sampling("linear", "reflection", aligned), orders=(0, 0))
        np.testing.assert_allclose(y[0, 0, 0], line, atol=1e-12)


def test_an_affine_grid_is_the_matrix_times_the_position():
    theta = np.random.default_rng(0).standard_normal((1, 2, 3))
    grid = affine_grid(theta, size=(3, 5), align_corners=True)
    for i, y in enumerate((-1, 0, 1)):
        for j, x in enumerate((-1, -0.5, 0, 0.5, 1)):
            np.testing.assert_allclose(grid[0, i, j], theta[0] @ [x, y, 1], atol=1e-12)
