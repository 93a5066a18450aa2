"""Products, whole and running, with and without zeros."""

from refnn.ops import products as ops
from tests.ops.rows._rows import compound, normal, row
from tests.ops.rows.reduction import ZEROS

ROWS = [
    *[row(ops.prod, x, dim=1, keepdim=k) for x in (normal(2, 3), ZEROS, compound(2, 3)) for k in (False, True)],
    *[row(ops.prod, x, dim=None, keepdim=False) for x in (normal(2, 3), ZEROS, normal())],
    row(ops.cumprod, normal(), dim=0),
    *[row(ops.cumprod, x, dim=d) for x in (normal(2, 3), ZEROS) for d in (0, 1)],
    row(ops.cumprod, compound(2, 3), dim=1),
]
