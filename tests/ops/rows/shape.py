"""Views, their transposes, and diagonals."""

from refnn.ops import shape as ops
from tests.ops.rows._rows import compound, normal, row

HALF = {"dim": 1, "start": 1, "stop": 4, "step": 2}
CORNER = {"offset": 1, "dim1": 0, "dim2": 1}
COLUMNS = {"offset": -1, "dim1": 2, "dim2": 0}

ROWS = [
    row(ops.view, normal(3, 4), shape=(2, 6)),
    row(ops.view, normal(1), shape=()),
    row(ops.view, normal(0, 3), shape=(3, 0)),
    row(ops.reshape_copy, normal(3, 4).T, shape=(2, 6)),
    row(ops.permute, normal(2, 3, 4), dims=(2, 0, 1)),
    row(ops.transpose, normal(2, 3, 4), dim0=0, dim1=2),
    row(ops.t, normal(3, 4)),
    row(ops.t, compound(2, 3)),
    row(ops.expand, normal(3, 1), shape=(2, 3, 4)),
    row(ops.expand, normal(), shape=(2, 3)),
    row(ops.expand, normal(3, 1), shape=(3, 0)),
    row(ops.squeeze, normal(1, 3, 1), dim=(0, 2)),
    row(ops.unsqueeze, normal(3, 4), dim=1),
    row(ops.slice, normal(3, 5), **HALF),
    row(ops.slice, normal(3, 5), dim=0, start=2, stop=2, step=1),
    row(ops.slice_backward, normal(3, 2), shape=(3, 5), **HALF),
    row(ops.select, normal(3, 4), dim=1, index=2),
    row(ops.select, normal(3), dim=0, index=1),
    row(ops.select_backward, normal(3), shape=(3, 4), dim=1, index=2),
    row(ops.diagonal, normal(3, 4), **CORNER),
    row(ops.diagonal, normal(3, 2, 4), **COLUMNS),
    row(ops.diagonal_copy, normal(3, 2, 4), **COLUMNS),
    row(ops.diagonal_backward, normal(3), shape=(3, 4), **CORNER),
    row(ops.diag_embed, normal(2, 3), shape=(4, 2, 4), offset=1, dim1=0, dim2=2),
    row(ops.diagonal_scatter, normal(3, 4), normal(3), **CORNER),
    row(ops.diagonal_scatter, normal(3, 2, 4), normal(2, 3), **COLUMNS),
    row(ops.unfold, normal(2, 5), dim=1, size=3, step=1),
    row(ops.unfold, normal(7), dim=0, size=2, step=3),
    row(ops.unfold, normal(), dim=0, size=1, step=1),
    row(ops.unfold_backward, normal(2, 3, 3), shape=(2, 5), dim=1, size=3, step=1),
]
