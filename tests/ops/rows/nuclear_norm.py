"""The nuclear norm and what its derivatives are made of: square, tall and wide matrices."""

import numpy as np

from refnn.ops import nuclear_norm as ops
from tests.ops.rows._rows import normal, row


def positive(n):
    """A positive definite matrix, well away from singular."""
    a = normal(n, n)
    return a @ a.T + n * np.eye(n)


ROWS = [
    *[row(ops.nuclear_norm, normal(*s), dim=(0, 1), keepdim=k, half=False) for s in ((3, 3), (4, 2)) for k in (0, 1)],
    row(ops.nuclear_norm, normal(2, 2, 3), dim=(2, 0), keepdim=False, half=False),
    *[row(ops.orthogonal_factor, normal(*s), half=False) for s in ((3, 3), (4, 2), (2, 4), (2, 3, 3))],
    row(ops.lyapunov, normal(3, 3), positive(3), half=False),
]
