"""What sampling records: its results do not follow the parameters."""

from refnn.ops import random as ops
from tests.ops.rows._rows import normal, row, uniform

ROWS = [
    row(ops.drawn, normal(3), values=normal(3)),
    row(ops.normal_of, normal(3), uniform(3), values=normal(3)),
    row(ops.bernoulli_of_p, uniform(3), values=normal(3), wrt=()),
]
