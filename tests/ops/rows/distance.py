"""Rows of refnn/ops/distance.py.

pdist and cdist have a first derivative only, as in torch; their own tests check it against finite differences.
"""

from refnn.ops import distance as ops
from tests.ops.rows._rows import normal, row, uniform

X, Y = normal(4, 3), normal(5, 3)

ROWS = [
    *(row(ops.pdist, X, kink=True, half=False, p=p) for p in (1.0, 2.0, 3.0)),
    row(ops.pdist_backward, normal(6), X, ops.pdist(X, p=2.0), p=2.0, half=False),
    *(row(ops.cdist, X, Y, kink=True, half=False, p=p) for p in (1.0, 2.0, 3.0)),
    row(ops.cdist_backward, normal(4, 5), X, Y, ops.cdist(X, Y, p=2.0), p=2.0, half=False),
    row(ops.euclidean_dist, normal(2, 4, 3), normal(2, 5, 3), half=False),
    row(ops.at_least, uniform(3, 4), min=0.05),
]
