"""Sampling by a grid: every mode and padding, inside and far outside, derived weights; affine grids."""

import numpy as np

from refnn.ops import vision as ops
from refnn.ops.vision import Sampling
from tests.ops.rows._rows import normal, row, uniform

PADDINGS = ("zeros", "border", "reflection")


def between(*shape):
    """Coordinates from −1.6 to 1.6, kept away from where a weight has a kink on images of 4 and 5 places."""
    at = uniform(*shape, low=-1.6, high=1.6)
    return np.round(at * 20) / 20 + 0.013


def rows(mode, padding, aligned, size):
    how = Sampling(mode, padding, aligned)
    rank = len(size)
    grid = between(2, *(1, 2, 2)[3 - rank :], rank)
    zero, meta = (0,) * rank, {"how": how}
    gradient = normal(2, 1, *grid.shape[1:-1])
    wrt = ("x",) if mode == "nearest" else None
    of_values = ("values",) if mode == "nearest" else None
    return [
        row(ops.grid_sample, normal(2, 1, *size), grid, orders=zero, wrt=wrt, half=False, **meta),
        row(ops.grid_spread, gradient, grid, size=size, orders=zero, wrt=of_values, half=False, **meta),
    ]


def derived(orders):
    meta = {"how": Sampling("cubic", "border", False), "orders": orders}
    return row(ops.grid_sample, normal(1, 2, 4, 5), between(1, 2, 2, 2), half=False, **meta)


ROWS = [
    *[
        r
        for mode in ("nearest", "linear", "cubic")
        for p in PADDINGS
        for a in (True, False)
        for r in rows(mode, p, a, (4, 5))
    ],
    *[r for mode in ("nearest", "linear") for p in PADDINGS for r in rows(mode, p, False, (2, 4, 5))],
    *[derived(orders) for orders in ((1, 0), (0, 2), (1, 1))],
    *[
        row(op, x, size=size, align_corners=aligned)
        for aligned in (True, False)
        for size in ((3, 4), (1, 2), (2, 3, 2))
        for op, x in (
            (ops.affine_grid, normal(2, len(size), len(size) + 1)),
            (ops.affine_grid_backward, normal(2, *size, len(size))),
        )
    ],
]
