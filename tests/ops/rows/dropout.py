"""Dropout that returns its mask."""

import numpy as np

from refnn.ops import dropout as ops
from tests.ops.rows._rows import normal, row

KEPT = np.array([[True, False, True], [False, True, True]])

ROWS = [row(ops.native_dropout, normal(2, 3), kept=KEPT, scale=1.25, results=(0,))]
