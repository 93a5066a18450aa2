"""The error function and its relatives, across the bounds between their polynomials."""

import math

import numpy as np

from refnn.ops import special as ops
from tests.ops.rows._rows import normal, row

CORNERS = np.array([-math.inf, -7.0, -1.0, -0.0, 0.0, 0.5, 1.0, 6.0, 30.0, math.inf, math.nan])

ROWS = [
    *[row(op, 2 * normal(4, 5)) for op in (ops.erf, ops.erfc)],
    *[row(op, normal()) for op in (ops.erf, ops.erfc)],
    *[row(op, normal(0)) for op in (ops.erf, ops.erfc)],
    *[row(op, CORNERS, kink=True) for op in (ops.erf, ops.erfc)],
]
