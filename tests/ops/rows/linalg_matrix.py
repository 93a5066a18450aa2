"""Equations, the exponential, Householder reflectors."""

import numpy as np

from refnn.ops import linalg_matrix as ops
from tests.ops.rows._rows import compound, normal, row


def regular(*shape: int) -> np.ndarray:
    """Matrices far from singular."""
    return normal(*shape) + 3 * np.eye(shape[-1])


ROWS = [
    row(ops.solve, regular(3, 3), normal(3, 2), vector=False, left=True, half=False),
    row(ops.solve, regular(3, 3), normal(2, 3), vector=False, left=False, half=False),
    row(ops.solve, regular(2, 3, 3), normal(2, 3), vector=True, left=True, half=False),
    row(ops.solve, regular(2, 1, 2, 2), normal(3, 2, 2), vector=False, left=True, half=False),
    row(ops.solve, regular(2, 2), normal(2), vector=True, left=True, half=False),
    row(ops.solve, compound(2, 2) + 3 * np.eye(2), compound(2, 2), vector=False, left=False, half=False),
    row(ops.solve, normal(0, 0), normal(0, 2), vector=False, left=True, half=False),
    row(ops.pinverse, regular(3, 3), rcond=1e-15, half=False),
    row(ops.pinverse, normal(2, 3, 2), rcond=1e-15, half=False),
    row(ops.pinverse, normal(2, 4), rcond=1e-15, half=False),
    row(ops.pinverse, compound(3, 2), rcond=1e-15, half=False),
    row(ops.matrix_exp, normal(3, 3)),
    row(ops.matrix_exp, normal(2, 2, 2) * np.array([0.1, 20.0])[:, None, None], half=False),
    row(ops.matrix_exp, compound(2, 2)),
    row(ops.matrix_exp, normal(1, 1)),
    row(ops.matrix_exp, normal(2, 0, 0)),
    row(ops.geqrf, normal(3, 2), wrt=(), half=False),
    row(ops.geqrf, normal(2, 0, 3), wrt=(), half=False),
    row(ops.householder_product, normal(4, 3), normal(3), half=False),
    row(ops.householder_product, normal(2, 4, 3), normal(2, 2), half=False),
    row(ops.householder_product, normal(3, 3), normal(3), half=False),
    row(ops.householder_product, normal(3, 3), np.zeros(3), half=False),
    row(ops.householder_product, normal(3, 2), normal(0), half=False),
    row(ops.householder_product, compound(3, 2), compound(2), half=False),
]
