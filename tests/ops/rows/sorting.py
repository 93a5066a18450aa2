"""Order."""

from refnn.ops import sorting as ops
from tests.ops.rows._rows import distinct, normal, row
from tests.ops.rows.reduction import TIES

ROWS = [
    *[row(ops.sort, distinct(3, 4), dim=d, descending=o) for d in (0, 1) for o in (False, True)],
    row(ops.sort, TIES, dim=1, descending=True, kink=True),
    row(ops.sort, normal(), dim=0, descending=False),
    *[row(ops.topk, distinct(3, 4), k=2, dim=d, largest=large) for d in (0, 1) for large in (False, True)],
    *[row(ops.kth, distinct(3, 4), position=1, dim=1, keepdim=k) for k in (False, True)],
    *[row(ops.kth, distinct(3, 4), position=p, dim=0, keepdim=False, name=p) for p in ("median", "nanmedian")],
    *[row(ops.kth, TIES, position=p, dim=1, keepdim=False, name=p, kink=True) for p in ("median", "nanmedian")],
    *[row(ops.mode, distinct(3, 4), dim=d, keepdim=k) for d in (0, 1) for k in (False, True)],
    row(ops.mode, TIES, dim=1, keepdim=False, kink=True),
    *[row(op, TIES, dim=d, wrt=()) for op in (ops.unique, ops.unique_consecutive) for d in (None, 0, 1)],
]
