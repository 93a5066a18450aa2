"""Gathering and scattering: shorter indices, repeated places, 0-dim arrays, zeros, ties."""

import numpy as np

from refnn.ops import gathering as ops
from tests.ops.rows._rows import away, distinct, normal, row, whole

REDUCTIONS = ("sum", "mean", "prod", "amax", "amin")
INDEX = np.array([[0, 2, 0], [0, 1, 0]])
ZEROS = np.array([[2.0, 0.0, 3.0], [1.0, 4.0, 2.0], [1.5, 1.0, 0.5]])
ONE_ZERO = np.array([[0.0, 2.0, 3.0], [2.0, 0.0, 1.5]])
TWO_ZEROS = np.array([[0.0, 2.0, 3.0], [0.0, 1.0, 1.5]])
TIES = np.ones((3, 3)), np.ones((2, 3))


def reduced(x, src, **more):
    """Every reduction, with the elements' own values and without."""
    return [
        row(ops.scatter_reduce, x, INDEX, src, dim=0, reduce=r, include_self=own, **more)
        for r in REDUCTIONS
        for own in (True, False)
    ]


ROWS = [
    row(ops.gather, normal(3, 4), whole(2, 4, of=3), dim=0),
    row(ops.gather, normal(3, 4), whole(3, 5, of=4), dim=1),
    row(ops.gather, normal(3, 4), np.zeros(0, np.int64), dim=1),
    row(ops.gather, normal(), whole(of=1), dim=0),
    row(ops.gather, normal(), whole(2, of=1), dim=0),
    row(ops.gather, normal(3), whole(of=1), dim=0),
    row(ops.scatter_add, normal(3, 4), whole(2, 4, of=3), normal(2, 4), dim=0),
    row(ops.scatter_add, normal(3, 4), whole(2, 2, of=4), normal(3, 3), dim=1),
    row(ops.scatter_add, normal(), whole(2, of=1), normal(2), dim=0),
    row(ops.scatter, normal(3, 4), whole(1, 4, of=3), normal(1, 4), dim=0),
    row(ops.scatter, normal(3, 4), whole(2, 1, of=4), normal(3, 2), dim=1),
    row(ops.scatter, normal(3, 4), whole(2, 1, of=4), normal(), dim=1, wrt=("x",)),
    *reduced(distinct(3, 3), distinct(2, 3) + 0.03),
    *reduced(away(3, 3), away(4, 5)),
    row(ops.scatter_reduce, ZEROS, INDEX, ONE_ZERO, dim=0, reduce="prod", include_self=True),
    row(ops.scatter_reduce, ZEROS, INDEX, TWO_ZEROS, dim=0, reduce="prod", include_self=True, kink=True),
    *reduced(*TIES, kink=True),
    row(ops.once_differentiable, normal(2), text="no", kink=True, wrt=()),
    row(ops.scatter_combine, normal(3), np.array([0, 0]), normal(2), dim=0, reduce="sum", kink=True, wrt=()),
]
