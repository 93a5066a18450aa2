"""Copies, conversions, complex numbers and their parts."""

import numpy as np

from refnn.ops import creation as ops
from tests.ops.rows._rows import compound, normal, row

ROWS = [
    row(ops.cast, normal(3, 4), dtype=np.float64),
    row(ops.cast, compound(3), dtype=np.float64),
    row(ops.cast, normal(3), dtype=np.complex128),
    row(ops.cast, normal(3), dtype=np.int64, wrt=()),
    row(ops.clone, normal(3, 4)),
    row(ops.clone, normal(3, 4).T, order="C"),
    row(ops.clone, compound()),
    row(ops.conj_physical, compound(2, 3)),
    row(ops.copy_values, normal(3, 4), normal(4)),
    row(ops.copy_values, normal(2), normal()),
    row(ops.fill_values, normal(3, 4), value=2.0),
    row(ops.fill_values, normal(0), value=2),
    row(ops.without_slope, normal(3, 4), normal(3, 4), name="ExpBackwardBackward0"),
    row(ops.view_as_real, compound(2, 3)),
    row(ops.view_as_real, compound(2, 3).T),
    row(ops.view_as_complex, normal(3, 2), half=False),
    row(ops.real, compound(3)),
    row(ops.imag, compound(3)),
    row(ops.complex_of, normal(3), normal(3), half=False),
]
