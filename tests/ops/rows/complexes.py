"""Complex numbers in polar form: every quadrant, the axes, 0."""

import math

import numpy as np

from refnn.ops import complexes as ops
from tests.ops.rows._rows import away, compound, normal, row

ROWS = [
    row(ops.angle, compound(3, 4)),
    row(ops.angle, np.asarray(compound(1)[0])),
    row(ops.angle, np.array([1 + 0j, -1 + 0j, 1j, -1j, 0j]), kink=True),
    row(ops.angle, away(3)),
    row(ops.angle, np.array([0.0, -0.0, math.inf, -math.inf, math.nan]), kink=True),
    row(ops.polar, normal(3, 1), normal(4), half=False),
    row(ops.polar, normal(0), normal(0), half=False, kink=True),
]
