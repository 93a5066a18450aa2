"""Products."""

from refnn.ops import linalg as ops
from tests.ops.rows._rows import compound, normal, row

ROWS = [
    row(ops.dot, normal(3), normal(3)),
    row(ops.dot, compound(3), compound(3)),
    row(ops.mv, normal(3, 4), normal(4)),
    row(ops.mv, compound(2, 3), compound(3)),
    row(ops.mm, normal(3, 4), normal(4, 2)),
    row(ops.mm, normal(4, 3).T, normal(2, 4).T),
    row(ops.mm, compound(2, 3), compound(3, 2)),
    row(ops.mm, normal(3, 0), normal(0, 2)),
    row(ops.bmm, normal(2, 3, 4), normal(2, 4, 2)),
    row(ops.bmm, normal(2, 1, 3, 4), normal(3, 4, 2)),
    row(ops.outer, normal(3), normal(4)),
    row(ops.outer, compound(2), compound(3)),
    row(ops.addmm, normal(2), normal(3, 4), normal(4, 2), beta=1, alpha=1),
    row(ops.addmm, normal(3, 2), normal(3, 4), normal(4, 2), beta=0.5, alpha=-2.0),
    row(ops.addmm, normal(3, 2), normal(3, 4), normal(4, 2), beta=0, alpha=1),
    row(ops.einsum, normal(2, 3), normal(3, 4), inputs=("ij", "jk"), output="ik"),
    row(ops.einsum, normal(2, 3), normal(4, 3), normal(4), inputs=("ij", "kj", "k"), output="i"),
    row(ops.einsum, normal(2, 3), normal(3), inputs=("ij", "k"), output="k"),
    row(ops.einsum, compound(2, 3), compound(3), inputs=("ij", "j"), output=""),
    row(ops.einsum, normal(2, 3), inputs=("ij",), output="ji"),
]
